package signalingtest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"sync"
	"testing"
	"time"

	"github.com/parley-rtc/parley/internal/signaling"
)

func wantRefused(t *testing.T, what string, err error) {
	t.Helper()
	if !errors.Is(err, signaling.ErrRefused) {
		t.Fatalf("%s: got %v, want ErrRefused", what, err)
	}
}

func guest(name string) (signaling.Peer, signaling.Terms) {
	return peer(name), signaling.Terms{Default: 16, Inhabited: true}
}

func openedRoom(t *testing.T, s signaling.Store) {
	ctx, id := t.Context(), signaling.RoomID(fresh("opened"))
	bob, only := guest("bob")
	r, err := s.AddPeer(ctx, id, bob, only, epoch)
	wantRefused(t, "a room that never was", err)
	check(t, r, nil, 0, "[]")
	r, err = s.AddPeer(ctx, id, peer("alice"), ofSeats(16), epoch)
	check(t, r, err, 1, "[alice]")
	r, err = s.AddPeer(ctx, id, bob, only, epoch)
	check(t, r, err, 2, "[alice bob]")
	for i, name := range []string{"alice", "bob"} {
		_, err = s.RemovePeer(ctx, id, signaling.PeerName(name), signaling.ConnID("conn-of-"+name), epoch)
		must(t, err)
		if r, err = s.AddPeer(ctx, id, peer(fmt.Sprint("carol", i)), only, epoch); i == 0 {
			check(t, r, err, 4, "[bob carol0]")
			_, err = s.RemovePeer(ctx, id, "carol0", "conn-of-carol0", epoch)
			must(t, err)
		}
	}
	wantRefused(t, "an emptied room", err)
	check(t, r, nil, 6, "[]")
	r, err = s.AddPeer(ctx, id, bob, only, epoch.Add(3*time.Hour))
	wantRefused(t, "an expired room", err)
	check(t, r, nil, 0, "[]")
}

func openedAmongGhosts(t *testing.T, s signaling.Store) {
	ctx, id := t.Context(), seated(t, s, "ghosts", "alice")
	bob, only := guest("bob")
	lost, err := s.MarkLost(ctx, id, "alice", "conn-of-alice", until, epoch)
	must(t, err)
	r, err := s.AddPeer(ctx, id, bob, only, until)
	wantRefused(t, "only who is lost for too long", err)
	check(t, r, nil, 2, "[]")
	// Her seat is kept: she is in the room. And so she is once she has moved it, twice, but not after that.
	r, err = s.AddPeer(ctx, id, bob, only, until.Add(-time.Millisecond))
	check(t, r, err, 3, "[alice bob]")
	_, err = s.RemovePeer(ctx, id, "bob", "conn-of-bob", epoch)
	must(t, err)
	seat, _ := lost.Named("alice")
	for _, conn := range []signaling.ConnID{"second", "third"} {
		next := seat
		next.Conn = conn
		_, err = s.Resume(ctx, id, next, seat, epoch)
		must(t, err)
		seat = next
		seat.Lost, seat.Loss = time.Time{}, 0
	}
	r, err = s.AddPeer(ctx, id, bob, only, epoch)
	check(t, r, err, 7, "[alice bob]")
	_, err = s.RemovePeer(ctx, id, "bob", "conn-of-bob", epoch)
	must(t, err)
	r, err = s.MarkLost(ctx, id, "alice", "third", until, epoch)
	check(t, r, err, 9, "[alice]")
	_, err = s.AddPeer(ctx, id, bob, only, until)
	wantRefused(t, "only who is lost for too long, after moves", err)
	_, err = s.Prune(ctx, id, r.Peers, r.Stale, until)
	must(t, err)
	r, err = s.AddPeer(ctx, id, bob, only, until)
	wantRefused(t, "nobody", err)
	check(t, r, nil, 10, "[]")
}

