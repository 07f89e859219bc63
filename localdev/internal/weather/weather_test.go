package weather_test

import (
	"encoding/json"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/parley-rtc/parley/localdev/internal/clock"
	"github.com/parley-rtc/parley/localdev/internal/weather"
)

func load(t *testing.T, c *clock.Clock, text string) *weather.Weather {
	t.Helper()
	f, err := weather.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	w := weather.New(c, weather.Names{})
	if err := w.Add(f); err != nil {
		t.Fatal(err)
	}
	return w
}

// run returns which of n equal events are hit, as a string of x and dots.
func run(w *weather.Weather, n int, ev weather.Event) string {
	var b strings.Builder
	for range n {
		if w.Hit(ev) != nil {
			b.WriteByte('x')
		} else {
			b.WriteByte('.')
		}
	}
	return b.String()
}

func TestWhichEventsAreHit(t *testing.T) {
	push := weather.Event{Kind: weather.Push, Connection: "a"}
	for _, tt := range []struct{ rule, want string }{
		{"{fault: push-drop}", "xxxxxx"},
		{"{fault: push-drop, nth: 3}", "..x..."},
		{"{fault: push-drop, every: 2}", ".x.x.x"},
		{"{fault: push-drop, times: 2}", "xx...."},
		{"{fault: push-drop, every: 2, times: 1}", ".x...."},
		{"{fault: push-drop, connection: a}", "xxxxxx"},
		{"{fault: push-drop, connection: b}", "......"},
		{"{fault: push-drop, from: 1h}", "......"},
		{"{fault: push-drop, until: 1h}", "xxxxxx"},
		{"{fault: lose-disconnect}", "......"},
	} {
		if got := run(load(t, &clock.Clock{}, tt.rule), 6, push); got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.rule, got, tt.want)
		}
	}
}

func TestMatchers(t *testing.T) {
	for _, tt := range []struct {
		rule  string
		event weather.Event
		want  bool
	}{
		{"{fault: crash, function: F}", weather.Event{Kind: weather.Invoke, Function: "F"}, true},
		{"{fault: crash, function: F}", weather.Event{Kind: weather.Invoke, Function: "G"}, false},
		{"{fault: crash, route: $connect}", weather.Event{Kind: weather.Invoke, Route: "$connect"}, true},
		{"{fault: throttle, table: T}", weather.Event{Kind: weather.Call, Tables: []string{"S", "T"}}, true},
		{"{fault: throttle, table: T}", weather.Event{Kind: weather.Call, Tables: []string{"S"}}, false},
		{"{fault: throttle, operation: PutItem}", weather.Event{Kind: weather.Call, Operation: "GetItem"}, false},
		{"{fault: stale}", weather.Event{Kind: weather.Call, Operation: "GetItem", Eventually: true}, true},
		{"{fault: stale}", weather.Event{Kind: weather.Call, Operation: "GetItem"}, false},
		{"{fault: conflict}", weather.Event{Kind: weather.Call, Operation: "PutItem"}, true},
		{"{fault: conflict}", weather.Event{Kind: weather.Call, Operation: "GetItem"}, false},
		{"{fault: cut, on: connect}", weather.Event{Kind: weather.Connect}, true},
		{"{fault: cut}", weather.Event{Kind: weather.Connect}, false},
		{"{fault: cut}", weather.Event{Kind: weather.Message}, true},
	} {
		if got := load(t, &clock.Clock{}, tt.rule).Hit(tt.event) != nil; got != tt.want {
			t.Errorf("%s on %+v: got %v", tt.rule, tt.event, got)
		}
	}
}

func TestConnectionsByNumber(t *testing.T) {
	w := load(t, &clock.Clock{}, `{fault: push-drop, connection: "#2"}`)
	for _, id := range []string{"a", "b", "c"} {
		w.Hit(weather.Event{Kind: weather.Connect, Connection: id})
	}
	for id, want := range map[string]bool{"a": false, "b": true, "c": false} {
		if got := w.Hit(weather.Event{Kind: weather.Push, Connection: id}) != nil; got != want {
			t.Errorf("%s: got %v", id, got)
		}
	}
}

func TestSameSeedSameRun(t *testing.T) {
	const rule = `
seed: %
rules:
  - {name: flaky, fault: push-drop, probability: 0.4}
  - {name: other, fault: crash, probability: 0.5}
`
	push, crash := weather.Event{Kind: weather.Push}, weather.Event{Kind: weather.Invoke}
	alone := run(load(t, &clock.Clock{}, strings.Replace(rule, "%", "7", 1)), 200, push)
	if hits := strings.Count(alone, "x"); hits < 55 || hits > 105 {
		t.Errorf("%d of 200 were hit at 0.4", hits)
	}
	w := load(t, &clock.Clock{}, strings.Replace(rule, "%", "7", 1))
	var noise sync.WaitGroup
	noise.Go(func() { run(w, 500, crash) }) // of another rule, at the same time
	if got := run(w, 200, push); got != alone {
		t.Error("the same seed gave another run")
	}
	noise.Wait()
	if got := run(load(t, &clock.Clock{}, strings.Replace(rule, "%", "8", 1)), 200, push); got == alone {
		t.Error("another seed gave the same run")
	}
}

