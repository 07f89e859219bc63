package parley_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	parley "github.com/parley-rtc/parley/client/go"
)

func TestFramesOfARevisionThatIsMissingWait(t *testing.T) {
	play(t, func(t *testing.T, s *script) {
		conn, room := s.join()
		s.conn().push(frame{"type": "peer-joined", "room": "r", "rev": 9, "peer": "eve"})
		equal(t, "events", happens(events(room)), nil)
		s.set(func() { s.rev, s.others = 9, []frame{{"peer": "eve", "role": "host"}} })
		pause(300 * time.Millisecond)
		equal(t, "events", happens(events(room)), []string{
			"PeerLeft{Name:bob Reason:lost}",
			"PeerJoined{Peer:{Name:eve Role:host Data:[] Lost:false address: until:0} Before:false}",
		})
		conn.Close()
	})
}

func TestStrangersAreHeardWhenTheyAreKnown(t *testing.T) {
	play(t, func(t *testing.T, s *script) {
		conn, room := s.join()
		s.conn().signal("eve", run+1, "early")
		s.conn().signal("mallory", run+1, "gone")
		equal(t, "heard", said(events(room)), nil)
		s.conn().push(frame{"type": "peer-joined", "room": "r", "rev": 8, "peer": "eve"})
		equal(t, "heard", said(events(room)), []string{`"early"`})
		pause(3 * time.Second)
		s.conn().push(frame{"type": "peer-joined", "room": "r", "rev": 9, "peer": "mallory"})
		equal(t, "heard", said(events(room)), nil)
		conn.Close()
	})
}

func TestAbsenceThatIsOverIsAskedAbout(t *testing.T) {
	play(t, func(t *testing.T, s *script) {
		conn, room := s.join()
		until := time.Now().Add(20 * time.Second).UnixMilli()
		s.conn().push(frame{"type": "peer-lost", "room": "r", "rev": 8, "peer": "bob", "until": until})
		if got := events(room); len(got) != 1 || got[0].(parley.PeerLost).Until.UnixMilli() != until {
			t.Errorf("got %v", happens(got))
		}
		s.set(func() { s.rev, s.others = 9, nil })
		pause(21 * time.Second)
		equal(t, "events", happens(events(room)), []string{"PeerLeft{Name:bob Reason:lost}"})
		conn.Close()
	})
}

func TestWhoCannotBeAskedAboutHasLeft(t *testing.T) {
	play(t, func(t *testing.T, s *script) {
		conn, room := s.join()
		until := time.Now().Add(20 * time.Second).UnixMilli()
		s.conn().push(frame{"type": "peer-lost", "room": "r", "rev": 8, "peer": "bob", "until": until})
		s.on(func(c *peerConn, f frame) bool {
			c.refuse(f, "forbidden", false)
			return true
		})
		events(room)
		pause(21 * time.Second)
		equal(t, "events", happens(events(room)), []string{"PeerLeft{Name:bob Reason:lost}"})
		conn.Close()
	})
}

func TestServerInTroubleIsWaitedForWithASeat(t *testing.T) {
	play(t, func(t *testing.T, s *script) {
		conn, room := s.join()
		trouble := time.Now().Add(10 * time.Minute)
		s.on(func(c *peerConn, f frame) bool {
			failing := f["action"] == "join" && time.Now().Before(trouble)
			if failing {
				c.refuse(f, "internal", true)
			}
			return failing
		})
		s.conn().socket.CloseNow()
		pause(11 * time.Minute)
		equal(t, "events", happens(events(room)), []string{"StateChanged{State:away}", "StateChanged{State:joined}"})
		conn.Close()
	})
}

func TestServersAreRenewedBeforeTheirCredentialsEnd(t *testing.T) {
	play(t, func(t *testing.T, s *script) {
		ends := time.Now().Add(time.Hour)
		s.on(func(c *peerConn, f frame) bool {
			if f["action"] == "join" {
				user := fmt.Sprint(ends.Unix(), ":ada")
				turn := frame{"urls": []string{"turn:a"}, "username": user, "credential": "c"}
				c.push(frame{"type": "joined", "id": f["id"], "room": "r", "peer": "ada", "rev": 7, "ice": []frame{turn}})
			}
			return f["action"] == "join"
		})
		conn := s.dial(s.options())
		room, err := conn.Join(t.Context(), "r", nil)
		if err != nil {
			t.Fatal(err)
		}
		if servers := room.ICEServers(); len(servers) != 1 || servers[0].URLs[0] != "turn:a" {
			t.Errorf("got %v", servers)
		}
		if pause(57 * time.Minute); len(s.conn().all("ice")) != 0 {
			t.Error("asked too early")
		}
		pause(2 * time.Minute)
		equal(t, "events", happens(events(room)), []string{
			"ICEServersChanged{Servers:[{URLs:[stun:fresh] Username: Credential:}]}",
		})
		conn.Close()
	})
}

