package signaling_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/parley-rtc/parley/internal/signaling"
	"github.com/parley-rtc/parley/internal/signaling/signalingtest"
)

func stage(t *testing.T, joined ...string) *signalingtest.Stage {
	t.Helper()
	s := signalingtest.NewStage(t, signalingtest.NewMemory())
	s.Join(joined...)
	return s
}

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wantCode(t *testing.T, err error, code signaling.Code) {
	t.Helper()
	if got := signaling.Describe(err); err == nil || got.Code != code {
		t.Fatalf("got %v, want %s", err, code)
	}
}

func TestThreeJoinAndLeave(t *testing.T) {
	s := stage(t)
	s.Connect("alice", "bob", "carol")
	ok(t, s.Do("alice", signaling.Join{Room: s.Room, Peer: "alice"}))
	s.WantTold("alice: joined the-room as alice rev 1 with []")
	ok(t, s.Do("bob", signaling.Join{Room: s.Room, Peer: "bob"}))
	s.WantTold("alice: peer-joined bob rev 2", "bob: joined the-room as bob rev 2 with [alice]")
	s.Now = s.Now.Add(time.Second)
	ok(t, s.Do("carol", signaling.Join{Room: s.Room, Peer: "aaron"}))
	s.WantTold("alice: peer-joined aaron rev 3", "bob: peer-joined aaron rev 3", "carol: joined the-room as aaron rev 3 with [alice bob]")
	ok(t, s.Do("alice", signaling.Leave{Request: signaling.Request{ID: "7"}, Room: s.Room}))
	s.WantTold("alice: ok 7", "bob: peer-left alice left rev 4", "carol: peer-left alice left rev 4")
	s.Disconnect("alice")
	s.WantTold()
	s.Disconnect("bob")
	s.WantTold("carol: peer-left bob lost rev 5")
	s.WantRoom("aaron")
}

func TestTheJoinerIsAnsweredBeforeOthersAreTold(t *testing.T) {
	s := stage(t, "alice", "bob")
	s.Connect("carol")
	ok(t, s.Do("carol", signaling.Join{Room: s.Room, Peer: "carol"}))
	if first := s.Take()[0]; first.To != s.Conn("carol") {
		t.Fatalf("the first push went to %s: %s", first.To, first.Frame)
	}
}

func TestJoinAgainChangesNothing(t *testing.T) {
	s := stage(t, "alice", "bob")
	for _, name := range []signaling.PeerName{"alice", ""} {
		ok(t, s.Do("alice", signaling.Join{Room: s.Room, Peer: name}))
		s.WantTold("alice: joined the-room as alice rev 2 with [bob]")
	}
	wantCode(t, s.Do("alice", signaling.Join{Room: s.Room, Peer: "other"}), signaling.CodeBadRequest)
	s.WantTold("alice: error bad-request")
	s.WantRoom("alice", "bob")
}

func TestJoinAgainRestoresWhatTheConnectionForgot(t *testing.T) {
	s := stage(t, "alice", "bob")
	// As after a leave that could neither finish nor be undone: the seat is taken and the connection does not know.
	_, _, err := s.Store.Exit(t.Context(), s.Conn("alice"), s.Room)
	ok(t, err)
	ok(t, s.Do("alice", signaling.Join{Room: s.Room, Peer: "alice"}))
	// Nor can anybody know whether bob does: so he is told, under a revision of its own.
	s.WantTold("alice: joined the-room as alice rev 3 with [bob]", "bob: peer-joined alice rev 3")
	s.Disconnect("alice")
	s.WantTold("bob: peer-left alice lost rev 4")
}

func TestJoinWithoutANameGetsOne(t *testing.T) {
	s := stage(t)
	s.Connect("alice")
	ok(t, s.Do("alice", signaling.Join{Room: s.Room}))
	ok(t, s.Do("alice", signaling.Join{Room: s.Room}))
	first := s.Take()
	if string(first[0].Frame) != string(first[1].Frame) || !strings.Contains(string(first[0].Frame), " as peer-") {
		t.Fatalf("got %s, then %s", first[0].Frame, first[1].Frame)
	}
	if strings.Contains(string(first[0].Frame), string(s.Conn("alice"))) {
		t.Fatal("the name tells the connection's id")
	}
}

