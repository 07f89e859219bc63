package signaling_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/parley-rtc/parley/internal/signaling"
	"github.com/parley-rtc/parley/internal/signaling/signalingtest"
)

// guarded is a stage where joining needs rights.
func guarded(t *testing.T) *signalingtest.Stage {
	t.Helper()
	s := signalingtest.NewStage(t, signalingtest.NewMemory())
	s.Service.NeedRights = true
	later := s.Now.Add(time.Hour)
	room := string(s.Room)
	s.Rights = map[string]*signaling.Rights{
		"alice":   {User: "alice", Peer: "alice", Rooms: []string{room}, Role: signaling.RoleHost, Expires: later},
		"bob":     {User: "bob", Peer: "bob-*", Rooms: []string{"none", room[:10] + "*"}, Role: signaling.RoleGuest, Expires: later},
		"carol":   {User: "carol", Peer: "*", Rooms: []string{room[:10], room + "-", "*" + room, strings.ToUpper(room)}, Expires: later},
		"dora":    {User: "dora", Peer: "dora", Expires: later},
		"anybody": nil,
	}
	s.Connect("alice", "bob", "carol", "dora", "anybody")
	return s
}

func TestRightsDecideWhoJoinsWhatAsWhom(t *testing.T) {
	s := guarded(t)
	join := func(client string, as signaling.PeerName) error {
		return s.Do(client, signaling.Join{Room: s.Room, Peer: as})
	}
	wantCode(t, join("alice", "bob"), signaling.CodeForbidden)
	wantCode(t, join("alice", "alice2"), signaling.CodeForbidden)
	s.Take()
	ok(t, join("alice", ""))
	s.WantTold("alice: joined the-room as alice rev 1 with []")
	wantCode(t, join("bob", "bob"), signaling.CodeForbidden)
	wantCode(t, join("bob", "mallory"), signaling.CodeForbidden)
	s.Take()
	ok(t, join("bob", "bob-phone"))
	s.WantTold("alice: peer-joined bob-phone/guest rev 2", "bob: joined the-room as bob-phone rev 2 with [alice/host]")
	wantCode(t, join("carol", "carol"), signaling.CodeForbidden)
	wantCode(t, join("dora", ""), signaling.CodeForbidden)
	wantCode(t, join("anybody", "x"), signaling.CodeUnauthorized)
	s.Take()
	s.WantRoom("alice", "bob-phone")
}

func TestANamelessJoinGetsANameThatTheRightsCover(t *testing.T) {
	s := guarded(t)
	ok(t, s.Do("bob", signaling.Join{Room: s.Room}))
	room, err := s.Store.Room(t.Context(), s.Room, s.Now, true)
	ok(t, err)
	if name := string(room.Peers[0].Name); !strings.HasPrefix(name, "bob-") || len(name) < 10 {
		t.Errorf("got the name %s", name)
	}
}

func TestAnExpiredTokenEndsTheRightToJoinAndNoCall(t *testing.T) {
	s := guarded(t)
	ok(t, s.Do("alice", signaling.Join{Room: s.Room}))
	s.Now = s.Now.Add(time.Hour + signaling.Skew)
	ok(t, s.Do("bob", signaling.Join{Room: s.Room}))
	s.Take()
	s.Now = s.Now.Add(time.Second)
	ok(t, s.Do("alice", signaling.Broadcast{Room: s.Room, Data: []byte("1")}))
	ok(t, s.Do("bob", signaling.Leave{Room: s.Room}))
	wantCode(t, s.Do("bob", signaling.Join{Room: s.Room}), signaling.CodeUnauthorized)
	wantCode(t, s.Do("alice", signaling.Join{Room: s.Room}), signaling.CodeUnauthorized)
}

// staleStore misses connections in every read that is not consistent.
type staleStore struct{ signaling.Store }

func (s staleStore) Connection(ctx context.Context, id signaling.ConnID, consistent bool) (signaling.Connection, error) {
	if !consistent {
		return signaling.Connection{}, signaling.ErrGone
	}
	return s.Store.Connection(ctx, id, consistent)
}

func TestAConnectionThatOpenedJustNowMayJoin(t *testing.T) {
	s := guarded(t)
	s.Service.Store = staleStore{s.Store}
	ok(t, s.Do("alice", signaling.Join{Room: s.Room}))
}

func TestTheFirstIsHostIfSoConfigured(t *testing.T) {
	s := stage(t)
	s.Service.FirstHosts = true
	s.Connect("alice", "bob", "carol")
	ok(t, s.Do("alice", signaling.Join{Room: s.Room, Peer: "zoe"}))
	s.Now = s.Now.Add(time.Second)
	s.Take()
	ok(t, s.Do("bob", signaling.Join{Room: s.Room, Peer: "bob"}))
	s.WantTold("alice: peer-joined bob/guest rev 2", "bob: joined the-room as bob rev 2 with [zoe/host]")
	ok(t, s.Do("alice", signaling.Leave{Room: s.Room}))
	s.Now = s.Now.Add(time.Second)
	s.Take()
	ok(t, s.Do("carol", signaling.Join{Room: s.Room, Peer: "a"}))
	s.WantTold("bob: peer-joined a/guest rev 4", "carol: joined the-room as a rev 4 with [bob/host]")
}
