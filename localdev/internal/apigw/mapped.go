package apigw

import (
	"context"
	"errors"
	"net/http"

	"github.com/parley-rtc/parley/localdev/internal/trace"
)

// admitMapped runs $connect of an integration with mapping templates and returns the status for the client.
func (g *Gateway) admitMapped(ctx context.Context, rt *route, c *conn, e event, r *handshake) int {
	params := map[string]string{}
	for name, values := range r.headers {
		params[name] = values[len(values)-1]
	}
	for name, values := range r.URL.Query() {
		params[name] = values[len(values)-1]
	}
	out, err := g.integrate(ctx, rt, c, e, nil, params)
	switch {
	case errors.Is(err, context.DeadlineExceeded) && !g.opt.Switches.Connect502:
		return http.StatusGatewayTimeout
	case err != nil:
		g.opt.Log.Warn("$connect failed", "connection", c.id, "err", err)
		return http.StatusBadGateway
	}
	return out.status
}

// messageMapped runs a message's integration with mapping templates.
func (g *Gateway) messageMapped(ctx context.Context, span *trace.Span, rt *route, c *conn, e event, body []byte) {
	out, err := g.integrate(ctx, rt, c, e, body, nil)
	span.Fail(err)
	switch {
	case g.ctx.Err() != nil: // localdev is ending
	case errors.Is(err, context.DeadlineExceeded):
		span.Reply(c.say("Endpoint request timed out", e.requestID))
	case err != nil:
		g.opt.Log.Warn("message failed", "connection", c.id, "route", e.routeKey, "err", err)
		span.Reply(c.say("Internal server error", e.requestID))
	case rt.response && out.reply:
		c.deliver(out.body)
		span.Reply(out.body)
	}
}

// isFailure reports whether a function answered with a status of 300 or more.
func isFailure(answer []byte) bool {
	status, ok := statusCode(answer)
	return ok && status >= 300
}
