package parley_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	parley "github.com/parley-rtc/parley/client/go"
)

func TestDialSaysWhyItFails(t *testing.T) {
	for name, tt := range map[string]struct {
		url    string
		change func(s *script, opt *parley.Options)
		want   error
	}{
		"no WebSocket":      {url: "https://service.test", want: parley.ErrBadURL},
		"no URL":            {url: "::", want: parley.ErrBadURL},
		"refused":           {change: func(s *script, _ *parley.Options) { s.refuse = 401 }, want: parley.ErrSocketClosed},
		"no answer in time": {change: func(s *script, _ *parley.Options) { s.mute = true }, want: parley.ErrTimeout},
		"no token": {change: func(_ *script, opt *parley.Options) {
			opt.Token = func(context.Context) (string, error) { return "", errSignedOut }
		}, want: errSignedOut},
	} {
		t.Run(name, func(t *testing.T) {
			play(t, func(t *testing.T, s *script) {
				opt := s.options()
				if tt.change != nil {
					tt.change(s, &opt)
				}
				url := tt.url
				if url == "" {
					url = "ws://service.test/prod"
				}
				began := time.Now()
				if _, err := parley.Dial(t.Context(), url, &opt); !errors.Is(err, tt.want) {
					t.Errorf("got %v, want %v", err, tt.want)
				}
				if took := time.Since(began); took > 10*time.Second {
					t.Errorf("took %v", took)
				}
			})
		})
	}
}

var errSignedOut = errors.New("signed out")

func TestDialEndsWithItsContext(t *testing.T) {
	play(t, func(t *testing.T, s *script) {
		s.mute = true
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		opt := s.options()
		if _, err := parley.Dial(ctx, "ws://service.test/prod", &opt); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
	})
}

func TestTokenIsAskedForEachConnection(t *testing.T) {
	play(t, func(t *testing.T, s *script) {
		opt, asked := s.options(), 0
		opt.Token = func(context.Context) (string, error) {
			asked++
			return "t" + string(rune('0'+asked)), nil
		}
		conn := s.dial(opt)
		s.conn().socket.CloseNow()
		pause(time.Second)
		var offered []string
		for _, c := range s.conns {
			offered = append(offered, c.protocols...)
		}
		equal(t, "offered", offered, []string{"parley.v1,parley.token.t1", "parley.v1,parley.token.t2"})
		conn.Close()
	})
}

func TestLostSeatIsTakenBack(t *testing.T) {
	play(t, func(t *testing.T, s *script) {
		conn, room := s.join()
		s.set(func() { s.refuse = 500 })
		s.conn().socket.CloseNow()
		pause(time.Minute)
		equal(t, "while it is lost", happens(events(room)), []string{"StateChanged{State:away}"})
		s.set(func() {
			s.refuse = 0
			s.rev, s.others = 9, []frame{{"peer": "eve"}}
		})
		pause(30 * time.Second)
		want := frame{"action": "join", "room": "r", "peer": "ada", "resume": "resume-1"}
		if got := s.conn().all("join"); len(got) != 1 || got[0]["resume"] != want["resume"] || got[0]["peer"] != "ada" {
			t.Errorf("got %v", got)
		}
		equal(t, "when it is back", happens(events(room)), []string{
			"StateChanged{State:joined}", "PeerLeft{Name:bob Reason:lost}",
			"PeerJoined{Peer:{Name:eve Role: Data:[] Lost:false address: until:0} Before:false}",
		})
		if room.Resume() != "resume-2" {
			t.Errorf("got %s", room.Resume())
		}
		conn.Close()
		if err := room.Err(); !errors.Is(err, parley.ErrClosed) {
			t.Errorf("got %v", err)
		}
	})
}

func TestSilentSocketIsFoundByWhatIsSent(t *testing.T) {
	play(t, func(t *testing.T, s *script) {
		conn, room := s.join()
		first := s.conn()
		s.on(func(c *peerConn, _ frame) bool { return c == first })
		sent := room.Post("bob", 1)
		pause(11 * time.Second) // half of the time-out, and five seconds for the ping
		if len(first.all("ping")) != 1 || s.connections() != 2 {
			t.Fatalf("%d pings, %d connections", len(first.all("ping")), s.connections())
		}
		if err := sent.Wait(t.Context()); err != nil {
			t.Error(err)
		}
		again := s.conn().all("signal") // and then asks what has come
		if len(again) != 2 || again[0]["n"] != first.all("signal")[0]["n"] {
			t.Errorf("sent %v", again)
		}
		conn.Close()
	})
}

