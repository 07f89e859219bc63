package signaling_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/parley-rtc/parley/internal/signaling"
	"github.com/parley-rtc/parley/internal/signaling/signalingtest"
)

func TestOnlyWhoMayOpensARoom(t *testing.T) {
	s := lobbied(t)
	s.Service.Lobby = false
	s.Rights["bob"].OnlyJoins = true
	s.Connect("bob")
	err := s.Do("bob", signaling.Join{Room: s.Room})
	wantCode(t, err, signaling.CodeForbidden)
	if e, _ := errors.AsType[*signaling.Error](err); !e.Retry || !strings.Contains(e.Msg, "nobody is in room") {
		t.Errorf("got %+v", e)
	}
	wantCode(t, s.Do("bob", knock(s)), signaling.CodeForbidden)
	enter(t, s, "alice", "bob")
	ok(t, s.Do("alice", signaling.Leave{Room: s.Room}))
	ok(t, s.Do("bob", signaling.Leave{Room: s.Room}))
	wantCode(t, s.Do("bob", signaling.Join{Room: s.Room}), signaling.CodeForbidden)
	s.WantRoom()
	// Who is lost for too long is nobody; who has just been lost is somebody.
	s.Service.Grace = time.Minute
	enter(t, s, "alice")
	s.Disconnect("alice")
	s.Now = s.Now.Add(59 * time.Second)
	enter(t, s, "bob")
	ok(t, s.Do("bob", signaling.Leave{Room: s.Room}))
	s.Now = s.Now.Add(time.Minute)
	wantCode(t, s.Do("bob", signaling.Join{Room: s.Room}), signaling.CodeForbidden)
	s.WantRoom()
}

func TestUnderALobbyWhoMayNotOpenARoomMayWaitForIt(t *testing.T) {
	s := signalingtest.NewStage(t, signalingtest.NewMemory())
	s.Service.NeedRights, s.Service.Lobby, s.Service.FirstHosts = true, true, true
	rights := signaling.Rights{User: "bob", Peer: "bob", Rooms: []string{"*"}, Expires: s.Now.Add(time.Hour), OnlyJoins: true}
	host := rights
	host.User, host.Peer, host.OnlyJoins = "alice", "alice", false
	s.Rights = map[string]*signaling.Rights{"bob": &rights, "alice": &host}
	s.Connect("alice", "bob")
	wantCode(t, s.Do("bob", signaling.Join{Room: s.Room}), signaling.CodeRoomLocked)
	ok(t, s.Do("bob", knock(s)))
	s.Told()
	ok(t, s.Do("alice", signaling.Join{Room: s.Room}))
	s.WantTold("alice: joined the-room as alice rev 2 with [] while [bob] wait")
}

func TestARoomHasTheSeatsOfWhoOpenedIt(t *testing.T) {
	s := lobbied(t)
	s.Service.Lobby = false
	s.Rights["alice"].Seats, s.Rights["bob"].Seats = 2, 9
	s.Connect("alice", "bob")
	enter(t, s, "alice", "bob")
	err := s.Do("carol", signaling.Join{Room: s.Room})
	wantCode(t, err, signaling.CodeRoomFull)
	if !strings.Contains(err.Error(), "2 of 2") {
		t.Errorf("got %v", err)
	}
}
