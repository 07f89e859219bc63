package parley_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	parley "github.com/parley-rtc/parley/client/go"
)

// knocks is a transport of somebody who waits for the room r, and what comes of it.
func knocks(t *testing.T, s *script, ctx context.Context) (*parley.Transport, chan string, chan error) {
	t.Helper()
	conn := s.dial(s.options())
	pass, failure := make(chan string, 1), make(chan error, 1)
	go func() {
		got, err := conn.Knock(ctx, "r", &parley.KnockOptions{Name: "bob", Data: "the plumber"})
		pass <- got
		failure <- err
	}()
	return conn, pass, failure
}

func TestKnockIsRepeatedOnANewConnection(t *testing.T) {
	play(t, func(t *testing.T, s *script) {
		conn, pass, failure := knocks(t, s, t.Context())
		if got := s.conn().all("knock"); len(got) != 1 || got[0]["peer"] != "bob" || got[0]["data"] != "the plumber" {
			t.Errorf("got %v", got)
		}
		s.conn().push(frame{"type": "admitted", "room": "another", "peer": "bob", "by": "ada", "pass": "p0"})
		s.conn().socket.CloseNow()
		pause(time.Second)
		if got := s.conn().all("knock"); s.connections() != 2 || len(got) != 1 {
			t.Errorf("got %v", got)
		}
		s.conn().push(frame{"type": "admitted", "room": "r", "peer": "bob", "by": "ada", "pass": "p1"})
		if got, err := <-pass, <-failure; got != "p1" || err != nil {
			t.Errorf("got %q, %v", got, err)
		}
		conn.Close()
	})
}

func TestWhoWaitsNoMoreSaysSo(t *testing.T) {
	play(t, func(t *testing.T, s *script) {
		ctx, cancel := context.WithCancel(t.Context())
		conn, _, failure := knocks(t, s, ctx)
		s.conn()
		cancel()
		if err := <-failure; !errors.Is(err, context.Canceled) || len(s.conn().all("leave")) != 1 {
			t.Errorf("got %v, said %v", err, s.conn().all("leave"))
		}
		conn.Close()
	})
}

func TestKnockFailsWithWhatAHostOrTheServerSays(t *testing.T) {
	play(t, func(t *testing.T, s *script) {
		conn, _, failure := knocks(t, s, t.Context())
		s.conn().push(frame{"type": "denied", "room": "r", "peer": "somebody else", "by": "ada"})
		s.conn().push(frame{"type": "denied", "room": "r", "by": "ada", "reason": "no"})
		if err := <-failure; !errors.Is(err, parley.ErrDenied) {
			t.Errorf("got %v", err)
		}
		s.on(func(c *peerConn, f frame) bool {
			c.refuse(f, "room-full", true)
			return true
		})
		if _, err := conn.Knock(t.Context(), "r", nil); !errors.Is(err, parley.ErrRoomFull) {
			t.Errorf("got %v", err)
		}
		conn.Close()
		if _, err := conn.Knock(t.Context(), "r", nil); !errors.Is(err, parley.ErrClosed) {
			t.Errorf("got %v", err)
		}
	})
}

func TestKnockWithoutAnAnswerWaitsNoMore(t *testing.T) {
	play(t, func(t *testing.T, s *script) {
		conn, _, failure := knocks(t, s, t.Context())
		s.on(func(c *peerConn, f frame) bool { return f["action"] == "knock" })
		s.conn().push(frame{"type": "denied", "room": "r", "by": "ada"})
		if err := <-failure; !errors.Is(err, parley.ErrDenied) {
			t.Errorf("got %v", err)
		}
		if _, err := conn.Knock(t.Context(), "r", nil); !errors.Is(err, parley.ErrTimeout) {
			t.Errorf("got %v", err)
		}
		if said := s.conn().all("leave"); len(said) != 1 {
			t.Errorf("said %v", said)
		}
		conn.Close()
	})
}

// waiters has one name wait by one connection at a time, as the service does, which misses the end of
// the first for that long.
func waiters(s *script, missed time.Duration) {
	var who *peerConn
	s.on(func(c *peerConn, f frame) bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		switch {
		case f["action"] == "knock" && who != nil && who != c:
			c.refuse(f, "name-taken", false)
			return true
		case f["action"] == "knock":
			who = c
		case f["action"] == "leave" && who == c:
			who = nil
		}
		return false
	})
	time.AfterFunc(missed, func() { s.set(func() { who = nil }) })
}

