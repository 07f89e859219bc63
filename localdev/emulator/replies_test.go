package emulator_test

import (
	"testing"

	"github.com/parley-rtc/parley/localdev/emulator"
)

// AWS's documentation asks for an expression on the route and a RouteResponse. Routes with a RouteResponse alone were seen to answer.
func TestRouteResponseAlone(t *testing.T) {
	first := func(t *testing.T, options ...func(*emulator.Options)) string {
		t.Helper()
		w := start(t, append(options, func(o *emulator.Options) { o.Template, o.Serial = "testdata/replies.yaml", true })...)
		c := w.dial("")
		c.send(`{"action":"alone"}`)
		c.send(`{"action":"declared"}`)
		return c.text()
	}
	run(t, "answers", func(t *testing.T) {
		if got := first(t); got != "alone" {
			t.Errorf("got %s first", got)
		}
	})
	run(t, "sends nothing when switched so", func(t *testing.T) {
		if got := first(t, func(o *emulator.Options) { o.Switches.DeclaredOnly = true }); got != "declared" {
			t.Errorf("got %s first", got)
		}
	})
}
