package signaling_test

import (
	"testing"
	"time"

	"github.com/parley-rtc/parley/internal/signaling"
	"github.com/parley-rtc/parley/internal/signaling/signalingtest"
)

func graceStage(t *testing.T, joined ...string) *signalingtest.Stage {
	t.Helper()
	s := stage(t)
	s.Service.Grace = 30 * time.Second
	s.Join(joined...)
	return s
}

func TestALostPeerComesBackToItsSeat(t *testing.T) {
	s := graceStage(t, "alice", "bob")
	s.Disconnect("alice")
	s.WantTold("bob: peer-lost alice rev 3")
	ok(t, s.Do("bob", signaling.ListRoster{Room: s.Room}))
	s.WantTold("bob: roster rev 3 [alice(lost)]")
	s.Connect("again")
	wantCode(t, s.Do("again", signaling.Join{Room: s.Room, Peer: "alice"}), signaling.CodeNameTaken)
	s.WantTold("again: error name-taken")
	ok(t, s.Do("again", s.Resumes("alice")))
	s.WantTold("again: joined the-room as alice rev 4 with [bob]", "bob: peer-back alice rev 4")
	ok(t, s.Do("bob", signaling.Signal{Room: s.Room, To: "alice", Data: []byte("1")}))
	s.WantTold("again: signal from bob 1")
	s.Connect("third")
	wantCode(t, s.Do("third", s.Resumes("alice")), signaling.CodeResumeExpired)
}

func TestASecondSocketTakesTheSeatAndOthersSeeOnlyPeerBack(t *testing.T) {
	s := graceStage(t, "alice", "bob")
	s.Connect("newer")
	ok(t, s.Do("newer", s.Resumes("alice")))
	s.WantTold("alice: kicked by alice replaced", "bob: peer-back alice rev 3", "newer: joined the-room as alice rev 3 with [bob]")
	if !s.Closed(s.Conn("alice")) {
		t.Fatal("the older socket is still open")
	}
	s.Disconnect("alice")
	s.WantTold()
}

func TestASeatIsKeptNoLongerThanTheGrace(t *testing.T) {
	s := graceStage(t, "alice", "bob")
	s.Disconnect("alice")
	s.Told()
	s.Now = s.Now.Add(30 * time.Second)
	ok(t, s.Do("bob", signaling.ListRoster{Room: s.Room}))
	s.WantTold("bob: roster rev 3 []")
	wantCode(t, s.Do("bob", signaling.Signal{Room: s.Room, To: "alice", Data: []byte("1")}), signaling.CodeNoSuchPeer)
	s.Connect("again")
	wantCode(t, s.Do("again", s.Resumes("alice")), signaling.CodeResumeExpired)
	s.Told()
	ok(t, s.Do("again", signaling.Join{Room: s.Room, Peer: "alice"}))
	s.WantTold("again: joined the-room as alice rev 5 with [bob]", "bob: peer-left alice lost rev 4", "bob: peer-joined alice rev 5")
}

func TestTheNextWritePrunes(t *testing.T) {
	s := graceStage(t, "alice", "bob", "carol")
	s.Disconnect("alice")
	s.Told()
	s.Now = s.Now.Add(time.Minute)
	ok(t, s.Do("bob", signaling.Update{Room: s.Room, Data: []byte("1")}))
	s.WantTold("bob: peer-left alice lost rev 6", "carol: peer-updated bob rev 5 1", "carol: peer-left alice lost rev 6")
}

func TestAReportFindsAGhostOnce(t *testing.T) {
	s := graceStage(t, "alice", "bob", "carol")
	report := signaling.Report{Request: signaling.Request{ID: "1"}, Room: s.Room, Peer: "alice"}
	ok(t, s.Do("bob", report))
	s.WantTold("bob: ok 1")
	s.Cut(s.Conn("alice"))
	ok(t, s.Do("bob", report))
	s.WantTold("bob: ok 1", "bob: peer-lost alice rev 4", "carol: peer-lost alice rev 4")
	ok(t, s.Do("carol", report))
	s.WantTold("carol: ok 1")
	s.Connect("dave")
	wantCode(t, s.Do("dave", report), signaling.CodeNotInRoom)
}

func TestAPeerTakenForLostThatActsIsBack(t *testing.T) {
	s := graceStage(t, "alice", "bob")
	_, err := s.Store.MarkLost(t.Context(), s.Room, "alice", s.Conn("alice"), s.Now.Add(time.Minute), s.Now)
	ok(t, err)
	ok(t, s.Do("alice", signaling.Broadcast{Room: s.Room, Data: []byte("1")}))
	s.WantTold("bob: peer-back alice rev 4", "bob: broadcast from alice 1")
}

func TestAResumeStringIsForItsRoomNameAndUserOnly(t *testing.T) {
	s := stage(t)
	s.Service.Grace, s.Service.NeedRights = 30*time.Second, true
	rights := func(user, peer string) *signaling.Rights {
		return &signaling.Rights{User: user, Peer: peer, Rooms: []string{"*"}, Expires: s.Now.Add(time.Hour)}
	}
	s.Rights = map[string]*signaling.Rights{
		"alice": rights("a", "*"), "mallory": rights("m", "*"), "other": rights("a", "bob"), "again": rights("a", "*"),
	}
	s.Join("alice")
	s.Connect("mallory", "other", "again")
	mine := s.Resumes("alice")
	elsewhere, asBob, forged := mine, mine, mine
	elsewhere.Room += "-not"
	asBob.Peer = "bob"
	forged.Resume = signaling.Address{Room: s.Room, FromConn: s.Conn("alice"), ToName: "alice", Expires: s.Now.Add(time.Hour)}.Seal(s.Service.Sealer)
	for what, c := range map[string]struct {
		client string
		join   signaling.Join
	}{
		"another user": {"mallory", mine}, "a name outside the token": {"other", mine},
		"another room": {"again", elsewhere}, "another name": {"again", asBob}, "an address": {"again", forged},
	} {
		t.Run(what, func(t *testing.T) { wantCode(t, s.Do(c.client, c.join), signaling.CodeForbidden) })
	}
	if _, err := signaling.OpenAddress(s.Service.Sealer, mine.Resume); err == nil {
		t.Fatal("a resume string passes for an address")
	}
	s.Take()
	ok(t, s.Do("again", signaling.Join{Room: s.Room, Peer: "alice"}))
	s.WantTold("again: joined the-room as alice rev 2 with []", "alice: kicked by alice replaced")
	wantCode(t, s.Do("mallory", signaling.Join{Room: s.Room, Peer: "alice"}), signaling.CodeNameTaken)
}
