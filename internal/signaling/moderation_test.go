package signaling_test

import (
	"context"
	"testing"
	"time"

	"github.com/parley-rtc/parley/internal/signaling"
	"github.com/parley-rtc/parley/internal/signaling/signalingtest"
)

// hosted is a stage whose first peer is host.
func hosted(t *testing.T, joined ...string) *signalingtest.Stage {
	t.Helper()
	s := signalingtest.NewStage(t, signalingtest.NewMemory())
	s.Service.FirstHosts = true
	for _, name := range joined {
		s.Join(name)
		s.Now = s.Now.Add(time.Second)
	}
	return s
}

func TestAHostKicks(t *testing.T) {
	s := hosted(t, "alice", "bob", "carol")
	ok(t, s.Do("alice", signaling.Kick{Request: signaling.Request{ID: "1"}, Room: s.Room, Peer: "bob", Reason: "noise"}))
	s.WantTold("alice: ok 1", "bob: kicked by alice noise", "carol: peer-left bob kicked rev 4")
	if !s.Closed(s.Conn("bob")) || s.Closed(s.Conn("carol")) {
		t.Error("the wrong connections are closed")
	}
	s.WantRoom("alice", "carol")
	s.Disconnect("bob")
	s.WantTold()
}

func TestOnlyHostsModerate(t *testing.T) {
	s := hosted(t, "alice", "bob")
	s.Connect("stranger")
	for _, cmd := range []signaling.Command{
		signaling.Kick{Room: s.Room, Peer: "alice"}, signaling.SetLock{Room: s.Room, Locked: true}, signaling.SetLock{Room: s.Room},
	} {
		wantCode(t, s.Do("bob", cmd), signaling.CodeForbidden)
		wantCode(t, s.Do("stranger", cmd), signaling.CodeNotInRoom)
		s.WantTold("bob: error forbidden", "stranger: error not-in-room")
	}
	wantCode(t, s.Do("alice", signaling.Kick{Room: s.Room, Peer: "alice"}), signaling.CodeBadRequest)
	wantCode(t, s.Do("alice", signaling.Kick{Room: s.Room, Peer: "nobody"}), signaling.CodeNoSuchPeer)
	s.Service.FirstHosts = false // nobody's token says host
	wantCode(t, s.Do("alice", signaling.Kick{Room: s.Room, Peer: "bob"}), signaling.CodeForbidden)
	s.WantRoom("alice", "bob")
}

func TestAKickOfAPeerWhoseSocketIsGone(t *testing.T) {
	s := hosted(t, "alice", "bob", "carol")
	s.Cut(s.Conn("bob"))
	ok(t, s.Do("alice", signaling.Kick{Room: s.Room, Peer: "bob"}))
	s.WantTold("carol: peer-left bob kicked rev 4")
}

func TestAKickWhoseConnectionCannotBeClosedSaysSo(t *testing.T) {
	s := hosted(t, "alice", "bob", "carol")
	s.Fail(s.Conn("bob"))
	wantCode(t, s.Do("alice", signaling.Kick{Room: s.Room, Peer: "bob"}), signaling.CodeInternal)
	s.WantTold("alice: error internal", "carol: peer-left bob kicked rev 4")
	s.WantRoom("alice", "carol")
}

func TestALockedRoomLetsNobodyInUntilItIsUnlocked(t *testing.T) {
	s := hosted(t, "alice", "bob")
	s.Connect("carol")
	ok(t, s.Do("alice", signaling.SetLock{Request: signaling.Request{ID: "1"}, Room: s.Room, Locked: true}))
	s.WantTold("alice: ok 1", "bob: locked true by alice rev 3")
	wantCode(t, s.Do("carol", signaling.Join{Room: s.Room, Peer: "carol"}), signaling.CodeRoomLocked)
	ok(t, s.Do("bob", signaling.Join{Room: s.Room, Peer: "bob"}))
	s.WantTold("bob: joined the-room as bob rev 3 with [alice/host] locked", "carol: error room-locked")
	ok(t, s.Do("bob", signaling.ListRoster{Room: s.Room}))
	s.WantTold("bob: roster rev 3 [alice/host] locked")
	ok(t, s.Do("alice", signaling.SetLock{Room: s.Room}))
	s.WantTold("bob: locked false by alice rev 4")
	ok(t, s.Do("bob", signaling.ListRoster{Room: s.Room}))
	s.WantTold("bob: roster rev 4 [alice/host]")
	ok(t, s.Do("carol", signaling.Join{Room: s.Room, Peer: "carol"}))
}

