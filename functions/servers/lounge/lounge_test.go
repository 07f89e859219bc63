package lounge_test

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/parley-rtc/parley/functions/servers/lounge"
	"github.com/parley-rtc/parley/internal/socketio/script"
	"github.com/parley-rtc/parley/internal/socketio/server"
	"github.com/parley-rtc/parley/internal/socketio/servertest"
)

func TestAnEvening(t *testing.T) {
	const file = "testdata/evening.txt"
	source, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	evening, err := script.Parse(source, file)
	if err != nil {
		t.Fatal(err)
	}
	if differences := evening.Differences(evening.Play(t.Context(), lounge.New())); len(differences) > 0 {
		t.Error(strings.Join(differences, "\n"))
	}
}

// TestTheLoungeIsBounded: its list is one value, and a room is what its people tell each other.
func TestTheLoungeIsBounded(t *testing.T) {
	io := lounge.New()
	w := servertest.New(io)
	asks := func(client, event string, args ...any) string {
		t.Helper()
		c, err := w.Connect(t.Context(), client, servertest.Handshake{})
		if err != nil {
			t.Fatal(err)
		}
		w.Took()
		if err := c.Ask(t.Context(), event, args...); err != nil {
			t.Fatal(err)
		}
		return fmt.Sprint(w.Lines())
	}
	io.On("crowd", func(ctx context.Context, c *server.Client) error {
		_, err := c.Join(ctx, "den")
		return err
	})
	io.On("fill", func(ctx context.Context, c *server.Client) error {
		_, err := c.SetValue(ctx, "", "rooms", make([]string, 99), server.AnyRev)
		return err
	})

	if got := asks("a", "create", "den", "p", "Al"); !strings.Contains(got, "host") {
		t.Errorf("got %s", got)
	}
	for range 15 {
		asks("b", "crowd")
	}
	if got := asks("c", "join", "den", "p", "Cy"); !strings.Contains(got, "the room is full") {
		t.Errorf("got %s", got)
	}
	asks("d", "fill")
	if got := asks("d", "create", "one", "p", "Di"); !strings.Contains(got, "host") {
		t.Errorf("got %s", got)
	}
	if got := asks("d", "create", "more", "p", "Di"); !strings.Contains(got, "too many rooms") {
		t.Errorf("got %s", got)
	}
	if got := asks("d", "join", "den", "p", strings.Repeat("n", 65)); !strings.Contains(got, "64 bytes") {
		t.Errorf("got %s", got)
	}
}
