package parley_test

import (
	"context"
	"slices"
	"testing"
	"time"

	parley "github.com/parley-rtc/parley/client/go"
)

// refusals has the first leaves refused for the moment, by what they are told in order.
func refusals(s *script, codes ...string) {
	s.on(func(c *peerConn, f frame) bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		if f["action"] != "leave" || len(codes) == 0 {
			return false
		}
		if codes[0] != "" {
			c.refuse(f, codes[0], true)
		}
		codes = codes[1:]
		return true
	})
}

func TestLeaveIsSaidUntilTheServerKnows(t *testing.T) {
	play(t, func(t *testing.T, s *script) {
		conn, room := s.join()
		refusals(s, "rate-limited", "", "internal")
		room.Leave(t.Context())
		if said := s.conn().all("leave"); len(said) != 4 {
			t.Errorf("said %d times", len(said))
		}

		room, err := conn.Join(t.Context(), "r", nil)
		if err != nil {
			t.Fatal(err)
		}
		refusals(s, slices.Repeat([]string{"internal"}, 1000)...)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		room.Leave(ctx)
		said := len(s.conn().all("leave"))
		if pause(time.Minute); ctx.Err() == nil || said > 30 || len(s.conn().all("leave")) != said {
			t.Errorf("said %d times, then %d; %v", said, len(s.conn().all("leave")), ctx.Err())
		}
		conn.Close()
	})
}

func TestLeaveOfASeatThatIsTakenAnewIsSaidNoMore(t *testing.T) {
	for name, comes := range map[string]func(t *testing.T, conn *parley.Transport){
		"by Join": func(t *testing.T, conn *parley.Transport) {
			if room, err := conn.Join(t.Context(), "r", nil); err != nil || room.State() != parley.Joined {
				t.Error(err)
			}
		},
		"by Knock": func(t *testing.T, conn *parley.Transport) {
			go func() { _, _ = conn.Knock(t.Context(), "r", nil) }()
		},
	} {
		t.Run(name, func(t *testing.T) {
			play(t, func(t *testing.T, s *script) {
				conn, room := s.join()
				refusals(s, "internal")
				left := make(chan struct{})
				go func() {
					room.Leave(t.Context())
					close(left)
				}()
				s.conn()
				comes(t, conn)
				<-left
				pause(time.Minute)
				if said := s.conn().all("leave"); len(said) != 1 {
					t.Errorf("said %d times", len(said))
				}
				conn.Close()
			})
		})
	}
}

func TestLeaveWhileAwayIsSaidOnceTheConnectionIsBack(t *testing.T) {
	play(t, func(t *testing.T, s *script) {
		conn, room := s.join()
		s.set(func() { s.refuse = 500 })
		s.conn().socket.CloseNow()
		pause(time.Millisecond)
		time.AfterFunc(5*time.Second, func() { s.set(func() { s.refuse = 0 }) })
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		room.Leave(ctx)
		joins, leaves := s.conn().all("join"), s.conn().all("leave")
		if s.connections() != 2 || len(joins) != 1 || joins[0]["resume"] != "resume-1" || len(leaves) != 1 {
			t.Errorf("%d connections, joins %v, leaves %v", s.connections(), joins, leaves)
		}
		if room.State() != parley.Left {
			t.Errorf("is %s", room.State())
		}
		conn.Close()
	})
}

func TestLeaveOfASeatThatIsNotKeptIsOver(t *testing.T) {
	for name, test := range map[string]func(conn *parley.Transport, s *script){
		"as its string has expired": func(_ *parley.Transport, s *script) {
			s.on(func(c *peerConn, f frame) bool {
				if f["action"] == "join" {
					c.refuse(f, "resume-expired", false)
				}
				return f["action"] == "join"
			})
		},
		"as the transport is closed": func(conn *parley.Transport, s *script) {
			s.set(func() { s.refuse = 500 })
			time.AfterFunc(time.Minute, func() { conn.Close() })
		},
	} {
		t.Run(name, func(t *testing.T) {
			play(t, func(t *testing.T, s *script) {
				conn, room := s.join()
				test(conn, s)
				s.conn().socket.CloseNow()
				pause(time.Millisecond)
				ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
				defer cancel()
				room.Leave(ctx)
				if n := len(s.conn().all("leave")); n != 0 || ctx.Err() != nil {
					t.Errorf("said %d times, %v", n, ctx.Err())
				}
				conn.Close()
			})
		})
	}
}
