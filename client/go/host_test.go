package parley_test

import (
	"slices"
	"testing"
	"time"

	parley "github.com/parley-rtc/parley/client/go"
)

func TestOnesOwnRoleIsToldWhenTheHostLeaves(t *testing.T) {
	play(t, func(t *testing.T, s *script) {
		s.others = []frame{{"peer": "bob", "address": "b1", "role": "host"}}
		role := "guest"
		s.on(func(c *peerConn, f frame) bool {
			answer := frame{"id": f["id"], "room": "r", "peer": "ada", "role": role, "rev": s.rev, "peers": s.others}
			switch f["action"] {
			case "join":
				answer["type"] = "joined"
			case "roster":
				answer["type"] = "roster"
				answer["waiting"] = []frame{{"peer": "eve"}}
			default:
				return false
			}
			c.push(answer)
			return true
		})
		conn, room := s.join()
		if got := room.Role(); got != "guest" {
			t.Errorf("is %q", got)
		}
		s.set(func() { role, s.others, s.rev = "host", nil, 8 })
		s.conn().push(frame{"type": "peer-left", "room": "r", "rev": 8, "peer": "bob", "reason": "left"})
		pause(time.Second)
		equal(t, "events", happens(events(room)), []string{
			"PeerLeft{Name:bob Reason:left}", "RoleChanged{Role:host}", "Knocked{Knock:{Name:eve Data:[]}}",
		})
		if got := room.Role(); got != "host" {
			t.Errorf("is %q", got)
		}
		// Who is host need not ask who comes after a host that leaves.
		s.conn().push(frame{"type": "peer-joined", "room": "r", "rev": 9, "peer": "cy", "address": "c1", "role": "host"})
		s.conn().push(frame{"type": "peer-left", "room": "r", "rev": 10, "peer": "cy", "reason": "left"})
		pause(time.Second)
		if asked := s.conn().all("roster"); len(asked) != 1 {
			t.Errorf("asked %d times", len(asked))
		}
		conn.Close()
	})
}

func TestAnothersRoleIsAnUpdate(t *testing.T) {
	play(t, func(t *testing.T, s *script) {
		conn, room := s.join()
		s.set(func() { s.others, s.rev = []frame{{"peer": "bob", "address": "b1", "role": "host"}}, 8 })
		if err := room.Refresh(t.Context()); err != nil {
			t.Fatal(err)
		}
		list := events(room)
		if len(list) != 1 {
			t.Errorf("got %v", happens(list))
		}
		for _, event := range list {
			if u, ok := event.(parley.PeerUpdated); !ok || u.Peer.Role != "host" {
				t.Errorf("got %+v", event)
			}
		}
		if bob, _ := room.Peer("bob"); bob.Role != "host" {
			t.Errorf("got %+v", bob)
		}
		conn.Close()
	})
}

func TestWhoDecidesIsTold(t *testing.T) {
	play(t, func(t *testing.T, s *script) {
		conn, room := s.join()
		decide := map[string]func(string) error{
			"bea":  func(name string) error { return room.Admit(t.Context(), name) },
			"carl": func(name string) error { return room.Deny(t.Context(), name, "") },
		}
		for name, decides := range decide {
			s.conn().push(frame{"type": "knocked", "room": "r", "peer": name})
			events(room)
			if err := decides(name); err != nil {
				t.Fatal(err)
			}
			equal(t, "events", happens(events(room)), []string{"KnockLeft{Name:" + name + " By:ada}"})
		}
		s.conn().push(frame{"type": "knocked", "room": "r", "peer": "dora"})
		events(room)
		s.on(func(c *peerConn, f frame) bool {
			c.refuse(f, "no-such-peer", false)
			return true
		})
		_ = room.Admit(t.Context(), "dora")
		equal(t, "events", happens(events(room)), []string{"KnockLeft{Name:dora By:}"})
		conn.Close()
	})
}

func TestALockIsKnownFromTheStartAndAfterItWasMissed(t *testing.T) {
	play(t, func(t *testing.T, s *script) {
		locked := true
		s.on(func(c *peerConn, f frame) bool {
			answer := frame{"id": f["id"], "room": "r", "peer": "ada", "rev": s.rev, "peers": s.others}
			switch f["action"] {
			case "join":
				answer["type"] = "joined"
			case "roster":
				answer["type"] = "roster"
			default:
				return false
			}
			if locked {
				answer["locked"] = true
			}
			c.push(answer)
			return true
		})
		conn, room := s.join()
		known := []bool{room.Locked()}
		s.set(func() { locked = false })
		if err := room.Refresh(t.Context()); err != nil {
			t.Fatal(err)
		}
		known = append(known, room.Locked())
		if err := room.Lock(t.Context()); err != nil {
			t.Fatal(err)
		}
		known = append(known, room.Locked())
		s.conn().push(frame{"type": "room-unlocked", "room": "r", "rev": s.rev + 1, "by": "bob"})
		pause(time.Second)
		if known = append(known, room.Locked()); !slices.Equal(known, []bool{true, false, true, false}) {
			t.Errorf("locked: %v", known)
		}
		equal(t, "events", happens(events(room)), []string{"Locked{Locked:false By:}", "Locked{Locked:false By:bob}"})
		conn.Close()
	})
}
