package signaling_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/parley-rtc/parley/internal/signaling"
	"github.com/parley-rtc/parley/internal/signaling/signalingtest"
)

func TestSignalByName(t *testing.T) {
	s := stage(t, "alice", "bob", "carol")
	ok(t, s.Do("alice", signaling.Signal{Request: signaling.Request{ID: "9"}, Room: s.Room, To: "bob", Data: []byte(`{"x": 1}`)}))
	s.WantTold("alice: ok 9", `bob: signal from alice {"x": 1}`)
	wantCode(t, s.Do("alice", signaling.Signal{Room: s.Room, To: "dave", Data: []byte("1")}), signaling.CodeNoSuchPeer)
	wantCode(t, s.Do("alice", signaling.Signal{Room: s.Room, To: "alice", Data: []byte("1")}), signaling.CodeBadRequest)
	wantCode(t, s.Do("alice", signaling.Signal{Room: "elsewhere", To: "bob", Data: []byte("1")}), signaling.CodeNotInRoom)
	wantCode(t, s.Do("stranger", signaling.Signal{Room: s.Room, To: "bob", Data: []byte("1")}), signaling.CodeNotInRoom)
	s.WantTold("alice: error no-such-peer", "alice: error bad-request", "alice: error not-in-room", "stranger: error not-in-room")
}

// sealed is an address as the service gives it out.
func sealed(s *signalingtest.Stage, from, to string, change func(*signaling.Address)) string {
	a := signaling.Address{
		Room: s.Room, FromConn: s.Conn(from), FromName: signaling.PeerName(from), ToConn: s.Conn(to),
		ToName: signaling.PeerName(to), ToDialect: "text", Expires: s.Now.Add(signaling.AddressTTL),
	}
	if change != nil {
		change(&a)
	}
	return a.Seal(s.Service.Sealer)
}

// noReads is a store that fails the test when it is asked anything.
type noReads struct {
	signaling.Store
	t *testing.T
}

func (n noReads) Room(context.Context, signaling.RoomID, time.Time, bool) (signaling.Room, error) {
	n.t.Error("the room was read")
	return signaling.Room{}, errors.New("no")
}

func TestSignalByAddressReadsNothing(t *testing.T) {
	s := stage(t, "alice", "bob")
	s.Store.Store = noReads{s.Store.Store, t}
	ok(t, s.Do("alice", signaling.Signal{Room: s.Room, To: "bob", Address: sealed(s, "alice", "bob", nil), Data: []byte("1")}))
	s.WantTold("bob: signal from alice 1")
}

func TestAddressesOfOthersAreForbidden(t *testing.T) {
	s := stage(t, "alice", "bob", "carol")
	own := sealed(s, "alice", "bob", nil)
	for name, address := range map[string]string{
		"another's":       sealed(s, "carol", "bob", nil),
		"another room's":  sealed(s, "alice", "bob", func(a *signaling.Address) { a.Room = "other" }),
		"another peer's":  sealed(s, "alice", "carol", nil),
		"expired":         sealed(s, "alice", "bob", func(a *signaling.Address) { a.Expires = s.Now.Add(-time.Second) }),
		"tampered with":   own[:20] + flip(own[20]) + own[21:],
		"changed at end":  own[:len(own)-1] + flip(own[len(own)-1]),
		"cut short":       own[:len(own)-4],
		"a few letters":   "abc",
		"not even base64": "*** what ***",
	} {
		t.Run(name, func(t *testing.T) {
			wantCode(t, s.Do("alice", signaling.Signal{Room: s.Room, To: "bob", Address: address, Data: []byte("1")}), signaling.CodeForbidden)
			s.WantTold("alice: error forbidden")
		})
	}
}

func flip(c byte) string {
	if c == 'A' {
		return "B"
	}
	return "A"
}

