package emulator_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/gobwas/ws"
)

const invokeScarce = "/2015-03-31/functions/ScarceFunction/invocations"

// A function that may work on two events at a time has two that last longer than the test.
func TestReservedConcurrency(t *testing.T) {
	w := startFacts(t, "scarce")
	busy, c := w.dial(""), w.dial("")
	for range 5 { // what is through is free again
		if resp, body := w.http("POST", invokeScarce, "{}"); resp.StatusCode != http.StatusOK {
			t.Fatalf("got %s %s", resp.Status, body)
		}
	}
	started := func() float64 { return w.bill()["invocations"].(map[string]any)["actor"].(float64) }
	before := started()
	w.eventually("two events in work", func() bool { // one that comes before the last is through is refused
		busy.do("wait", map[string]any{"ms": 300_000})
		return started() == before+2
	})
	run(t, "a message over it gets a frame, and the socket stays open", func(t *testing.T) {
		for range 2 {
			c.do("post", map[string]any{"do": "post", "data": "done"})
			if got := c.text(); !strings.HasPrefix(got, `{"message": "Internal server error", `) {
				t.Errorf("got %s", got)
			}
		}
	})
	run(t, "a handshake over it is 502", func(t *testing.T) {
		_, err := w.tryDial("")
		var status ws.StatusError
		if !errors.As(err, &status) || int(status) != http.StatusBadGateway {
			t.Errorf("got %v", err)
		}
	})
	run(t, "Invoke over it is 429", func(t *testing.T) {
		resp, body := w.http("POST", invokeScarce, "{}")
		if resp.StatusCode != http.StatusTooManyRequests || resp.Header.Get("X-Amzn-ErrorType") != "TooManyRequestsException" {
			t.Errorf("got %s %s", resp.Status, body)
		}
	})
}
