package parley_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	parley "github.com/parley-rtc/parley/client/go"
)

const run = 7 << 20 // numbers of who began to count at revision 7

func TestSignalsComeInOrderAndOnce(t *testing.T) {
	play(t, func(t *testing.T, s *script) {
		conn, room := s.join()
		for _, n := range []int{2, 1, 1, 3, 2, 5, 4} {
			s.conn().signal("bob", run+n, n)
		}
		s.conn().signal("bob", 0, "at once")
		equal(t, "heard", said(events(room)), []string{"1", "2", "3", "4", "5", `"at once"`})
		// A newer page of the sender counts anew, and nothing of the one before comes any more.
		s.conn().signal("bob", 2*run+1, "new")
		s.conn().signal("bob", run+6, "old")
		equal(t, "heard", said(events(room)), []string{`"new"`})
		conn.Close()
	})
}

func TestPlainNumbersAreOrderedAndGivenUp(t *testing.T) {
	play(t, func(t *testing.T, s *script) {
		conn, room := s.join()
		for _, n := range []int{2, 1, 4} {
			s.conn().signal("bob", n, n)
		}
		equal(t, "heard", said(events(room)), []string{"1", "2"})
		pause(600 * time.Millisecond)
		equal(t, "heard later", said(events(room)), []string{"4"})
		s.conn().signal("bob", 1, "afresh")
		equal(t, "of a new start", said(events(room)), []string{`"afresh"`})
		if asked := s.conn().all("signal"); len(asked) > 0 {
			t.Errorf("asked %v", asked)
		}
		conn.Close()
	})
}

func TestMissingNumberIsAskedForAndGivenUpWhenItsSenderSaysSo(t *testing.T) {
	play(t, func(t *testing.T, s *script) {
		conn, room := s.join()
		s.conn().signal("bob", run+1, 1)
		s.conn().signal("bob", run+4, 4)
		equal(t, "heard", said(events(room)), []string{"1"})
		pause(600 * time.Millisecond)
		asked := s.conn().all("signal")
		lacks := frame{"ask": true, "before": float64(run + 4), "first": 0, "got": float64(run + 1), "seat": 7}
		if len(asked) != 1 || fmt.Sprint(asked[0]["data"]) != fmt.Sprint(frame{"parley": lacks}) {
			t.Errorf("asked %v", asked)
		}
		s.conn().signal("bob", 0, frame{"parley": frame{"seat": 5, "got": 0, "first": run + 3}})
		equal(t, "heard", said(events(room)), nil) // 2 is given up, 3 is not
		s.conn().signal("bob", run+3, 3)
		equal(t, "heard", said(events(room)), []string{"3", "4"})
		conn.Close()
	})
}

func TestRefusedAddressIsNotUsedAgain(t *testing.T) {
	play(t, func(t *testing.T, s *script) {
		conn, room := s.join()
		s.on(func(c *peerConn, f frame) bool {
			if f["action"] == "signal" && f["address"] != nil {
				c.refuse(f, "forbidden", false)
				return true
			}
			return false
		})
		if err := room.Signal(t.Context(), "bob", 1); err != nil {
			t.Error(err)
		}
		sent := s.conn().all("signal")
		if len(sent) != 2 || sent[1]["address"] != nil || sent[0]["n"] != sent[1]["n"] {
			t.Errorf("sent %v", sent)
		}
		if len(s.conn().all("roster")) != 1 {
			t.Error("asked for no new address")
		}
		conn.Close()
	})
}

func TestSignalsToWhoHasLeftAreInVain(t *testing.T) {
	play(t, func(t *testing.T, s *script) {
		conn, room := s.join()
		s.on(func(c *peerConn, f frame) bool {
			if f["action"] == "signal" {
				c.refuse(f, "rate-limited", true)
			}
			return f["action"] == "signal"
		})
		var sent []*parley.Sending
		for i := range 300 {
			sent = append(sent, room.Post("bob", i))
		}
		if err := sent[299].Wait(t.Context()); !errors.Is(err, parley.ErrQueueFull) {
			t.Errorf("got %v", err)
		}
		pause(10 * time.Second)
		s.conn().push(frame{"type": "peer-left", "room": "r", "rev": 8, "peer": "bob", "reason": "left"})
		if err := sent[0].Wait(t.Context()); !errors.Is(err, parley.ErrNoSuchPeer) {
			t.Errorf("got %v", err)
		}
		if tries := len(s.conn().all("signal")); tries < 16 || tries > 200 {
			t.Errorf("tried %d times", tries)
		}
		conn.Close()
	})
}

