package emulator_test

import (
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/parley-rtc/parley/localdev/emulator"
)

// rule adds a rule at run time.
func (w *world) rule(text string) {
	w.t.Helper()
	if resp, body := w.http("POST", "/_localdev/weather", text); resp.StatusCode != 200 {
		w.t.Fatal(body)
	}
}

// post pushes to a connection and returns the status.
func (w *world) post(id, data string) int {
	w.t.Helper()
	resp, _ := w.http("POST", "/prod/@connections/"+strings.ReplaceAll(id, "=", "%3D"), data)
	return resp.StatusCode
}

func (w *world) isConnected(id string) bool {
	w.t.Helper()
	for _, c := range w.connections() {
		if c["connectionId"] == id {
			return true
		}
	}
	return false
}

func TestWeatherOfConnections(t *testing.T) {
	w := start(t)
	fair := func() { w.http("DELETE", "/_localdev/weather", "") }
	t.Run("lose-disconnect", func(t *testing.T) {
		defer fair()
		lost, kept := w.dial(""), w.dial("")
		w.rule(`{"fault": "lose-disconnect", "connection": "` + lost.id + `"}`)
		lost.conn.Close()
		w.eventually("the end", func() bool { return !w.isConnected(lost.id) })
		kept.conn.Close()
		w.kept(kept.id, "DISCONNECT")
		if _, events := w.http("GET", "/_localdev/tables/Events", ""); strings.Contains(events, `"DISCONNECT"`) &&
			strings.Count(events, lost.id) > 2 { // its key, and once in its $connect event
			t.Errorf("$disconnect ran: %s", events)
		}
	})
	t.Run("cut", func(t *testing.T) {
		defer fair()
		c, other := w.dial(""), w.dial("")
		w.rule(`{"fault": "cut", "connection": "` + c.id + `", "route": "act"}`)
		c.do("act", map[string]any{"do": "post", "to": other.id, "data": "the last"})
		if got := other.text(); got != "the last" {
			t.Errorf("got %s, want the message that brought the cut", got)
		}
		if got := w.post(c.id, "lost"); got != 200 {
			t.Errorf("a push is answered %d, want 200", got)
		}
		c.do("act", map[string]any{"do": "post", "to": other.id, "data": "never"})
		c.conn.Close()
		other.do("act", map[string]any{"do": "post", "data": "marker"})
		if got := other.text(); got != "marker" {
			t.Errorf("got %s over a cut cable", got)
		}
		if !w.isConnected(c.id) {
			t.Error("somebody noticed the cut")
		}
		w.advance("11m") // the idle limit
		w.kept(c.id, "DISCONNECT")
	})
	t.Run("gone", func(t *testing.T) {
		defer fair()
		w.rule(`{"fault": "gone", "on": "push", "nth": 2}`)
		c := w.dial("")
		if got := w.post(c.id, "one"); got != 200 || c.text() != "one" {
			t.Errorf("got %d", got)
		}
		if got := w.post(c.id, "two"); got != 410 {
			t.Errorf("got %d, want 410", got)
		}
		c.eof()
	})
	t.Run("pushes", func(t *testing.T) {
		defer fair()
		c := w.dial("")
		for fault, want := range map[string]int{"push-drop": 200, "push-410": 410, "push-429": 429, "push-500": 500} {
			w.rule(`{"name": "it", "fault": "` + fault + `", "times": 1}`)
			if got := w.post(c.id, fault); got != want {
				t.Errorf("%s: got %d, want %d", fault, got, want)
			}
		}
		w.rule(`{"name": "it", "fault": "push-delay", "delay": "3s", "times": 1}`)
		began := time.Now()
		w.post(c.id, "late")
		w.post(c.id, "early")
		if first, second := c.text(), c.text(); first != "early" || second != "late" || time.Since(began) < 3*time.Second {
			t.Errorf("got %s, then %s after %v", first, second, time.Since(began))
		}
		w.rule(`{"name": "it", "fault": "push-slow", "delay": "200ms", "times": 1}`)
		began = time.Now()
		if got := w.post(c.id, "slow"); got != 200 || time.Since(began) < 200*time.Millisecond || c.text() != "slow" {
			t.Errorf("push-slow: got %d after %v", got, time.Since(began))
		}
	})
	t.Run("reorder", func(t *testing.T) {
		defer fair()
		w.rule(`{"fault": "reorder", "nth": 1, "delay": "2m"}`)
		c := w.dial("")
		c.do("act", map[string]any{"do": "post", "data": "1"})
		c.do("act", map[string]any{"do": "post", "data": "2"})
		if first, second := c.text(), c.text(); first != "2" || second != "1" {
			t.Errorf("got %s, then %s", first, second)
		}
	})
	t.Run("a held message that none follows", func(t *testing.T) {
		defer fair()
		w.rule(`{"fault": "reorder", "nth": 1, "delay": "50ms"}`)
		c := w.dial("")
		c.do("act", map[string]any{"do": "post", "data": "alone"})
		if got := c.text(); got != "alone" {
			t.Errorf("got %s", got)
		}
	})
	t.Run("clock-jump", func(t *testing.T) {
		defer fair()
		c := w.dial("")
		w.rule(`{"fault": "clock-jump", "by": "2h", "times": 1}`)
		c.send(`{"action":"act"}`)
		if code, _ := c.closed(); code != 1001 {
			t.Errorf("got %d, want the two-hour limit", code)
		}
	})
}

