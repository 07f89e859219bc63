package apigw

import (
	"context"
	"log/slog"
	"time"

	"github.com/parley-rtc/parley/localdev/internal/trace"
)

// call is a message that a function works on. Nobody waits for the answer: whoever has it goes on
// with settle.
type call struct {
	c     *conn
	rt    *route
	e     event
	span  *trace.Span
	after func() // what waits for its end; nil if nothing does

	// All of waiting.
	until          time.Time
	waits, left    bool
	leave          func() // tells the function that nobody waits any more; nil until it is started
	before, behind *call
}

// call has a route's function run the event of a message.
func (g *Gateway) call(c *conn, rt *route, e event, body []byte, after func()) {
	e.messageID = newRequestID()
	input := c.messageEvent(e, body)
	m := &call{c: c, rt: rt, e: e, span: c.traceMessage(e, body, input), after: after}
	g.handlers.Add(1)
	if !rt.waiting.add(m) {
		m.settle(nil, context.Canceled)
		return
	}
	rt.waiting.started(m, rt.function.Start(trace.With(g.ctx, m.span), input, m.answered))
}

// answered is told what the function made of the event.
func (m *call) answered(answer []byte, err error) {
	if m.rt.waiting.take(m) { // else it is too late
		m.settle(answer, err)
	}
}

// settle sends what API Gateway has to say. It does not wait for the client, as the function's next
// event may wait for it.
func (m *call) settle(answer []byte, err error) {
	g := m.c.g
	if g.ctx.Err() == nil { // else localdev is ending
		m.reply(answer, err)
	}
	m.span.End()
	m.c.through(m.after)
	g.handlers.Done()
}

func (m *call) reply(answer []byte, err error) {
	c, g, rt, span := m.c, m.c.g, m.rt, m.span
	switch {
	case err != nil:
		g.messageFailed(span, rt, c, m.e, err)
	case isStatus(answer) && stray(answer) != "":
		g.report(span, slog.LevelWarn, integrationFailed, malformed(answer), rt.about(c, m.e))
		span.Reply(c.say("Internal server error", m.e.requestID))
	case g.opt.Switches.ErrorFrame && isFailure(answer):
		g.heard(span, answer, rt.about(c, m.e))
		span.Reply(c.say("Internal server error", m.e.requestID))
	case !rt.response:
		g.unheard(span, answer, rt.about(c, m.e))
	default:
		reply, ok := replyBody(answer)
		if !ok {
			g.report(span, slog.LevelWarn, integrationFailed, unfit(answer), rt.about(c, m.e))
			span.Reply(c.say("Internal server error", m.e.requestID))
			return
		}
		g.heard(span, answer, rt.about(c, m.e))
		if len(reply) > maxMessage {
			g.complain(slog.LevelWarn, "odd answer", tooLong(len(reply)), rt.about(c, m.e))
		}
		c.deliver(reply, 0)
		span.Reply(reply)
	}
}
