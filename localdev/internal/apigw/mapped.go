package apigw

import (
	"context"

	"github.com/parley-rtc/parley/localdev/internal/trace"
	"github.com/parley-rtc/parley/localdev/internal/vtl"
)

// admitMapped runs $connect of an integration with mapping templates and returns the status for the client.
func (g *Gateway) admitMapped(ctx context.Context, rt *route, c *conn, e event, r *handshake) int {
	params := vtl.Params{Query: last(r.URL.Query()), Header: last(r.headers)}
	out, err := g.integrate(ctx, rt, c, e, nil, params)
	if err != nil {
		return g.unadmitted(trace.From(ctx), rt, err, rt.about(c, e))
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
	switch {
	case g.ctx.Err() != nil: // localdev is ending
	case err != nil:
		g.messageFailed(span, rt, c, e, err)
	case rt.response && out.reply:
		c.deliver(out.body)
		span.Reply(out.body)
	}
}
