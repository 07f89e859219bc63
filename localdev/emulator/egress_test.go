package emulator_test

import (
	"strings"
	"testing"

	"github.com/parley-rtc/parley/localdev/emulator"
)

func TestUnmodifiedFunction(t *testing.T) {
	w := start(t, func(o *emulator.Options) { o.Template = "testdata/unmodified.yaml" })
	c := w.dial("")
	for _, message := range []string{"one", "two"} { // the second over connections that are there
		c.send(message)
		if got := c.text(); got != message {
			t.Fatalf("got %s", got)
		}
	}
	if _, items := w.http("GET", "/_localdev/tables/Messages", ""); !strings.Contains(items, c.id) || !strings.Contains(items, "two") {
		t.Errorf("got %s", items)
	}
	if b := w.bill(); b["wru"] != 2.0 || b["messagesOut"] != 2.0 {
		t.Errorf("got %v, want it on the bill", b)
	}
}