// openingRace has four who may not open the room and one who may, once all others have been refused.
// Whoever gets in finds the opener there. The opener may find others too: if its write was not
// answered, it looks again later.
func openingRace(t *testing.T, s signaling.Store) {
	ctx, id := t.Context(), signaling.RoomID(fresh("opening"))
	const opener, guests = "opener", 4
	found := make([]signaling.Room, guests)
	var refused, all sync.WaitGroup
	refused.Add(guests)
	trying, giveUp := context.WithCancel(ctx)
	defer all.Wait()
	defer giveUp()
	for i := range found {
		all.Go(func() {
			tried := sync.OnceFunc(refused.Done)
			defer tried()
			p, terms := guest(fmt.Sprint("guest", i))
			for trying.Err() == nil {
				r, err := s.AddPeer(ctx, id, p, terms, epoch)
				if err == nil {
					found[i] = r
					return
				}
				if !errors.Is(err, signaling.ErrRefused) {
					t.Error(err)
					return
				}
				tried()
			}
		})
	}
	refused.Wait()
	_, err := s.AddPeer(ctx, id, peer(opener), ofSeats(16), epoch)
	must(t, err)
	all.Wait()
	for i, r := range found {
		if _, there := r.Named(opener); !there {
			t.Errorf("guest %d got into a room of %s, without who may open it", i, names(r))
		}
	}
	r, err := s.Room(ctx, id, epoch, true)
	// One whose write was not answered, and finds others after it, takes a revision more.
	if err != nil || len(r.Peers) != guests+1 || r.Rev < guests+1 {
		t.Fatalf("got %s at revision %d, %v, want %d in it", names(r), r.Rev, err, guests+1)
	}
	if won := race(t, signaling.ErrRefused, func(i int) error {
		p, terms := guest(fmt.Sprint("peer", i))
		_, err := s.AddPeer(ctx, id+"-not", p, terms, epoch)
		return err
	}); won > 0 {
		t.Fatalf("%d opened a room between them", won)
	}
}

func ownSeats(t *testing.T, s signaling.Store) {
	ctx, id := t.Context(), signaling.RoomID(fresh("own-seats"))
	add := func(name string, seats int, now time.Time) (signaling.Room, error) {
		return s.AddPeer(ctx, id, peer(name), signaling.Terms{Seats: seats, Default: 3}, now)
	}
	leave := func(name string) {
		t.Helper()
		_, err := s.RemovePeer(ctx, id, signaling.PeerName(name), signaling.ConnID("conn-of-"+name), epoch)
		must(t, err)
	}
	seats := func(r signaling.Room, want int) {
		t.Helper()
		if got := r.Capacity(3); got != want {
			t.Fatalf("%d seats, want %d", got, want)
		}
	}
	r, err := add("alice", 2, epoch)
	check(t, r, err, 1, "[alice]")
	seats(r, 2)
	r, err = add("bob", 9, epoch) // it is not hers to say
	check(t, r, err, 2, "[alice bob]")
	seats(r, 2)
	r, err = add("carol", 9, epoch)
	wantRefused(t, "both seats are taken", err)
	seats(r, 2)
	leave("alice")
	r, err = add("carol", 0, epoch)
	check(t, r, err, 4, "[bob carol]")
	seats(r, 2)
	leave("bob")
	leave("carol")
	r, err = add("dora", 0, epoch) // and opens it
	check(t, r, err, 7, "[dora]")
	seats(r, 3)
	leave("dora")
	r, err = add("erin", 1, epoch)
	check(t, r, err, 9, "[erin]")
	seats(r, 1)
	r, err = s.MarkLost(ctx, id, "erin", "conn-of-erin", until, epoch)
	must(t, err)
	seats(r, 1)
	_, err = add("frank", 2, epoch)
	wantRefused(t, "the one seat is kept", err)
	r, err = add("frank", 2, until)
	wantRefused(t, "who is lost for too long goes first", err)
	_, err = s.Prune(ctx, id, r.Expired, nil, until)
	must(t, err)
	r, err = add("frank", 2, until)
	check(t, r, err, 12, "[frank]")
	seats(r, 2)
	r, err = s.MarkLost(ctx, id, "frank", "conn-of-frank", until.Add(time.Minute), until)
	must(t, err)
	seats(r, 2)
	r, err = add("grace", 5, until)
	check(t, r, err, 14, "[frank grace]")
	seats(r, 2)
	r, err = add("grace", 5, until.Add(3*time.Hour)) // after it has expired
	check(t, r, err, 15, "[grace]")
	seats(r, 5)
}

func passedLock(t *testing.T, s signaling.Store) {
	ctx, id := t.Context(), seated(t, s, "passed", "alice")
	passed := signaling.Terms{Default: 2, Passed: true}
	_, err := s.SetLocked(ctx, id, "alice", "conn-of-alice", true, epoch)
	must(t, err)
	r, err := s.AddPeer(ctx, id, peer("bob"), passed, epoch)
	check(t, r, err, 3, "[alice bob]")
	if !r.Locked {
		t.Fatal("a pass has unlocked the room")
	}
	_, err = s.AddPeer(ctx, id, peer("carol"), passed, epoch)
	wantRefused(t, "no free seat", err)
	for _, name := range []signaling.PeerName{"alice", "bob"} {
		_, err = s.RemovePeer(ctx, id, name, "conn-of-"+signaling.ConnID(name), epoch)
		must(t, err)
	}
	r, err = s.AddPeer(ctx, id, peer("carol"), passed, epoch)
	check(t, r, err, 6, "[carol]")
	if r.Locked {
		t.Fatal("the lock has outlived those in the room")
	}
}

