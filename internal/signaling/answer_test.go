package signaling_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/parley-rtc/parley/internal/signaling"
	"github.com/parley-rtc/parley/internal/signaling/signalingtest"
)

// scene is a request with what came before it.
type scene struct {
	name   string
	sender string
	set    func(s *signalingtest.Stage) signaling.Command
}

func request() signaling.Request { return signaling.Request{Action: "act", ID: "7"} }

func (c scene) stage(t *testing.T) *signalingtest.Stage {
	s := signalingtest.NewStage(t, signalingtest.NewMemory())
	s.Service.FirstHosts, s.Service.Grace = true, 30*time.Second
	s.Service.ICE = signaling.ICE{TURN: []string{"turn:turn.example.org"}, Secret: "north", TTL: time.Hour}
	s.Service.Items = signalingtest.NewMemory()
	s.Service.Actions = signaling.Actions{"act": {Do: func(ctx context.Context, c *signaling.Call) error {
		c.Note(c.TellOthers(ctx, "note", nil))
		return c.Tell(ctx, "bob", "note", nil)
	}}}
	return s
}

// scenes are all commands, on their short ways and their long ones.
func scenes() []scene {
	among := func(joined ...string) func(*signalingtest.Stage) {
		return func(s *signalingtest.Stage) { s.Join(joined...) }
	}
	plain := func(command string, set func(*signalingtest.Stage), cmd func(*signalingtest.Stage) signaling.Command) scene {
		return scene{command, "alice", func(s *signalingtest.Stage) signaling.Command {
			set(s)
			return cmd(s)
		}}
	}
	by := func(sender string, c scene) scene {
		c.sender = sender
		return c
	}
	join := func(name string) func(*signalingtest.Stage) signaling.Command {
		return func(s *signalingtest.Stage) signaling.Command {
			return signaling.Join{Request: request(), Room: s.Room, Peer: signaling.PeerName(name)}
		}
	}
	resume := func(s *signalingtest.Stage) signaling.Command {
		c := s.Resumes("bob")
		c.Request = request()
		return c
	}
	signal := func(s *signalingtest.Stage) signaling.Command {
		return signaling.Signal{Request: request(), Room: s.Room, To: "bob", Data: []byte("1")}
	}
	lost := func(s *signalingtest.Stage) {
		s.Join("alice", "bob", "carol")
		s.Disconnect("bob")
	}
	mailed := func(s *signalingtest.Stage) {
		lost(s)
		s.MustDo("carol", signaling.Signal{Room: s.Room, To: "bob", Data: []byte("1")})
		s.MustDo("carol", signaling.Signal{Room: s.Room, To: "bob", Data: []byte("2")})
		s.Told()
		s.Connect("again")
	}
	locked := func(s *signalingtest.Stage) {
		s.Join("alice", "bob")
		s.MustDo("alice", signaling.SetLock{Room: s.Room, Locked: true})
		s.Connect("dave", "erin")
	}
	knocked := func(s *signalingtest.Stage) {
		locked(s)
		s.MustDo("dave", signaling.Knock{Room: s.Room, Peer: "dave"})
		s.Told()
	}
	half := []byte(`"` + strings.Repeat("x", signaling.MaxRoster*6/10) + `"`)
	grown := func(moment func(*signalingtest.Stage) *func()) func(*signalingtest.Stage) {
		return func(s *signalingtest.Stage) {
			s.Service.Limits.PeerData = 0
			s.Join("alice", "bob", "carol")
			s.Connect("again")
			*moment(s) = func() {
				if _, err := s.Store.Store.SetData(context.Background(), s.Room, "carol", s.Conn("carol"), half, nil, s.Now); err != nil {
					panic(err) //nolint:forbidigo // the test is wrong
				}
			}
		}
	}
	return []scene{
		plain("update that fits no longer", grown(func(s *signalingtest.Stage) *func() { return &s.Store.BeforeSetData }),
			func(s *signalingtest.Stage) signaling.Command {
				return signaling.Update{Request: request(), Room: s.Room, Data: half}
			}),
		by("again", plain("resume that fits no longer", grown(func(s *signalingtest.Stage) *func() { return &s.Store.BeforeResume }),
			func(s *signalingtest.Stage) signaling.Command {
				c := s.Resumes("bob")
				c.Request, c.Data = request(), half
				return c
			})),
		by("dave", plain("join", func(s *signalingtest.Stage) { s.Join("alice", "bob"); s.Connect("dave") }, join("dave"))),
		by("dave", plain("join as a dead peer", func(s *signalingtest.Stage) {
			s.Service.Grace = 0
			s.Join("alice", "bob")
			s.Connect("dave")
			s.Cut(s.Conn("bob"))
		}, join("bob"))),
		by("dave", plain("join where a seat has expired", func(s *signalingtest.Stage) {
			lost(s)
			s.Now = s.Now.Add(time.Minute)
			s.Connect("dave")
		}, join("bob"))),
		by("dave", plain("join a full room of the dead", func(s *signalingtest.Stage) {
			s.Service.Seats, s.Service.Grace = 2, 0
			s.Join("alice", "bob")
			s.Connect("dave")
			s.Cut(s.Conn("alice"))
			s.Cut(s.Conn("bob"))
		}, join("dave"))),
		plain("join again", among("alice", "bob"), join("alice")),
		by("dave", plain("join a locked room", locked, join("dave"))),
		by("dave", plain("join with a pass", func(s *signalingtest.Stage) {
			knocked(s)
			s.MustDo("alice", signaling.Admit{Room: s.Room, Peer: "dave"})
			s.Told()
		}, func(s *signalingtest.Stage) signaling.Command {
			c := s.Passes("dave")
			c.Request = request()
			return c
		})),
		by("again", plain("resume", func(s *signalingtest.Stage) { lost(s); s.Connect("again") }, resume)),
		by("again", plain("resume with mail", mailed, resume)),
		by("again", plain("resume from a live socket", func(s *signalingtest.Stage) { s.Join("alice", "bob"); s.Connect("again") }, resume)),
		by("again", plain("resume too late", func(s *signalingtest.Stage) {
			mailed(s)
			s.Now = s.Now.Add(time.Minute)
		}, resume)),
		by("bob", plain("act though taken for lost", lost, func(s *signalingtest.Stage) signaling.Command {
			return signaling.Update{Request: request(), Room: s.Room, Data: []byte("1")}
		})),
		plain("signal by name", among("alice", "bob"), signal),
		plain("signal by address", among("alice", "bob"), func(s *signalingtest.Stage) signaling.Command {
			c := signal(s).(signaling.Signal)
			c.Address = sealed(s, "alice", "bob", nil)
			return c
		}),
		plain("signal to a dead socket", func(s *signalingtest.Stage) { s.Join("alice", "bob"); s.Cut(s.Conn("bob")) }, signal),
		plain("signal to a lost peer", lost, signal),
		plain("signal to nobody", among("alice"), signal),
		plain("broadcast", among("alice", "bob", "carol"), func(s *signalingtest.Stage) signaling.Command {
			return signaling.Broadcast{Request: request(), Room: s.Room, Data: []byte("1"), Rev: 3}
		}),
		plain("update", among("alice", "bob"), func(s *signalingtest.Stage) signaling.Command {
			return signaling.Update{Request: request(), Room: s.Room, Data: []byte("1")}
		}),
		plain("roster", among("alice", "bob"), func(s *signalingtest.Stage) signaling.Command {
			return signaling.ListRoster{Request: request(), Room: s.Room}
		}),
		plain("report", func(s *signalingtest.Stage) { s.Join("alice", "bob"); s.Cut(s.Conn("bob")) }, func(s *signalingtest.Stage) signaling.Command {
			return signaling.Report{Request: request(), Room: s.Room, Peer: "bob"}
		}),
		plain("leave", among("alice", "bob"), func(s *signalingtest.Stage) signaling.Command {
			return signaling.Leave{Request: request(), Room: s.Room}
		}),
		plain("kick", among("alice", "bob", "carol"), func(s *signalingtest.Stage) signaling.Command {
			return signaling.Kick{Request: request(), Room: s.Room, Peer: "bob"}
		}),
		plain("lock", among("alice", "bob"), func(s *signalingtest.Stage) signaling.Command {
			return signaling.SetLock{Request: request(), Room: s.Room, Locked: true}
		}),
		by("dave", plain("knock", locked, func(s *signalingtest.Stage) signaling.Command {
			return signaling.Knock{Request: request(), Room: s.Room, Peer: "dave"}
		})),
		by("erin", plain("knock as a dead guest", func(s *signalingtest.Stage) { knocked(s); s.Cut(s.Conn("dave")) }, func(s *signalingtest.Stage) signaling.Command {
			return signaling.Knock{Request: request(), Room: s.Room, Peer: "dave"}
		})),
		by("dave", plain("leave the door", knocked, func(s *signalingtest.Stage) signaling.Command {
			return signaling.Leave{Request: request(), Room: s.Room}
		})),
		plain("admit", knocked, func(s *signalingtest.Stage) signaling.Command {
			return signaling.Admit{Request: request(), Room: s.Room, Peer: "dave"}
		}),
		plain("admit a dead guest", func(s *signalingtest.Stage) { knocked(s); s.Cut(s.Conn("dave")) }, func(s *signalingtest.Stage) signaling.Command {
			return signaling.Admit{Request: request(), Room: s.Room, Peer: "dave"}
		}),
		plain("deny", knocked, func(s *signalingtest.Stage) signaling.Command {
			return signaling.Deny{Request: request(), Room: s.Room, Peer: "dave"}
		}),
		plain("ice", among("alice"), func(*signalingtest.Stage) signaling.Command { return signaling.GetICE{Request: request()} }),
		plain("ping", among("alice"), func(*signalingtest.Stage) signaling.Command { return signaling.Ping{Request: request()} }),
		plain("a project's own action", among("alice", "bob", "carol"), func(s *signalingtest.Stage) signaling.Command {
			return signaling.Custom{Request: request(), Room: s.Room}
		}),
	}
}

