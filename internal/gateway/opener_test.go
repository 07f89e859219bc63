package gateway_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/parley-rtc/parley/internal/dialect"
	"github.com/parley-rtc/parley/internal/gateway"
	"github.com/parley-rtc/parley/internal/signaling"
)

// upgrade is a pusher to sockets that open at some time, and answer as API Gateway does until then.
type upgrade struct {
	signaling.Pusher
	opens time.Time
	err   error // instead

	mu    sync.Mutex
	looks int
}

func (u *upgrade) Probe(ctx context.Context, id signaling.ConnID) error {
	u.mu.Lock()
	u.looks++
	u.mu.Unlock()
	switch {
	case u.err != nil:
		return u.err
	case u.opens.IsZero() || time.Now().Before(u.opens):
		return signaling.ErrGone
	}
	return u.Pusher.Probe(ctx, id)
}

func (u *upgrade) Push(ctx context.Context, id signaling.ConnID, frame []byte) error {
	if u.opens.IsZero() || time.Now().Before(u.opens) {
		return errors.New("pushed to a socket that is not open")
	}
	return u.Pusher.Push(ctx, id, frame)
}

// letters keeps the events that are to be handled later.
type letters struct {
	events [][]byte
	err    error
}

func (l *letters) InvokeLater(_ context.Context, event []byte) error {
	l.events = append(l.events, event)
	return l.err
}

// greeter serves a toy that waits to be greeted, whose socket opens after a while, and connects
// alice: it returns the opener's event, as it went through the Invoke API.
func greeter(t *testing.T, u *upgrade, opensAfter time.Duration) (*served, *toy, gateway.Event) {
	t.Helper()
	one := &toy{name: "one", greeting: dialect.Greeting{Opener: true, State: "blue"}}
	s := serve(t, one)
	if opensAfter > 0 {
		u.opens = time.Now().Add(opensAfter)
	}
	u.Pusher = s.recorder
	s.handler.House.Pusher = u
	var sent letters
	s.handler.Opener = &sent
	if status, _ := s.connects("dialect=one"); status != 200 || len(sent.events) != 1 {
		t.Fatalf("got %d, %d events", status, len(sent.events))
	}
	var e gateway.Event
	if err := json.Unmarshal(sent.events[0], &e); err != nil {
		t.Fatal(err)
	}
	rc := e.RequestContext
	if rc.RouteKey != "$opened" || rc.ConnectionID != "alice" || rc.RequestTimeEpoch != s.now.UnixMilli() {
		t.Fatalf("got %s", sent.events[0])
	}
	return s, one, e
}

func TestTheOpenerWaitsForTheSocket(t *testing.T) {
	for _, after := range []time.Duration{time.Nanosecond, 30 * time.Millisecond, 3 * time.Second, 5 * time.Second} {
		t.Run(after.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				u := &upgrade{}
				s, one, e := greeter(t, u, after)
				began := time.Now()
				want(t, "told", s.happens(e), []string{"welcome"})
				if late := time.Since(began) - after; late > 500*time.Millisecond {
					t.Errorf("greeted %v after the socket opened", late)
				}
				if u.looks > 20 {
					t.Errorf("looked for %d times", u.looks)
				}
				want(t, "asked", one.take(), []string{"opened alice blue"})
				s.wantLogged("INFO", "opened", "")
				if l := s.last(); l.Outcome != "ok" || l.Dialect != "one" || l.Action != "open" {
					t.Errorf("got %+v", l)
				}
			})
		})
	}
}

func TestTheOpenerGivesUpQuietly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, one, e := greeter(t, &upgrade{}, 0)
		began := time.Now()
		want(t, "told", s.happens(e), nil)
		if took := time.Since(began); took < 4*time.Second || took > 10*time.Second {
			t.Errorf("gave up after %v", took)
		}
		want(t, "asked", one.take(), nil)
		s.wantLogged("INFO", "nobody to open for", "")
		if _, err := s.store.Connection(t.Context(), "alice", true); err != nil {
			t.Errorf("it was buried: %v", err)
		}
	})
}

func TestTheOpenerGivesUpWhenTheFunctionsTimeIsOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, _, e := greeter(t, &upgrade{}, 0)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		began := time.Now()
		if resp, err := s.handler.Message(ctx, e); err != nil || resp.StatusCode != 200 || time.Since(began) != time.Second {
			t.Errorf("got %+v, %v after %v", resp, err, time.Since(began))
		}
	})
}

func TestTheOpenerSaysThatAPIGatewayFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, one, e := greeter(t, &upgrade{err: errors.New("403 Forbidden")}, time.Nanosecond)
		want(t, "told", s.happens(e), nil)
		want(t, "asked", one.take(), nil)
		s.wantLogged("ERROR", "open failed", "403 Forbidden")
	})
}

// The socket has opened and closed, $disconnect included, before the opener came.
func TestTheOpenerFindsAConnectionForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, one, e := greeter(t, &upgrade{}, time.Nanosecond)
		s.disconnects()
		one.take()
		want(t, "told", s.happens(e), nil)
		want(t, "asked", one.take(), nil)
		s.wantLogged("INFO", "nobody to open for", "")
	})
}

func TestAnOpenerThatComesTwiceGreetsTwice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, one, e := greeter(t, &upgrade{}, 40*time.Millisecond)
		var wg sync.WaitGroup
		for range 2 {
			wg.Go(func() {
				if resp, err := s.handler.Message(t.Context(), e); err != nil || resp.StatusCode != 200 {
					t.Errorf("got %+v, %v", resp, err)
				}
			})
		}
		wg.Wait()
		want(t, "asked", one.take(), []string{"opened alice blue", "opened alice blue"})
		if strings.Contains(s.logged.String(), "ERROR") {
			t.Errorf("got %s", s.logged.String())
		}
	})
}

func TestAClientThatCannotBeGreetedIsRefused(t *testing.T) {
	for name, tt := range map[string]struct {
		opener gateway.Opener
		says   string
	}{
		"nobody does it": {nil, "MESSAGE_FUNCTION, which would do it, is not set"},
		"Lambda refuses": {&letters{err: errors.New("AccessDeniedException")}, "have the client greeted: AccessDeniedException"},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, &toy{name: "one", greeting: dialect.Greeting{Opener: true}}, &toy{name: "two"})
			s.handler.Opener = tt.opener
			status, _ := s.connects("dialect=one")
			if status != 500 {
				t.Errorf("got %d", status)
			}
			s.wantLogged("ERROR", "connect failed", tt.says)
			if status, _ := s.connects("dialect=two"); status != 200 {
				t.Errorf("got %d for a client that does not wait", status)
			}
		})
	}
}

// A panic of a dialect's is an error in the log and no failed invocation, which Lambda would repeat.
func TestAnOpenerThatPanics(t *testing.T) {
	s := serve(t, brokenOpener{&toy{name: "one"}})
	s.connects("dialect=one")
	want(t, "told", s.happens(s.event("$opened", "alice")), nil)
	s.wantLogged("ERROR", "open failed", "panicked")
}

type brokenOpener struct{ *toy }

func (brokenOpener) Opened(context.Context, *dialect.Conn) error { fail(); return nil }
