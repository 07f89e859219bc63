package signalingtest

import (
	"fmt"
	"testing"
	"time"

	"github.com/parley-rtc/parley/internal/signaling"
)

// lobbied is a lobby with alice and anna as hosts and bob who waits, unless he is not asked for.
func lobbied(t *testing.T, s *Stage, waiting ...string) {
	t.Helper()
	guarded(s, signaling.RoleHost, "alice", "anna")
	guarded(s, signaling.RoleGuest, "bob", "carol")
	s.Service.Lobby = true
	s.Join("alice", "anna")
	s.Connect("bob", "carol")
	for _, name := range waiting {
		must(t, s.Do(name, signaling.Knock{Room: s.Room}))
	}
	s.Told()
}

func guarded(s *Stage, role signaling.Role, clients ...string) {
	s.Service.NeedRights = true
	if s.Rights == nil {
		s.Rights = map[string]*signaling.Rights{}
	}
	for _, c := range clients {
		s.Rights[c] = &signaling.Rights{User: c, Peer: c, Rooms: []string{"*"}, Role: role, Expires: epoch.Add(time.Hour)}
	}
}

// WantWaiting fails the test unless exactly these wait for the stored room.
func (s *Stage) WantWaiting(want ...string) {
	s.t.Helper()
	room, err := s.Store.Room(s.t.Context(), s.Room, s.Now, true)
	if want == nil {
		want = []string{}
	}
	checkDoor(s.t, room, err, room.Rev, names(room), fmt.Sprint(want))
}

func twoAdmits(t *testing.T, s *Stage) {
	lobbied(t, s, "bob")
	admit := signaling.Admit{Room: s.Room, Peer: "bob"}
	s.Store.BeforeEndKnock = func() { must(t, s.Do("anna", admit)) }
	if err := s.Do("alice", admit); err == nil {
		t.Fatal("both let bob in")
	}
	s.WantTold("alice: admitted bob by anna", "alice: error no-such-peer", "bob: admitted as bob")
	must(t, s.Do("bob", s.Passes("bob")))
}

func admitAgainstDeny(t *testing.T, s *Stage) {
	lobbied(t, s, "bob")
	s.Store.BeforeEndKnock = func() { must(t, s.Do("anna", signaling.Deny{Room: s.Room, Peer: "bob"})) }
	if err := s.Do("alice", signaling.Admit{Room: s.Room, Peer: "bob"}); err == nil {
		t.Fatal("bob is let in and sent away")
	}
	s.WantTold("alice: denied bob by anna", "alice: error no-such-peer", "bob: denied by anna ")
}

func admitInsideDisconnect(t *testing.T, s *Stage) {
	lobbied(t, s, "bob")
	s.Cut(s.Conn("bob"))
	s.Store.BeforeEndKnock = func() {
		if err := s.Do("alice", signaling.Admit{Room: s.Room, Peer: "bob"}); err == nil {
			t.Error("who is gone was let in")
		}
	}
	s.Disconnect("bob")
	s.WantTold("alice: error no-such-peer", "anna: knock-left bob")
	s.WantWaiting()
}

func disconnectInsideAdmit(t *testing.T, s *Stage) {
	lobbied(t, s, "bob")
	s.Store.BeforeEndKnock = func() {
		s.Cut(s.Conn("bob"))
		s.Disconnect("bob")
	}
	if err := s.Do("alice", signaling.Admit{Room: s.Room, Peer: "bob"}); err == nil {
		t.Error("who is gone was let in")
	}
	s.WantTold("alice: knock-left bob", "alice: error no-such-peer", "anna: knock-left bob")
	s.WantWaiting()
}

func disconnectInsideKnock(t *testing.T, s *Stage) {
	lobbied(t, s)
	for _, moment := range []*func(){&s.Store.BeforeEnter, &s.Store.BeforeAddKnock} {
		s.Connect("bob")
		*moment = func() { s.Disconnect("bob") }
		if err := s.Do("bob", signaling.Knock{Room: s.Room}); err == nil {
			t.Fatal("a knock on a closed connection succeeded")
		}
		s.WantTold("bob: error internal")
		s.WantWaiting()
	}
}

func knockAgainstUnlock(t *testing.T, s *Stage) {
	lobbied(t, s)
	s.Service.Lobby = false
	must(t, s.Do("alice", signaling.SetLock{Room: s.Room, Locked: true}))
	s.Told()
	s.Store.BeforeAddKnock = func() { must(t, s.Do("alice", signaling.SetLock{Room: s.Room})) }
	if err := s.Do("bob", signaling.Knock{Room: s.Room}); err == nil {
		t.Fatal("bob waits for a room that is open")
	}
	s.WantTold("anna: locked false by alice rev 4", "bob: error bad-request")
	s.WantWaiting()
}