// isAnswer reports whether a frame answers a request, and is no event.
func isAnswer(frame string) bool {
	for _, kind := range []string{"joined ", "roster ", "ice ", "ok 7", "queued 7", "pong", "error "} {
		if strings.HasPrefix(frame, kind) {
			return true
		}
	}
	return false
}

// TestEveryRequestIsAnsweredOnce lets each step of each request fail: alone, or with all that come after it; before it has had
// its effect, or after.
func TestEveryRequestIsAnsweredOnce(t *testing.T) {
	for _, c := range scenes() {
		t.Run(c.name, func(t *testing.T) {
			steps := play(t, c, nil)
			for i := range steps {
				for _, fault := range []signalingtest.Fault{signalingtest.Before, signalingtest.After} {
					for _, last := range []int{i + 1, i + 2, len(steps) + 100} {
						broken := func(step int) signalingtest.Fault {
							if step > i && step <= last {
								return fault
							}
							return signalingtest.Sound
						}
						play(t, c, broken)
						if t.Failed() {
							t.Fatalf("where steps %d to %d of %v fail (%d)", i+1, last, steps, fault)
						}
					}
				}
			}
		})
	}
}

// play carries out the request with faults, and returns the steps that it took.
func play(t *testing.T, c scene, of func(int) signalingtest.Fault) (steps []string) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s := c.stage(t)
		cmd := c.set(s)
		faults := &signalingtest.Faults{Of: of}
		pusher := &signalingtest.FaultyPusher{Faults: faults, Pusher: s.Recorder}
		s.Service.Store = signalingtest.FaultyStore{Faults: faults, Store: s.Service.Store}
		s.Service.Pusher = pusher
		refused, _ := s.Service.Do(t.Context(), s.From(c.sender), cmd)
		var answers []string
		for _, p := range pusher.Asked() {
			if p.To == s.Conn(c.sender) && isAnswer(string(p.Frame)) {
				answers = append(answers, string(p.Frame))
			}
		}
		if len(answers) != 1 || strings.HasPrefix(answers[0], "error ") != (refused != nil) {
			t.Errorf("answered %q, refused %v", answers, refused)
		}
		steps = faults.Steps()
	})
	return steps
}

// TestAJoinIsAnsweredThoughTheOthersCannotBeTold is of a name whose socket is gone.
func TestAJoinIsAnsweredThoughTheOthersCannotBeTold(t *testing.T) {
	for _, grace := range []time.Duration{0, 30 * time.Second} {
		t.Run(fmt.Sprint(grace), func(t *testing.T) {
			s := stage(t)
			s.Service.Grace = grace
			s.Join("alice", "bob")
			s.Cut(s.Conn("bob"))
			s.Fail(s.Conn("alice"))
			s.Connect("again")
			err := s.Do("again", signaling.Join{Room: s.Room, Peer: "bob"})
			if told := s.Told(); len(told) != 1 || !strings.HasPrefix(told[0], "again: ") {
				t.Fatalf("told %q, %v", told, err)
			}
		})
	}
}
