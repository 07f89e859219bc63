package emulator

import (
	"net/http"
	"strings"

	"github.com/parley-rtc/parley/localdev/internal/apigw"
	"github.com/parley-rtc/parley/localdev/internal/dynamo"
)

// front hands each request on the one address to what it is for.
type front struct {
	e     *Emulator
	paths paths
	door  http.Handler // for paths that nothing else has; nil without a front door
}

func (f *front) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.e.serving.RLock()
	defer f.e.serving.RUnlock()
	if r.Method == http.MethodConnect || r.URL.Host != "" && r.URL.Host != f.e.Addr {
		f.e.egress.ServeHTTP(w, r)
		return
	}
	if f.isForTheDoor(r) { // what it answers is for pages of others as well
		f.door.ServeHTTP(w, r)
		return
	}
	if f.advises(w, r) {
		return
	}
	// A WebSocket may come from any page, as at AWS; nothing else here is for pages of others.
	if r.Header.Get("Origin") != "" && r.Header.Get("Upgrade") == "" && !isLocal(r) {
		apigw.Forbidden(w)
		return
	}
	if dynamo.Serves(r) {
		f.e.proxy.ServeHTTP(w, r)
		return
	}
	if p, found := f.paths.find(r); found {
		f.e.gateways[p.api].ServeAt(p.path, w, r)
		return
	}
	path := r.URL.EscapedPath()
	switch {
	case path+"/" == consolePrefix: // else what the page loads would be looked for at "/"
		http.Redirect(w, r, consolePrefix, http.StatusPermanentRedirect)
	case strings.HasPrefix(path, consolePrefix):
		f.e.console(w, r)
	case strings.HasPrefix(path, invokePrefix):
		f.e.invoke(w, r)
	case strings.Contains(r.URL.Path, "/@connections/"):
		f.e.gateways[0].Stray(w, r, f.stages("http"))
	case r.Header.Get("Upgrade") != "":
		f.e.gateways[0].StrayHandshake(w, r, f.stages("ws"))
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		apigw.Forbidden(w)
	default:
		f.e.site.ServeHTTP(w, r)
	}
}

// stages are the URLs of all.
func (f *front) stages(scheme string) []string {
	urls := make([]string, 0, len(f.e.APIs))
	for _, api := range f.e.APIs {
		urls = append(urls, scheme+strings.TrimPrefix(api.URL, "ws"))
	}
	return urls
}

// isForTheDoor: a handshake for a path that is no stage's, and all other requests for what the page
// has no file of.
func (f *front) isForTheDoor(r *http.Request) bool {
	path := r.URL.EscapedPath()
	if f.door == nil || dynamo.Serves(r) || ours(path) || strings.Contains(r.URL.Path, "/@connections/") {
		return false
	}
	if _, found := f.paths.find(r); found {
		return false
	}
	return r.Header.Get("Upgrade") != "" || !f.e.site.Has(r.URL.Path)
}

// advises answers clients of Socket.IO that were not made for an API Gateway, whatever page they are on:
// they poll, or ask for a path that is no stage's.
func (f *front) advises(w http.ResponseWriter, r *http.Request) bool {
	path := r.URL.EscapedPath()
	if dynamo.Serves(r) || ours(path) || strings.Contains(r.URL.Path, "/@connections/") {
		return false
	}
	upgrade := r.Header.Get("Upgrade") != ""
	switch p, found := f.paths.find(r); {
	case found && strings.TrimSuffix(path, "/") != p.path:
		return f.e.gateways[p.api].Advise(w, r, p.path, http.StatusForbidden)
	case found:
		return !upgrade && f.e.gateways[p.api].Advise(w, r, p.path, http.StatusUpgradeRequired)
	default:
		return (upgrade || r.URL.Query().Get("transport") == "polling") &&
			f.e.gateways[0].Advise(w, r, "/"+f.e.APIs[0].Stage, http.StatusForbidden)
	}
}
