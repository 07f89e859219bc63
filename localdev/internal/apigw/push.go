package apigw

import (
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/parley-rtc/parley/localdev/internal/trace"
)

// push is a request to @connections and its answer, for the log and the console. The latter shows
// POSTs: with what the function works on that sent it, or by itself if no function did.
type push struct {
	http.ResponseWriter
	g      *Gateway
	r      *http.Request
	id     string // of the connection
	began  time.Time
	data   []byte
	status int
	why    string // it was refused
	over   bool   // end has been called, or must not record
}

func (g *Gateway) push(w http.ResponseWriter, r *http.Request, id string) *push {
	return &push{ResponseWriter: w, g: g, r: r, id: id, began: time.Now(), status: http.StatusOK}
}

// WriteHeader remembers the status.
func (p *push) WriteHeader(status int) {
	p.status = status
	p.ResponseWriter.WriteHeader(status)
}

// end records a POST that is answered, once.
func (p *push) end() {
	g := p.g
	if p.over || p.r.Method != http.MethodPost || g.opt.Trace == nil {
		return
	}
	p.over = true
	if span := p.span(); span != nil {
		span.Push(p.id, p.data, p.began, p.status, p.why)
		return
	}
	span := g.opt.Trace.Begin(trace.Start{
		Kind: trace.Post, API: g.api.Name, Connection: p.id, At: g.opt.Clock.Now(), Bytes: len(p.data), Body: p.data,
	})
	span.Push(p.id, p.data, p.began, p.status, p.why)
	span.End()
}

// span is what the function works on that sent the request, nil if no function did.
func (p *push) span() *trace.Span {
	if p.g.opt.Span == nil {
		return nil
	}
	return p.g.opt.Span(p.r.Header.Get("Authorization"))
}

// refused tells the log and the console why.
func (p *push) refused(status int, t *trouble) { p.told(slog.LevelWarn, status, t) }

func (p *push) told(level slog.Level, status int, t *trouble) {
	p.why = t.Error()
	a := about{status: status, connection: p.id}
	if p.g.opt.Sender != nil {
		a.function = p.g.opt.Sender(p.r.Header.Get("Authorization"))
	}
	a.route, a.request = p.span().About()
	p.g.complain(level, pushRefused, t, a)
}

// gone answers 410.
func (p *push) gone() {
	if p.g.isOpening(p.id) {
		p.refused(http.StatusGone, &trouble{
			why: "the connection exists only when $connect has answered",
			do:  "let its client send a message first, and answer that, or push from another function a little later",
		})
	} else { // as is usual
		p.told(slog.LevelInfo, http.StatusGone, &trouble{
			why: "there is no such connection (any more)", do: "forget its ID where it is kept", every: time.Minute,
		})
	}
	isGone(p)
}

// noMethod answers what is no request to @connections below a stage: a path too long or too short,
// or another method.
func (p *push) noMethod(rest string) {
	route := unescape(strings.TrimPrefix(rest, "/"))
	p.refused(http.StatusNotFound, &trouble{
		why: "@connections has no " + p.r.Method + " for " + quoted(route),
		do:  "let the endpoint end in the stage, with nothing behind it, and send POST, GET or DELETE",
	})
	fail(p, http.StatusNotFound, "NotFoundException",
		"No method found matching route "+route+" for http method "+p.r.Method+".")
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
	p := g.push(w, r, strings.Trim(id, "/"))
	defer p.end()
	p.refused(http.StatusForbidden, &trouble{
		why: "no stage has the path " + quoted(before+"/@connections") + " with one connection's ID behind it",
		do: "the endpoint is https://{api}.execute-api.{region}.amazonaws.com/{stage}, with nothing behind the stage; " +
			"here the stages are at " + strings.Join(stages, ", "),
	})
	Forbidden(p)
}