func vacantRoom(t *testing.T, s signaling.Store) {
	ctx, id := t.Context(), signaling.RoomID(fresh("vacant"))
	terms := signaling.Terms{Default: 16, Vacant: true}
	if won := race(t, signaling.ErrRefused, func(i int) error {
		_, err := s.AddPeer(ctx, id, peer(fmt.Sprint("peer", i)), terms, epoch)
		return err
	}); won != 1 {
		t.Fatalf("%d opened the room, want 1", won)
	}
	r, err := s.Room(ctx, id, epoch, true)
	must(t, err)
	_, err = s.RemovePeer(ctx, id, r.Peers[0].Name, r.Peers[0].Conn, epoch)
	must(t, err)
	r, err = s.AddPeer(ctx, id, peer("alice"), terms, epoch)
	check(t, r, err, 3, "[alice]")
}

func waiter(name string) signaling.Waiting {
	return signaling.Waiting{Name: signaling.PeerName(name), Conn: signaling.ConnID("conn-of-" + name), Dialect: "parley.v1", At: epoch}
}

var lobby = signaling.Door{Empty: true, Open: true}

// checkDoor is check, and who waits.
func checkDoor(t *testing.T, r signaling.Room, err error, rev int64, peers, waiting string) {
	t.Helper()
	check(t, r, err, rev, peers)
	list := []string{}
	for _, w := range r.Waiting {
		list = append(list, string(w.Name))
	}
	if got := fmt.Sprint(list); got != waiting {
		t.Fatalf("%s wait, want %s", got, waiting)
	}
}

func keptKnock(t *testing.T, s signaling.Store) {
	ctx, id := t.Context(), signaling.RoomID(fresh("knock"))
	bob := waiter("bob")
	bob.Data, bob.User, bob.At = json.RawMessage(`{"a": "<é>"}`), "u|1", epoch.Add(time.Second)
	r, err := s.AddKnock(ctx, id, bob, lobby, epoch)
	checkDoor(t, r, err, 1, "[]", "[bob]")
	if !reflect.DeepEqual(r.Waiting[0], bob) {
		t.Fatalf("got %+v, want %+v", r.Waiting[0], bob)
	}
	r, err = s.AddKnock(ctx, id, waiter("carol"), lobby, epoch)
	checkDoor(t, r, err, 1, "[]", "[carol bob]") // who came first is first
	bob.Data = nil
	r, err = s.AddKnock(ctx, id, bob, lobby, epoch)
	checkDoor(t, r, err, 1, "[]", "[carol bob]")
	if r.Waiting[1].Data != nil {
		t.Fatalf("got %+v, want the newer knock", r.Waiting[1])
	}
	r, err = s.AddPeer(ctx, id, peer("alice"), ofSeats(2), epoch)
	checkDoor(t, r, err, 2, "[alice]", "[carol bob]")
	r, err = s.Room(ctx, id, epoch, true)
	checkDoor(t, r, err, 2, "[alice]", "[carol bob]")
	r, err = s.RemovePeer(ctx, id, "alice", "conn-of-alice", epoch)
	checkDoor(t, r, err, 3, "[]", "[carol bob]")
	r, err = s.EndKnock(ctx, id, "bob", "another", epoch)
	wantNoPeer(t, "another connection", err)
	checkDoor(t, r, nil, 3, "[]", "[carol bob]")
	r, err = s.EndKnock(ctx, id, "bob", "conn-of-bob", epoch)
	checkDoor(t, r, err, 3, "[]", "[carol]")
	_, err = s.EndKnock(ctx, id, "bob", "conn-of-bob", epoch)
	wantNoPeer(t, "again", err)
	_, err = s.EndKnock(ctx, id+"-not", "bob", "conn-of-bob", epoch)
	wantNoPeer(t, "a room that never was", err)
	r, err = s.EndKnock(ctx, id, "carol", "conn-of-carol", epoch.Add(3*time.Hour))
	wantNoPeer(t, "an expired room", err)
	check(t, r, nil, 0, "[]")
	r, err = s.AddKnock(ctx, id, bob, lobby, epoch.Add(3*time.Hour))
	checkDoor(t, r, err, 3, "[]", "[bob]")
	r, err = s.AddPeer(ctx, id, peer("alice"), ofSeats(2), epoch.Add(6*time.Hour))
	checkDoor(t, r, err, 4, "[alice]", "[]")
}

