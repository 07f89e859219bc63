package apigw

import (
	"context"
	"errors"
	"net/http"

	"github.com/parley-rtc/parley/localdev/internal/trace"
	"github.com/parley-rtc/parley/localdev/internal/vtl"
)

// admitMapped runs $connect of an integration with mapping templates and returns the status for the client.
func (g *Gateway) admitMapped(ctx context.Context, rt *route, c *conn, e event, r *handshake) int {
	params := vtl.Params{Query: last(r.URL.Query()), Header: last(r.headers)}
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

// last returns the last value of each name, as templates have them.
func last(values map[string][]string) map[string]string {
	one := make(map[string]string, len(values))
	for name, all := range values {
		one[name] = all[len(all)-1]
	}
	return one
}

// messageMapped runs a message's integration with mapping templates.
func (g *Gateway) messageMapped(ctx context.Context, span *trace.Span, rt *route, c *conn, e event, body []byte) {
	out, err := g.integrate(ctx, rt, c, e, body, vtl.Params{})
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