func TestWeatherOfFunctions(t *testing.T) {
	for _, tt := range []struct{ name, rule, want string }{
		{"crash", `{"fault": "crash", "route": "act", "nth": 2}`, "Internal server error"},
		{"timeout", `{"fault": "timeout", "function": "Actor", "nth": 2, "delay": "50ms"}`, "Internal server error"},
		{"cold start", `{"fault": "cold-start", "nth": 2}`, "1 of "},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := start(t)
			c := w.dial("")
			w.rule(tt.rule)
			ask := func() string {
				c.do("act", map[string]any{"do": "count"})
				return c.text()
			}
			first := ask()
			if got := ask(); !strings.Contains(got, tt.want) || got == first {
				t.Fatalf("got %s, then %s", first, got)
			}
			if got := ask(); !strings.Contains(got, " of ") || strings.HasSuffix(got, first[strings.LastIndexByte(first, ' '):]) {
				t.Errorf("got %s afterwards, want another process than %s", got, first)
			}
		})
	}
	t.Run("after the work was done", func(t *testing.T) {
		w := start(t)
		c := w.dial("")
		w.rule(`{"fault": "crash", "after": true, "times": 1}`)
		c.do("act", map[string]any{"do": "post", "data": "done"})
		if first, second := c.text(), c.text(); first != "done" || !strings.Contains(second, "Internal server error") {
			t.Errorf("got %s, then %s", first, second)
		}
	})
}

