package apigw

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
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

	authorizerError = "Execution failed due to configuration error: Authorizer error"
)

// authorizer is a REQUEST authorizer.
type authorizer struct {
	function Function
	name     string // logical ID
	calls    string // logical ID of the function
	sources  []string
}

func (g *Gateway) newAuthorizer(a template.Authorizer) (*authorizer, error) {
	f, ok := g.opt.Functions[a.Function]
	if !ok {
		return nil, fmt.Errorf("authorizer %s calls function %q, which is not there", a.LogicalID, a.Function)
	}
	return &authorizer{function: f, name: a.LogicalID, calls: a.Function, sources: a.IdentitySource}, nil
}

// guard decides whether a handshake may go on to its integration: 0, or the status that refuses it,
// and why.
func (g *Gateway) guard(c *conn, r *handshake) (status int, why *trouble) {
	rt, ok := g.routes["$connect"]
	switch {
	case !ok:
		return 0, nil
	case !rt.limit.take(g.opt.Clock.Now()):
		status, why = http.StatusTooManyRequests, errThrottled
	case rt.iam:
		who, err := g.verify(r.Request, emptyHash)
		if err == nil {
			c.caller = who.Identity()
			return 0, nil
		}
		status, why = http.StatusForbidden, &trouble{
			why: "the handshake is not signed as AWS_IAM wants it: " + err.Error(),
			do:  "sign it for execute-api, with " + g.opt.SignWith,
		}
	case rt.guard != nil:
		return g.authorize(rt.guard, c, r)
	default:
		return 0, nil
	}
	g.complain(slog.LevelWarn, handshakeRefused, why, about{status: status, route: "$connect", connection: c.id})
	return status, why
}

// authorize asks the authorizer. Its context stays with the connection.
func (g *Gateway) authorize(a *authorizer, c *conn, r *handshake) (status int, why *trouble) {
	e := event{kind: "CONNECT", routeKey: "$connect", requestID: newID(), now: g.opt.Clock.Now()}
	about := about{
		status: http.StatusUnauthorized, route: "$connect", function: a.calls, connection: c.id, request: e.requestID,
	}
	for _, source := range a.sources {
		if g.identity(source, c, e, r) == "" {
			why = a.unidentified(source)
			g.complain(slog.LevelWarn, handshakeRefused, why, about)
			return about.status, why
		}
	}
	ctx, cancel := context.WithTimeout(g.ctx, authorizerTimeout)
	defer cancel()
	arn := g.methodARN()
	input := c.authorizerEvent(e, r, arn)
	span := c.traceEvent(trace.Authorize, e, input)
	defer func() { span.Status(status); span.End() }()
	answer, err := a.function.Invoke(trace.With(ctx, span), input)
	verdict, status, why := a.judge(answer, err, arn)
	about.status = status
	switch {
	case status == 0:
		c.authorizer = verdict.flat
	case g.ctx.Err() != nil: // localdev is ending
	case status == http.StatusInternalServerError:
		g.report(span, slog.LevelWarn, authorizerFailed, why, about)
	default:
		g.report(span, slog.LevelInfo, handshakeRefused, why, about)
	}
	return status, why
}

// judge makes a status of an authorizer's answer: 0 if it lets the client in.
func (a *authorizer) judge(answer []byte, err error, arn string) (verdict, int, *trouble) {
	const broken = http.StatusInternalServerError
	if err != nil {
		var said interface{ Message() string }
		if errors.As(err, &said) && said.Message() == "Unauthorized" {
			return verdict{}, http.StatusUnauthorized, &trouble{
				why: "authorizer " + a.name + ` said "Unauthorized"`, aws: "Unauthorized request",
			}
		}
		t := explained(err)
		if errors.Is(err, context.DeadlineExceeded) {
			t = &trouble{why: fmt.Sprintf("no answer within %v", authorizerTimeout), do: "answer sooner"}
		}
		t.why = "authorizer " + a.name + ": " + t.why
		t.aws = authorizerError
		return verdict{}, broken, t
	}
	const do = `return {"principalId": "…", "policyDocument": {"Version": "2012-10-17", "Statement": [` +
		`{"Action": "execute-api:Invoke", "Effect": "Allow", "Resource": event.methodArn}]}}, ` +
		`and in "context" strings, numbers and booleans only`
	if len(answer) > maxAuthorized {
		return verdict{}, broken, &trouble{
			why: "the answer of authorizer " + a.name + " is over 8 KB", aws: authorizerError, do: do,
		}
	}
	v, err := readVerdict(answer)
	if err != nil {
		return v, broken, &trouble{
			why: "the answer of authorizer " + a.name + " makes no sense: " + err.Error(), aws: authorizerError, do: do,
		}
	}
	t := &trouble{why: "authorizer " + a.name + " denies execute-api:Invoke on " + arn}
	switch v.statements.Decide("execute-api:Invoke", arn) { // conditions are not looked at
	case iam.Allowed:
		return v, 0, nil
	case iam.NotAllowed:
		t.why = "no statement of authorizer " + a.name + " allows execute-api:Invoke on " + arn
		t.do = "let its Resource be event.methodArn, or a pattern that matches it"
	}
	return v, http.StatusForbidden, t
}

// unidentified says that a client did not send an identity source.
func (a *authorizer) unidentified(source string) *trouble {
	t := &trouble{
		why: "the handshake has no " + source + ", an identity source of authorizer " + a.name + ", which was not asked",
		aws: "Unauthorized request", do: "have the client send it",
	}
	if strings.HasPrefix(source, "route.request.header.") {
		t.do += "; a browser cannot, and needs a query parameter as the source (route.request.querystring.NAME)"
	}
	return t
}

func (g *Gateway) methodARN() string {
	account := g.opt.Account
	if account == "" {
		account = "123456789012"
	}
	return strings.Join([]string{
		"arn", template.Partition(g.opt.Region), "execute-api", g.opt.Region, account,
		g.api.ID + "/" + g.api.Stage + "/$connect",
	}, ":")
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
