package apigw

import (
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

// traceBody begins the span of a message that becomes no event of the usual form: no route takes it, it is one too many,
// or a mapping template makes of it what it likes.
func (c *conn) traceBody(requestID, route string, at time.Time, body []byte) *trace.Span {
	return c.g.opt.Trace.Begin(trace.Start{
		Kind: trace.Message, API: c.g.api.Name, Connection: c.id, Route: route, RequestID: requestID, At: at,
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
func (c *conn) traceRefused(status int, why error) {
	span := c.g.opt.Trace.Begin(trace.Start{Kind: trace.Connect, API: c.g.api.Name, Connection: c.id, Route: "$connect", At: c.g.opt.Clock.Now()})
	span.Status(status)
	span.Fail(why)
	span.End()
}
