package signaling_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/parley-rtc/parley/internal/signaling"
	"github.com/parley-rtc/parley/internal/signaling/signalingtest"
)

// unanswered is a store that adds peers and says that it failed, and forgets rooms of connections likewise.
type unanswered struct{ signaling.Store }

var errUnanswered = errors.New("no answer")

func (s unanswered) AddPeer(ctx context.Context, id signaling.RoomID, p signaling.Peer, terms signaling.Terms, now time.Time) (signaling.Room, error) {
	if room, err := s.Store.AddPeer(ctx, id, p, terms, now); err != nil {
		return room, err
	}
	return signaling.Room{}, errUnanswered
}

func (s unanswered) Exit(ctx context.Context, conn signaling.ConnID, room signaling.RoomID) (signaling.PeerName, int, error) {
	if _, left, err := s.Store.Exit(ctx, conn, room); err != nil {
		return "", left, err
	}
	return "", 0, errUnanswered
}

func TestAJoinThatFailedLeavesNoSeatBehind(t *testing.T) {
	s := graceStage(t, "alice")
	s.Connect("bob")
	sound := s.Service.Store
	s.Service.Store = unanswered{sound}
	err := s.Do("bob", signaling.Join{Room: s.Room, Peer: "bob"})
	if wantCode(t, err, signaling.CodeInternal); !signaling.Describe(err).Retry {
		t.Error("it may be tried again")
	}
	s.WantTold("bob: error internal")
	s.WantRoom("alice")
	// A seat that it had before is not taken from it.
	s.Service.Store = sound
	ok(t, s.Do("bob", signaling.Join{Room: s.Room, Peer: "bob"}))
	s.Now = s.Now.Add(time.Second)
	s.Service.Store = unanswered{sound}
	ok(t, s.Do("bob", signaling.Join{Room: s.Room, Peer: "bob"}))
	s.WantRoom("alice", "bob")
}

func TestALeaveThatFailedHalfWayIsFinishedByTheNext(t *testing.T) {
	s := graceStage(t, "alice", "bob")
	sound := s.Service.Store
	s.Service.Store = unanswered{sound}
	wantCode(t, s.Do("bob", signaling.Leave{Room: s.Room}), signaling.CodeInternal)
	s.Service.Store = sound
	s.Told()
	ok(t, s.Do("bob", signaling.Leave{Request: signaling.Request{ID: "1"}, Room: s.Room}))
	s.WantTold("alice: peer-left bob left rev 3", "bob: ok 1")
	s.WantRoom("alice")
}

func TestWhoWasFalselyTakenForLostGetsNoSecondSeat(t *testing.T) {
	s := graceStage(t, "alice", "bob")
	_, err := s.Store.MarkLost(t.Context(), s.Room, "bob", s.Conn("bob"), s.Now.Add(time.Minute), s.Now)
	ok(t, err)
	wantCode(t, s.Do("bob", signaling.Join{Room: s.Room, Peer: "robert"}), signaling.CodeBadRequest)
	s.WantTold("bob: error bad-request")
	s.WantRoom("alice", "bob")
	ok(t, s.Do("bob", signaling.Broadcast{Room: s.Room, Data: []byte("1")})) // and is back
	if told := s.Told(); len(told) != 2 {
		t.Errorf("told %q, want that bob is back, and what he says", told)
	}
}

// undone is a store that says of the removal of a peer, and of the end of a knock, that it failed, though it was carried out.
type undone struct{ signaling.Store }

func (s undone) RemovePeer(ctx context.Context, id signaling.RoomID, name signaling.PeerName, conn signaling.ConnID, now time.Time) (signaling.Room, error) {
	if room, err := s.Store.RemovePeer(ctx, id, name, conn, now); err != nil {
		return room, err
	}
	return signaling.Room{}, errUnanswered
}

func (s undone) EndKnock(ctx context.Context, id signaling.RoomID, name signaling.PeerName, conn signaling.ConnID, now time.Time) (signaling.Room, error) {
	if room, err := s.Store.EndKnock(ctx, id, name, conn, now); err != nil {
		return room, err
	}
	return signaling.Room{}, errUnanswered
}

// TestAKickThatWasNotAnsweredIsTold: a repetition would find nobody, and who was kicked would go on.
func TestAKickThatWasNotAnsweredIsTold(t *testing.T) {
	s := hosted(t, "alice", "bob", "carol")
	s.Service.Store = undone{s.Service.Store}
	if _, aside := errors.AsType[*signalingtest.Aside](s.Do("alice", signaling.Kick{Request: request(), Room: s.Room, Peer: "bob"})); !aside {
		t.Error("the log is not told")
	}
	// Revision 4 was the removal's: whoever wrote after it may have told of it already.
	s.WantTold("alice: ok 7", "bob: kicked by alice ", "carol: peer-left bob kicked rev 5")
	if !s.Closed(s.Conn("bob")) {
		t.Error("the socket is open")
	}
}

func TestAnAdmissionThatWasNotAnsweredIsTold(t *testing.T) {
	for name, c := range map[string]struct {
		cmd  func(signaling.RoomID) signaling.Command
		told string
	}{
		"admit": {func(id signaling.RoomID) signaling.Command {
			return signaling.Admit{Request: request(), Room: id, Peer: "dave"}
		}, "admitted"},
		"deny": {func(id signaling.RoomID) signaling.Command {
			return signaling.Deny{Request: request(), Room: id, Peer: "dave"}
		}, "denied"},
	} {
		t.Run(name, func(t *testing.T) {
			s := hosted(t, "alice")
			s.MustDo("alice", signaling.SetLock{Room: s.Room, Locked: true})
			s.Connect("dave")
			s.MustDo("dave", signaling.Knock{Room: s.Room, Peer: "dave"})
			s.Told()
			s.Service.Store = undone{s.Service.Store}
			_ = s.Do("alice", c.cmd(s.Room))
			if told := s.Told(); len(told) != 2 || told[0] != "alice: ok 7" || !strings.HasPrefix(told[1], "dave: "+c.told) {
				t.Fatalf("told %q", told)
			}
		})
	}
}

// TestAJoinThatNobodyHeardOfIsTold: neither the join nor its undoing was answered, and the client tries again.
func TestAJoinThatNobodyHeardOfIsTold(t *testing.T) {
	s := graceStage(t, "alice")
	s.Connect("bob")
	sound := s.Service.Store
	faults := &signalingtest.Faults{Of: func(int) signalingtest.Fault { return signalingtest.After }}
	s.Service.Store = signalingtest.FaultyStore{Faults: faults, Store: sound}
	join := signaling.Join{Request: request(), Room: s.Room, Peer: "bob"}
	wantCode(t, s.Do("bob", join), signaling.CodeInternal)
	s.WantTold("bob: error internal")
	s.Service.Store = sound
	ok(t, s.Do("bob", join))
	s.WantTold("alice: peer-joined bob rev 3", "bob: joined the-room as bob rev 3 with [alice]")
	ok(t, s.Do("bob", join))
	s.WantTold("bob: joined the-room as bob rev 3 with [alice]")
}
