package signaling_test

import (
	"strings"
	"testing"
	"time"

	"github.com/parley-rtc/parley/internal/signaling"
	"github.com/parley-rtc/parley/internal/signaling/signalingtest"
)

// lobbied is a stage with a lobby: alice and anna are hosts, bob and carol are guests, by their tokens.
func lobbied(t *testing.T) *signalingtest.Stage {
	t.Helper()
	s := signalingtest.NewStage(t, signalingtest.NewMemory())
	s.Service.NeedRights, s.Service.Lobby = true, true
	s.Rights = map[string]*signaling.Rights{}
	for client, role := range map[string]signaling.Role{
		"alice": signaling.RoleHost, "anna": signaling.RoleHost, "bob": signaling.RoleGuest, "carol": "", "bob2": signaling.RoleGuest,
	} {
		user := strings.TrimSuffix(client, "2")
		s.Rights[client] = &signaling.Rights{User: user, Peer: user, Rooms: []string{string(s.Room), "another"}, Role: role, Expires: s.Now.Add(time.Hour)}
	}
	s.Connect("alice", "anna", "bob", "carol", "bob2")
	return s
}

func knock(s *signalingtest.Stage) signaling.Knock {
	return signaling.Knock{Request: signaling.Request{ID: "k"}, Room: s.Room}
}

func letIn(s *signalingtest.Stage, name signaling.PeerName) signaling.Admit {
	return signaling.Admit{Request: signaling.Request{ID: "a"}, Room: s.Room, Peer: name}
}

// enter lets clients join for whom nothing stands in the way; what they are told is taken.
func enter(t *testing.T, s *signalingtest.Stage, clients ...string) {
	t.Helper()
	for _, c := range clients {
		ok(t, s.Do(c, signaling.Join{Room: s.Room}))
	}
	s.Told()
}

func TestWhoKnocksIsLetIn(t *testing.T) {
	s := lobbied(t)
	wantCode(t, s.Do("bob", signaling.Join{Room: s.Room}), signaling.CodeRoomLocked)
	with := knock(s)
	with.Data = []byte(`"hi"`)
	ok(t, s.Do("bob", with))
	s.WantTold("bob: error room-locked", "bob: ok k")
	ok(t, s.Do("alice", signaling.Join{Room: s.Room}))
	s.WantTold(`alice: joined the-room as alice rev 2 with [] while [bob "hi"] wait`)
	ok(t, s.Do("anna", signaling.Join{Room: s.Room}))
	s.WantTold("alice: peer-joined anna/host rev 3", `anna: joined the-room as anna rev 3 with [alice/host] while [bob "hi"] wait`)
	ok(t, s.Do("carol", knock(s)))
	s.WantTold("alice: knocked carol ", "anna: knocked carol ", "carol: ok k")
	ok(t, s.Do("alice", letIn(s, "bob")))
	s.WantTold("alice: ok a", "anna: admitted bob by alice", "bob: admitted as bob")
	ok(t, s.Do("bob", s.Passes("bob")))
	s.WantTold("alice: peer-joined bob/guest rev 4", "anna: peer-joined bob/guest rev 4", "bob: joined the-room as bob rev 4 with [alice/host anna/host]")
	ok(t, s.Do("bob", signaling.ListRoster{Room: s.Room}))
	ok(t, s.Do("anna", signaling.ListRoster{Room: s.Room}))
	s.WantTold("anna: roster rev 4 [alice/host bob/guest] while [carol] wait", "bob: roster rev 4 [alice/host anna/host]")
	ok(t, s.Do("anna", signaling.Deny{Request: signaling.Request{ID: "d"}, Room: s.Room, Peer: "carol", Reason: "no"}))
	s.WantTold("alice: denied carol by anna", "anna: ok d", "carol: denied by anna no")
	if s.Closed(s.Conn("carol")) {
		t.Error("who was sent away is cut off")
	}
	// Who has a seat needs no pass: to join again, to take it on another socket, to come back.
	ok(t, s.Do("bob", signaling.Join{Room: s.Room}))
	ok(t, s.Do("bob2", signaling.Join{Room: s.Room}))
	s.WantTold("alice: peer-back bob/guest rev 5", "anna: peer-back bob/guest rev 5",
		"bob: joined the-room as bob rev 4 with [alice/host anna/host]", "bob: kicked by bob replaced",
		"bob2: joined the-room as bob rev 5 with [alice/host anna/host]")
}

