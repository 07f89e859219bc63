package apigw

import (
	"context"
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

// quiet reports whether CloudFront would cut the connection, as its client has not been sent a byte
// for long. What the client sends does not count.
func (c *conn) quiet(now int64) bool {
	last := c.lastSent.Load()
	return last != 0 && now-last >= edgeLimit.Milliseconds()
}

// sending notes that bytes go to a client behind CloudFront.
func (c *conn) sending() {
	if c.lastSent.Load() != 0 {
		c.lastSent.Store(c.g.opt.Clock.Milli())
	}
}
