package signaling_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/parley-rtc/parley/internal/signaling"
)

func TestWhoWaitsNoMoreIsNotSeen(t *testing.T) {
	s := lobbied(t)
	enter(t, s, "alice")
	gone := func(how string, told ...string) {
		t.Helper()
		s.WantTold(told...)
		if room, err := s.Store.Room(t.Context(), s.Room, s.Now, true); err != nil || len(room.Waiting) != 0 {
			t.Fatalf("%s: got %+v, %v, want nobody who waits", how, room, err)
		}
	}
	wait := func(client string) {
		t.Helper()
		ok(t, s.Do(client, knock(s)))
		s.Told()
	}
	wait("bob")
	s.Disconnect("bob")
	s.Disconnect("bob")
	gone("$disconnect", "alice: knock-left bob")

	wait("carol")
	ok(t, s.Do("carol", signaling.Leave{Request: signaling.Request{ID: "l"}, Room: s.Room}))
	wantCode(t, s.Do("carol", signaling.Leave{Room: s.Room}), signaling.CodeNotInRoom)
	gone("leave", "alice: knock-left carol", "carol: ok l", "carol: error not-in-room")

	wait("carol")
	enter(t, s, "anna")
	s.Cut(s.Conn("carol")) // its $disconnect never comes
	wantCode(t, s.Do("alice", letIn(s, "carol")), signaling.CodeNoSuchPeer)
	gone("admit", "alice: error no-such-peer", "anna: knock-left carol")

	wait("bob2")
	s.Cut(s.Conn("bob2"))
	wantCode(t, s.Do("anna", signaling.Deny{Room: s.Room, Peer: "bob"}), signaling.CodeNoSuchPeer)
	gone("deny", "alice: knock-left bob", "anna: error no-such-peer")

	s.Service.Lobby = false // whoever waits may simply join now
	s.Connect("bob")
	ok(t, s.Do("alice", signaling.SetLock{Room: s.Room, Locked: true}))
	wait("bob")
	ok(t, s.Do("alice", signaling.SetLock{Room: s.Room}))
	s.Told()
	ok(t, s.Do("bob", signaling.Join{Room: s.Room}))
	gone("join", "alice: peer-joined bob/guest rev 5", "alice: knock-left bob", "anna: peer-joined bob/guest rev 5", "anna: knock-left bob",
		"bob: joined the-room as bob rev 5 with [alice/host anna/host]")
}

func TestNobodyWaitsLongerThanASocketLives(t *testing.T) {
	s := lobbied(t)
	enter(t, s, "alice")
	ok(t, s.Do("bob", knock(s)))
	s.Now = s.Now.Add(2 * time.Hour)
	s.Told()
	ok(t, s.Do("alice", signaling.ListRoster{Room: s.Room}))
	s.WantTold("alice: roster rev 1 []")
	ok(t, s.Do("alice", signaling.Update{Room: s.Room, Data: []byte("1")})) // the next write removes who is over it
	s.WantTold("alice: knock-left bob")
}

func TestAnotherKnockOfOneConnectionReplacesTheFirst(t *testing.T) {
	s := hosted(t, "alice")
	s.Service.Lobby = true
	s.Connect("bob")
	as := func(name, data string) signaling.Knock {
		return signaling.Knock{Room: s.Room, Peer: signaling.PeerName(name), Data: []byte(data)}
	}
	ok(t, s.Do("bob", as("bob", "1")))
	ok(t, s.Do("bob", as("bob", "2")))
	s.WantTold("alice: knocked bob 1", "alice: knocked bob 2")
	ok(t, s.Do("bob", as("robert", "3")))
	s.WantTold("alice: knocked robert 3", "alice: knock-left bob")
	s.Disconnect("bob")
	s.WantTold("alice: knock-left robert")
}

func TestANameWhoseWaitingSocketIsDeadIsFreed(t *testing.T) {
	s := hosted(t, "alice", "bob")
	s.Service.Lobby = true
	s.Connect("c1", "c2")
	for _, name := range []signaling.PeerName{"carol", "bob"} {
		if name == "carol" {
			ok(t, s.Do("c1", signaling.Knock{Room: s.Room, Peer: name}))
		}
		s.Told()
		wantCode(t, s.Do("c2", signaling.Knock{Room: s.Room, Peer: name}), signaling.CodeNameTaken)
	}
	s.Cut(s.Conn("c1"))
	s.Cut(s.Conn("bob"))
	s.Told()
	ok(t, s.Do("c2", signaling.Knock{Room: s.Room, Peer: "carol"}))
	s.WantTold("alice: knock-left carol", "alice: knocked carol ")
	ok(t, s.Do("c2", signaling.Knock{Room: s.Room, Peer: "bob"}))
	s.WantTold("alice: peer-left bob lost rev 3", "alice: knocked bob ", "alice: knock-left carol")
}