func TestWhatAPeerLacksIsSentAgainWhenItIsBack(t *testing.T) {
	play(t, func(t *testing.T, s *script) {
		conn, room := s.join()
		for i := range 3 {
			if err := room.Signal(t.Context(), "bob", i); err != nil {
				t.Fatal(err)
			}
		}
		first := s.conn().all("signal")[0]["n"].(float64)
		s.conn().push(frame{"type": "peer-back", "room": "r", "rev": 8, "peer": "bob", "address": "b2"})
		pause(2 * time.Second) // he does not say by himself what he has
		asked := s.conn().all("signal")
		last := asked[len(asked)-1]
		if len(asked) != 4 || !strings.Contains(fmt.Sprint(last["data"]), "ask:true") || last["address"] != "b2" {
			t.Fatalf("asked %v", asked)
		}
		s.conn().signal("bob", 0, frame{"parley": frame{"seat": 6, "got": first, "first": 0}})
		pause(time.Second)
		again := s.conn().all("signal")
		if len(again) != 6 || again[4]["n"] != first+1 || again[5]["n"] != first+2 || again[4]["data"] != 1.0 {
			t.Errorf("sent %v", again[4:])
		}
		// Who says it more often than that is not sent everything each time.
		s.conn().signal("bob", 0, frame{"parley": frame{"seat": 6, "got": first, "first": 0}})
		s.conn().all("signal")
		s.conn().signal("bob", 0, frame{"parley": frame{"seat": 6, "got": first, "first": 0}})
		if pause(time.Second); len(s.conn().all("signal")) != 8 {
			t.Errorf("sent %v", s.conn().all("signal")[6:])
		}
		pause(time.Second) // but asked once more
		if got := s.conn().all("signal"); len(got) != 9 || !strings.Contains(fmt.Sprint(got[8]["data"]), "ask:true") {
			t.Errorf("sent %v", got[8:])
		}
		s.conn().signal("bob", 0, frame{"parley": frame{"seat": 6, "got": first + 1, "first": 0}})
		pause(time.Second)
		// A page that took its seat later than they were sent is another one: they were not for it.
		s.conn().signal("bob", 0, frame{"parley": frame{"seat": 8, "got": 0, "first": 0}})
		if pause(time.Second); len(s.conn().all("signal")) != 10 {
			t.Errorf("sent %v", s.conn().all("signal")[9:])
		}
		conn.Close()
	})
}