func TestJoinRefusals(t *testing.T) {
	s := stage(t, "alice")
	s.Connect("bob")
	wantCode(t, s.Do("bob", signaling.Join{Room: s.Room, Peer: "alice"}), signaling.CodeNameTaken)
	s.Service.Seats = 1
	wantCode(t, s.Do("bob", signaling.Join{Room: s.Room, Peer: "bob"}), signaling.CodeRoomFull)
	s.Service.Seats = 16
	big := json.RawMessage(`"` + strings.Repeat("x", s.Service.Limits.PeerData-1) + `"`)
	wantCode(t, s.Do("bob", signaling.Join{Room: s.Room, Peer: "bob", Data: big}), signaling.CodeTooLarge)
	wantCode(t, s.Do("alice", signaling.Update{Room: s.Room, Data: big}), signaling.CodeTooLarge)
	s.WantRoom("alice")
}

func TestTheRosterIsBounded(t *testing.T) {
	s := stage(t)
	s.Service.Seats = 250
	data := json.RawMessage(`"` + strings.Repeat("x", s.Service.Limits.PeerData-2) + `"`)
	var err error
	joined := 0
	for ; err == nil && joined < 40; joined++ {
		name := strings.Repeat("p", joined+1)
		s.Connect(name)
		err = s.Do(name, signaling.Join{Room: s.Room, Peer: signaling.PeerName(name), Data: data})
	}
	wantCode(t, err, signaling.CodeTooLarge)
	s.Take()
	room, err := s.Store.Room(t.Context(), s.Room, s.Now, true)
	ok(t, err)
	if len(room.Peers) != joined-1 || room.Size() > signaling.MaxRoster || room.Size() < signaling.MaxRoster-2*s.Service.Limits.PeerData {
		t.Fatalf("%d peers in %d bytes after %d joins", len(room.Peers), room.Size(), joined)
	}
	s.Connect("small")
	ok(t, s.Do("small", signaling.Join{Room: s.Room, Peer: "small", Data: json.RawMessage("1")}))
}

func TestAFreedNameIsTakenBackAtOnce(t *testing.T) {
	s := stage(t, "alice", "bob")
	s.Cut(s.Conn("alice")) // and its $disconnect never comes
	s.Connect("again")
	ok(t, s.Do("again", signaling.Join{Room: s.Room, Peer: "alice"}))
	s.WantTold("again: joined the-room as alice rev 4 with [bob]", "bob: peer-left alice lost rev 3", "bob: peer-joined alice rev 4")
	s.Disconnect("alice")
	s.WantTold()
}

func TestARoomFullOfDeadSocketsLetsTheLivingIn(t *testing.T) {
	s := stage(t, "alice", "bob")
	s.Service.Seats = 2
	s.Connect("carol")
	wantCode(t, s.Do("carol", signaling.Join{Room: s.Room, Peer: "carol"}), signaling.CodeRoomFull)
	s.Take()
	s.Cut(s.Conn("alice"))
	s.Cut(s.Conn("bob"))
	ok(t, s.Do("carol", signaling.Join{Room: s.Room, Peer: "carol"}))
	s.WantTold("carol: joined the-room as carol rev 5 with []")
	s.WantRoom("carol")
}

// failing is a store whose next removal of a peer fails.
type failing struct {
	signaling.Store
	done bool
}

func (f *failing) RemovePeer(ctx context.Context, id signaling.RoomID, name signaling.PeerName, conn signaling.ConnID, now time.Time) (signaling.Room, error) {
	if !f.done {
		f.done = true
		return signaling.Room{}, errors.New("throttled")
	}
	return f.Store.RemovePeer(ctx, id, name, conn, now)
}

func TestALeaveThatFailedHalfWayCanBeTriedAgain(t *testing.T) {
	s := stage(t, "alice", "bob")
	s.Store.Store = &failing{Store: s.Store.Store}
	wantCode(t, s.Do("alice", signaling.Leave{Room: s.Room}), signaling.CodeInternal)
	s.WantTold("alice: error internal")
	ok(t, s.Do("alice", signaling.Leave{Room: s.Room}))
	s.WantTold("bob: peer-left alice left rev 3")
}

func TestOthersAreToldEvenIfTheSenderCannotBe(t *testing.T) {
	s := stage(t, "alice", "bob")
	req := signaling.Request{ID: "1"}
	s.Connect("carol")
	s.Fail(s.Conn("carol"))
	for _, step := range []struct {
		cmd  signaling.Command
		told string
	}{
		{signaling.Join{Request: req, Room: s.Room, Peer: "carol"}, "peer-joined carol rev 3"},
		{signaling.Update{Request: req, Room: s.Room, Data: []byte("1")}, "peer-updated carol rev 4 1"},
		{signaling.Leave{Request: req, Room: s.Room}, "peer-left carol left rev 5"},
	} {
		if err := s.Do("carol", step.cmd); err == nil {
			t.Fatal("the log is not told")
		}
		s.WantTold("alice: "+step.told, "bob: "+step.told)
	}
}