func TestQuietSocketIsKeptAlive(t *testing.T) {
	play(t, func(t *testing.T, s *script) {
		conn, room := s.join()
		pause(50 * time.Minute)
		if pings := len(s.conn().all("ping")); pings != 5 || s.connections() != 1 {
			t.Errorf("%d pings, %d connections", pings, s.connections())
		}
		equal(t, "events", happens(events(room)), nil)
		conn.Close()
	})
}

// replacing tells the former connection of a seat that a newer one has it, as the service does: before
// that has its answer, or after it.
func replacing(s *script, after bool) {
	s.on(func(c *peerConn, f frame) bool {
		if f["action"] != "join" || len(s.conns) < 2 {
			return false
		}
		former := s.conns[len(s.conns)-2]
		tell := func() { former.push(frame{"type": "kicked", "room": "r", "by": "ada", "reason": "replaced"}) }
		if after {
			time.AfterFunc(time.Second, tell)
		} else {
			tell()
		}
		return false
	})
}

func TestSocketIsReplacedBeforeItsTwoHoursUnseen(t *testing.T) {
	play(t, func(t *testing.T, s *script) {
		conn, room := s.join()
		replacing(s, false)
		pause(116 * time.Minute)
		if s.connections() != 2 {
			t.Fatalf("%d connections", s.connections())
		}
		if got := s.conn().all("join"); len(got) != 1 || got[0]["resume"] != "resume-1" {
			t.Errorf("got %v", got)
		}
		if err := room.Signal(t.Context(), "bob", 1); err != nil || len(s.conn().all("signal")) != 1 {
			t.Errorf("not sent by the new socket: %v", err)
		}
		equal(t, "events", happens(events(room)), nil)
		select {
		case <-s.conns[0].closed:
		default:
			t.Error("the former socket is kept")
		}
		// The one after it, by hand, and with what the network tells twice within seconds.
		replacing(s, true)
		if err := conn.Renew(t.Context()); err != nil || s.connections() != 3 {
			t.Errorf("%d connections, %v", s.connections(), err)
		}
		pause(11 * time.Second)
		conn.NetworkChanged()
		pause(time.Second)
		conn.NetworkChanged()
		if pause(time.Second); s.connections() != 4 {
			t.Errorf("%d connections", s.connections())
		}
		equal(t, "events", happens(events(room)), nil)
		conn.Close()
	})
}

func TestSocketStaysWhereAnotherCannotBeHad(t *testing.T) {
	play(t, func(t *testing.T, s *script) {
		conn, room := s.join()
		s.set(func() { s.refuse = 503 })
		if err := conn.Renew(t.Context()); !errors.Is(err, parley.ErrSocketClosed) {
			t.Errorf("got %v", err)
		}
		s.set(func() { s.refuse = 0 })
		s.on(func(c *peerConn, f frame) bool {
			if f["action"] == "join" {
				c.refuse(f, "resume-expired", false)
			}
			return f["action"] == "join"
		})
		if err := conn.Renew(t.Context()); !errors.Is(err, parley.ErrResumeExpired) {
			t.Errorf("got %v", err)
		}
		if err := room.Signal(t.Context(), "bob", 1); err != nil || len(s.conns[0].all("signal")) != 1 {
			t.Errorf("not sent by the first socket: %v", err)
		}
		equal(t, "events", happens(events(room)), nil)
		conn.Close()
	})
}

func TestAnotherConnectionOfOursHasTheSeat(t *testing.T) {
	play(t, func(t *testing.T, s *script) {
		conn, room := s.join()
		s.conn().push(frame{"type": "kicked", "room": "r", "by": "ada", "reason": "replaced"})
		equal(t, "events", happens(events(room)), []string{"StateChanged{State:left}"})
		if err := room.Err(); !errors.Is(err, parley.ErrReplaced) {
			t.Errorf("got %v", err)
		}
		if err := room.Signal(t.Context(), "bob", 1); !errors.Is(err, parley.ErrNotInRoom) {
			t.Errorf("got %v", err)
		}
		if pause(time.Minute); s.connections() != 1 {
			t.Error("it came back")
		}
		conn.Close()
	})
}