func TestKnockMovesToTheConnectionThatReplacesItsOwn(t *testing.T) {
	play(t, func(t *testing.T, s *script) {
		waiters(s, time.Hour)
		conn, pass, failure := knocks(t, s, t.Context())
		former := s.conn()
		if err := conn.Renew(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := s.conn().all("knock"); s.conn() == former || len(got) != 1 || len(former.all("leave")) != 1 {
			t.Errorf("knocked %v, and said %v", got, former.all("leave"))
		}
		pause(time.Minute)
		s.conn().push(frame{"type": "admitted", "room": "r", "peer": "bob", "by": "ada", "pass": "p1"})
		if got, err := <-pass, <-failure; got != "p1" || err != nil {
			t.Errorf("got %q, %v", got, err)
		}
		conn.Close()
	})
}

func TestKnockWaitsForItsNameThatALostConnectionHolds(t *testing.T) {
	play(t, func(t *testing.T, s *script) {
		waiters(s, 5*time.Minute)
		conn, pass, failure := knocks(t, s, t.Context())
		s.conn().socket.CloseNow()
		pause(6 * time.Minute)
		s.conn().push(frame{"type": "admitted", "room": "r", "peer": "bob", "by": "ada", "pass": "p1"})
		if got, err := <-pass, <-failure; got != "p1" || err != nil {
			t.Errorf("got %q, %v", got, err)
		}
		waiters(s, time.Hour)
		stranger := s.dial(s.options())
		go func() { _, _ = conn.Knock(t.Context(), "r", nil) }()
		s.conn()
		if _, err := stranger.Knock(t.Context(), "r", nil); !errors.Is(err, parley.ErrNameTaken) {
			t.Errorf("got %v", err)
		}
		stranger.Close()
		conn.Close()
	})
}

func TestWhoKnockedAndCameInByAnotherWayStays(t *testing.T) {
	play(t, func(t *testing.T, s *script) {
		ctx, cancel := context.WithCancel(t.Context())
		conn, _, failure := knocks(t, s, ctx)
		s.conn()
		room, err := conn.Join(t.Context(), "r", &parley.JoinOptions{Name: "bob"})
		if err != nil {
			t.Fatal(err)
		}
		cancel()
		if err := <-failure; err == nil {
			t.Error("was let in")
		}
		if said := s.conn().all("leave"); len(said) != 0 || room.State() != parley.Joined {
			t.Errorf("said %v, %s", said, room.State())
		}
		conn.Close()
	})
}

func TestPassOfTheConnectionBeforeIsNone(t *testing.T) {
	play(t, func(t *testing.T, s *script) {
		conn, pass, failure := knocks(t, s, t.Context())
		former := s.conn()
		s.on(func(c *peerConn, f frame) bool {
			if f["action"] == "leave" {
				c.push(frame{"type": "admitted", "room": "r", "peer": "bob", "by": "ada", "pass": "p0"})
			}
			return false
		})
		if err := conn.Renew(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := s.conn().all("knock"); len(got) != 1 || former == s.conn() {
			t.Errorf("knocked %v", got)
		}
		s.conn().push(frame{"type": "admitted", "room": "r", "peer": "bob", "by": "ada", "pass": "p1"})
		if got, err := <-pass, <-failure; got != "p1" || err != nil {
			t.Errorf("got %q, %v", got, err)
		}
		conn.Close()
	})
}

func TestDenialOnTheConnectionBeforeCounts(t *testing.T) {
	play(t, func(t *testing.T, s *script) {
		conn, _, failure := knocks(t, s, t.Context())
		s.conn()
		s.on(func(c *peerConn, f frame) bool {
			if f["action"] == "leave" {
				c.push(frame{"type": "denied", "room": "r", "by": "ada"})
			}
			return false
		})
		if err := conn.Renew(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := <-failure; !errors.Is(err, parley.ErrDenied) {
			t.Errorf("got %v", err)
		}
		conn.Close()
	})
}

// lobby admits who knocks, with a pass for that connection.
func lobby(s *script) (passes map[any]*peerConn) {
	passes = map[any]*peerConn{}
	s.on(func(c *peerConn, f frame) bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		switch f["action"] {
		case "join":
			switch pass := f["pass"]; {
			case pass == nil:
				c.refuse(f, "room-locked", true)
			case passes[pass] != c:
				c.refuse(f, "forbidden", false)
			default:
				c.joined(f)
			}
		case "knock":
			c.push(frame{"type": "ok", "id": f["id"]})
			pass := fmt.Sprint("p", len(passes))
			passes[pass] = c
			c.push(frame{"type": "admitted", "room": "r", "peer": "bob", "by": "ada", "pass": pass})
		default:
			return false
		}
		return true
	})
	return passes
}

// hook is data that does something as it is encoded.
type hook func()

func (h hook) MarshalJSON() ([]byte, error) {
	h()
	return []byte("1"), nil
}

func TestWhoIsAdmittedOnAConnectionThatIsNoMoreKnocksAnew(t *testing.T) {
	for name, change := range map[string]func(conn *parley.Transport, c *peerConn){
		"replaced": func(conn *parley.Transport, _ *peerConn) { _ = conn.Renew(context.Background()) },
		"lost":     func(_ *parley.Transport, c *peerConn) { c.socket.CloseNow() },
	} {
		t.Run(name, func(t *testing.T) {
			play(t, func(t *testing.T, s *script) {
				conn := s.dial(s.options())
				passes, encoded := lobby(s), 0
				data := hook(func() {
					if encoded++; encoded == 3 { // to join with the pass
						change(conn, s.conn())
					}
				})
				room, err := conn.Join(t.Context(), "r", &parley.JoinOptions{Name: "bob", Data: data, Knock: true})
				if err != nil || room.State() != parley.Joined || len(passes) != 2 {
					t.Errorf("admitted %d times: %v", len(passes), err)
				}
				conn.Close()
			})
		})
	}
}

func TestJoinOfWhoKnocksThereAlreadySaysSo(t *testing.T) {
	play(t, func(t *testing.T, s *script) {
		conn, _, failure := knocks(t, s, t.Context())
		s.conn()
		s.on(func(c *peerConn, f frame) bool {
			if f["action"] == "join" {
				c.refuse(f, "room-locked", true)
			}
			return f["action"] == "join"
		})
		_, err := conn.Join(t.Context(), "r", &parley.JoinOptions{Name: "bob", Knock: true})
		if !errors.Is(err, parley.ErrBadRequest) || len(s.conn().all("join")) != 1 {
			t.Errorf("got %v, joined %v", err, s.conn().all("join"))
		}
		conn.Close()
		if err := <-failure; err == nil {
			t.Error("was let in")
		}
	})
}