func TestPartsAreOneSignal(t *testing.T) {
	play(t, func(t *testing.T, s *script) {
		conn, room := s.join()
		text := strings.Repeat(`"ü🙂\`+"\u2028<", 6_000)
		if err := room.Signal(t.Context(), "bob", text); err != nil {
			t.Fatal(err)
		}
		parts := s.conn().all("signal")
		if len(parts) < 3 {
			t.Fatalf("%d parts", len(parts))
		}
		for i, p := range parts { // which another client would have sent the same way
			s.conn().signal("bob", run+1+i, p["data"])
		}
		var got string
		heard := said(events(room))
		if len(heard) != 1 || json.Unmarshal([]byte(heard[0]), &got) != nil || got != text {
			t.Errorf("got %s", clip(heard))
		}
		n := run + len(parts)
		s.conn().signal("bob", n+1, frame{"parley": frame{"part": 1, "of": 3, "text": "[1"}})
		s.conn().signal("bob", n+2, frame{"parley": frame{"part": 3, "of": 3, "text": "]"}})
		s.conn().signal("bob", n+3, frame{"parley": frame{"part": 1, "of": 2, "text": "[1"}})
		s.conn().signal("bob", n+4, "something else")
		deep := strings.Repeat("[", 200) + strings.Repeat("]", 200)
		s.conn().signal("bob", n+5, frame{"parley": frame{"part": 1, "of": 1, "text": deep}})
		s.conn().signal("bob", n+6, frame{"parley": frame{"part": 1, "of": 2, "text": "[1"}})
		s.conn().signal("bob", n+7, frame{"parley": frame{"a newer client": true}})
		pause(2 * time.Minute)
		var why []string
		for _, event := range events(room) {
			switch e := event.(type) {
			case parley.Trouble:
				_, reason, _ := strings.Cut(e.Err.Error(), "in parts ")
				why = append(why, reason)
			case parley.Signal:
				why = append(why, string(e.Data))
			}
		}
		equal(t, "events", why, []string{
			"has parts that do not fit together", "was broken off", `"something else"`,
			"is no JSON that can be taken", "never came whole",
		})
		if err := room.Signal(t.Context(), "bob", strings.Repeat("x", 240_001)); !errors.Is(err, parley.ErrTooLarge) {
			t.Errorf("got %v", err)
		}
		if err := room.Broadcast(t.Context(), strings.Repeat("x", 33_000)); !errors.Is(err, parley.ErrTooLarge) {
			t.Errorf("got %v", err)
		}
		long := map[string]any{"x": strings.Repeat("x", 33_000)}
		if _, err := room.Act(t.Context(), "stroke", long); !errors.Is(err, parley.ErrTooLarge) {
			t.Errorf("got %v", err)
		}
		conn.Close()
	})
}

func TestSlowConsumerIsToldWhatItMissed(t *testing.T) {
	play(t, func(t *testing.T, s *script) {
		conn, room := s.join()
		for i := range 1030 {
			s.conn().push(frame{"type": "broadcast", "room": "r", "from": "bob", "data": i})
		}
		s.conn().signal("bob", run+1, "lost")
		got := events(room)
		if len(got) != 1025 || got[1024] != (parley.Lagged{Dropped: 6}) {
			t.Errorf("got %d events, the last %v", len(got), got[len(got)-1])
		}
		pause(time.Second)
		asked := s.conn().all("signal")
		if len(asked) != 1 || !strings.Contains(fmt.Sprint(asked[0]["data"]), "ask:true") {
			t.Fatalf("asked %v", asked)
		}
		s.conn().signal("bob", run+1, "again")
		equal(t, "heard", said(events(room)), []string{`"again"`})
		conn.Close()
	})
}

func TestSignalsThatNobodyWouldSendAgainAreBoundedToo(t *testing.T) {
	play(t, func(t *testing.T, s *script) {
		conn, room := s.join()
		for i := range 300 {
			s.conn().signal("bob", i%2*(i+1), strings.Repeat("x", 30_000)) // without a number, or with a plain one
		}
		pause(time.Minute)
		bytes, dropped := 0, 0
		for _, event := range events(room) {
			switch e := event.(type) {
			case parley.Signal:
				bytes += len(e.Data)
			case parley.Lagged:
				dropped += e.Dropped
			}
		}
		if bytes > 5<<20 || dropped == 0 {
			t.Errorf("kept %d bytes, dropped %d", bytes, dropped)
		}
		conn.Close()
	})
}

func TestWhatIsRememberedOfWhoHasLeftIsBounded(t *testing.T) {
	play(t, func(t *testing.T, s *script) {
		conn, room := s.join()
		rev := 7
		come := func(name string) {
			rev++
			s.conn().push(frame{"type": "peer-joined", "room": "r", "rev": rev, "peer": name})
			s.conn().signal(name, run+1, name)
		}
		for i := range 1026 {
			name := fmt.Sprint("passer-by-", i)
			come(name)
			rev++
			s.conn().push(frame{"type": "peer-left", "room": "r", "rev": rev, "peer": name, "reason": "left"})
			equal(t, "heard", said(events(room)), []string{`"` + name + `"`})
			if i == 500 { // is back, and still there at the end
				come("passer-by-0")
			}
		}
		events(room)
		s.conn().signal("passer-by-0", run+1, "again")
		equal(t, "of who is there is heard again", said(events(room)), nil)
		for i, again := range map[int][]string{1: {`"passer-by-1"`}, 2: nil, 1025: nil} {
			name := fmt.Sprint("passer-by-", i)
			come(name)
			equal(t, name+" is heard again", said(events(room)), again)
		}
		conn.Close()
	})
}

func TestNothingIsKeptForWhoIsNotThere(t *testing.T) {
	play(t, func(t *testing.T, s *script) {
		conn, room := s.join()
		s.on(func(c *peerConn, f frame) bool {
			if f["action"] == "signal" {
				c.refuse(f, "no-such-peer", false)
			}
			return f["action"] == "signal"
		})
		for range 2 {
			if err := room.Signal(t.Context(), "eve", "hello"); !errors.Is(err, parley.ErrNoSuchPeer) {
				t.Errorf("got %v", err)
			}
			events(room) // which has asked who is here
		}
		sent := s.conn().all("signal")
		if len(sent) != 2 || sent[1]["n"] != float64(8<<20+1) { // a run of its own, as the first was forgotten
			t.Errorf("sent %v", sent)
		}
		conn.Close()
	})
}
