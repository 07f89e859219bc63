package apigw

import (
	"context"
	"math"
	"net/http"
	"strings"
)

// viaEdge marks a request that CloudFront forwards.
type viaEdge struct{}

// ServeEdge serves what a CloudFront distribution forwards to the API's own name, whose one path is
// that of the stage.
func (g *Gateway) ServeEdge(w http.ResponseWriter, r *http.Request) {
	stage := "/" + g.api.Stage
	if path := r.URL.EscapedPath(); path != stage && !strings.HasPrefix(path, stage+"/") {
		Forbidden(w)
		return
	}
	g.ServeAt(stage, w, r.WithContext(context.WithValue(r.Context(), viaEdge{}, true)))
}

// quiets is when CloudFront would cut the connection unless its client is sent a byte: what the
// client sends does not count. It is never for who does not come through CloudFront.
func (c *conn) quiets() int64 {
	last := c.lastSent.Load()
	if last == 0 {
		return math.MaxInt64
	}
	return last + edgeLimit.Milliseconds()
}

// sending notes that bytes go to a client behind CloudFront.
func (c *conn) sending() {
	if c.lastSent.Load() != 0 {
		c.lastSent.Store(c.g.opt.Clock.Milli())
	}
}
