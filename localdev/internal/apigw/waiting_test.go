package apigw

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/parley-rtc/parley/localdev/internal/clock"
	"github.com/parley-rtc/parley/localdev/internal/template"
)

// slow is a function that answers when the test does.
type slow struct {
	done []func(answer []byte, err error)

	mu   sync.Mutex
	left []int // the events that nobody waits for any more
}

func (f *slow) Invoke(context.Context, []byte) ([]byte, error) {
	return nil, errors.New("messages are not waited for")
}

func (f *slow) Start(_ context.Context, event []byte, done func([]byte, error)) (leave func()) {
	if strings.Contains(string(event), "at once") {
		done([]byte(`{"statusCode":200,"body":"at once"}`), nil)
		return func() {}
	}
	n := len(f.done)
	f.done = append(f.done, done)
	return func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.left = append(f.left, n)
	}
}

// sink is a client that reads all, and when.
type sink struct {
	net.Conn
	began time.Time
	reads chan struct{} // closed when the client does; nil if it always does

	mu     sync.Mutex
	frames []string
}

func (s *sink) SetWriteDeadline(time.Time) error { return nil }

func (s *sink) Write(b []byte) (int, error) {
	if s.reads != nil {
		select {
		case <-s.reads:
		case <-time.After(time.Minute):
		}
	}
	text, _, _ := strings.Cut(string(b[2:]), `", "connectionId`)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.frames = append(s.frames, fmt.Sprintf("%v %s", time.Since(s.began), strings.TrimPrefix(text, `{"message": "`)))
	return len(b), nil
}

type unmetered struct{}

func (unmetered) Opened(string)  {}
func (unmetered) Closed(string)  {}
func (unmetered) MessageIn(int)  {}
func (unmetered) MessageOut(int) {}

// waiter is a connection to a route with a response and 10 seconds for it.
func waiter(t *testing.T) (*conn, *slow, *sink) {
	t.Helper()
	f := &slow{}
	api := template.API{ID: "abcdef1234", Stage: "prod", RouteSelection: "$request.body.action", Routes: []template.Route{{
		Key: "$default", Response: true,
		Integration: template.Integration{Type: "AWS_PROXY", Function: "F", Timeout: 10 * time.Second},
	}}}
	g, err := New(api, Options{
		Region: "us-east-1", Clock: &clock.Clock{}, Meter: unmetered{}, Log: slog.New(slog.DiscardHandler),
		Functions: map[string]Function{"F": f},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(g.Close)
	s := &sink{began: time.Now()}
	return &conn{g: g, id: "abc=", socket: s, inFlight: make(chan struct{}, maxInFlight)}, f, s
}

// pass lets time pass, which in a bubble takes none.
func pass(d time.Duration) { <-time.After(d) }

func says(text string) []byte { return []byte(`{"statusCode":200,"body":"` + text + `"}`) }

// TestAnswersInTime: each message gets its answer, or is told that there is none in time, and not both.
func TestAnswersInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, f, s := waiter(t)
		for range 4 {
			c.received([]byte(`{}`))
			pass(time.Second)
		}
		f.done[1](says("second"), nil)
		c.received([]byte("at once"))
		pass(5500 * time.Millisecond) // 9.5 s
		f.done[0](says("first"), nil)
		pass(3 * time.Second) // 12.5 s: the third's time is over
		f.done[2](says("third"), nil)
		f.done[3](says("fourth"), nil)
		c.received([]byte(`{}`)) // nothing waited, and the timer is set again
		pass(time.Hour)
		synctest.Wait()
		want := []string{"4s second", "4s at once", "9.5s first", "12s Endpoint request timed out", "12.5s fourth", "22.5s Endpoint request timed out"}
		if !slices.Equal(s.frames, want) || !slices.Equal(f.left, []int{2, 4}) || len(c.inFlight) != 0 {
			t.Errorf("got %q, left %d, %d in work; want %q", s.frames, f.left, len(c.inFlight), want)
		}
	})
}

// TestNothingWaitsAtTheEnd: messages in work are let go, silently, and so are those that come then.
func TestNothingWaitsAtTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, f, s := waiter(t)
		c.received([]byte(`{}`))
		c.received([]byte(`{}`))
		c.g.Ending()
		c.received([]byte(`{}`))
		c.g.Close()
		f.done[0](says("late"), nil)
		synctest.Wait()
		if len(s.frames) > 0 || !slices.Equal(f.left, []int{0, 1}) || len(f.done) != 2 || len(c.inFlight) != 0 {
			t.Errorf("got %q, left %d of %d, %d in work", s.frames, f.left, len(f.done), len(c.inFlight))
		}
	})
}

// TestNoFunctionWaitsForAClient: who tells an answer goes on, though the client does not read, which
// gets all in order when it does.
func TestNoFunctionWaitsForAClient(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, f, s := waiter(t)
		s.reads = make(chan struct{})
		c.received([]byte(`{}`))
		c.received([]byte(`{}`))
		f.done[0](says("first"), nil)
		f.done[1](nil, errors.New("it failed"))
		if len(c.inFlight) > 0 {
			t.Errorf("%d messages are in work", len(c.inFlight))
		}
		close(s.reads)
		synctest.Wait()
		if want := []string{"0s first", "0s Internal server error"}; !slices.Equal(s.frames, want) {
			t.Errorf("got %q, want %q", s.frames, want)
		}
	})
}
