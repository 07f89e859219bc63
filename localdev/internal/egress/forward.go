package egress

import (
	"net/http"
	"net/http/httputil"
)

// forward serves a request without TLS for a host that its address names: those that are answered
// here, and all others as a proxy does.
func (p *Proxy) forward(w http.ResponseWriter, r *http.Request) {
	if _, here := p.prefix(r.URL.Hostname()); here {
		p.answer(w, r)
		return
	}
	(&httputil.ReverseProxy{
		Rewrite:   func(r *httputil.ProxyRequest) { r.Out.URL = r.In.URL },
		Transport: &http.Transport{DisableKeepAlives: true, DisableCompression: true},
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, err error) {
			http.Error(w, err.Error(), http.StatusBadGateway)
		},
	}).ServeHTTP(w, r)
}
