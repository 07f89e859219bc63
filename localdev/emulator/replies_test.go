package emulator_test

import (
	"testing"

	"github.com/parley-rtc/parley/localdev/emulator"
)

// AWS documents that a route needs both. Examples of its own have a RouteResponse alone, and show
// what a client was answered.
func TestRouteResponseAlone(t *testing.T) {
	first := func(t *testing.T, options ...func(*emulator.Options)) string {
		t.Helper()
		w := start(t, append(options, func(o *emulator.Options) { o.Template, o.Serial = "testdata/replies.yaml", true })...)
		c := w.dial("")
		c.send(`{"action":"alone"}`)
		c.send(`{"action":"declared"}`)
		return c.text()
	}
	run(t, "sends nothing", func(t *testing.T) {
		if got := first(t); got != "declared" {
			t.Errorf("got %s first", got)
		}
	})
	run(t, "answers when switched so", func(t *testing.T) {
		if got := first(t, func(o *emulator.Options) { o.Switches.LoneResponses = true }); got != "alone" {
			t.Errorf("got %s first", got)
		}
	})
}