func TestSignalToAGoneAddressFollowsTheRoster(t *testing.T) {
	s := stage(t, "alice", "bob")
	old := sealed(s, "alice", "bob", nil)
	s.Cut(s.Conn("bob"))
	s.Connect("again")
	ok(t, s.Do("again", signaling.Join{Room: s.Room, Peer: "bob"}))
	s.Take()
	ok(t, s.Do("alice", signaling.Signal{Room: s.Room, To: "bob", Address: old, Data: []byte("1")}))
	s.WantTold("again: signal from alice 1")
	s.Cut(s.Conn("again"))
	wantCode(t, s.Do("alice", signaling.Signal{Room: s.Room, To: "bob", Address: old, Data: []byte("1")}), signaling.CodeNoSuchPeer)
	s.WantTold("alice: peer-left bob lost rev 5", "alice: error no-such-peer")
	s.WantRoom("alice")
}

// past is a store whose eventually consistent reads show a room as it was.
type past struct {
	signaling.Store
	room       signaling.Room
	consistent int
}

func (p *past) Room(ctx context.Context, id signaling.RoomID, now time.Time, consistent bool) (signaling.Room, error) {
	if !consistent {
		return p.room, nil
	}
	p.consistent++
	return p.Store.Room(ctx, id, now, true)
}

func TestABroadcastMissesNobodyWhomItsSenderKnowsOf(t *testing.T) {
	for name, c := range map[string]struct {
		rev        int64
		told       []string
		consistent int
	}{
		"of the room as the first reading shows it": {2, []string{"bob: broadcast from alice 1"}, 0},
		"of the room as it is":                      {3, []string{"bob: broadcast from alice 1", "carol: broadcast from alice 1"}, 1},
		"of a room that is not there yet":           {9, []string{"bob: broadcast from alice 1", "carol: broadcast from alice 1"}, 1},
		"without a word of it":                      {0, []string{"bob: broadcast from alice 1", "carol: broadcast from alice 1"}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			s := stage(t, "alice", "bob")
			room, err := s.Store.Room(t.Context(), s.Room, s.Now, true)
			ok(t, err)
			stale := &past{Store: s.Store.Store, room: room}
			s.Join("carol")
			s.Store.Store = stale
			ok(t, s.Do("alice", signaling.Broadcast{Room: s.Room, Data: []byte("1"), Rev: c.rev}))
			s.WantTold(c.told...)
			if stale.consistent != c.consistent {
				t.Errorf("%d consistent reads, want %d", stale.consistent, c.consistent)
			}
		})
	}
}

func TestAnActionTellsWhoJoinedAMomentAgo(t *testing.T) {
	s, act := acting(t, signaling.Action{Do: func(ctx context.Context, c *signaling.Call) error {
		return c.TellOthers(ctx, "note", nil)
	}}, "alice")
	room, err := s.Store.Room(t.Context(), s.Room, s.Now, true)
	ok(t, err)
	stale := &past{Store: s.Store.Store, room: room}
	s.Join("bob")
	s.Store.Store = stale
	ok(t, s.Do("alice", act))
	s.WantTold("alice: ok 7", "bob: note from alice ")
}

// TestARelayWhoseAcknowledgementFailsIsCarriedOut: who is told to try again does.
func TestARelayWhoseAcknowledgementFailsIsCarriedOut(t *testing.T) {
	for _, address := range []string{"by address", "by name"} {
		t.Run(address, func(t *testing.T) {
			s := stage(t, "alice", "bob")
			signal := signaling.Signal{Request: signaling.Request{ID: "1"}, Room: s.Room, To: "bob", Data: []byte("1")}
			if address == "by address" {
				signal.Address = sealed(s, "alice", "bob", nil)
			}
			pusher := &signalingtest.FaultyPusher{Faults: &signalingtest.Faults{}, Pusher: s.Recorder}
			pusher.Of = func(step int) signalingtest.Fault {
				if step == 2 { // after bob's
					return signalingtest.Before
				}
				return signalingtest.Sound
			}
			s.Service.Pusher = pusher
			err := s.Do("alice", signal)
			if _, aside := errors.AsType[*signalingtest.Aside](err); !aside {
				t.Errorf("got %v, want an error for the log", err)
			}
			s.WantTold("bob: signal from alice 1")
			if asked := pusher.Asked(); len(asked) != 2 || string(asked[1].Frame) != "ok 1" {
				t.Errorf("was asked to push %q", asked)
			}
		})
	}
}