func TestTheLobbyIsBounded(t *testing.T) {
	s := hosted(t, "alice")
	s.Service.Lobby = true
	big := []byte(`"` + strings.Repeat("x", s.Service.Limits.PeerData-2) + `"`)
	too := append([]byte(" "), big...)
	s.Connect("bob")
	wantCode(t, s.Do("bob", signaling.Knock{Room: s.Room, Peer: "bob", Data: too}), signaling.CodeTooLarge)
	var last string
	full := 0
	for i := range signaling.MaxWaiting {
		last = fmt.Sprint("w", i)
		s.Connect(last)
		cmd := signaling.Knock{Room: s.Room, Peer: signaling.PeerName(last), Data: big}
		if err := s.Do(last, cmd); err != nil { // with as much to say, not all find room
			wantCode(t, err, signaling.CodeTooLarge)
			full++
			cmd.Data = nil
			ok(t, s.Do(last, cmd))
		}
	}
	if full != 8 {
		t.Errorf("%d were told that it is too much", full)
	}
	err := s.Do("bob", signaling.Knock{Room: s.Room, Peer: "bob"})
	if wantCode(t, err, signaling.CodeRoomFull); !signaling.Describe(err).Retry {
		t.Error("it cannot be tried again")
	}
	// As the roster grows, what they say about themselves is left out, and nobody is kept from joining.
	s.Told()
	ok(t, s.Do("alice", signaling.Update{Room: s.Room, Data: big}))
	ok(t, s.Do("alice", signaling.ListRoster{Room: s.Room}))
	if told := s.Told(); len(told) != 1 || !strings.Contains(told[0], "[w0, w1, w10, w11") {
		t.Errorf("told %.200s", told)
	}
	s.Cut(s.Conn(last)) // one of them is dead
	ok(t, s.Do("bob", signaling.Knock{Room: s.Room, Peer: "bob"}))
	s.WantTold("alice: knock-left "+last, "alice: knocked bob ")
}

func TestAnAdmitThatCannotBeToldIsUndone(t *testing.T) {
	s := lobbied(t)
	enter(t, s, "alice", "anna")
	ok(t, s.Do("bob", knock(s)))
	s.Told()
	s.Fail(s.Conn("bob"))
	wantCode(t, s.Do("alice", letIn(s, "bob")), signaling.CodeInternal)
	s.WantTold("alice: error internal")
	ok(t, s.Do("alice", signaling.ListRoster{Room: s.Room}))
	s.WantTold("alice: roster rev 2 [anna/host] while [bob] wait")
}

// missesKnocks is a store whose cheap reads do not see who waits.
type missesKnocks struct{ signaling.Store }

func (m missesKnocks) Room(ctx context.Context, id signaling.RoomID, now time.Time, consistent bool) (signaling.Room, error) {
	room, err := m.Store.Room(ctx, id, now, consistent)
	if !consistent {
		room.Waiting = nil
	}
	return room, err
}

func TestAKnockOfJustNowIsFound(t *testing.T) {
	s := lobbied(t)
	enter(t, s, "alice")
	ok(t, s.Do("bob", knock(s)))
	s.Service.Store = missesKnocks{s.Store}
	ok(t, s.Do("alice", letIn(s, "bob")))
}

func TestAKnockCountsAsAJoin(t *testing.T) {
	s := hosted(t, "alice")
	s.Service.Lobby = true
	s.Service.Limits = signaling.Limits{Joins: 3, Rooms: 1}
	s.Connect("bob")
	ok(t, s.Do("bob", signaling.Knock{Room: s.Room, Peer: "bob"}))
	wantCode(t, s.Do("bob", signaling.Join{Room: s.Room + "2", Peer: "bob"}), signaling.CodeRateLimited) // he waits for a room already
	ok(t, s.Do("bob", signaling.Knock{Room: s.Room, Peer: "bob"}))
	ok(t, s.Do("alice", signaling.Deny{Room: s.Room, Peer: "bob"}))
	ok(t, s.Do("bob", signaling.Leave{Request: signaling.Request{ID: "l"}, Room: s.Room})) // and the room is none of his
	s.Told()
	ok(t, s.Do("bob", signaling.Join{Room: s.Room + "2", Peer: "bob"}))
	ok(t, s.Do("bob", signaling.Leave{Room: s.Room + "2"}))
	s.Told()
	wantCode(t, s.Do("bob", signaling.Knock{Room: s.Room, Peer: "bob"}), signaling.CodeRateLimited)
	s.WantTold("alice: knock-left bob", "bob: error rate-limited")
}
