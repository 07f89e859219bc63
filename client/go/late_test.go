package parley_test

import (
	"context"
	"errors"
	"testing"
	"time"

	parley "github.com/parley-rtc/parley/client/go"
)

// keepJoins answers no join, until the last one is answered by what it returns.
func keepJoins(s *script) (late func()) {
	var answer func()
	s.on(func(c *peerConn, f frame) bool {
		if f["action"] == "join" {
			s.mu.Lock()
			answer = func() { c.joined(f) }
			s.mu.Unlock()
		}
		return f["action"] == "join"
	})
	return func() {
		s.connections()
		answer()
	}
}

func TestSeatThatComesTooLateIsGivenUp(t *testing.T) {
	leaves := func(s *script) int { return len(s.conn().all("leave")) }
	for name, late := range map[string]func(t *testing.T, s *script) *parley.Transport{
		"after a Join that had no answer": func(t *testing.T, s *script) *parley.Transport {
			conn := s.dial(s.options())
			answer := keepJoins(s)
			if _, err := conn.Join(t.Context(), "r", nil); !errors.Is(err, parley.ErrTimeout) {
				t.Errorf("got %v", err)
			}
			answer()
			return conn
		},
		"after a Join whose context ended": func(t *testing.T, s *script) *parley.Transport {
			conn := s.dial(s.options())
			answer := keepJoins(s)
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			if _, err := conn.Join(ctx, "r", nil); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("got %v", err)
			}
			answer()
			return conn
		},
		"while a second try is refused": func(t *testing.T, s *script) *parley.Transport {
			conn := s.dial(s.options())
			var kept func()
			s.on(func(c *peerConn, f frame) bool {
				switch {
				case f["action"] != "join":
					return false
				case kept == nil:
					kept = func() { c.joined(f) }
				default:
					kept()
					c.refuse(f, "room-full", false)
				}
				return true
			})
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			_, _ = conn.Join(ctx, "r", nil)
			if _, err := conn.Join(t.Context(), "r", nil); !errors.Is(err, parley.ErrRoomFull) {
				t.Errorf("got %v", err)
			}
			return conn
		},
		"after Leave": func(t *testing.T, s *script) *parley.Transport {
			conn, room := s.join()
			answer := keepJoins(s)
			s.conn().socket.CloseNow()
			pause(time.Second)
			go room.Leave(t.Context())
			answer()
			return conn
		},
		"after Leave in the midst of a move": func(t *testing.T, s *script) *parley.Transport {
			conn, room := s.join()
			answer := keepJoins(s)
			renewed := make(chan error, 1)
			go func() { renewed <- conn.Renew(t.Context()) }()
			s.conn()
			room.Leave(t.Context())
			answer()
			if err := <-renewed; err != nil {
				t.Error(err)
			}
			return conn
		},
	} {
		t.Run(name, func(t *testing.T) {
			play(t, func(t *testing.T, s *script) {
				conn := late(t, s)
				if leaves(s) != 1 {
					t.Errorf("said goodbye %d times", leaves(s))
				}
				conn.Close()
			})
		})
	}
}

func TestSeatOfASecondTryStays(t *testing.T) {
	play(t, func(t *testing.T, s *script) {
		conn := s.dial(s.options())
		answer := keepJoins(s)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, _ = conn.Join(ctx, "r", nil)
		s.on(nil)
		room, err := conn.Join(t.Context(), "r", nil)
		if err != nil {
			t.Fatal(err)
		}
		answer()
		if said := s.conn().all("leave"); len(said) > 0 || room.State() != parley.Joined {
			t.Errorf("said %v, %s", said, room.State())
		}
		conn.Close()
	})
}
