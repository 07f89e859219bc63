package emulator_test

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/parley-rtc/parley/localdev/emulator"
)

// startAsync starts the functions of async.yaml.
func startAsync(t *testing.T) *world {
	t.Helper()
	return start(t, func(o *emulator.Options) { o.Template = "testdata/async.yaml" })
}

// later sends a function an asynchronous event, about nothing but what the actor is to do.
func (w *world) later(function, do string) {
	w.t.Helper()
	event := fmt.Sprintf(`{"body":%q}`, do)
	resp, body := w.http("POST", "/2015-03-31/functions/"+function+"/invocations", event, "X-Amz-Invocation-Type", "Event")
	if resp.StatusCode != 202 {
		w.t.Fatalf("%s: %s", resp.Status, body)
	}
}

// logged waits for so many lines of the log.
func (w *world) logged(n int, words string) {
	w.t.Helper()
	w.eventually(words+" in the log", func() bool { return strings.Count(w.log.String(), words) == n })
}

// tries is how often functions of the package actor have run, as billed.
func (w *world) tries() float64 {
	w.t.Helper()
	n, _ := w.bill()["invocations"].(map[string]any)["actor"].(float64)
	return n
}

const (
	failing   = `{"do":"error","data":"no"}`
	again     = "it is tried again"
	neverMore = "failed for good"
)

func TestAsynchronousEvents(t *testing.T) {
	run(t, "by SAM's property, none is tried again", func(t *testing.T) {
		w := startAsync(t)
		w.later("Never", failing)
		w.logged(1, neverMore)
		if n := w.tries(); n != 1 || strings.Contains(w.log.String(), again) {
			t.Errorf("got %v tries, want 1", n)
		}
		s := w.trace("it", func(s traced) bool { return s.Kind == "async" && !s.Running })
		if s.Failure == "" || strings.Count(s.steps(), "invoke Never") != 1 || s.By != "" {
			t.Errorf("got %+v", s)
		}
	})
	run(t, "by the plain resource, tried once again", func(t *testing.T) {
		w := startAsync(t)
		w.later("Plain", failing)
		w.logged(1, again)
		w.advance("1m")
		w.logged(1, neverMore)
		if n := w.tries(); n != 2 {
			t.Errorf("got %v tries, want 2", n)
		}
		if s := w.trace("it", func(s traced) bool { return s.Kind == "async" && !s.Running }); strings.Count(s.steps(), "invoke Plain") != 2 {
			t.Errorf("got %+v", s)
		}
	})
	run(t, "without either, tried twice again", func(t *testing.T) {
		w := startAsync(t)
		w.later("Bare", failing)
		w.logged(1, again)
		w.advance("1m")
		w.logged(2, again)
		w.advance("2m")
		w.logged(1, neverMore)
		if n := w.tries(); n != 3 {
			t.Errorf("got %v tries, want 3", n)
		}
	})
	run(t, "one that would be too old is dropped", func(t *testing.T) {
		w := startAsync(t)
		w.later("Old", failing)
		w.logged(1, again)
		w.advance("1m")
		w.logged(1, neverMore+", as it would be too old by its next try")
		if n := w.tries(); n != 2 {
			t.Errorf("got %v tries, want 2", n)
		}
	})
	run(t, "no room is no failure", func(t *testing.T) {
		w := startAsync(t)
		file := filepath.Join(t.TempDir(), "done")
		w.later("Narrow", fmt.Sprintf(`{"until":%q}`, file))
		w.eventually("the first at work", func() bool { return w.tries() == 1 })
		w.later("Narrow", `{"do":"log","data":"the second"}`)
		w.logged(1, again)
		write(t, file, "")
		w.advance("1s")
		w.eventually("the second", func() bool {
			w.advance("2s") // whether it found room does not depend on how often it has looked
			return w.tries() == 2
		})
		w.trace("the second", func(s traced) bool {
			return s.Kind == "async" && !s.Running && s.Failure == "" && strings.Contains(s.steps(), "log the second")
		})
		if strings.Contains(w.log.String(), neverMore) {
			t.Error("it failed for good")
		}
	})
	run(t, "the weather hits them", func(t *testing.T) {
		w := startAsync(t)
		w.http("POST", "/_localdev/weather", `{"name":"storm","fault":"crash","route":"$opened","function":"Never"}`)
		resp, _ := w.http("POST", "/2015-03-31/functions/Never/invocations", `{"requestContext":{"routeKey":"$opened"}}`, "X-Amz-Invocation-Type", "Event")
		if resp.StatusCode != 202 {
			t.Fatal(resp.Status)
		}
		w.logged(1, "crashed by the weather")
		w.logged(1, neverMore)
	})
}

func TestAFunctionSendsAnother(t *testing.T) {
	w := startAsync(t)
	c := w.dial("")
	to := func(function string) call {
		return call{
			Service: "lambda", Method: "POST", Path: "/2015-03-31/functions/" + function + "/invocations", Type: "Event",
			Body: fmt.Sprintf(`{"requestContext":{"connectionId":%q,"routeKey":"$opened"},"body":%q}`, c.id, `{"do":"post","data":"welcome"}`),
		}
	}
	run(t, "an event that it may send", func(t *testing.T) {
		if got := w.callAs("Sender", to("localdev-Never")); got.Status != 202 {
			t.Fatalf("got %+v", got)
		}
		if got := c.text(); got != "welcome" {
			t.Errorf("got %s", got)
		}
		s := w.trace("it", func(s traced) bool { return s.Kind == "async" && !s.Running })
		if s.By != "caller" || s.Connection != c.id || s.Route != "$opened" || s.steps() != "invoke Never, push OK" || s.USD == 0 {
			t.Errorf("got %+v", s)
		}
	})
	run(t, "no other", func(t *testing.T) {
		if got := w.callAs("Sender", to("localdev-Bare")); got.Status != 403 || got.ErrorType != "AccessDeniedException" {
			t.Errorf("got %+v", got)
		}
		if n := w.tries(); n != 1 {
			t.Errorf("got %v events, want the first only", n)
		}
	})
	run(t, "as part of an event of its own", func(t *testing.T) {
		order, err := json.Marshal(to("localdev-Never"))
		if err != nil {
			t.Fatal(err)
		}
		if resp, body := w.http("POST", "/2015-03-31/functions/Sender/invocations", string(order), "X-Amz-Invocation-Type", "Event"); resp.StatusCode != 202 {
			t.Fatalf("%s: %s", resp.Status, body)
		}
		w.trace("the sender", func(s traced) bool {
			return s.Kind == "async" && s.By == "" && !s.Running && strings.Contains(s.steps(), "Never later, Accepted")
		})
	})
}