func refusedKnock(t *testing.T, s signaling.Store) {
	ctx, id := t.Context(), signaling.RoomID(fresh("door"))
	refused := func(what string, w signaling.Waiting, door signaling.Door, peers, waiting string) {
		t.Helper()
		r, err := s.AddKnock(ctx, id, w, door, epoch)
		wantRefused(t, what, err)
		checkDoor(t, r, nil, r.Rev, peers, waiting)
	}
	shut, open := signaling.Door{}, signaling.Door{Open: true}
	refused("nobody is there", waiter("bob"), open, "[]", "[]")
	_, err := s.AddPeer(ctx, id, peer("alice"), ofSeats(16), epoch)
	must(t, err)
	refused("the room is open", waiter("bob"), shut, "[alice]", "[]")
	refused("the room is open", waiter("bob"), signaling.Door{Empty: true}, "[alice]", "[]")
	_, err = s.SetLocked(ctx, id, "alice", "conn-of-alice", true, epoch)
	must(t, err)
	r, err := s.AddKnock(ctx, id, waiter("bob"), shut, epoch)
	checkDoor(t, r, err, 2, "[alice]", "[bob]")
	refused("who is in the room has that name", waiter("alice"), lobby, "[alice]", "[bob]")
	alias := waiter("alias")
	alias.Conn = "conn-of-alice"
	refused("it has a seat", alias, lobby, "[alice]", "[bob]")
	other := waiter("bob")
	other.Conn = "another"
	refused("who waits has that name", other, lobby, "[alice]", "[bob]")
	_, err = s.SetLocked(ctx, id, "alice", "conn-of-alice", false, epoch)
	must(t, err)
	refused("the room is open again", waiter("bob"), shut, "[alice]", "[bob]")
	_, err = s.SetLocked(ctx, id, "alice", "conn-of-alice", true, epoch)
	must(t, err)
	_, err = s.RemovePeer(ctx, id, "alice", "conn-of-alice", epoch)
	must(t, err)
	refused("who locked it has left", waiter("bob"), open, "[]", "[bob]")
	for i := range signaling.MaxWaiting - 1 {
		_, err := s.AddKnock(ctx, id, waiter(fmt.Sprint("w", i)), lobby, epoch)
		must(t, err)
	}
	r, err = s.AddKnock(ctx, id, waiter("carol"), lobby, epoch)
	if wantRefused(t, "every place is taken", err); len(r.Waiting) != signaling.MaxWaiting {
		t.Fatalf("%d wait", len(r.Waiting))
	}
	_, err = s.AddKnock(ctx, id, waiter("bob"), lobby, epoch)
	must(t, err)
}

func knockRaces(t *testing.T, s signaling.Store) {
	ctx, id := t.Context(), signaling.RoomID(fresh("knocks"))
	if won := race(t, signaling.ErrRefused, func(i int) error {
		w := waiter("bob")
		w.Conn = signaling.ConnID(fmt.Sprint("conn", i))
		_, err := s.AddKnock(ctx, id, w, lobby, epoch)
		return err
	}); won != 1 {
		t.Fatalf("%d wait under one name, want 1", won)
	}
	r, err := s.Room(ctx, id, epoch, true)
	checkDoor(t, r, err, 1, "[]", "[bob]")
	if won := race(t, signaling.ErrNoPeer, func(int) error {
		_, err := s.EndKnock(ctx, id, "bob", r.Waiting[0].Conn, epoch)
		return err
	}); won != 1 {
		t.Fatalf("%d ended one knock, want 1", won)
	}
	for range 10 { // one after the other, each once
		_, err = s.AddKnock(ctx, id, waiter("bob"), lobby, epoch)
		must(t, err)
		_, err = s.EndKnock(ctx, id, "bob", "conn-of-bob", epoch)
		must(t, err)
	}
	if won := race(t, signaling.ErrRefused, func(i int) error {
		_, err := s.AddKnock(ctx, id+"-two", waiter(fmt.Sprint("w", i)), lobby, epoch)
		return err
	}); won != 10 {
		t.Fatalf("%d of ten wait at once, want all", won)
	}
	r, err = s.Room(ctx, id+"-two", epoch, true)
	if err != nil || len(r.Waiting) != 10 {
		t.Fatalf("got %+v, %v, want ten who wait", r, err)
	}
}
