package script_test

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/parley-rtc/parley/internal/socketio/script"
	"github.com/parley-rtc/parley/internal/socketio/server"
)

// echo answers with what it got, and fails at what it is told to.
type echo struct{}

func (echo) Needs() server.Needs { return server.Needs{} }

func (echo) Connected(ctx context.Context, s server.Socket) error {
	shown, _ := json.Marshal(s.Query())
	auth := s.Auth()
	if auth == nil {
		auth = json.RawMessage("null")
	}
	return s.Emit(ctx, server.Target{}, server.Event{Name: "hello", Args: []json.RawMessage{shown, auth}})
}

func (echo) Event(ctx context.Context, s server.Socket, e server.Event) error {
	if e.Name == "fail" {
		return errors.New("it failed\ntwice")
	}
	return errors.Join(s.Emit(ctx, server.Target{}, server.Event{Name: e.Name, Args: e.Args}), s.Ack(ctx, e.Args, nil))
}

func (echo) Answered(context.Context, server.Socket, int, []json.RawMessage) error { return nil }
func (echo) Left(context.Context, server.Socket, string) error                     { return nil }
func (echo) Disconnected(context.Context, server.Socket) error                     { return nil }

func played(t *testing.T, source string) (lines, differences []string) {
	t.Helper()
	s, err := script.Parse([]byte(source), "s.txt")
	if err != nil {
		t.Fatal(err)
	}
	lines = s.Play(t.Context(), echo{})
	return lines, s.Differences(lines)
}

const story = `a connects
a < hello [null,null]
b connects /video ?name=ada {"t": 1}
b/video < hello [{"name":["ada"]},{"t":1}]
a > x[y] z ["[", 1.0]
a < x[y] z ["[",1.0]
a > ack ack
a < ack
a < ack ack
a > offer [["ack"]] ack
a < offer [["ack"]]
a < offer [["ack"]] ack
b/video > fail
! it failed
! twice
a leaves
a connects
a#2 < hello [null,null]
a > a b
a#2 < a b
c > x
! c has not connected
`

func TestPlay(t *testing.T) {
	t.Parallel()
	lines, differences := played(t, "# a comment\n\n"+story)
	want := strings.Split(strings.TrimSpace(story), "\n")
	if differences != nil || !slices.Equal(lines[5:], want[5:]) {
		t.Errorf("got\n%s\n%s", strings.Join(lines, "\n"), strings.Join(differences, "\n"))
	}
}

func TestDifferences(t *testing.T) {
	t.Parallel()
	if _, differences := played(t, "a connects\na > x"); differences != nil {
		t.Errorf("nothing was expected, and it got %q", differences)
	}
	_, differences := played(t, "a connects\na < hello [null,null]\na > x [1]\na < x [2]\na > y\na < y\nb < y")
	want := []string{"  a connects", "  a < hello [null,null]", "  a > x [1]", "- a < x [2]", "+ a < x [1]", "  a > y", "  a < y", "- b < y"}
	if !slices.Equal(differences, want) {
		t.Errorf("got\n%s", strings.Join(differences, "\n"))
	}
}

func TestAScriptThatIsWrong(t *testing.T) {
	t.Parallel()
	for source, want := range map[string]string{
		"\na join":             `s.txt:2: "a join": want CLIENT connects, CLIENT > EVENT`,
		"a leaves now":         `s.txt:1: there is nothing to say after leaves, and "now" is there`,
		"a >":                  "s.txt:1: there is no event after >",
		"a > x [1":             "", // an event may be called that
		"a > x [y]":            `s.txt:1: "x [y]" does not end with a list in JSON`,
		"a connects name=x":    `s.txt:1: "name=x" is no JSON; want CLIENT connects /NAMESPACE ?QUERY {AUTH}`,
		"a connects /v ?%zz=1": "s.txt:1: the query: ",
	} {
		_, err := script.Parse([]byte(source), "s.txt")
		if err == nil && want == "" {
			continue
		}
		if err == nil || want == "" || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q: got %v, want %s", source, err, want)
		}
	}
}
