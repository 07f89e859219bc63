package cloudfront_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
)

// Whatever is asked for: a handshake comes to the stage with the path it was for and no other, and all else is answered.
func FuzzParley(f *testing.F) {
	for _, seed := range []string{"/", "/peerjs?key=k&path=/x", "/a%2Fb?p%61th=1", "/x?%zz=&path", "//h/?a=b;path=c", "/peerjs/id?ts=1", "/\xff?\xff=\xff"} {
		f.Add(seed)
	}
	w := parley(f)
	f.Fuzz(func(t *testing.T, target string) {
		u, err := url.ParseRequestURI(target)
		if err != nil || !strings.HasPrefix(target, "/") || strings.ContainsAny(target, " \r\n") {
			return
		}
		w.t = t
		forwarded := w.ask(http.MethodGet, target, "Sec-WebSocket-Key", "k").forwarded
		stage, query, _ := strings.Cut(forwarded, "?")
		var paths []string
		for parameter := range strings.SplitSeq(query, "&") {
			name, value, _ := strings.Cut(parameter, "=")
			if plain, err := url.QueryUnescape(name); err == nil && plain == "path" {
				plain, err := url.QueryUnescape(value)
				if err != nil {
					t.Errorf("%q: %v in %q", target, err, forwarded)
				}
				paths = append(paths, plain)
			}
		}
		if stage != "/prod" || !slices.Equal(paths, []string{u.EscapedPath()}) {
			t.Errorf("%q: got %q, with the paths %q", target, forwarded, paths)
		}
		if got := w.ask(http.MethodGet, target); got.Code == 503 || got.Code == 502 || got.forwarded != "" {
			t.Errorf("%q: got %d, forwarded %q; %s", target, got.Code, got.forwarded, &w.log)
		}
	})
}
