package signaling_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/parley-rtc/parley/internal/signaling"
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