func TestAResumeNeedsNoPass(t *testing.T) {
	s := lobbied(t)
	s.Service.Grace = time.Minute
	enter(t, s, "alice")
	ok(t, s.Do("bob", knock(s)))
	ok(t, s.Do("alice", letIn(s, "bob")))
	s.Told()
	enter2 := s.Passes("bob")
	ok(t, s.Do("bob", enter2))
	s.Told()
	s.Disconnect("bob")
	s.Told()
	ok(t, s.Do("bob2", s.Resumes("bob")))
	s.WantTold("alice: peer-back bob/guest rev 4", "bob2: joined the-room as bob rev 4 with [alice/host]")
}

func TestOnlyHostsLetIn(t *testing.T) {
	s := lobbied(t)
	enter(t, s, "alice")
	ok(t, s.Do("bob", knock(s)))
	ok(t, s.Do("carol", knock(s)))
	s.Told()
	deny := signaling.Deny{Room: s.Room, Peer: "bob"}
	wantCode(t, s.Do("bob", letIn(s, "bob")), signaling.CodeNotInRoom)
	wantCode(t, s.Do("anna", letIn(s, "bob")), signaling.CodeNotInRoom)
	ok(t, s.Do("alice", letIn(s, "carol")))
	s.Told()
	ok(t, s.Do("carol", s.Passes("carol")))
	wantCode(t, s.Do("carol", letIn(s, "bob")), signaling.CodeForbidden)
	wantCode(t, s.Do("carol", deny), signaling.CodeForbidden)
	wantCode(t, s.Do("alice", letIn(s, "nobody")), signaling.CodeNoSuchPeer)
	s.Told()
	// A host is one by what is stored: who became none is none.
	s.Service.FirstHosts = true
	ok(t, s.Do("alice", signaling.Leave{Room: s.Room}))
	ok(t, s.Do("carol", deny))
	s.WantTold("bob: denied by carol ", "carol: peer-left alice left rev 3")
}

func TestAPassIsForItsRoomNameConnectionAndUserOnly(t *testing.T) {
	s := lobbied(t)
	s.Service.Grace = time.Minute
	enter(t, s, "alice")
	ok(t, s.Do("bob", knock(s)))
	ok(t, s.Do("alice", letIn(s, "bob")))
	s.Told()
	pass := s.Passes("bob")
	flipped := pass
	flipped.Pass = flip(pass.Pass[0]) + pass.Pass[1:]
	other := pass
	other.Room = "another"
	named := pass
	named.Peer = "carol"
	resume := s.Resumes("alice")
	resumed := pass
	resumed.Pass = resume.Resume
	crossed := signaling.Join{Room: s.Room, Resume: pass.Pass}
	for who, cmds := range map[string][]signaling.Command{"bob": {flipped, other, named, resumed, crossed}, "bob2": {pass}, "carol": {pass}} {
		for _, cmd := range cmds {
			wantCode(t, s.Do(who, cmd), signaling.CodeForbidden)
		}
	}
	s.Told()
	s.Now = s.Now.Add(5*time.Minute + 2*time.Second)
	wantCode(t, s.Do("bob", pass), signaling.CodeForbidden)
	s.Now = s.Now.Add(-3 * time.Second)
	ok(t, s.Do("bob", pass))
}

// TestAPassPassesNothingElse: seats, the name and the token still apply.
func TestAPassPassesNothingElse(t *testing.T) {
	s := lobbied(t)
	s.Service.Seats = 2
	enter(t, s, "alice")
	for _, guest := range []string{"bob", "carol"} {
		ok(t, s.Do(guest, knock(s)))
		ok(t, s.Do("alice", letIn(s, signaling.PeerName(guest))))
	}
	s.Told()
	ok(t, s.Do("bob", s.Passes("bob")))
	wantCode(t, s.Do("carol", s.Passes("carol")), signaling.CodeRoomFull)
	ok(t, s.Do("bob", signaling.Leave{Room: s.Room}))
	s.Told()
	s.Rights["late"] = &signaling.Rights{User: "late", Peer: "late", Rooms: []string{string(s.Room)}, Expires: s.Now.Add(time.Minute)}
	s.Connect("late")
	ok(t, s.Do("late", knock(s)))
	ok(t, s.Do("alice", letIn(s, "late")))
	s.Told()
	s.Now = s.Now.Add(2*time.Minute + time.Second)
	wantCode(t, s.Do("late", s.Passes("late")), signaling.CodeUnauthorized)
}

