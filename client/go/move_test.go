package parley_test

import (
	"context"
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

func TestJoinWhileSeatsAreMovingIsByTheNewConnection(t *testing.T) {
	play(t, func(t *testing.T, s *script) {
		conn := s.dial(s.options())
		seats := seating(s, "slow", 3*time.Second)
		if _, err := conn.Join(t.Context(), "slow", &parley.JoinOptions{Name: "ada"}); err != nil {
			t.Fatal(err)
		}
		renewed := make(chan error, 1)
		go func() { renewed <- conn.Renew(t.Context()) }()
		pause(100 * time.Millisecond)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := conn.Join(ctx, "no more", nil); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
		room, err := conn.Join(t.Context(), "another", &parley.JoinOptions{Name: "ada"})
		if err != nil {
			t.Fatal(err)
		}
		if err := <-renewed; err != nil {
			t.Error(err)
		}
		pause(time.Minute)
		if seats["another"] != s.conn() || room.State() != parley.Joined || seats["no more"] != nil || s.connections() != 2 {
			t.Errorf("is %s, of %d connections", room.State(), s.connections())
		}
		conn.Close()
	})
}

// renewing has a renewal dial for a second, and joins of the room r be answered after that long by the
// first connection.
func renewing(
	t *testing.T, s *script, late time.Duration,
) (conn *parley.Transport, first *peerConn, renewed chan error) {
	t.Helper()
	opt := s.options()
	dialed := false
	opt.Token = func(context.Context) (string, error) {
		if dialed {
			pause(time.Second)
		}
		dialed = true
		return "", nil
	}
	conn = s.dial(opt)
	first = s.conn()
	s.on(func(c *peerConn, f frame) bool {
		if f["action"] == "join" && c == first {
			time.AfterFunc(late, func() { c.joined(f) })
			return true
		}
		return false
	})
	renewed = make(chan error, 1)
	go func() { renewed <- conn.Renew(t.Context()) }()
	pause(time.Millisecond)
	return conn, first, renewed
}

func TestRenewalWaitsForWhoIsJoining(t *testing.T) {
	play(t, func(t *testing.T, s *script) {
		conn, former, renewed := renewing(t, s, 5*time.Second)
		room, err := conn.Join(t.Context(), "r", &parley.JoinOptions{Name: "ada"})
		if err != nil {
			t.Fatal(err)
		}
		if err := <-renewed; err != nil {
			t.Error(err)
		}
		pause(time.Minute)
		first, moves := former.all("join"), s.conn().all("join")
		if len(first) != 1 || len(moves) != 1 || moves[0]["peer"] != "ada" || moves[0]["resume"] == nil {
			t.Errorf("joined by %v, then %v", first, moves)
		}
		if told := happens(events(room)); len(told) != 1 || room.State() != parley.Joined { // of bob
			t.Errorf("is %s, told %v", room.State(), told)
		}
		conn.Close()
	})
}

func TestRenewalWaitsForNobodyWhoGaveUp(t *testing.T) {
	play(t, func(t *testing.T, s *script) {
		conn, _, renewed := renewing(t, s, time.Hour)
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		if _, err := conn.Join(ctx, "r", nil); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
		began := time.Now()
		if err := <-renewed; err != nil || time.Since(began) > 0 {
			t.Errorf("got %v after %v", err, time.Since(began))
		}
		conn.Close()
	})
}

func TestJoinIsAskedAgainWhereTheFormerConnectionEndsInARenewal(t *testing.T) {
	play(t, func(t *testing.T, s *script) {
		conn, former, renewed := renewing(t, s, time.Hour)
		time.AfterFunc(3*time.Second, func() { former.socket.CloseNow() })
		if _, err := conn.Join(t.Context(), "r", &parley.JoinOptions{Name: "ada"}); err != nil {
			t.Error(err)
		}
		if err := <-renewed; err != nil || s.connections() != 2 {
			t.Errorf("got %v with %d connections", err, s.connections())
		}
		conn.Close()
	})
}

func TestRenewalEndsWithTheTransportWhileItWaits(t *testing.T) {
	play(t, func(t *testing.T, s *script) {
		conn, _, renewed := renewing(t, s, time.Hour)
		joined := make(chan error, 1)
		go func() {
			_, err := conn.Join(t.Context(), "r", nil)
			joined <- err
		}()
		pause(3 * time.Second)
		conn.Close()
		for _, err := range []error{<-renewed, <-joined} {
			if !errors.Is(err, parley.ErrClosed) {
				t.Errorf("got %v", err)
			}
		}
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