func TestNewestDataReachesEverybody(t *testing.T) {
	play(t, func(t *testing.T, s *script) {
		conn, room := s.join()
		refused := false
		s.on(func(c *peerConn, f frame) bool {
			if f["action"] == "update" && !refused {
				refused = true
				c.refuse(f, "internal", true)
				return true
			}
			if f["action"] == "update" && f["data"] == "too large" {
				c.refuse(f, "too-large", false)
				return true
			}
			return false
		})
		if err := room.Update(t.Context(), "a"); err != nil {
			t.Error(err)
		}
		if err := room.Update(t.Context(), "too large"); !errors.Is(err, parley.ErrTooLarge) {
			t.Errorf("got %v", err)
		}
		if got := s.conn().all("update"); len(got) != 3 || got[1]["data"] != "a" {
			t.Errorf("got %v", got)
		}
		// What may have been carried out without an answer is undone by saying again what was before.
		refused = false
		maybe := make(chan error, 1)
		go func() { maybe <- room.Update(t.Context(), "maybe") }()
		s.conn().all("update")
		if err := room.Update(t.Context(), "a"); err != nil || <-maybe != nil {
			t.Error(err)
		}
		if got := s.conn().all("update"); len(got) != 5 || got[4]["data"] != "a" {
			t.Errorf("got %v", got)
		}
		// What changes while there is no seat is said once there is one.
		s.set(func() { s.refuse = 500 })
		s.conn().socket.CloseNow()
		pause(time.Second)
		done := make(chan error, 1)
		go func() { done <- room.Update(t.Context(), "b") }()
		pause(time.Second)
		s.set(func() { s.refuse = 0 })
		if err := <-done; err != nil {
			t.Error(err)
		}
		if got := s.conn().all("join"); got[0]["data"] != "a" {
			t.Errorf("joined with %v", got)
		}
		if got := s.conn().all("update"); len(got) != 1 || got[0]["data"] != "b" {
			t.Errorf("got %v", got)
		}
		conn.Close()
	})
}

func TestUpdateUnderWayEndsWithTheRoom(t *testing.T) {
	play(t, func(t *testing.T, s *script) {
		conn, room := s.join()
		s.on(func(_ *peerConn, f frame) bool { return f["action"] == "update" })
		updates := make(chan error, 2)
		for i := range 2 {
			go func() { updates <- room.Update(context.Background(), i) }()
		}
		s.conn()
		began := time.Now()
		room.Leave(t.Context())
		for range 2 {
			if err := <-updates; !errors.Is(err, parley.ErrNotInRoom) || time.Since(began) > time.Second {
				t.Errorf("got %v after %v", err, time.Since(began))
			}
		}
		conn.Close()
	})
}

// Of one's own change the others are told, and whoever made it by the answer: nothing was missed.
func TestRevisionOfOnesOwnUpdateIsKnown(t *testing.T) {
	play(t, func(t *testing.T, s *script) {
		conn, room := s.join()
		s.on(func(c *peerConn, f frame) bool {
			if f["action"] == "update" {
				c.push(frame{"type": "ok", "id": f["id"], "rev": 8})
			}
			return f["action"] == "update"
		})
		if err := room.Update(t.Context(), "a"); err != nil {
			t.Fatal(err)
		}
		s.conn().push(frame{"type": "peer-left", "room": "r", "rev": 9, "peer": "bob", "reason": "left"})
		equal(t, "events", happens(events(room)), []string{"PeerLeft{Name:bob Reason:left}"})
		pause(time.Minute)
		if asked := s.conn().all("roster"); len(asked) > 0 {
			t.Errorf("asked %v", asked)
		}
		conn.Close()
	})
}

func TestJoinWaitsForANameThatAGhostHolds(t *testing.T) {
	play(t, func(t *testing.T, s *script) {
		tries := 0
		s.on(func(c *peerConn, f frame) bool {
			if f["action"] != "join" {
				return false
			}
			if tries++; tries < 3 {
				c.refuse(f, "name-taken", false)
			}
			return tries < 3
		})
		conn := s.dial(s.options())
		if _, err := conn.Join(t.Context(), "r", &parley.JoinOptions{Name: "ada"}); err != nil || tries != 3 {
			t.Errorf("got %v after %d tries", err, tries)
		}
		s.on(func(c *peerConn, f frame) bool {
			c.refuse(f, "name-taken", false)
			return true
		})
		began := time.Now()
		_, err := conn.Join(t.Context(), "another", &parley.JoinOptions{Name: "ada"})
		if took := time.Since(began); !errors.Is(err, parley.ErrNameTaken) || took > 10*time.Second {
			t.Errorf("got %v after %v", err, took)
		}
		conn.Close()
	})
}

func TestLeaveSaysGoodbye(t *testing.T) {
	play(t, func(t *testing.T, s *script) {
		conn, room := s.join()
		room.Leave(t.Context())
		if said := s.conn().all("leave"); len(said) != 1 {
			t.Errorf("said %v", said)
		}
		equal(t, "events", happens(events(room)), []string{"StateChanged{State:left}"})
		if _, err := room.Next(t.Context()); !errors.Is(err, parley.ErrNotInRoom) || room.Err() != nil {
			t.Errorf("got %v, %v", err, room.Err())
		}
		room.Leave(t.Context())
		conn.Close()
	})
}

func TestTransportIsInARoomOnce(t *testing.T) {
	play(t, func(t *testing.T, s *script) {
		conn, room := s.join()
		s.on(func(_ *peerConn, f frame) bool { return f["action"] == "knock" })
		ctx, cancel := context.WithCancel(t.Context())
		knocking := make(chan error, 1)
		go func() {
			_, err := conn.Knock(ctx, "another", nil)
			knocking <- err
		}()
		s.conn()
		_, joined := conn.Join(t.Context(), "r", &parley.JoinOptions{Name: "ada"})
		_, knocked := conn.Knock(t.Context(), "r", nil)
		_, twice := conn.Knock(t.Context(), "another", nil)
		for what, err := range map[string]error{"join": joined, "knock": knocked, "the second knock": twice} {
			if !errors.Is(err, parley.ErrBadRequest) {
				t.Errorf("%s: got %v", what, err)
			}
		}
		if said := s.conn().all("leave"); len(said) > 0 || room.State() != parley.Joined {
			t.Errorf("said %v, %s", said, room.State())
		}
		cancel()
		if err := <-knocking; !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
		room.Leave(t.Context())
		if _, err := conn.Join(t.Context(), "r", nil); err != nil {
			t.Error(err)
		}
		conn.Close()
	})
}