func TestAKnockNeedsTheRightsOfAJoin(t *testing.T) {
	s := lobbied(t)
	s.Rights["dora"] = &signaling.Rights{User: "dora", Peer: "dora-*", Rooms: []string{"another"}, Expires: s.Now.Add(time.Hour)}
	s.Connect("dora", "stranger")
	wantCode(t, s.Do("dora", knock(s)), signaling.CodeForbidden)
	wantCode(t, s.Do("dora", signaling.Knock{Room: "another", Peer: "mallory"}), signaling.CodeForbidden)
	ok(t, s.Do("dora", signaling.Knock{Room: "another"}))
	wantCode(t, s.Do("stranger", knock(s)), signaling.CodeUnauthorized)
	s.Now = s.Now.Add(2 * time.Hour)
	wantCode(t, s.Do("bob", knock(s)), signaling.CodeUnauthorized)
	if room, err := s.Store.Room(t.Context(), s.Room, s.Now, true); err != nil || len(room.Waiting) != 0 {
		t.Errorf("got %+v, %v, want nobody who waits", room, err)
	}
}

func TestWhoNeedNotKnockIsTold(t *testing.T) {
	s := lobbied(t)
	enter(t, s, "alice")
	wantCode(t, s.Do("alice", knock(s)), signaling.CodeBadRequest)
	wantCode(t, s.Do("anna", knock(s)), signaling.CodeBadRequest)
	s.Rights["alice2"] = s.Rights["alice"]
	s.Connect("alice2")
	wantCode(t, s.Do("alice2", knock(s)), signaling.CodeBadRequest) // the seat is hers
	s.Service.Lobby = false
	wantCode(t, s.Do("bob", knock(s)), signaling.CodeBadRequest)
	s.Told()
	ok(t, s.Do("alice", signaling.SetLock{Room: s.Room, Locked: true}))
	ok(t, s.Do("anna", knock(s))) // a lock keeps hosts out too
	s.WantTold("alice: knocked anna ", "anna: ok k")
	ok(t, s.Do("alice", letIn(s, "anna")))
	s.Told()
	ok(t, s.Do("anna", s.Passes("anna")))
}

func TestALockIsKeptWhenSomebodyIsLetIn(t *testing.T) {
	s := hosted(t, "alice")
	s.Connect("bob", "carol")
	ok(t, s.Do("alice", signaling.SetLock{Room: s.Room, Locked: true}))
	ok(t, s.Do("bob", signaling.Knock{Room: s.Room, Peer: "bob"}))
	ok(t, s.Do("alice", letIn(s, "bob")))
	s.Told()
	ok(t, s.Do("bob", s.Passes("bob")))
	wantCode(t, s.Do("carol", signaling.Join{Room: s.Room, Peer: "carol"}), signaling.CodeRoomLocked)
	s.WantRoom("alice", "bob")
}

func TestUnderHostFirstWhoOpensIsHostAndOthersKnock(t *testing.T) {
	s := signalingtest.NewStage(t, signalingtest.NewMemory())
	s.Service.FirstHosts, s.Service.Lobby = true, true
	s.Connect("alice", "bob")
	wantCode(t, s.Do("bob", signaling.Knock{Room: s.Room, Peer: "bob"}), signaling.CodeBadRequest) // he would be host
	ok(t, s.Do("alice", signaling.Join{Room: s.Room, Peer: "alice"}))
	wantCode(t, s.Do("bob", signaling.Join{Room: s.Room, Peer: "bob"}), signaling.CodeRoomLocked)
	ok(t, s.Do("bob", signaling.Knock{Room: s.Room, Peer: "bob"}))
	ok(t, s.Do("alice", letIn(s, "bob")))
	s.Told()
	ok(t, s.Do("bob", s.Passes("bob")))
	s.WantTold("alice: peer-joined bob/guest rev 2", "bob: joined the-room as bob rev 2 with [alice/host]")
	// In a room of the dead, or of who is lost for too long, there is nobody to ask.
	s.Service.Grace = time.Minute
	s.Disconnect("alice")
	s.Disconnect("bob")
	s.Now = s.Now.Add(2 * time.Minute)
	s.Connect("carol", "dora")
	s.Told()
	wantCode(t, s.Do("carol", signaling.Knock{Room: s.Room, Peer: "carol"}), signaling.CodeBadRequest)
	ok(t, s.Do("dora", signaling.Join{Room: s.Room, Peer: "dora"}))
	s.WantTold("carol: error bad-request", "dora: joined the-room as dora rev 6 with []")
}

func TestThoseWhoWaitGoOnWhenHostsLeave(t *testing.T) {
	s := lobbied(t)
	enter(t, s, "alice")
	ok(t, s.Do("bob", knock(s)))
	ok(t, s.Do("alice", signaling.Leave{Room: s.Room}))
	s.Told()
	ok(t, s.Do("anna", signaling.Join{Room: s.Room}))
	s.WantTold("anna: joined the-room as anna rev 3 with [] while [bob] wait")
}
