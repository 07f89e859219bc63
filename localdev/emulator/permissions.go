package emulator

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/parley-rtc/parley/localdev/internal/iam"
)

// permissions remember which permissions functions have needed, to be compared with what their roles grant.
type permissions struct {
	mu   sync.Mutex
	used map[string]map[iam.Need]int // by function and need, how often
}

// permission is one that a function has needed.
type permission struct {
	iam.Need
	Count int `json:"count"`
}

func (p *permissions) note(function string, needs ...iam.Need) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.used == nil {
		p.used = map[string]map[iam.Need]int{}
	}
	if p.used[function] == nil {
		p.used[function] = map[iam.Need]int{}
	}
	for _, n := range needs {
		p.used[function][n]++
	}
}

// report lists what each function has needed, in order.
func (p *permissions) report() map[string][]permission {
	p.mu.Lock()
	defer p.mu.Unlock()
	out := map[string][]permission{}
	for function, needs := range p.used {
		for _, n := range slices.SortedFunc(maps.Keys(needs), func(a, b iam.Need) int {
			return strings.Compare(a.Action+a.Resource, b.Action+b.Resource)
		}) {
			out[function] = append(out[function], permission{n, needs[n]})
		}
	}
	return out
}

// usedDynamoDB notes what a function's request to DynamoDB takes.
func (e *Emulator) usedDynamoDB(authorization, operation string, body []byte) {
	function := e.keys.Function(authorization)
	if function == "" {
		return
	}
	needs, err := iam.DynamoDB(operation, body, fmt.Sprintf("arn:aws:dynamodb:%s:%s:table/", e.stack.Region, e.stack.AccountID))
	if err == nil { // the engine says what is wrong with another
		e.permissions.note(function, needs...)
	}
}

// usedConnections returns what notes the requests to @connections of an API's stage.
func (e *Emulator) usedConnections(api, stage string) func(authorization, method string) {
	arn := fmt.Sprintf("arn:aws:execute-api:%s:%s:%s/%s", e.stack.Region, e.stack.AccountID, api, stage)
	return func(authorization, method string) {
		if function := e.keys.Function(authorization); function != "" {
			e.permissions.note(function, iam.Connections(arn, method))
		}
	}
}
