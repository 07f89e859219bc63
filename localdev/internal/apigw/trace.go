package apigw

import (
	"errors"
	"net/http"
	"time"
	"unicode/utf8"

	"github.com/parley-rtc/parley/localdev/internal/trace"
)

// traceMessage begins the span of a message. What is kept of the event has a body of at most trace.MaxBody bytes.
func (c *conn) traceMessage(e event, body, input []byte) *trace.Span {
	if c.g.opt.Trace == nil {
		return nil
	}
	short := len(body) > trace.MaxBody
	if short {
		end := trace.MaxBody
		for !utf8.RuneStart(body[end]) {
			end--
		}
		input = c.messageEvent(e, body[:end])
	}
	return c.g.opt.Trace.Begin(trace.Start{
		Kind: trace.Message, API: c.g.api.Name, Connection: c.id, Route: e.routeKey, RequestID: e.requestID, At: e.now,
		Bytes: len(body), Event: input, Short: short,
	})
}

// errThrottled is what a span says of a message that was one too many.
var errThrottled = errors.New("throttled: over the rate of its stage or route")

// traceBody begins the span of a message that becomes no event of the usual form: no route takes it, it is one too many,
// or a mapping template makes of it what it likes.
func (c *conn) traceBody(requestID, route string, body []byte) *trace.Span {
	return c.g.opt.Trace.Begin(trace.Start{
		Kind: trace.Message, API: c.g.api.Name, Connection: c.id, Route: route, RequestID: requestID, At: c.g.opt.Clock.Now(),
		Bytes: len(body), Body: body, Short: len(body) > trace.MaxBody,
	})
}

// traceEvent begins the span of a handshake or of a connection's end.
func (c *conn) traceEvent(kind trace.Kind, e event, input []byte) *trace.Span {
	return c.g.opt.Trace.Begin(trace.Start{
		Kind: kind, API: c.g.api.Name, Connection: c.id, Route: e.routeKey, RequestID: e.requestID, At: e.now, Event: input,
	})
}

// traceRefused records a handshake that was refused before $connect.
func (c *conn) traceRefused(status int) {
	span := c.g.opt.Trace.Begin(trace.Start{Kind: trace.Connect, API: c.g.api.Name, Connection: c.id, Route: "$connect", At: c.g.opt.Clock.Now()})
	span.Status(status)
	span.End()
}

// tracePush has w remember its status, and returns what records the POST once it is answered: with what the function works
// on that sent it, or by itself if no function did.
func (g *Gateway) tracePush(w *http.ResponseWriter, r *http.Request, id string, data []byte) func() {
	if g.opt.Trace == nil {
		return func() {}
	}
	began := time.Now()
	answer := &statusWriter{ResponseWriter: *w, status: http.StatusOK}
	*w = answer
	return func() {
		if span := g.opt.Span(r.Header.Get("Authorization")); span != nil {
			span.Push(id, data, began, answer.status)
			return
		}
		span := g.opt.Trace.Begin(trace.Start{Kind: trace.Post, API: g.api.Name, Connection: id, At: g.opt.Clock.Now(), Bytes: len(data), Body: data})
		span.Push(id, data, began, answer.status)
		span.End()
	}
}

// statusWriter remembers the status.
type statusWriter struct {
	http.ResponseWriter
	status int
}

func (w *statusWriter) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}
