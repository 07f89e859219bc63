package apigw

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"time"

	"github.com/parley-rtc/parley/localdev/internal/trace"
)

// trouble is why something failed, for the log and for the console. Nothing in it is a client's,
// but for route keys.
type trouble struct {
	why   string
	aws   string        // what API Gateway's execution log has of it; "" where nobody knows
	do    string        // about it
	every time.Duration // how long the log is not told the same again; 0 is a second
}

// Error is all of it in a sentence.
func (t *trouble) Error() string {
	words := []string{t.why}
	if t.aws != "" {
		words = append(words, `AWS logs "`+t.aws+`"`)
	}
	if t.do != "" {
		words = append(words, t.do)
	}
	return strings.Join(words, "; ")
}

const malformedResponse = "Execution failed due to configuration error: Malformed Lambda proxy response"

// errThrottled is what becomes of who is one too many.
var errThrottled = &trouble{
	why: "throttled: over the rate or the burst of its stage or route",
	do:  "raise ThrottlingRateLimit and ThrottlingBurstLimit in the stage's DefaultRouteSettings or RouteSettings",
}

// about is what a line of the log is about. What is empty is left out.
type about struct {
	status     int
	route      string
	function   string // logical ID
	connection string
	request    string
	invocation string // Lambda's ID of the request, which stands before what the function prints
}

// What failed, as the lines begin.
const (
	integrationFailed = "integration failed"
	authorizerFailed  = "authorizer failed"
	handshakeRefused  = "handshake refused"
	messageRefused    = "message refused"
	pushRefused       = "push refused"
	connectionEnded   = "connection ended"
)

// report tells the log and the console what is wrong.
func (g *Gateway) report(span *trace.Span, level slog.Level, what string, t *trouble, a about) {
	span.Fail(t)
	if a.invocation == "" {
		a.invocation = span.Invocation()
	}
	g.complain(level, what, t, a)
}

// complain tells the log alone.
func (g *Gateway) complain(level slog.Level, what string, t *trouble, a about) {
	same := strings.Join([]string{what, t.why, a.route, a.function}, "\n")
	missed, news := g.quiet.News(same, max(t.every, time.Second), time.Now())
	if !news {
		return
	}
	attrs := []slog.Attr{slog.String("why", t.why)}
	text := func(name, value string) {
		if value != "" {
			attrs = append(attrs, slog.String(name, value))
		}
	}
	number := func(name string, value int) {
		if value != 0 {
			attrs = append(attrs, slog.Int(name, value))
		}
	}
	number("status", a.status)
	text("route", a.route)
	text("function", a.function)
	text("connection", a.connection)
	text("request", a.request)
	text("invocation", a.invocation)
	text("aws", t.aws)
	text("do", t.do)
	number("more", missed)                                          // of its like before it, which were not logged
	g.opt.Log.LogAttrs(context.Background(), level, what, attrs...) //nolint:sloglint // the words are constants, above
}

// unanswered says why an integration has no answer. The error may explain itself.
func (rt *route) unanswered(err error) *trouble {
	if errors.Is(err, context.DeadlineExceeded) {
		if rt.name == "" {
			return &trouble{
				why: fmt.Sprintf("no answer within the integration's %v", rt.timeout),
				aws: "Execution failed due to a timeout error",
			}
		}
		return &trouble{
			why: fmt.Sprintf("no answer within the integration's %v; the function goes on, and nobody hears its answer",
				rt.timeout),
			aws: "Execution failed due to a timeout error",
			do:  "answer sooner and push the rest, or raise TimeoutInMillis, to 29000 at most",
		}
	}
	return explained(err)
}

func explained(err error) *trouble {
	var known interface {
		Explain() (why, aws, do string)
	}
	var request *url.Error
	switch {
	case errors.As(err, &known):
	case errors.As(err, &request): // to a back end, with what a client said in the query
		at, _, _ := strings.Cut(request.URL, "?")
		return &trouble{why: request.Op + " " + at + ": " + request.Err.Error(), do: "see that something serves it there"}
	default:
		return &trouble{why: err.Error()}
	}
	t := &trouble{}
	t.why, t.aws, t.do = known.Explain()
	return t
}

// quoted is a client's word, clipped.
func quoted(s string) string { return fmt.Sprintf("%.64q", s) }

// refused says that a function's own status is no success.
func refused(status int) (slog.Level, *trouble) {
	t := &trouble{why: fmt.Sprintf("the function answered statusCode %d", status)}
	if status >= 500 {
		return slog.LevelWarn, t
	}
	return slog.LevelInfo, t
}
