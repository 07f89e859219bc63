package site_test

import (
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/parley-rtc/parley/localdev/internal/site"
)

func TestCompressed(t *testing.T) {
	t.Parallel()
	h := site.Handler(project(t))
	ask := func(path, encoding, etag string) *httptest.ResponseRecorder {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil)
		r.Header.Set("Accept-Encoding", encoding)
		r.Header.Set("If-None-Match", etag)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w
	}
	for _, path := range []string{"/", "/style.css", "/main.js", "/main.js.map"} {
		for _, encoding := range []string{"", "br", "gzip;q=0", "gzip; q=0.0"} {
			if w := ask(path, encoding, ""); w.Header().Get("Content-Encoding") != "" || w.Header().Get("Vary") != "Accept-Encoding" {
				t.Errorf("%s, %q: got %v", path, encoding, w.Header())
			}
		}
		plain := ask(path, "", "")
		for _, encoding := range []string{"gzip", "br, gzip;q=0.8"} {
			w := ask(path, encoding, "")
			if got := w.Header().Get("Content-Encoding"); got != "gzip" {
				t.Fatalf("%s, %q: got %q", path, encoding, got)
			}
			etag := w.Header().Get("ETag")
			unpacked, err := gzip.NewReader(w.Body)
			if err != nil {
				t.Fatal(err)
			}
			body, err := io.ReadAll(unpacked)
			if err != nil || string(body) != plain.Body.String() {
				t.Errorf("%s: got %q and %v, want %q", path, body, err, plain.Body)
			}
			if etag == plain.Header().Get("ETag") || !strings.HasSuffix(etag, `"`) {
				t.Errorf("%s: got ETag %s for both", path, etag)
			}
			if again := ask(path, encoding, etag); again.Code != http.StatusNotModified {
				t.Errorf("%s, again with %s: got %d", path, etag, again.Code)
			}
		}
	}
}
