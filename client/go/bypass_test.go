package parley_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"time"

	parley "github.com/parley-rtc/parley/client/go"
)

// channel is a way past the server, as a data channel is one.
type channel struct {
	shut bool
	sent []parley.Bypassed
}

func (c *channel) send(b parley.Bypassed) bool {
	if !c.shut {
		c.sent = append(c.sent, b)
	}
	return !c.shut
}

func (c *channel) all() []string {
	var all []string
	for _, b := range c.sent {
		raw, _ := json.Marshal(b)
		all = append(all, string(raw))
	}
	return all
}

func signal(n int64, data string) string { return fmt.Sprintf(`{"n":%d,"data":%s}`, run+n, data) }
func received(n int64) string            { return fmt.Sprintf(`{"got":%d}`, run+n) }

// bypassed has ada in a room, with another way to bob.
func (s *script) bypassed() (*parley.Transport, *parley.Room, *channel) {
	conn, room := s.join()
	c := &channel{}
	room.Bypass("bob", c.send)
	return conn, room, c
}

func TestBypassTakesSignalsThatTheServerNeverSees(t *testing.T) {
	play(t, func(t *testing.T, s *script) {
		conn, room, past := s.bypassed()
		sent := room.Post("bob", "a")
		equal(t, "past the server", past.all(), []string{signal(1, `"a"`)})
		room.Passed("bob", parley.Bypassed{Got: run + 1})
		if err := sent.Wait(t.Context()); err != nil {
			t.Error(err)
		}
		// Nor does it bring, or ask for, what is confirmed, when bob has another connection.
		s.conn().push(frame{"type": "peer-back", "room": "r", "rev": 8, "peer": "bob"})
		if pause(time.Minute); len(s.conn().all("signal")) > 0 {
			t.Errorf("sent %v", s.conn().all("signal"))
		}
		past.shut = true
		if err := room.Signal(t.Context(), "bob", "b"); err != nil {
			t.Error(err)
		}
		room.Passed("bob", parley.Bypassed{Got: run + 2})
		s.conn().push(frame{"type": "peer-back", "room": "r", "rev": 9, "peer": "bob"})
		if pause(time.Minute); len(s.conn().all("signal")) != 1 {
			t.Errorf("sent %v", s.conn().all("signal"))
		}
		conn.Close()
	})
}

func TestBypassThatSwallowsASignalCostsThreeSeconds(t *testing.T) {
	play(t, func(t *testing.T, s *script) {
		conn, room, past := s.bypassed()
		first := room.Post("bob", "a")
		if pause(2900 * time.Millisecond); len(s.conn().all("signal")) > 0 {
			t.Error("sent too early")
		}
		pause(200 * time.Millisecond)
		past.shut = true
		second := room.Post("bob", "b") // at once
		for _, sent := range []*parley.Sending{first, second} {
			if err := sent.Wait(t.Context()); err != nil {
				t.Error(err)
			}
		}
		sent := s.conn().all("signal")
		if len(sent) != 2 || sent[0]["data"] != "a" || sent[0]["n"] != float64(run+1) || sent[1]["n"] != float64(run+2) {
			t.Errorf("sent %v", sent)
		}
		equal(t, "past the server", past.all(), []string{signal(1, `"a"`)})
		conn.Close()
	})
}

func TestBypassThatEndsGivesItsSignalsToTheServer(t *testing.T) {
	play(t, func(t *testing.T, s *script) {
		for what, end := range map[string]func(room *parley.Room){
			"it ends":              func(room *parley.Room) { room.Bypass("bob", nil) },
			"bob came back":        func(*parley.Room) { s.conn().push(frame{"type": "peer-back", "room": "r", "rev": 8, "peer": "bob"}) },
			"bob says he lacks it": func(*parley.Room) { s.conn().signal("bob", 0, frame{"parley": frame{"seat": 5, "got": 0, "first": 0}}) },
		} {
			conn, room, _ := s.bypassed()
			room.Post("bob", "a")
			end(room)
			if sent := s.conn().all("signal"); len(sent) != 1 || sent[0]["n"] != float64(run+1) {
				t.Errorf("%s: sent %v", what, sent)
			}
			conn.Close()
		}
	})
}

