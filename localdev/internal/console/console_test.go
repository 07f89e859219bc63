package console_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/parley-rtc/parley/localdev/internal/console"
)

func TestThePageIsWhole(t *testing.T) {
	handler := console.Handler()
	for path, want := range map[string][2]string{
		"/_localdev/":          {"text/html; charset=utf-8", `src="main.js"`},
		"/_localdev/style.css": {"text/css; charset=utf-8", "prefers-color-scheme"},
		"/_localdev/main.js":   {"text/javascript; charset=utf-8", "EventSource"},
	} {
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
		if w.Code != 200 || w.Header().Get("Content-Type") != want[0] || !strings.Contains(w.Body.String(), want[1]) {
			t.Errorf("%s: got %d %v", path, w.Code, w.Header())
		}
		policy := w.Header().Get("Content-Security-Policy")
		if !strings.Contains(policy, "default-src 'none'") || strings.Contains(policy, "unsafe") {
			t.Errorf("%s: got policy %q", path, policy)
		}
		if path == "/_localdev/main.js" && strings.Contains(w.Body.String(), "innerHTML") {
			t.Error("the script writes HTML")
		}
	}
}
