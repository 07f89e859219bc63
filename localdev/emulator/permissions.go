package emulator

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/parley-rtc/parley/localdev/internal/iam"
	"github.com/parley-rtc/parley/localdev/internal/template"
)

// permissions know what the functions' roles grant, and remember what the functions have needed.
type permissions struct {
	roles map[string]role // by function; who has none here may do all

	mu   sync.Mutex
	used map[string]map[iam.Need]*permission // by function and need
}

// role is what a function may do.
type role struct {
	user   string // ARN, as AWS names the function in a refusal
	policy iam.Policy
}

// permission is one that a function has needed.
type permission struct {
	iam.Need
	Count   int    `json:"count"`
	Granted bool   `json:"granted"`
	refusal string // what AWS says
}

// startPermissions reads what the roles of those functions grant that run here.
func (e *Emulator) startPermissions() {
	e.permissions.roles = map[string]role{}
	for _, f := range e.stack.Functions {
		if e.pools[f.LogicalID] == nil {
			continue
		}
		policy, doubts, err := e.policy(f)
		if err != nil {
			doubts = []string{err.Error()}
		} else {
			user := fmt.Sprintf("arn:aws:sts::%s:assumed-role/%s/%s", e.stack.AccountID, f.Role.Name, f.Name)
			e.permissions.roles[f.Name] = role{user, policy}
		}
		if e.opt.Permissive {
			continue
		}
		for _, doubt := range doubts {
			e.log.Warn("permissions not checked", "function", f.LogicalID, "line", f.Line, "reason", doubt)
		}
	}
}

// policy is all that a function's role grants, with what counts in its favour as nobody can tell; an error is that
// nothing can be told.
func (e *Emulator) policy(f template.Function) (policy iam.Policy, doubts []string, err error) {
	if f.Role.Unknown != "" {
		return nil, nil, fmt.Errorf("%s: it may do all", f.Role.Unknown)
	}
	for _, arn := range f.Role.Managed {
		p, known := iam.Managed(arn)
		if !known {
			return nil, nil, fmt.Errorf("localdev does not know what the policy %s grants: it may do all", arn)
		}
		policy = append(policy, p...)
	}
	for _, document := range f.Role.Policies {
		p, err := iam.Parse(document)
		if err != nil {
			return nil, nil, fmt.Errorf("a policy of its role is malformed: %w: it may do all", err)
		}
		policy = append(policy, p...)
	}
	policy, doubts = policy.Settle(map[string]string{
		"aws:principalarn":     fmt.Sprintf("arn:aws:iam::%s:role/%s", e.stack.AccountID, f.Role.Name),
		"aws:principalaccount": e.stack.AccountID, "aws:resourceaccount": e.stack.AccountID,
		"aws:requestedregion": e.stack.Region, "aws:securetransport": "true",
	})
	return policy, doubts, nil
}

// check notes what a request of a function takes, and returns what AWS would say if its role does not grant it.
func (e *Emulator) check(function string, needs ...iam.Need) (refusal string) {
	p := &e.permissions
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.used == nil {
		p.used = map[string]map[iam.Need]*permission{}
	}
	if p.used[function] == nil {
		p.used[function] = map[iam.Need]*permission{}
	}
	for _, n := range needs {
		known := p.used[function][n]
		if known == nil {
			known = e.decide(function, n)
			p.used[function][n] = known
		}
		known.Count++
		if refusal == "" && !e.opt.Permissive {
			refusal = known.refusal
		}
	}
	return refusal
}

// decide looks a permission up in the function's role, once, and says so if it is not there.
func (e *Emulator) decide(function string, n iam.Need) *permission {
	role, checked := e.permissions.roles[function]
	if !checked {
		return &permission{Need: n, Granted: true}
	}
	decision := role.policy.Decide(n.Action, n.Resource)
	if decision == iam.Allowed {
		return &permission{Need: n, Granted: true}
	}
	if !e.opt.Permissive {
		i := slices.IndexFunc(e.stack.Functions, func(f template.Function) bool { return f.Name == function })
		e.log.Warn("refused, as AWS would", "function", e.stack.Functions[i].LogicalID, "action", n.Action, "resource", n.Resource,
			"do", e.remedy(e.stack.Functions[i], n, decision))
	}
	return &permission{Need: n, refusal: n.Refusal(role.user, decision)}
}

