package emulator

import (
	"bytes"

	"github.com/parley-rtc/parley/localdev/internal/rawhttp"
)

// posts serves those of front's requests that come again and again, without net/http: each message
// that a function sends is a POST to @connections. Whatever is odd about one it leaves to front.
type posts struct{ front *front }

// Claims implements rawhttp.Handler.
func (p posts) Claims(r *rawhttp.Request) bool {
	_, id := p.find(r)
	return id != nil && r.Header("Origin") == nil && r.Header("X-Amz-Target") == nil && !p.front.e.opt.Switches.Signed
}

// Serve implements rawhttp.Handler.
func (p posts) Serve(r *rawhttp.Request, w *rawhttp.Reply) {
	e := p.front.e
	e.serving.RLock()
	defer e.serving.RUnlock()
	api, id := p.find(r)
	e.gateways[api].Post(r, id, w)
}

// find returns the API and the ID of a connection that a request is for, still escaped; nil if that
// is not plain to see.
func (p posts) find(r *rawhttp.Request) (api int, id []byte) {
	if string(r.Method) != "POST" {
		return 0, nil
	}
	for _, stage := range p.front.paths {
		n := len(stage.path)
		if len(r.Target) <= n || string(r.Target[:n]) != stage.path || r.Target[n] != '/' {
			continue
		}
		id, found := bytes.CutPrefix(r.Target[n:], plainly)
		if !found && stage.path != "" {
			id, found = bytes.CutPrefix(r.Target[n:], escaped)
		}
		if !found || len(id) == 0 || bytes.IndexByte(id, '/') >= 0 || bytes.IndexByte(id, '?') >= 0 {
			return 0, nil
		}
		return stage.api, id
	}
	return 0, nil
}

// What stands between a stage and the ID of a connection.
var plainly, escaped = []byte("/@connections/"), []byte("/%40connections/")