func TestTimeAndClockJump(t *testing.T) {
	c := &clock.Clock{}
	w := load(t, c, `
rules:
  - {fault: push-410, from: 1h, until: 2h}
  - {fault: clock-jump, by: 1h, times: 3}
`)
	push, message := weather.Event{Kind: weather.Push}, weather.Event{Kind: weather.Message}
	got := run(w, 1, push)
	for range 3 {
		before := c.Now()
		w.Hit(message)
		if jumped := c.Now().Sub(before); jumped < time.Hour {
			t.Errorf("the clock jumped by %v", jumped)
		}
		got += run(w, 1, push)
	}
	if got != ".x.." {
		t.Errorf("got %s, want a hit in the second hour", got)
	}
}

func TestReport(t *testing.T) {
	w := load(t, &clock.Clock{}, `{name: r, fault: push-delay, delay: 300ms, every: 2}`)
	run(w, 5, weather.Event{Kind: weather.Push})
	got, err := json.Marshal(w.Report())
	const want = `{"seed":0,"rules":[{"name":"r","fault":"push-delay","on":"push","every":2,"delay":"300ms","matched":5,"fired":2}]}`
	if err != nil || string(got) != want {
		t.Errorf("got %s, %v", got, err)
	}
	if !w.Remove("r") || w.Active() || w.Remove("r") {
		t.Error("the rule was not removed once")
	}
	if w = nil; w.Active() {
		t.Error("no weather is active")
	}
}

func TestBadFiles(t *testing.T) {
	for _, tt := range []struct{ text, want string }{
		{"", "line 1: want an object"},
		{"- a", "want an object"},
		{"seed: x", "line 1: seed"},
		{"seed: 1\nrule: []", `line 2: unknown field "rule"`},
		{"rules: {}", "rules: want a list"},
		{"rules:\n  - fault: rain", `line 2: fault: there is no fault "rain"`},
		{"rules:\n  - name: a", "line 2: fault: a rule needs one"},
		{"rules:\n  - fault: push-drop\n    table: T", "line 3: table: a rule for push-drop takes no such field"},
		{"rules:\n  - fault: push-drop\n    colour: red", "line 3: colour: unknown field"},
		{"rules:\n  - fault: push-drop\n    nth: 0", "line 3: nth"},
		{"rules:\n  - fault: push-drop\n    nth: 1\n    every: 2", "exclude each other"},
		{"rules:\n  - fault: push-drop\n    probability: 2", "line 3: probability"},
		{"rules:\n  - fault: push-delay\n    delay: 3", "line 3: delay: want a duration"},
		{"rules:\n  - fault: clock-jump", "line 2: by:"},
		{"rules:\n  - fault: cut\n    on: call", "line 3: on:"},
		{"rules:\n  - fault: crash\n    after: often", "line 3: after:"},
		{"rules:\n  - fault: crash\n  - fault: crash\n    name: crash 1", `line 3: a second rule named "crash 1"`},
		{"rules:\n  - fault: conflict\n    operation: GetItem", "line 3: operation"},
		{"rules: [", "line 1"},
	} {
		_, err := weather.Parse([]byte(tt.text))
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%q: got %v, want %s", tt.text, err, tt.want)
		}
	}
	_, err := weather.Load("testdata/none.yaml")
	if err == nil || !strings.Contains(err.Error(), "none.yaml") {
		t.Errorf("got %v", err)
	}
}

func TestUnknownNames(t *testing.T) {
	w := weather.New(&clock.Clock{}, weather.Names{Functions: map[string]string{"F": "stack-F"}, Tables: map[string]string{"T": "stack-T"}})
	add := func(text string) error {
		f, err := weather.Parse([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		return w.Add(f)
	}
	if err := add(`{fault: crash, function: G}`); err == nil || !strings.Contains(err.Error(), `no function "G"`) {
		t.Errorf("got %v", err)
	}
	if err := add(`{fault: stale, table: S}`); err == nil || !strings.Contains(err.Error(), `no table "S"`) {
		t.Errorf("got %v", err)
	}
	if w.Active() {
		t.Error("a bad rule was added")
	}
	if err := add(`{fault: stale, table: T}`); err != nil || !w.Watches(weather.Stale, "stack-T") {
		t.Errorf("a logical ID is not understood: %v", err)
	}
}
