package apigw

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"strings"
	"time"

	"github.com/parley-rtc/parley/localdev/internal/iam"
	"github.com/parley-rtc/parley/localdev/internal/rawjson"
	"github.com/parley-rtc/parley/localdev/internal/template"
	"github.com/parley-rtc/parley/localdev/internal/trace"
)

const (
	authorizerTimeout = 29 * time.Second
	maxAuthorized     = 8 * 1024 // bytes of an authorizer's answer
)

// authorizer is a REQUEST authorizer.
type authorizer struct {
	function Function
	name     string
	sources  []string
}

func (g *Gateway) newAuthorizer(a template.Authorizer) (*authorizer, error) {
	f, ok := g.opt.Functions[a.Function]
	if !ok {
		return nil, fmt.Errorf("authorizer %s calls function %q, which is not there", a.LogicalID, a.Function)
	}
	return &authorizer{f, a.LogicalID, a.IdentitySource}, nil
}

// guard decides whether a handshake may go on to its integration: 0, or the status that refuses it.
func (g *Gateway) guard(c *conn, r *handshake) int {
	rt, ok := g.routes["$connect"]
	switch {
	case !ok:
		return 0
	case !rt.limit.take(g.opt.Clock.Now()):
		return http.StatusTooManyRequests
	case rt.iam:
		who, err := g.verify(r.Request, emptyHash)
		if err != nil {
			g.opt.Log.Warn("handshake refused", "api", g.api.LogicalID, "err", err)
			return http.StatusForbidden
		}
		c.caller = who.Identity()
	case rt.guard != nil:
		return g.authorize(rt.guard, c, r)
	}
	return 0
}

// authorize asks the authorizer. Its context stays with the connection.
func (g *Gateway) authorize(a *authorizer, c *conn, r *handshake) (status int) {
	e := event{kind: "CONNECT", routeKey: "$connect", requestID: newID(), now: g.opt.Clock.Now()}
	for _, source := range a.sources {
		if g.identity(source, c, e, r) == "" {
			return http.StatusUnauthorized
		}
	}
	ctx, cancel := context.WithTimeout(g.ctx, authorizerTimeout)
	defer cancel()
	arn := g.methodARN()
	input := c.authorizerEvent(e, r, arn)
	span := c.traceEvent(trace.Authorize, e, input)
	defer func() { span.Status(status); span.End() }()
	answer, err := a.function.Invoke(trace.With(ctx, span), input)
	span.Fail(err)
	if err != nil {
		var said interface{ Message() string }
		if errors.As(err, &said) && said.Message() == "Unauthorized" {
			return http.StatusUnauthorized
		}
		g.opt.Log.Warn("authorizer failed", "authorizer", a.name, "err", err)
		return http.StatusInternalServerError
	}
	if len(answer) > maxAuthorized {
		g.opt.Log.Warn("authorizer's answer is over 8 KB", "authorizer", a.name)
		return http.StatusInternalServerError
	}
	verdict, err := readVerdict(answer)
	switch {
	case err != nil:
		g.opt.Log.Warn("authorizer's answer makes no sense", "authorizer", a.name, "err", err)
		return http.StatusInternalServerError
	case verdict.statements.Decide("execute-api:Invoke", arn) != iam.Allowed: // conditions are not looked at
		return http.StatusForbidden
	}
	c.authorizer = verdict.flat
	return 0
}

func (g *Gateway) methodARN() string {
	account := g.opt.Account
	if account == "" {
		account = "123456789012"
	}
	return "arn:aws:execute-api:" + g.opt.Region + ":" + account + ":" + g.api.ID + "/" + g.api.Stage + "/$connect"
}

// identity returns the value of one identity source, "" if it is missing.
func (g *Gateway) identity(source string, c *conn, e event, r *handshake) string {
	if name, ok := strings.CutPrefix(source, "route.request.header."); ok {
		if strings.EqualFold(name, "Host") {
			return g.domain
		}
		return r.Header.Get(name)
	}
	if name, ok := strings.CutPrefix(source, "route.request.querystring."); ok {
		return r.URL.Query().Get(name)
	}
	if name, ok := strings.CutPrefix(source, "stageVariables."); ok {
		return g.api.StageVariables[name]
	}
	if name, ok := strings.CutPrefix(source, "context."); ok {
		return lookup(c.appendContext(nil, e)[len(`"requestContext":`):], variable("request.body."+name).path)
	}
	return ""
}

// authorizerEvent is the event of a REQUEST authorizer: unlike that of $connect, it has the headers of the connection
// itself, and empty objects where there is nothing.
func (c *conn) authorizerEvent(e event, r *handshake, arn string) []byte {
	headers := maps.Clone(r.headers)
	headers["Connection"] = []string{"upgrade"}
	headers["Upgrade"] = []string{"websocket"}
	headers["content-length"] = []string{"0"}
	b := append([]byte(nil), `{"type":"REQUEST","methodArn":`...)
	b = rawjson.AppendString(b, arn)
	b = append(b, ',')
	b = appendValues(b, "headers", "multiValueHeaders", headers)
	b = append(b, ',')
	b = appendValues(b, "queryStringParameters", "multiValueQueryStringParameters", r.URL.Query())
	if len(c.g.stageVar) == 0 {
		b = append(b, `,"stageVariables":{}`...)
	} else {
		b = append(b, c.g.stageVar...)
	}
	b = append(b, ',')
	b = c.appendContext(b, e)
	return append(b, '}')
}
