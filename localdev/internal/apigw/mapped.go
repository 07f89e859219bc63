package apigw

import (
	"context"

	"github.com/parley-rtc/parley/localdev/internal/trace"
)

// admitMapped runs $connect of an integration with mapping templates and returns the status for the client.
func (g *Gateway) admitMapped(ctx context.Context, rt *route, c *conn, e event, r *handshake) int {
	out, err := g.integrate(ctx, rt, c, e, inbound{headers: r.headers, query: r.URL.Query()})
	if err != nil {
		return g.unadmitted(trace.From(ctx), rt, err, rt.about(c, e))
	}
	return out.status
}

// messageMapped runs a message's integration with mapping templates.
func (g *Gateway) messageMapped(rt *route, c *conn, e event, body []byte) {
	span := c.traceBody(e.requestID, e.routeKey, e.now, body)
	defer span.End()
	ctx := g.ctx
	if !rt.mapping.mock { // which asks nobody
		limited, cancel := context.WithTimeout(ctx, rt.timeout)
		defer cancel()
		ctx = trace.With(limited, span)
	}
	out, err := g.integrate(ctx, rt, c, e, inbound{body: body})
	switch {
	case g.ctx.Err() != nil: // localdev is ending
	case err != nil:
		g.messageFailed(span, rt, c, e, err)
	case rt.response && out.reply:
		c.deliver(out.body, sendTry)
		span.Reply(out.body)
	}
}