func TestBypassWorksWhileTheServerIsAway(t *testing.T) {
	play(t, func(t *testing.T, s *script) {
		conn, room, past := s.bypassed()
		s.set(func() { s.refuse = 500 })
		s.conn().socket.CloseNow()
		pause(time.Second)
		sent := room.Post("bob", "a")
		equal(t, "past the server", past.all(), []string{signal(1, `"a"`)})
		room.Passed("bob", parley.Bypassed{N: run + 1, Data: json.RawMessage(`"b"`)})
		room.Passed("bob", parley.Bypassed{Got: run + 1})
		if err := sent.Wait(t.Context()); err != nil || room.State() != parley.Away {
			t.Errorf("got %v, %s", err, room.State())
		}
		equal(t, "heard", said(events(room)), []string{`"b"`})
		// What is not confirmed goes by the next connection, and no earlier.
		room.Post("bob", "c")
		pause(time.Minute)
		s.set(func() { s.refuse = 0 })
		pause(time.Minute)
		if got := s.conn().all("signal"); len(got) == 0 || got[0]["n"] != float64(run+2) {
			t.Errorf("sent %v", got)
		}
		conn.Close()
	})
}

func TestBypassedSignalsAreInOneOrderWithThoseOfTheServer(t *testing.T) {
	play(t, func(t *testing.T, s *script) {
		conn, room := s.join()
		s.conn().signal("bob", run+1, 1)
		equal(t, "heard", said(events(room)), []string{"1"})
		past := &channel{}
		room.Bypass("bob", past.send)
		equal(t, "said at first", past.all(), []string{received(1)})
		by := func(n int64) {
			room.Passed("bob", parley.Bypassed{N: run + n, Data: json.RawMessage(fmt.Sprint(n))})
		}
		by(3)
		s.conn().signal("bob", run+2, 2)
		s.conn().signal("bob", run+3, 3)
		equal(t, "heard", said(events(room)), []string{"2", "3"})
		by(2)
		by(4)
		equal(t, "heard", said(events(room)), []string{"4"})
		if got := past.all(); got[len(got)-1] != received(4) {
			t.Errorf("said %v", got)
		}
		conn.Close()
	})
}

func TestBypassIsForWhoIsThere(t *testing.T) {
	play(t, func(t *testing.T, s *script) {
		conn, room, past := s.bypassed()
		for _, b := range []parley.Bypassed{{}, {N: 1, Data: json.RawMessage(`"plain"`)}, {N: -1}, {Got: -1}, {N: 1 << 60}} {
			room.Passed("bob", b)
		}
		room.Passed("mallory", parley.Bypassed{N: run + 1, Data: json.RawMessage(`"hi"`)})
		equal(t, "heard", said(events(room)), nil)
		// Who has left, and comes again, has a channel of its own.
		unsaid := room.Post("bob", "a")
		s.conn().push(frame{"type": "peer-left", "room": "r", "rev": 8, "peer": "bob", "reason": "left"})
		if err := unsaid.Wait(t.Context()); !errors.Is(err, parley.ErrNoSuchPeer) {
			t.Errorf("got %v", err)
		}
		room.Bypass("bob", past.send)
		s.conn().push(frame{"type": "peer-joined", "room": "r", "rev": 9, "peer": "bob"})
		events(room)
		pause(time.Minute)
		if err := room.Signal(t.Context(), "bob", "b"); err != nil || len(past.sent) != 1 || len(s.conn().all("signal")) != 1 {
			t.Errorf("got %v, past the server %v", err, past.all())
		}
		conn.Close()
	})
}