func TestWeatherOfTables(t *testing.T) {
	w := start(t)
	db := w.dynamodb()
	fair := func() { w.http("DELETE", "/_localdev/weather", "") }
	put := func(bytes int) error {
		_, err := db.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: aws.String("Events"), Item: item("a", bytes)},
			func(o *dynamodb.Options) { o.RetryMaxAttempts = 1 })
		return err
	}
	get := func(consistent bool) string {
		key := item("a", 0)
		delete(key, "fill")
		got, err := db.GetItem(t.Context(), &dynamodb.GetItemInput{TableName: aws.String("Events"), Key: key, ConsistentRead: &consistent})
		if err != nil {
			t.Fatal(err)
		}
		fill, _ := got.Item["fill"].(*types.AttributeValueMemberS)
		if fill == nil {
			return "nothing"
		}
		return fill.Value
	}
	t.Run("stale", func(t *testing.T) {
		defer fair()
		w.rule(`{"fault": "stale", "table": "Events"}`)
		for n, want := range []string{"nothing", "", "x"} { // as before each write
			if err := put(n); err != nil {
				t.Fatal(err)
			}
			if got := get(false); got != want {
				t.Errorf("after write %d: got %q, want %q", n, got, want)
			}
			if got := get(true); len(got) != n {
				t.Errorf("a consistent read got %q after write %d", got, n)
			}
		}
		fair()
		if got := get(false); got != "xx" {
			t.Errorf("in fair weather: got %q", got)
		}
	})
	t.Run("throttle", func(t *testing.T) {
		defer fair()
		w.rule(`{"fault": "throttle", "operation": "PutItem", "times": 1}`)
		var throttled *types.ProvisionedThroughputExceededException
		if err := put(1); !errors.As(err, &throttled) {
			t.Errorf("got %v", err)
		}
		if err := put(1); err != nil {
			t.Errorf("the second time: %v", err)
		}
	})
	t.Run("conflict", func(t *testing.T) {
		defer fair()
		w.rule(`{"fault": "conflict"}`)
		var conflict *types.TransactionConflictException
		if err := put(1); !errors.As(err, &conflict) {
			t.Errorf("got %v", err)
		}
		_, err := db.TransactWriteItems(t.Context(), &dynamodb.TransactWriteItemsInput{TransactItems: []types.TransactWriteItem{
			{Put: &types.Put{TableName: aws.String("Events"), Item: item("b", 1)}},
			{Put: &types.Put{TableName: aws.String("Events"), Item: item("c", 1)}},
		}}, func(o *dynamodb.Options) { o.RetryMaxAttempts = 1 })
		var cancelled *types.TransactionCanceledException
		if !errors.As(err, &cancelled) || len(cancelled.CancellationReasons) != 2 ||
			aws.ToString(cancelled.CancellationReasons[0].Code) != "TransactionConflict" {
			t.Errorf("got %v", err)
		}
	})
	t.Run("an error after the write", func(t *testing.T) {
		defer fair()
		w.rule(`{"fault": "db-error", "after": true, "operation": "PutItem"}`)
		var failed *types.InternalServerError
		if err := put(5); !errors.As(err, &failed) {
			t.Errorf("got %v", err)
		}
		if got := get(true); got != "xxxxx" {
			t.Errorf("got %q, want what was written", got)
		}
	})
}

func TestWeatherFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "weather.yaml")
	write := func(text string) {
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	use := func(o *emulator.Options) { o.Weather = file }
	write("seed: 3\nrules:\n  - {name: first, fault: push-drop, nth: 1}\n")
	w := start(t, use)
	c := w.dial("")
	w.post(c.id, "dropped")
	w.post(c.id, "sent")
	if got := c.text(); got != "sent" {
		t.Errorf("got %s", got)
	}
	if _, got := w.http("GET", "/_localdev/weather", ""); got != `{"seed":3,"rules":[{"name":"first","fault":"push-drop","on":"push","nth":1,"matched":2,"fired":1}]}`+"\n" {
		t.Errorf("got %s", got)
	}
	if resp, _ := w.http("DELETE", "/_localdev/weather/first", ""); resp.StatusCode != http.StatusNoContent {
		t.Errorf("got %s", resp.Status)
	}
	if resp, _ := w.http("DELETE", "/_localdev/weather/first", ""); resp.StatusCode != http.StatusNotFound {
		t.Errorf("the second time: got %s", resp.Status)
	}
	if resp, body := w.http("POST", "/_localdev/weather", `{"fault": "rain"}`); resp.StatusCode != 400 || !strings.Contains(body, "rain") {
		t.Errorf("got %s %s", resp.Status, body)
	}

	for text, want := range map[string]string{
		"rules:\n  - fault: rain\n":                      "weather.yaml:2: fault: there is no fault",
		"rules:\n  - {fault: crash, function: Nobody}\n": `no function "Nobody"`,
	} {
		write(text)
		e, err := emulator.Start(t.Context(), emulator.Options{Template: "testdata/template.yaml", Weather: file})
		if err == nil {
			e.Close()
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}
