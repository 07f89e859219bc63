package emulator

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/parley-rtc/parley/localdev/internal/iam"
	"github.com/parley-rtc/parley/localdev/internal/template"
)

// permissions know what the roles of functions and integrations grant, and remember what these have
// needed.
type permissions struct {
	roles map[string]role // by function, or credentials; who has none here may do all

	mu   sync.Mutex
	used map[string]map[iam.Need]*permission // by function, or credentials, and need
}

// role is what a function or an integration may do.
type role struct {
	user   string // ARN, as AWS names who has it in a refusal
	policy iam.Policy
	who    []any  // as the log names it: function=…
	place  string // where its policies stand
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
		if e.pools[f.LogicalID] == nil && e.unbuilt[f.LogicalID] == nil {
			continue
		}
		place := "the policies of the role " + f.Role.LogicalID
		if f.Role.LogicalID == f.LogicalID {
			place = "Policies of " + f.LogicalID
		}
		e.startRole(f.Name, f.Role, f.Name, f.Line, "it", role{who: []any{"function", f.LogicalID}, place: place})
	}
	for _, api := range e.stack.APIs {
		for _, r := range api.Routes {
			if assumed := r.Integration.Role; assumed != nil {
				const session = "BackplaneAssumeRoleSession"
				e.startRole(credentials(*assumed), *assumed, session, r.Integration.Line, "integrations with it",
					role{who: []any{"role", assumed.LogicalID}, place: "the policies of the role " + assumed.LogicalID})
			}
		}
	}
}

// credentials name the role of an integration among those who need permissions.
func credentials(r template.Role) string { return "role " + r.Name }

// startRole reads what a role grants to whom has that name, in a session of that name.
func (e *Emulator) startRole(name string, from template.Role, session string, line int, them string, r role) {
	if _, there := e.permissions.roles[name]; there {
		return
	}
	policy, doubts, err := e.policy(from)
	if err != nil {
		doubts = []string{err.Error() + ": " + them + " may do all"}
	} else {
		r.user = e.globalARN("sts", "assumed-role/"+from.Name+"/"+session)
		r.policy = policy
		e.permissions.roles[name] = r
	}
	if e.opt.Permissive {
		return
	}
	for _, doubt := range doubts {
		e.log.Warn("permissions not checked", append(slices.Clone(r.who), "line", line, "reason", doubt)...)
	}
}

// policy is all that a role grants, with what counts in its favour as nobody can tell; an error is
// that nothing can be told.
func (e *Emulator) policy(r template.Role) (policy iam.Policy, doubts []string, err error) {
	if r.Unknown != "" {
		return nil, nil, errors.New(r.Unknown)
	}
	for _, arn := range r.Managed {
		p, known := iam.Managed(arn)
		if !known {
			return nil, nil, fmt.Errorf("localdev does not know what the policy %s grants", arn)
		}
		policy = append(policy, p...)
	}
	for _, document := range r.Policies {
		p, err := iam.Parse(document)
		if err != nil {
			return nil, nil, fmt.Errorf("a policy of its role is malformed: %w", err)
		}
		policy = append(policy, p...)
	}
	policy, doubts = policy.Settle(map[string]string{
		"aws:principalarn":     e.globalARN("iam", "role/"+r.Name),
		"aws:principalaccount": e.stack.AccountID, "aws:resourceaccount": e.stack.AccountID,
		"aws:requestedregion": e.stack.Region, "aws:securetransport": "true",
	})
	return policy, doubts, nil
}

// check notes what a request takes, and returns what AWS would say if the role of whom it comes
// from does not grant it.
func (e *Emulator) check(from string, needs ...iam.Need) (refusal string) {
	p := &e.permissions
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.used == nil {
		p.used = map[string]map[iam.Need]*permission{}
	}
	if p.used[from] == nil {
		p.used[from] = map[iam.Need]*permission{}
	}
	for _, n := range needs {
		known := p.used[from][n]
		if known == nil {
			known = e.decide(from, n)
			p.used[from][n] = known
		}
		known.Count++
		if refusal == "" && !e.opt.Permissive {
			refusal = known.refusal
		}
	}
	return refusal
}

// decide looks a permission up in a role, once, and says so if it is not there.
func (e *Emulator) decide(from string, n iam.Need) *permission {
	role, checked := e.permissions.roles[from]
	if !checked {
		return &permission{Need: n, Granted: true}
	}
	decision := role.policy.Decide(n.Action, n.Resource)
	if decision == iam.Allowed {
		return &permission{Need: n, Granted: true}
	}
	if !e.opt.Permissive {
		e.log.Warn("refused, as AWS would",
			append(slices.Clone(role.who), "action", n.Action, "resource", n.Resource,
				"do", e.remedy(role.place, n, decision))...)
	}
	return &permission{Need: n, refusal: n.Refusal(role.user, decision)}
}

// remedy is what to change in the template, so that they may do what they need whose policies stand
// in that place.
func (e *Emulator) remedy(place string, n iam.Need, d iam.Decision) string {
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

func (e *Emulator) tableARN() string { return e.arn("dynamodb", "table/") }

func (e *Emulator) functionARN(name string) string { return e.arn("lambda", "function:"+name) }

func (e *Emulator) apiARN(id string) string { return e.arn("execute-api", id) }

func (e *Emulator) arn(service, resource string) string {
	return strings.Join([]string{
		"arn", template.Partition(e.stack.Region), service, e.stack.Region, e.stack.AccountID, resource,
	}, ":")
}

// globalARN is that of a resource of a service that knows no regions.
func (e *Emulator) globalARN(service, resource string) string {
	return strings.Join([]string{
		"arn", template.Partition(e.stack.Region), service, "", e.stack.AccountID, resource,
	}, ":")
}

// report lists what each function and role of integrations has needed, in order.
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
	post := iam.Connections(arn, http.MethodPost) // as nearly all are
	return func(authorization, method string) string {
		function := e.keys.Function(authorization)
		switch {
		case function == "":
			return ""
		case method == http.MethodPost:
			return e.check(function, post)
		}
		return e.check(function, iam.Connections(arn, method))
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
