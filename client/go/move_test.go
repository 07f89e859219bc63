package parley_test

import (
	"errors"
	"testing"
	"time"

	parley "github.com/parley-rtc/parley/client/go"
)

// seating has each room's seat on one connection, as the service does; joins of one room are answered late.
func seating(s *script, slow string, late time.Duration) (seats map[any]*peerConn) {
	seats = map[any]*peerConn{}
	s.on(func(c *peerConn, f frame) bool {
		room := f["room"]
		s.mu.Lock()
		former := seats[room]
		s.mu.Unlock()
		if f["action"] != "join" {
			if former != c {
				c.refuse(f, "not-in-room", false)
			}
			return former != c
		}
		sit := func() {
			s.set(func() { seats[room] = c })
			if former != nil {
				former.push(frame{"type": "kicked", "room": room, "by": "ada", "reason": "replaced"})
			}
			c.push(frame{
				"type": "joined", "id": f["id"], "room": room, "peer": "ada", "rev": 7, "peers": s.others, "ice": []frame{},
				"resume": "again",
			})
		}
		if room == slow && former != nil {
			time.AfterFunc(late, sit)
		} else {
			sit()
		}
		return true
	})
	return seats
}

func TestRoomThatHasMovedStaysWithItsNewConnection(t *testing.T) {
	play(t, func(t *testing.T, s *script) {
		conn := s.dial(s.options())
		seats := seating(s, "slow", 8*time.Second)
		rooms := map[string]*parley.Room{}
		for _, name := range []string{"fast", "slow"} {
			room, err := conn.Join(t.Context(), name, &parley.JoinOptions{Name: "ada"})
			if err != nil {
				t.Fatal(err)
			}
			rooms[name] = room
		}
		renewed := make(chan error, 1)
		go func() { renewed <- conn.Renew(t.Context()) }()
		pause(100 * time.Millisecond)
		began := time.Now()
		if err := rooms["fast"].Signal(t.Context(), "bob", "hello"); err != nil || time.Since(began) > time.Second {
			t.Errorf("got %v after %v", err, time.Since(began))
		}
		if err := <-renewed; err != nil {
			t.Error(err)
		}
		pause(time.Minute)
		for name, room := range rooms {
			if seats[name] != s.conn() || room.State() != parley.Joined || s.connections() != 2 {
				t.Errorf("%s is %s, of %d connections", name, room.State(), s.connections())
			}
		}
		conn.Close()
	})
}

func TestCloseInTheMidstOfAMoveLeavesNoSocket(t *testing.T) {
	play(t, func(t *testing.T, s *script) {
		conn, _ := s.join()
		s.on(func(_ *peerConn, f frame) bool { return f["action"] == "join" })
		renewed := make(chan error, 1)
		go func() { renewed <- conn.Renew(t.Context()) }()
		if got := len(s.conn().all("join")); got != 1 || s.connections() != 2 {
			t.Fatalf("%d joins, %d connections", got, s.connections())
		}
		conn.Close()
		for i, c := range s.conns {
			s.connections()
			select {
			case <-c.closed:
			default:
				t.Errorf("connection %d is kept", i+1)
			}
		}
		if err := <-renewed; !errors.Is(err, parley.ErrClosed) {
			t.Errorf("got %v", err)
		}
	})
}