// stalled is a pusher that takes all the time there is for one connection.
type stalled struct {
	signaling.Pusher
	conn signaling.ConnID
}

func (p stalled) Push(ctx context.Context, to signaling.ConnID, frame []byte) error {
	if to == p.conn {
		<-ctx.Done()
	}
	if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) < 50*time.Millisecond {
		return context.DeadlineExceeded
	}
	return p.Pusher.Push(ctx, to, frame)
}

func TestThereIsTimeLeftToTellOfAFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := stage(t, "alice", "bob")
		s.Service.Pusher = stalled{s.Recorder, s.Conn("bob")}
		ctx, cancel := context.WithTimeout(t.Context(), 400*time.Millisecond)
		defer cancel()
		err := s.Through(ctx, s.Service, "alice", signaling.Signal{Room: s.Room, To: "bob", Data: []byte("1")})
		wantCode(t, err, signaling.CodeInternal)
		s.WantTold("alice: error internal")
	})
}

func TestBroadcastFindsAllGhosts(t *testing.T) {
	s := stage(t, "alice", "bob", "carol", "dave")
	s.Cut(s.Conn("bob"))
	s.Cut(s.Conn("dave"))
	ok(t, s.Do("alice", signaling.Broadcast{Request: signaling.Request{ID: "1"}, Room: s.Room, Data: []byte("1")}))
	s.WantTold("alice: ok 1", "alice: peer-left bob lost rev 5", "alice: peer-left dave lost rev 6",
		"carol: broadcast from alice 1", "carol: peer-left bob lost rev 5", "carol: peer-left dave lost rev 6")
	s.WantRoom("alice", "carol")
}

func TestAPeerThatCannotBeReachedIsNoGhost(t *testing.T) {
	s := stage(t, "alice", "bob")
	s.Fail(s.Conn("bob"))
	for _, cmd := range []signaling.Command{
		signaling.Signal{Room: s.Room, To: "bob", Data: []byte("1")},
		signaling.Signal{Room: s.Room, To: "bob", Address: sealed(s, "alice", "bob", nil), Data: []byte("1")},
		signaling.Broadcast{Room: s.Room, Data: []byte("1")},
	} {
		wantCode(t, s.Do("alice", cmd), signaling.CodeInternal)
		s.WantTold("alice: error internal")
	}
	if err := s.Do("alice", signaling.Update{Request: signaling.Request{ID: "1"}, Room: s.Room, Data: []byte("1")}); err == nil {
		t.Fatal("the log is not told that bob could not be reached")
	}
	s.WantTold("alice: ok 1") // the update itself is done
	s.WantRoom("alice", "bob")
}

func TestUpdateAndRoster(t *testing.T) {
	s := stage(t, "alice", "bob")
	ok(t, s.Do("alice", signaling.Update{Room: s.Room, Data: []byte(`{"muted": true}`)}))
	s.WantTold(`bob: peer-updated alice rev 3 {"muted": true}`)
	req := signaling.Request{ID: "1"}
	ok(t, s.Do("alice", signaling.Update{Request: req, Room: s.Room, Data: []byte("1"), Rev: 2}))
	s.WantTold("alice: ok 1 rev 4", "bob: peer-updated alice rev 4 1")
	ok(t, s.Do("bob", signaling.ListRoster{Room: s.Room}))
	s.WantTold("bob: roster rev 4 [alice]")
	wantCode(t, s.Do("stranger", signaling.ListRoster{Room: s.Room}), signaling.CodeNotInRoom)
	wantCode(t, s.Do("stranger", signaling.Update{Room: s.Room, Data: []byte("1")}), signaling.CodeNotInRoom)
	wantCode(t, s.Do("stranger", signaling.Leave{Room: s.Room}), signaling.CodeNotInRoom)
}

