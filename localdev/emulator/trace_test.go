package emulator_test

import (
	"bufio"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

type traced struct {
	ID                     int
	Kind, Connection       string
	Route, By, Failure     string
	Body                   string // where there is no event
	Status, Bytes, Dropped int
	Running, Short         bool
	WRU, USD               float64
	Event                  struct{ Body string }
	Steps                  []struct {
		Kind, Name, Table, Text, Failure, Instance string
		Status, Bytes, BilledMs                    int
		Cold                                       int64
	}
}

// steps writes the steps in a few words, in order.
func (s traced) steps() string {
	var words []string
	for _, step := range s.Steps {
		switch step.Kind {
		case "dynamo":
			words = append(words, step.Name+" "+step.Table)
		case "push":
			words = append(words, "push "+http.StatusText(step.Status))
		case "later":
			words = append(words, step.Name+" later, "+http.StatusText(step.Status))
		case "log":
			words = append(words, "log "+step.Text)
		default:
			words = append(words, step.Kind+" "+step.Name)
		}
	}
	return strings.Join(words, ", ")
}

// trace waits for the latest span that is as wanted.
func (w *world) trace(what string, wanted func(traced) bool) traced {
	w.t.Helper()
	var found traced
	w.eventually("a trace of "+what, func() bool {
		_, body := w.http("GET", "/_localdev/trace", "")
		for _, s := range decode[[]traced](w.t, body) {
			if wanted(s) {
				found = s
			}
		}
		return found.ID != 0
	})
	return found
}

func TestTrace(t *testing.T) {
	w := start(t)
	a, b := w.dial("room=1"), w.dial("")
	ended := func(kind, connection, body string) func(traced) bool {
		return func(s traced) bool {
			return !s.Running && s.Kind == kind && s.Connection == connection && strings.Contains(s.Event.Body, body)
		}
	}

	t.Run("a handshake, its cold start and its DynamoDB call", func(t *testing.T) {
		s := w.trace("$connect", ended("connect", a.id, ""))
		if s.Status != 200 || s.WRU != 1 && s.WRU != 2 || s.steps() != "invoke gate, PutItem Events" || s.Steps[0].Cold == 0 || s.Steps[0].BilledMs == 0 || s.USD == 0 {
			t.Errorf("got %+v", s)
		}
		// One that comes before the first instance asks for its next event starts another; soon there is one to spare.
		w.eventually("a warm start", func() bool {
			later := w.dial("")
			return w.trace("$connect", ended("connect", later.id, "")).Steps[0].Cold == 0
		})
	})
	t.Run("a message with a push, to whom and how large", func(t *testing.T) {
		a.do("act", map[string]any{"do": "post", "to": b.id, "data": "hello"})
		b.text()
		s := w.trace("act", ended("message", a.id, "hello"))
		if s.Route != "act" || s.steps() != "invoke Actor, push OK" || s.Steps[1].Name != b.id || s.Steps[1].Bytes != 5 || s.Steps[1].Text != "hello" {
			t.Errorf("got %+v", s)
		}
	})
	t.Run("a push that is refused", func(t *testing.T) {
		a.do("act", map[string]any{"do": "post", "to": "AAAAAAAAAAAAAAA=", "data": "lost"})
		a.text() // Internal server error
		s := w.trace("act", ended("message", a.id, "lost"))
		if !strings.Contains(s.steps(), "push Gone") || !strings.Contains(s.steps(), "reply "+a.id) || s.Failure == "" {
			t.Errorf("got %+v", s)
		}
	})
	t.Run("what a function prints", func(t *testing.T) {
		a.do("act", map[string]any{"do": "log", "data": "a line of the log"})
		w.trace("the line", func(s traced) bool { return strings.Contains(s.steps(), "log a line of the log") && s.Route == "act" })
	})
	t.Run("no route", func(t *testing.T) {
		a.send(`nobody takes this`)
		a.text()
		s := w.trace("the message", func(s traced) bool { return s.Kind == "message" && s.Route == "" && !s.Running })
		if !strings.Contains(s.Steps[0].Text, "Forbidden") {
			t.Errorf("got %+v", s)
		}
	})
	t.Run("a POST from outside", func(t *testing.T) {
		w.http("POST", "/prod/@connections/"+b.id, "from outside")
		b.text()
		s := w.trace("the POST", func(s traced) bool { return s.Kind == "post" && !s.Running })
		if s.Connection != b.id || s.steps() != "push OK" {
			t.Errorf("got %+v", s)
		}
	})
	t.Run("a long body is shortened, and the event is still JSON", func(t *testing.T) {
		a.do("act", map[string]any{"do": "nothing", "data": strings.Repeat("é", 10_000)})
		s := w.trace("the message", func(s traced) bool { return s.Short && !s.Running })
		if len(s.Event.Body) > 8*1024 || len(s.Event.Body) < 8*1024-3 || s.Bytes < 20_000 || strings.ContainsRune(s.Event.Body, '\uFFFD') {
			t.Errorf("got %d bytes of %d", len(s.Event.Body), s.Bytes)
		}
	})
	t.Run("the end", func(t *testing.T) {
		b.frame(8, true, nil)
		if s := w.trace("$disconnect", ended("disconnect", b.id, "")); s.steps() != "invoke gate, PutItem Events" {
			t.Errorf("got %+v", s)
		}
	})
	t.Run("forgotten on demand", func(t *testing.T) {
		w.http("DELETE", "/_localdev/trace", "")
		if _, body := w.http("GET", "/_localdev/trace", ""); decode[[]traced](t, body) != nil && len(decode[[]traced](t, body)) != 0 {
			t.Errorf("got %s", body)
		}
	})
}

func TestEventAsAFile(t *testing.T) {
	w := start(t)
	c := w.dial("")
	resp, body := w.http("GET", "/_localdev/trace/1/event.json", "")
	if got := resp.Header.Get("Content-Disposition"); got != `attachment; filename="event-1.json"` {
		t.Errorf("got %q", got)
	}
	if body != w.kept(c.id, "CONNECT") {
		t.Errorf("got %s, want what the function got", body)
	}
	for _, path := range []string{"trace/2", "trace/x", "trace/1/other", "trace/-1"} {
		if resp, _ := w.http("GET", "/_localdev/"+path, ""); resp.StatusCode != 404 {
			t.Errorf("%s: got %s, want 404", path, resp.Status)
		}
	}
}

func TestEventsStream(t *testing.T) {
	w := start(t)
	c := w.dial("")
	req, err := http.NewRequestWithContext(t.Context(), "GET", "http://"+w.Addr+"/_localdev/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	lines := bufio.NewScanner(resp.Body)
	lines.Buffer(nil, 1<<20)
	next := func(name string) string {
		t.Helper()
		for lines.Scan() {
			if lines.Text() == "event: "+name && lines.Scan() {
				return strings.TrimPrefix(lines.Text(), "data: ")
			}
		}
		t.Fatalf("the stream ended before %s: %v", name, lines.Err())
		return ""
	}
	if spans := decode[[]traced](t, next("spans")); len(spans) != 1 || spans[0].Connection != c.id {
		t.Errorf("what there was before: got %+v", spans)
	}
	state := decode[struct {
		Now         int64
		Connections []struct{ ConnectionID string }
		Bill        struct{ Connections int }
	}](t, next("state"))
	if state.Bill.Connections != 1 || len(state.Connections) != 1 || state.Connections[0].ConnectionID != c.id || state.Now == 0 {
		t.Errorf("got %+v", state)
	}
	c.send(`nobody takes this`)
	if spans := decode[[]traced](t, next("spans")); spans[len(spans)-1].Kind != "message" {
		t.Errorf("what is new: got %+v", spans)
	}
}

func TestTablesByPage(t *testing.T) {
	w := start(t)
	if _, body := w.http("GET", "/_localdev/tables", ""); body != `[{"name":"Events","key":["connection","kind"]}]`+"\n" {
		t.Errorf("got %s", body)
	}
	for range 5 {
		w.dial("")
	}
	type page struct {
		Items []json.RawMessage
		Next  json.RawMessage
	}
	_, body := w.http("GET", "/_localdev/tables/Events?limit=3", "")
	first := decode[page](t, body)
	_, body = w.http("GET", "/_localdev/tables/Events?limit=3&from="+url.QueryEscape(string(first.Next)), "")
	rest := decode[page](t, body)
	if len(first.Items) != 3 || len(rest.Items) != 2 || rest.Next != nil {
		t.Errorf("got %d and %d items, next %s", len(first.Items), len(rest.Items), rest.Next)
	}
	for path, want := range map[string]int{"Events?limit=0": 400, "Events?limit=x": 400, "Events?limit=1&from=x": 400, "Nothing?limit=3": 404} {
		if resp, _ := w.http("GET", "/_localdev/tables/"+path, ""); resp.StatusCode != want {
			t.Errorf("%s: got %s, want %d", path, resp.Status, want)
		}
	}
}

func TestTraceOfWhatNeverBecomesAnEvent(t *testing.T) {
	t.Run("an authorizer, and the handshake that it refuses", func(t *testing.T) {
		w := startFacts(t, "guarded")
		if resp, _ := w.handshake("/guarded?do=deny", "X-Token", "t"); resp.StatusCode != 403 {
			t.Fatalf("got %s", resp.Status)
		}
		asked := w.trace("the authorizer", func(s traced) bool { return s.Kind == "authorize" && !s.Running })
		if asked.Status != 403 || !strings.Contains(asked.steps(), "invoke guard") {
			t.Errorf("got %+v", asked)
		}
		refused := w.trace("the handshake", func(s traced) bool { return s.Kind == "connect" && !s.Running })
		if refused.Status != 403 || refused.Connection != asked.Connection || len(refused.Steps) != 0 {
			t.Errorf("got %+v", refused)
		}
	})
	t.Run("a message that is one too many, and one that a template answers", func(t *testing.T) {
		w := startFacts(t, "limited")
		c := w.dial("")
		c.send(`{"action":"never"}`)
		c.text()
		never := w.trace("the message", func(s traced) bool { return s.Route == "never" && !s.Running })
		if !strings.Contains(never.Failure, "throttled") || len(never.Steps) != 1 || !strings.Contains(never.Steps[0].Text, "Too Many Requests") {
			t.Errorf("got %+v", never)
		}
		c.send("x")
		if got := c.text(); got != "pong" {
			t.Fatalf("got %s", got)
		}
		pong := w.trace("the message", func(s traced) bool { return s.Route == "$default" && !s.Running })
		if pong.Failure != "" || pong.steps() != "reply "+c.id || pong.Steps[0].Text != "pong" {
			t.Errorf("got %+v", pong)
		}
	})
}