// remedy is what to change in the template, so that a function may do what it needs.
func (e *Emulator) remedy(f template.Function, n iam.Need, d iam.Decision) string {
	place := "the policies of the role " + f.Role.LogicalID
	if f.Role.LogicalID == f.LogicalID {
		place = "Policies of " + f.LogicalID
	}
	if d == iam.Denied {
		return "take the Deny out of " + place
	}
	resource := n.Resource
	for _, t := range e.stack.Tables {
		arn := e.tableARN() + t.Name
		if rest, ok := strings.CutPrefix(n.Resource, arn+"/"); ok {
			resource = "!Sub '${" + t.LogicalID + ".Arn}/" + rest + "'"
		} else if n.Resource == arn {
			resource = "!GetAtt " + t.LogicalID + ".Arn"
		}
	}
	for _, other := range e.stack.Functions {
		if n.Resource == e.functionARN(other.Name) {
			resource = "!GetAtt " + other.LogicalID + ".Arn"
		}
	}
	for _, api := range e.stack.APIs {
		if rest, ok := strings.CutPrefix(n.Resource, e.apiARN(api.ID)); ok {
			resource = "!Sub 'arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:${" + api.LogicalID + "}" + rest + "'"
		}
	}
	return fmt.Sprintf("add to %s: Statement: [{Effect: Allow, Action: %s, Resource: %s}]", place, n.Action, resource)
}

func (e *Emulator) tableARN() string {
	return fmt.Sprintf("arn:aws:dynamodb:%s:%s:table/", e.stack.Region, e.stack.AccountID)
}

func (e *Emulator) functionARN(name string) string {
	return fmt.Sprintf("arn:aws:lambda:%s:%s:function:%s", e.stack.Region, e.stack.AccountID, name)
}

func (e *Emulator) apiARN(id string) string {
	return fmt.Sprintf("arn:aws:execute-api:%s:%s:%s", e.stack.Region, e.stack.AccountID, id)
}

// report lists what each function has needed, in order.
func (p *permissions) report() map[string][]permission {
	p.mu.Lock()
	defer p.mu.Unlock()
	out := map[string][]permission{}
	for function, needs := range p.used {
		for _, known := range slices.SortedFunc(maps.Values(needs), func(a, b *permission) int {
			return strings.Compare(a.Action+a.Resource, b.Action+b.Resource)
		}) {
			out[function] = append(out[function], *known)
		}
	}
	return out
}

// refuseDynamoDB says why the function that sent a request to DynamoDB may not have it; others may.
func (e *Emulator) refuseDynamoDB(authorization, operation string, body []byte) string {
	function := e.keys.Function(authorization)
	if function == "" {
		return ""
	}
	needs, err := iam.DynamoDB(operation, body, e.tableARN())
	if err != nil { // the engine says what is wrong
		return ""
	}
	return e.check(function, needs...)
}

// refuseConnections is the same for @connections of an API's stage.
func (e *Emulator) refuseConnections(api, stage string) func(authorization, method string) string {
	arn := e.apiARN(api) + "/" + stage
	return func(authorization, method string) string {
		if function := e.keys.Function(authorization); function != "" {
			return e.check(function, iam.Connections(arn, method))
		}
		return ""
	}
}

// refuseInvoke is the same for the Invoke API of a function.
func (e *Emulator) refuseInvoke(authorization, name, qualifier string) string {
	function := e.keys.Function(authorization)
	if function == "" {
		return ""
	}
	return e.check(function, iam.Invoke(e.functionARN(name), qualifier))
}