func TestFramesThatAreNone(t *testing.T) {
	play(t, func(t *testing.T, s *script) {
		conn, room := s.join()
		for _, text := range []string{"", "1", "[]", `{"type":1}`, `{"type":"signal"}`} {
			_ = s.conn().socket.Write(t.Context(), 1, []byte(text))
		}
		s.conn().push(frame{"type": "error", "id": "zz", "code": "mail-full"}) // to what nobody waits for any more
		s.conn().push(frame{"message": "Internal server error", "connectionId": "x"})
		s.conn().push(frame{"type": "weather", "sunny": true}) // about no room
		s.conn().push(frame{"type": "stroke", "room": "r", "from": "bob", "n": "twelve"})
		got := events(room)
		if len(got) != 7 {
			t.Fatalf("got %v", happens(got))
		}
		for i, event := range got[:6] {
			want := parley.ErrBadFrame
			if i == 5 {
				want = parley.ErrInternal
			}
			if trouble, ok := event.(parley.Trouble); !ok || !errors.Is(trouble.Err, want) {
				t.Errorf("got %v, want %v", event, want)
			}
		}
		c, ok := got[6].(parley.Custom)
		if !ok || c.Type != "stroke" || c.From != "bob" || object(t, c.Frame)["n"] != "twelve" {
			t.Errorf("got %v", got[6])
		}
		conn.Close()
	})
}

func TestWhatIsAskedOfAClosedTransport(t *testing.T) {
	play(t, func(t *testing.T, s *script) {
		conn := s.dial(s.options())
		s.on(func(*peerConn, frame) bool { return true }) // no answer
		waits := make(chan error, 2)
		go func() {
			_, err := conn.Join(t.Context(), "r", nil)
			waits <- err
		}()
		synctest.Wait()
		conn.Close()
		_, joined := conn.Join(t.Context(), "r", nil)
		for what, err := range map[string]error{
			"a Join that waited": <-waits, "Join": joined, "Renew": conn.Renew(t.Context()),
		} {
			if e, ok := errors.AsType[*parley.Error](err); !ok || e.Reason != parley.ErrClosed || e.Retry {
				t.Errorf("%s: got %v", what, err)
			}
		}
	})
}

func TestSocketThatWasLetGoSaysNothingMore(t *testing.T) {
	play(t, func(t *testing.T, s *script) {
		conn, room := s.join()
		first, stalled := s.conn(), make(chan struct{})
		s.on(func(c *peerConn, _ frame) bool {
			if c == first { // it reads no goodbye either
				<-stalled
			}
			return false
		})
		room.Post("bob", 1)
		for _, state := range []parley.State{parley.Away, parley.Joined} {
			for room.State() != state {
				pause(time.Millisecond)
			}
		}
		first.push(frame{"type": "kicked", "room": "r", "by": "ada", "reason": "replaced"}) // by the second
		close(stalled)
		if pause(5 * time.Second); room.State() != parley.Joined {
			t.Errorf("%s, %v", room.State(), room.Err())
		}
		conn.Close()
	})
}

func TestWhoIsKeptOutIsToldOnce(t *testing.T) {
	play(t, func(t *testing.T, s *script) {
		opt, signedOut := s.options(), false
		opt.Token = func(context.Context) (string, error) {
			s.mu.Lock()
			defer s.mu.Unlock()
			if signedOut {
				return "", errSignedOut
			}
			return "t", nil
		}
		conn := s.dial(opt)
		room, err := conn.Join(t.Context(), "r", &parley.JoinOptions{Name: "ada"})
		if err != nil {
			t.Fatal(err)
		}
		events(room)
		lose := func(change func()) []string {
			s.set(change)
			s.conn().socket.CloseNow()
			pause(10 * time.Minute)
			return happens(events(room))
		}
		back := func() {
			s.set(func() { s.refuse, signedOut = 0, false })
			pause(time.Minute)
			equal(t, "back", happens(events(room)), []string{"StateChanged{State:joined}"})
		}
		away, refused := "StateChanged{State:away}", "Trouble{Err:socket-closed: cannot connect: the server answered 401}"
		for range 2 {
			equal(t, "refused", lose(func() { s.refuse = 401 }), []string{away, refused})
			back()
		}
		none := "Trouble{Err:no-token: no token to connect with: signed out}"
		equal(t, "signed out", lose(func() { signedOut = true }), []string{away, none})
		back()
		for _, passing := range []int{429, 503} {
			equal(t, "for a while", lose(func() { s.refuse = passing }), []string{away})
			back()
		}
		conn.Close()
	})
}
