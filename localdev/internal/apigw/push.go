package apigw

import (
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/parley-rtc/parley/localdev/internal/trace"
)

// push is a request to @connections, for the log and the console. The latter shows POSTs: with what
// the function works on that sent it, or by itself if no function did.
type push struct {
	g             *Gateway
	method        string
	authorization string
	id            string // of the connection
	began         time.Time

	request *http.Request // whose body is yet to be read, into buf; nil if buf has it
	buf     *[]byte

	data    []byte // of a POST that was let in
	why     string // it was refused
	unheard bool   // whoever sent it is gone
}

func (g *Gateway) pushed(r *http.Request, id string) push {
	return push{
		g: g, method: r.Method, authorization: r.Header.Get("Authorization"), id: id, began: time.Now(), request: r,
	}
}

// body reads what is to be pushed, up to a byte more than may be.
func (p *push) body() ([]byte, error) {
	if p.request == nil {
		return *p.buf, nil
	}
	var err error
	*p.buf, err = readUpTo((*p.buf)[:0], p.request.Body, maxMessage+1)
	return *p.buf, err
}

// end records a POST that gets the answer a.
func (p *push) end(a reply) {
	g := p.g
	if p.unheard || p.method != http.MethodPost || g.opt.Trace == nil {
		return
	}
	if span := p.span(); span != nil {
		span.Push(p.id, p.data, p.began, a.status, p.why)
		return
	}
	span := g.opt.Trace.Begin(trace.Start{
		Kind: trace.Post, API: g.api.Name, Connection: p.id, At: g.opt.Clock.Now(), Bytes: len(p.data), Body: p.data,
	})
	span.Push(p.id, p.data, p.began, a.status, p.why)
	span.End()
}

// span is what the function works on that sent the request, nil if no function did.
func (p *push) span() *trace.Span {
	if p.g.opt.Span == nil {
		return nil
	}
	return p.g.opt.Span(p.authorization)
}

// refuse tells the log and the console why the answer is a.
func (p *push) refuse(a reply, t *trouble) reply { return p.tell(slog.LevelWarn, a, t) }

func (p *push) tell(level slog.Level, a reply, t *trouble) reply {
	p.why = t.Error()
	about := about{status: a.status, connection: p.id}
	if p.g.opt.Sender != nil {
		about.function = p.g.opt.Sender(p.authorization)
	}
	about.route, about.request = p.span().About()
	p.g.complain(level, pushRefused, t, about)
	return a
}

// gone answers that there is no such connection.
func (p *push) gone() reply {
	if p.g.isOpening(p.id) {
		return p.refuse(isGone, &trouble{
			why: "the connection exists only when $connect has answered",
			do:  "let its client send a message first, and answer that, or push from another function a little later",
		})
	}
	return p.tell(slog.LevelInfo, isGone, &trouble{ // as is usual
		why: "there is no such connection (any more)", do: "forget its ID where it is kept", every: time.Minute,
	})
}

// noMethod answers what is no request to @connections below a stage: a path too long or too short,
// or another method.
func (p *push) noMethod(rest string) reply {
	route := unescape(strings.TrimPrefix(rest, "/"))
	text := "No method found matching route " + route + " for http method " + p.method + "."
	return p.refuse(failure(http.StatusNotFound, "NotFoundException", text), &trouble{
		why: "@connections has no " + p.method + " for " + quoted(route),
		do:  "let the endpoint end in the stage, with nothing behind it, and send POST, GET or DELETE",
	})
}

// StrayHandshake answers a handshake at a path that is no stage's.
func (g *Gateway) StrayHandshake(w http.ResponseWriter, r *http.Request, stages []string) {
	g.complain(slog.LevelWarn, handshakeRefused, &trouble{
		why: "no stage has the path " + quoted(r.URL.EscapedPath()),
		do:  "connect to " + strings.Join(stages, " or ") + "; names of stages are case-sensitive",
	}, about{status: http.StatusForbidden})
	Forbidden(w)
}

// Stray answers a request to @connections at a path that is no stage's.
func (g *Gateway) Stray(w http.ResponseWriter, r *http.Request, stages []string) {
	path := r.URL.EscapedPath()
	before, id, _ := strings.Cut(unescape(path), "/@connections")
	p := g.pushed(r, strings.Trim(id, "/"))
	p.end(p.refuse(reply{status: http.StatusForbidden}, &trouble{
		why: "no stage has the path " + quoted(before+"/@connections") + " with one connection's ID behind it",
		do: "the endpoint is https://{api}.execute-api.{region}.amazonaws.com/{stage}, with nothing behind the stage; " +
			"here the stages are at " + strings.Join(stages, ", "),
	}))
	Forbidden(w)
}