func knockAgainstLock(t *testing.T, s *Stage) {
	lobbied(t, s)
	s.Service.Lobby = false
	s.Store.BeforeAddKnock = func() { must(t, s.Do("alice", signaling.SetLock{Room: s.Room, Locked: true})) }
	must(t, s.Do("bob", signaling.Knock{Room: s.Room}))
	s.WantTold("alice: knocked bob ", "anna: locked true by alice rev 3", "anna: knocked bob ")
	s.WantWaiting("bob")
}

func knockAgainstJoin(t *testing.T, s *Stage) {
	lobbied(t, s)
	s.Service.Lobby = false
	must(t, s.Do("alice", signaling.SetLock{Room: s.Room, Locked: true}))
	// The knock is in the room, and is noted with the connection only after the join has been, which found the room unlocked.
	s.Store.BeforeEnter = func() {
		must(t, s.Do("alice", signaling.SetLock{Room: s.Room}))
		must(t, s.Do("bob", signaling.Join{Room: s.Room}))
		s.Told()
	}
	must(t, s.Do("bob", signaling.Knock{Room: s.Room}))
	s.Told()
	s.Disconnect("bob")
	s.WantTold("alice: peer-left bob lost rev 6", "anna: peer-left bob lost rev 6")
	s.WantRoom("alice", "anna")
	s.WantWaiting()
}

func lastSeatByPass(t *testing.T, s *Stage) {
	lobbied(t, s, "bob", "carol")
	s.Service.Seats = 3
	for _, name := range []signaling.PeerName{"bob", "carol"} {
		must(t, s.Do("alice", signaling.Admit{Room: s.Room, Peer: name}))
	}
	s.Told()
	s.Store.BeforeAddPeer = func() { must(t, s.Do("carol", s.Passes("carol"))) }
	if err := s.Do("bob", s.Passes("bob")); err == nil {
		t.Fatal("both got the last seat")
	}
	s.WantTold("alice: peer-joined carol/guest rev 3", "anna: peer-joined carol/guest rev 3", "bob: error room-full",
		"carol: joined the-room as carol rev 3 with [alice/host anna/host]")
}

// joiners are two who may not open a room, and alice who may.
func joiners(s *Stage) {
	guarded(s, signaling.RoleGuest, "alice", "bob", "carol")
	s.Rights["bob"].OnlyJoins, s.Rights["carol"].OnlyJoins = true, true
	s.Connect("alice", "bob", "carol")
}

func twoGuests(_ *testing.T, s *Stage) {
	joiners(s)
	s.Store.BeforeAddPeer = func() { _ = s.Do("carol", signaling.Join{Room: s.Room}) }
	_ = s.Do("bob", signaling.Join{Room: s.Room})
	s.WantTold("bob: error forbidden", "carol: error forbidden")
	s.WantRoom()
}

func openerLeaves(t *testing.T, s *Stage) {
	joiners(s)
	must(t, s.Do("alice", signaling.Join{Room: s.Room}))
	s.Told()
	s.Store.BeforeAddPeer = func() { must(t, s.Do("alice", signaling.Leave{Room: s.Room})) }
	_ = s.Do("bob", signaling.Join{Room: s.Room})
	s.WantTold("bob: error forbidden")
	s.WantRoom()
}

func openerComes(t *testing.T, s *Stage) {
	joiners(s)
	s.Store.BeforeAddPeer = func() { must(t, s.Do("alice", signaling.Join{Room: s.Room})) }
	must(t, s.Do("bob", signaling.Join{Room: s.Room}))
	s.WantTold("alice: joined the-room as alice rev 1 with []", "alice: peer-joined bob/guest rev 2",
		"bob: joined the-room as bob rev 2 with [alice/guest]")
}

func twoOpeners(t *testing.T, s *Stage) {
	s.Service.FirstHosts, s.Service.Lobby = true, true
	s.Connect("alice", "bob")
	s.Store.BeforeAddPeer = func() { must(t, s.Do("bob", join(s, "bob"))) }
	if err := s.Do("alice", join(s, "alice")); err == nil {
		t.Fatal("both opened the room")
	}
	s.WantTold("alice: error room-locked", "bob: joined the-room as bob rev 1 with []")
	s.WantRoom("bob")
}
