package gateway_test

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/parley-rtc/parley/internal/dialect"
	"github.com/parley-rtc/parley/internal/gateway"
	"github.com/parley-rtc/parley/internal/signaling"
)

// toy is a dialect of which a test sees everything that it is asked. It has no words for what is not
// looked at.
type toy struct {
	name     string
	greeting dialect.Greeting
	needs    bool // rights, for every frame

	mu   sync.Mutex
	seen []string
}

func (d *toy) note(words ...string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.seen = append(d.seen, strings.TrimSpace(strings.Join(words, " ")))
}

// take returns what the dialect was asked since the last take.
func (d *toy) take() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	seen := d.seen
	d.seen = nil
	return seen
}

func (d *toy) Name() string { return d.name }

// Greet takes whoever shows the name, in the query, or as a member of it: "?toys=a,b".
func (d *toy) Greet(h signaling.Handshake) (dialect.Greeting, bool) {
	g := d.greeting
	g.Tokens = h.Query["key"]
	return g, dialect.Selects(h, d.name) || slices.Contains(strings.Split(h.Query.Get("toys"), ","), d.name)
}

func (d *toy) Opened(ctx context.Context, c *dialect.Conn) error {
	conn, err := c.Remembered(ctx)
	d.note("opened", string(c.ID), conn.State)
	if err != nil {
		return err
	}
	return c.Push(ctx, []byte("welcome"))
}

func (d *toy) Message(ctx context.Context, c *dialect.Conn, frame []byte) error {
	c.Action = "toy"
	d.note("message", string(frame))
	if d.needs {
		if _, err := c.Rights(ctx); err != nil {
			return err
		}
	}
	c.Relays++
	return c.Push(ctx, frame)
}

func (d *toy) Closed(_ context.Context, c *dialect.Conn) error {
	d.note("closed", string(c.ID))
	return nil
}

// beginner is a toy whose clients are known by their first frame, which says its name.
type beginner struct{ *toy }

func (d beginner) Begins(frame []byte) bool { return strings.HasPrefix(string(frame), d.name+":") }

// recognizer is a toy with heartbeats of a form of their own, which it counts.
type recognizer struct{ *toy }

func (d recognizer) Recognize(frame []byte) (func(context.Context, *dialect.Conn) error, bool) {
	beat := func(context.Context, *dialect.Conn) error { d.note("beat"); return nil }
	return beat, string(frame) == d.name+"!"
}

// talker is a toy with words for everything.
type talker struct{ *toy }

func (d talker) Refuse(ctx context.Context, c *dialect.Conn, frame []byte, r dialect.Refusal) error {
	if r.Muted {
		d.note("muted", string(r.Err.Code))
		return nil
	}
	d.note("refuse", string(r.Err.Code), string(frame))
	return c.Push(ctx, []byte("no: "+string(r.Err.Code)))
}

// served is a conversation in which more than parley.v1 is served, and its log.
type served struct {
	*conversation
	logged bytes.Buffer
}

func serve(t *testing.T, more ...dialect.Dialect) *served {
	s := &served{conversation: newConversation(t)}
	s.handler.Dialects = append(gateway.Dialects{s.native}, more...)
	s.handler.Service.Encoder = s.handler.Dialects
	s.handler.Log = slog.New(slog.NewJSONHandler(&s.logged, &slog.HandlerOptions{Level: slog.LevelDebug}))
	return s
}

// line is what the log says of an event.
type line struct {
	Level, Msg, Outcome, Err, Dialect, Action string
}

// last returns the log's line of the last event.
func (s *served) last() line {
	s.t.Helper()
	lines := bytes.Split(bytes.TrimSpace(s.logged.Bytes()), []byte("\n"))
	var l line
	if err := json.Unmarshal(lines[len(lines)-1], &l); err != nil {
		s.t.Fatalf("%v in %s", err, s.logged.String())
	}
	return l
}

// wantLogged checks the log's line of the last event: its level, its message, and what its error says.
func (s *served) wantLogged(level, msg, says string) {
	s.t.Helper()
	if l := s.last(); l.Level != level || l.Msg != msg || !strings.Contains(l.Err, says) {
		s.t.Errorf("the log has %+v, want %s, %q and %q", l, level, msg, says)
	}
}

// connects returns the status of alice's handshake and what is remembered of her.
func (s *served) connects(query string, subprotocols ...string) (int, signaling.Connection) {
	s.t.Helper()
	e := s.event("$connect", "alice")
	values, err := url.ParseQuery(query)
	if err != nil {
		s.t.Fatal(err)
	}
	e.MultiValueQueryStringParameters = values
	if len(subprotocols) > 0 {
		e.Headers = map[string]string{"Sec-WebSocket-Protocol": strings.Join(subprotocols, ", ")}
	}
	resp, err := s.handler.Connect(s.t.Context(), e)
	if err != nil {
		s.t.Fatal(err)
	}
	conn, _ := s.store.Connection(s.t.Context(), "alice", true) // or the zero Connection
	return resp.StatusCode, conn
}

// disconnects has alice's socket end, of which nothing may fail.
func (s *served) disconnects() {
	s.t.Helper()
	resp, err := s.handler.Disconnect(s.t.Context(), s.event("$disconnect", "alice"))
	if err != nil || resp.StatusCode != 200 {
		s.t.Errorf("got %+v, %v", resp, err)
	}
}

// says returns what alice is sent for a frame.
func (s *served) says(body string) []string {
	s.t.Helper()
	e := s.event("$default", "alice")
	e.Body = body
	return s.happens(e)
}

// happens returns what alice is sent in an event of functions/message, which never fails.
func (s *served) happens(e gateway.Event) []string {
	s.t.Helper()
	resp, err := s.handler.Message(s.t.Context(), e)
	if err != nil || resp.StatusCode != 200 {
		s.t.Fatalf("got %+v, %v", resp, err)
	}
	var told []string
	for _, p := range s.recorder.Take() {
		told = append(told, string(p.Frame))
	}
	return told
}

func want[T any](t *testing.T, what string, got, want []T) {
	t.Helper()
	if g, w := compact(got), compact(want); g != w {
		t.Errorf("%s: got %s, want %s", what, g, w)
	}
}

func compact(v any) string {
	raw, _ := json.Marshal(v) // strings only
	if string(raw) == "null" {
		return "[]"
	}
	return string(raw)
}
