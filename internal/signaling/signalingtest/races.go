package signalingtest

import (
	"context"
	"testing"

	"github.com/parley-rtc/parley/internal/signaling"
)

// Races runs the interleavings that a service with several functions on one store has to survive, each forced.
func Races(t *testing.T, newStore func(t *testing.T) signaling.Store) {
	for name, story := range map[string]func(*testing.T, *Stage){
		"$disconnect between the two writes of a join leaves no ghost":      disconnectInsideJoin,
		"$disconnect before the first write of a join leaves no ghost":      disconnectBeforeJoin,
		"two join for the last seat: one wins and only the winner is shown": lastSeat,
		"two join under one name: one wins":                                 sameName,
		"a leave does not remove the peer's newer connection":               leaveAgainstNewer,
		"a ghost's removal does not remove the peer's newer connection":     removalAgainstNewer,
		"two pushes find one ghost: one peer-left":                          oneGhostTwice,
		"a push and $disconnect find one ghost: one peer-left":              ghostAndDisconnect,
		"two names at once on one connection: one is seated":                twoNames,
		"two resume with one string: one is seated":                         twoResumes,
		"a resume before $disconnect of the old: nobody sees a loss":        resumeBeforeDisconnect,
		"$disconnect of the new inside a resume leaves the seat lost":       disconnectInsideResume,
		"a push and $disconnect notice one loss: one peer-lost":             oneLossTwice,
		"a prune does not remove who came back before it":                   pruneAgainstResume,
		"two updates that fit one by one: one is carried out":               twoUpdates,
		"an update is not taken back with one that did not fit":             updateBeforeUpdate,
		"who says no more than before is not too much":                      lessInAnOvergrownRoom,
		"an update inside a resume that then does not fit":                  updateInsideResume,
		"a seat of one's own that is freed inside a join is taken":          seatFreedInsideJoin,
		"two hosts admit one knock: one pass":                               twoAdmits,
		"an admit and a deny of one knock: one answer":                      admitAgainstDeny,
		"an admit inside $disconnect: one knock-left":                       admitInsideDisconnect,
		"$disconnect inside an admit: one knock-left":                       disconnectInsideAdmit,
		"$disconnect inside a knock leaves nobody who waits":                disconnectInsideKnock,
		"a knock against an unlock: nobody waits at an open door":           knockAgainstUnlock,
		"a knock against a lock waits":                                      knockAgainstLock,
		"a knock and a join of one connection: $disconnect ends both":       knockAgainstJoin,
		"two with passes join for the last seat: one wins":                  lastSeatByPass,
		"two who may not open a room do not open it between them":           twoGuests,
		"the opener leaves inside the join of who may not open a room":      openerLeaves,
		"the opener comes inside the refusal of who may not open a room":    openerComes,
		"two open one room under a lobby: one is host and the other knocks": twoOpeners,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			story(t, NewStage(t, newStore(t)))
		})
	}
}

func join(s *Stage, name string) signaling.Join {
	return signaling.Join{Room: s.Room, Peer: signaling.PeerName(name)}
}

func disconnectInsideJoin(t *testing.T, s *Stage) { disconnectDuringJoin(t, s, &s.Store.BeforeEnter) }

func disconnectBeforeJoin(t *testing.T, s *Stage) { disconnectDuringJoin(t, s, &s.Store.BeforeAddPeer) }

func disconnectDuringJoin(t *testing.T, s *Stage, moment *func()) {
	s.Join("bob")
	s.Connect("alice")
	*moment = func() {
		s.Cut(s.Conn("alice"))
		s.Disconnect("alice")
	}
	if err := s.Do("alice", join(s, "alice")); err == nil {
		t.Fatal("a join on a closed connection succeeded")
	}
	s.WantTold()
	s.WantRoom("bob")
}

func lastSeat(t *testing.T, s *Stage) {
	s.Service.Seats = 2
	s.Join("bob")
	s.Connect("alice", "carol")
	s.Store.BeforeAddPeer = func() { must(t, s.Do("carol", join(s, "carol"))) }
	if err := s.Do("alice", join(s, "alice")); err == nil {
		t.Fatal("both got the last seat")
	}
	s.WantTold("alice: error room-full", "bob: peer-joined carol rev 2", "carol: joined the-room as carol rev 2 with [bob]")
	s.WantRoom("bob", "carol")
}

func sameName(t *testing.T, s *Stage) {
	s.Connect("one", "two")
	s.Store.BeforeAddPeer = func() { must(t, s.Do("two", join(s, "alice"))) }
	if err := s.Do("one", join(s, "alice")); err == nil {
		t.Fatal("both got the name")
	}
	s.WantTold("one: error name-taken", "two: joined the-room as alice rev 1 with []")
	if room, _ := s.Store.Room(context.Background(), s.Room, s.Now, true); room.Peers[0].Conn != s.Conn("two") {
		t.Fatal("the name is not with who got it first")
	}
}

// newer lets the client come back under the same name on another connection, its first one being gone.
func newer(t *testing.T, s *Stage, name string) func() {
	return func() {
		s.Cut(s.Conn(name))
		s.Connect("newer")
		must(t, s.Do("newer", join(s, name)))
		s.Take()
	}
}

func leaveAgainstNewer(t *testing.T, s *Stage) {
	s.Join("alice", "bob")
	s.Store.BeforeRemovePeer = newer(t, s, "alice")
	must(t, s.Do("alice", signaling.Leave{Room: s.Room}))
	s.WantTold()
	s.WantRoom("alice", "bob")
}

func removalAgainstNewer(t *testing.T, s *Stage) {
	s.Join("alice", "bob")
	s.Store.BeforeRemovePeer = newer(t, s, "alice")
	s.Disconnect("alice")
	s.WantTold()
	s.WantRoom("alice", "bob")
}

func oneGhostTwice(_ *testing.T, s *Stage) {
	s.Join("alice", "bob", "carol")
	s.Cut(s.Conn("alice"))
	hello := signaling.Signal{Room: s.Room, To: "alice", Data: []byte("1")}
	s.Store.BeforeRemovePeer = func() { _ = s.Do("carol", hello) }
	_ = s.Do("bob", hello)
	s.WantTold("bob: peer-left alice lost rev 4", "bob: error no-such-peer", "carol: peer-left alice lost rev 4", "carol: error no-such-peer")
	s.WantRoom("bob", "carol")
}

func ghostAndDisconnect(_ *testing.T, s *Stage) {
	s.Join("alice", "bob")
	s.Cut(s.Conn("alice"))
	s.Store.BeforeRemovePeer = func() { s.Disconnect("alice") }
	_ = s.Do("bob", signaling.Signal{Room: s.Room, To: "alice", Data: []byte("1")})
	s.WantTold("bob: peer-left alice lost rev 3", "bob: error no-such-peer")
	s.WantRoom("bob")
}

func twoNames(t *testing.T, s *Stage) {
	s.Join("bob")
	s.Connect("alice")
	s.Store.BeforeAddPeer = func() { must(t, s.Do("alice", join(s, "b"))) }
	if err := s.Do("alice", join(s, "a")); err == nil {
		t.Fatal("the connection is in the room under two names")
	}
	s.WantTold("alice: joined the-room as b rev 2 with [bob]", "alice: error bad-request", "bob: peer-joined b rev 2")
	s.WantRoom("b", "bob")
}
