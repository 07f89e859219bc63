package apigw

import (
	"errors"
	"fmt"
	"time"

	"github.com/parley-rtc/parley/localdev/internal/template"
)

// route is where messages of one route key go.
type route struct {
	function Function // nil if it calls none
	name     string   // of the function, its logical ID; "" if there is none
	timeout  time.Duration
	waiting  waiting
	response bool
	mapping  *mapping    // nil for AWS_PROXY
	guard    *authorizer // nil: there is none
	iam      bool        // requests are signed
	limit    *bucket     // nil: there is none
}

// newRoute makes the route of a template.
func (g *Gateway) newRoute(r template.Route) (*route, error) {
	i := r.Integration
	rt := &route{name: i.Function, timeout: i.Timeout, iam: r.Authorization == "AWS_IAM"}
	rt.response = r.Response && (!r.Undeclared || g.opt.Switches.LoneResponses)
	if rt.timeout == 0 {
		rt.timeout = 29 * time.Second
	}
	rt.waiting.limit = rt.timeout
	if r.Throttle.Set {
		rt.limit = newBucket(r.Throttle)
	} else {
		rt.limit = newBucket(g.api.Throttle)
	}
	if i.Type != "AWS_PROXY" && i.Type != "" {
		rt.mapping = newMapping(i)
		if i.URL != "" {
			g.opt.Log.Info("an integration calls a back end over HTTP", "api", g.api.LogicalID, "route", r.Key, "url", i.URL)
		}
		if !rt.mapping.callsSomething() {
			rt.mapping.broken = errors.New("localdev has no integrations of type " + i.Type)
		}
		if i.Unsupported == "" && rt.mapping.broken != nil {
			g.opt.Log.Warn("a mapping template makes no sense: its route answers Internal server error",
				"api", g.api.LogicalID, "route", r.Key, "line", i.Line, "reason", rt.mapping.broken)
		}
	}
	var err error
	if rt.mapping == nil || i.Function != "" {
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

// about is what a line of the log about an event of the route is about.
func (rt *route) about(c *conn, e event) about {
	return about{route: e.routeKey, function: rt.name, connection: c.id, request: e.requestID}
}
