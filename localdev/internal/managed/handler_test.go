package managed_test

import (
	"strings"
	"testing"

	"github.com/parley-rtc/parley/localdev/internal/managed"
)

func TestNoHandler(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ runtime, handler, why string }{
		{"nodejs22.x", "plain.handler", ""},
		{"nodejs22.x", "module.handler", ""},
		{"nodejs22.x", "src/app.nested.deeper.handler", ""},
		{"nodejs22.x", "src.handler", ""},
		{"nodejs22.x", "/opt/nodejs/wrapper.handler", ""},
		{"nodejs22.x", "plain", `its Handler "plain" names no export`},
		{"nodejs22.x", "nowhere.handler", "its Handler nowhere.handler is not there: its code has no nowhere.js, .mjs or .cjs"},
		{"nodejs22.x", "src/nowhere.handler", "no src/nowhere.js"},
		{"python3.13", "nowhere.handler", ""},
	} {
		got := managed.NoHandler(tt.runtime, tt.handler, nodeFolder(t))
		if (got == "") != (tt.why == "") || !strings.Contains(got, tt.why) {
			t.Errorf("%s of %s: got %q, want %q", tt.handler, tt.runtime, got, tt.why)
		}
	}
}
