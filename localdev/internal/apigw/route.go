package apigw

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/parley-rtc/parley/localdev/internal/template"
)

// route is where messages of one route key go.
type route struct {
	function Function // nil for MOCK
	timeout  time.Duration
	response bool
	mapping  *mapping    // nil for AWS_PROXY
	guard    *authorizer // nil: there is none
	iam      bool        // requests are signed
	limit    *bucket     // nil: there is none
}

// newRoute makes the route of a template.
func (g *Gateway) newRoute(r template.Route) (*route, error) {
	i := r.Integration
	rt := &route{timeout: i.Timeout, response: r.Response, iam: r.Authorization == "AWS_IAM"}
	if rt.timeout == 0 {
		rt.timeout = 29 * time.Second
	}
	if r.Throttle.Set {
		rt.limit = newBucket(r.Throttle)
	} else {
		rt.limit = newBucket(g.api.Throttle)
	}
	var err error
	if i.Type == "AWS" || i.Type == "MOCK" {
		if rt.mapping, err = newMapping(i); err != nil {
			return nil, fmt.Errorf("route %s: %w", r.Key, err)
		}
	}
	switch {
	case i.Type == "MOCK":
	case i.Function == "" && i.Type != "" && i.Type != "AWS_PROXY":
		rt.function = unsupported(i.Type)
	default:
		f, ok := g.opt.Functions[i.Function]
		if !ok {
			return nil, fmt.Errorf("route %s calls function %q, which is not there", r.Key, i.Function)
		}
		rt.function = f
	}
	if r.Authorizer != nil {
		if rt.guard, err = g.newAuthorizer(*r.Authorizer); err != nil {
			return nil, err
		}
	}
	return rt, nil
}

// unsupported is an integration that localdev does not have. Its requests fail, the API goes on.
type unsupported string

func (u unsupported) Invoke(context.Context, []byte) ([]byte, error) {
	return nil, errors.New("localdev has no integrations of type " + string(u))
}