func TestOutgoingFramesAreBounded(t *testing.T) {
	s := stage(t, "alice", "bob")
	huge := json.RawMessage(`"` + strings.Repeat("x", signaling.MaxFrame) + `"`)
	wantCode(t, s.Do("alice", signaling.Broadcast{Room: s.Room, Data: huge}), signaling.CodeTooLarge)
	wantCode(t, s.Do("alice", signaling.Signal{Room: s.Room, To: "bob", Data: huge}), signaling.CodeTooLarge)
	wantCode(t, s.Do("alice", signaling.Signal{Room: s.Room, To: "bob", Address: sealed(s, "alice", "bob", nil), Data: huge}), signaling.CodeTooLarge)
}

// stale is a store whose eventually consistent reads miss the last writes.
type stale struct {
	signaling.Store
	consistent *int
}

func (s stale) Room(ctx context.Context, id signaling.RoomID, now time.Time, consistent bool) (signaling.Room, error) {
	if !consistent {
		return signaling.Room{ID: id}, nil
	}
	*s.consistent++
	return s.Store.Room(ctx, id, now, true)
}

func TestAMissIsReadAgainConsistently(t *testing.T) {
	s := stage(t, "alice", "bob")
	reads := 0
	s.Store.Store = stale{s.Store.Store, &reads}
	ok(t, s.Do("alice", signaling.Signal{Room: s.Room, To: "bob", Data: []byte("1")}))
	s.WantTold("bob: signal from alice 1")
	if reads != 1 {
		t.Fatalf("%d consistent reads, want 1", reads)
	}
}

func TestTURNCredentials(t *testing.T) {
	s := stage(t)
	s.Service.ICE = signaling.ICE{
		Servers: []signaling.ICEServer{{URLs: []string{"stun:stun.example.org"}}},
		TURN:    []string{"turn:turn.example.org"}, Secret: "north", TTL: time.Hour,
	}
	servers, expires := s.Service.ICE.For("R1kmxc2VNjMCFIA=", time.Unix(1_700_000_000, 0))
	if len(servers) != 2 || expires != 1_700_003_600 {
		t.Fatalf("got %+v until %d", servers, expires)
	}
	// printf %s 1700003600:fce9be9c1abf | openssl dgst -sha1 -hmac north -binary | base64
	turn := servers[1]
	if turn.Username != "1700003600:fce9be9c1abf" || turn.Credential != "zBdJS0bpY/oGLPnQcJsLGb03zKM=" {
		t.Fatalf("got %+v", turn)
	}
}

func TestTURNCredentialsAreLentToPeers(t *testing.T) {
	s := stage(t)
	s.Service.ICE = signaling.ICE{
		Servers: []signaling.ICEServer{{URLs: []string{"stun:stun.example.org"}}},
		TURN:    []string{"turn:turn.example.org"}, Secret: "north", TTL: time.Hour,
	}
	s.Service.NeedRights = true
	s.Rights = map[string]*signaling.Rights{
		"alice": {User: "a", Peer: "alice", Rooms: []string{"*"}, Expires: s.Now.Add(time.Hour)},
	}
	ask := func(servers int) {
		t.Helper()
		ok(t, s.Do("alice", signaling.GetICE{}))
		s.WantTold(fmt.Sprintf("alice: ice %d servers", servers))
	}
	ask(1) // not even connected
	s.Connect("alice")
	ask(1)
	s.Join("alice")
	ask(2)
	s.Now = s.Now.Add(time.Hour + signaling.Skew)
	ask(2)
	s.Now = s.Now.Add(time.Second)
	ask(1) // the token has ended
	s.Service.NeedRights = false
	ask(2)
	ok(t, s.Do("alice", signaling.Leave{Room: s.Room}))
	ask(1)
	// Who only waits for a room is in none.
	s.Service.FirstHosts, s.Service.Lobby = true, true
	s.Join("bob")
	ok(t, s.Do("alice", signaling.Knock{Room: s.Room, Peer: "alice"}))
	s.Told()
	ask(1)
	// One that joined a moment ago is found, though the first reading does not show it.
	s.Service.Store = pastConnections{s.Store}
	s.Connect("carol")
	ok(t, s.Do("carol", signaling.Join{Room: "elsewhere", Peer: "carol"}))
	s.Told()
	ok(t, s.Do("carol", signaling.GetICE{}))
	s.WantTold("carol: ice 2 servers")
}

// pastConnections is a store whose eventually consistent reads of connections miss the rooms they are in.
type pastConnections struct{ signaling.Store }

func (p pastConnections) Connection(ctx context.Context, conn signaling.ConnID, consistent bool) (signaling.Connection, error) {
	c, err := p.Store.Connection(ctx, conn, consistent)
	if !consistent {
		c.Rooms = nil
	}
	return c, err
}