func TestALockDoesNotOutliveThoseInTheRoom(t *testing.T) {
	s := hosted(t, "alice")
	ok(t, s.Do("alice", signaling.SetLock{Room: s.Room, Locked: true}))
	s.Cut(s.Conn("alice")) // and her $disconnect never comes
	s.Connect("bob")
	ok(t, s.Do("bob", signaling.Join{Room: s.Room, Peer: "bob"}))
	s.WantRoom("bob")
}

func TestAKickEndsTheSeatOfItsRoomOnly(t *testing.T) {
	s := hosted(t, "alice", "bob")
	ok(t, s.Do("bob", signaling.Join{Room: "elsewhere", Peer: "robert"}))
	s.Told()
	ok(t, s.Do("alice", signaling.Kick{Request: signaling.Request{ID: "1"}, Room: s.Room, Peer: "bob"}))
	s.WantTold("alice: ok 1", "bob: kicked by alice ")
	if s.Closed(s.Conn("bob")) {
		t.Fatal("the socket is closed, and bob has another seat")
	}
	ok(t, s.Do("bob", signaling.Broadcast{Room: "elsewhere", Data: []byte("1")}))
	wantCode(t, s.Do("bob", signaling.Broadcast{Room: s.Room, Data: []byte("1")}), signaling.CodeNotInRoom)
	s.Told()
	ok(t, s.Do("bob", signaling.Join{Room: s.Room, Peer: "bob"})) // nothing of the kick is left behind
	ok(t, s.Do("bob", signaling.Leave{Room: "elsewhere"}))
	ok(t, s.Do("alice", signaling.Kick{Room: s.Room, Peer: "bob"}))
	if !s.Closed(s.Conn("bob")) {
		t.Error("the last seat is gone, and the socket is open")
	}
}

// impatient acts as soon as a connection hears anything, once.
type impatient struct {
	signaling.Pusher
	conn signaling.ConnID
	act  func()
}

func (p *impatient) Push(ctx context.Context, to signaling.ConnID, frame []byte) error {
	err := p.Pusher.Push(ctx, to, frame)
	if act := p.act; to == p.conn && act != nil {
		p.act = nil
		act()
	}
	return err
}

func TestWhoIsKickedAndJoinsAgainAtOnceIsSeated(t *testing.T) {
	s := hosted(t, "alice", "bob")
	ok(t, s.Do("bob", signaling.Join{Room: "elsewhere", Peer: "robert"})) // so that the socket stays open
	s.Service.Pusher = &impatient{s.Service.Pusher, s.Conn("bob"), func() {
		ok(t, s.Do("bob", signaling.Join{Room: s.Room, Peer: "bob"}))
	}}
	ok(t, s.Do("alice", signaling.Kick{Room: s.Room, Peer: "bob"}))
	s.Disconnect("bob") // which goes by what is noted with the connection
	s.WantRoom("alice")
}

func TestAReplacedSeatClosesNoSocketThatHasAnother(t *testing.T) {
	for _, other := range []bool{true, false} {
		s := hosted(t)
		s.Service.Grace, s.Service.NeedRights = 30*time.Second, true
		bob := &signaling.Rights{User: "b", Peer: "bob", Rooms: []string{"*"}, Expires: s.Now.Add(time.Hour)}
		s.Rights = map[string]*signaling.Rights{"bob": bob, "tab": bob}
		s.Join("bob")
		if other {
			ok(t, s.Do("bob", signaling.Join{Room: "elsewhere", Peer: "bob"}))
			s.Told()
		}
		s.Connect("tab")
		ok(t, s.Do("tab", signaling.Join{Room: s.Room, Peer: "bob"}))
		s.WantTold("bob: kicked by bob replaced", "tab: joined the-room as bob rev 2 with []")
		if s.Closed(s.Conn("bob")) == other {
			t.Errorf("with another seat: %t, closed: %t", other, s.Closed(s.Conn("bob")))
		}
	}
}
