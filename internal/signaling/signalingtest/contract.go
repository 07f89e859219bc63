package signalingtest

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/parley-rtc/parley/internal/signaling"
)

// epoch is when the stories of the contract begin: the store must go by it, not by the machine's clock.
var epoch = time.Date(2031, 5, 1, 12, 0, 0, 0, time.UTC)

// StoreContract runs what every Store promises. newStore returns a store; stores may share tables, so each story uses
// names of its own.
func StoreContract(t *testing.T, newStore func(t *testing.T) signaling.Store) {
	for name, story := range map[string]func(*testing.T, signaling.Store){
		"a peer joins, is read, changes its data and leaves":      peerLifeCycle,
		"a taken name is refused with the room":                   takenName,
		"data are replaced if they are what was seen":             replacedData,
		"a full room refuses with the room":                       fullRoom,
		"a connection with a seat is refused a second":            secondSeat,
		"an emptied room keeps its revision":                      emptiedRoom,
		"an expired room is empty and its revision goes on":       expiredRoom,
		"only the peer's own connection changes it":               ownConnection,
		"a touch takes a revision and changes nothing":            touched,
		"a connection enters and exits rooms":                     enterExit,
		"a forgotten connection cannot enter":                     forgottenConnection,
		"a connection is in so many rooms at a time":              roomQuota,
		"a connection enters so many rooms in a minute":           joinQuota,
		"ten enter at once: the quota holds":                      quotaRace,
		"what is sent adds up until the connection is even":       debits,
		"ten debit at once: nothing is lost":                      debitRace,
		"a resumed seat goes back to who had it":                  restoredSeat,
		"a locked room refuses until it is unlocked or empty":     lockedRoom,
		"a connection keeps its rights and its state":             keptConnection,
		"a state is changed by who knows what it is":              changedState,
		"rights are given to a connection that is open":           grantedRights,
		"ten change one state: one does":                          stateRace,
		"ten race for three seats: three win":                     seatRace,
		"ten race for one name: one wins":                         nameRace,
		"ten remove one ghost: one does":                          ghostRace,
		"a lost peer keeps its seat, once":                        lostSeat,
		"mail waits in order, within its limits":                  keptMail,
		"a closed mailbox takes no more, and a later one ends it": closedMail,
		"what is left of mail waits on for the same seat only":    leftMail,
		"a peer is busy until somebody who knows so ends it":      busyPeer,
		"a seat is resumed once, with or without new data":        resumedSeat,
		"a seat kept no longer is pruned once":                    prunedSeat,
		"a live seat moves, and the old connection is stale":      movedSeat,
		"ten resume one seat: one does":                           resumeRace,
		"ten notice one loss: one does":                           lossRace,
		"a room is opened only by who may":                        openedRoom,
		"who is lost for too long does not hold a room open":      openedAmongGhosts,
		"none of those who may not open a room opens it":          openingRace,
		"a room keeps the seats that its opener gave it":          ownSeats,
		"a pass goes through a lock and leaves it":                passedLock,
		"ten open one room to be alone in it: one does":           vacantRoom,
		"who waits is kept, in order, and changes no revision":    keptKnock,
		"who may not wait is refused":                             refusedKnock,
		"ten knock, or end one knock":                             knockRaces,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			story(t, newStore(t))
		})
	}
}

// fresh returns a name nobody else uses.
func fresh(prefix string) string { return prefix + "-" + rand.Text() }

func peer(name string) signaling.Peer {
	return signaling.Peer{
		Name: signaling.PeerName(name), Conn: signaling.ConnID("conn-of-" + name), Dialect: "parley.v1", Joined: epoch,
	}
}

func ofSeats(n int) signaling.Terms { return signaling.Terms{Default: n} }

func names(r signaling.Room) string {
	list := []string{}
	for _, p := range r.Peers {
		list = append(list, string(p.Name))
	}
	return fmt.Sprint(list)
}

func check(t *testing.T, r signaling.Room, err error, rev int64, peers string) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	if r.Rev != rev || names(r) != peers {
		t.Fatalf("got revision %d with %s, want %d with %s", r.Rev, names(r), rev, peers)
	}
}

func peerLifeCycle(t *testing.T, s signaling.Store) {
	ctx, id := t.Context(), signaling.RoomID(fresh("life"))
	none, err := s.Room(ctx, id, epoch, true)
	check(t, none, err, 0, "[]")
	bob := peer("bob")
	bob.Joined = epoch.Add(time.Second)
	bob.Data = json.RawMessage(`{"a": [1,  "<é>"]}`)
	bob.Role = signaling.RoleGuest
	r, err := s.AddPeer(ctx, id, bob, ofSeats(16), epoch)
	check(t, r, err, 1, "[bob]")
	r, err = s.AddPeer(ctx, id, peer("alice"), ofSeats(16), epoch)
	check(t, r, err, 2, "[alice bob]") // alice's clock was earlier: join order
	r, err = s.Room(ctx, id, epoch, true)
	check(t, r, err, 2, "[alice bob]")
	got, ok := r.Named("bob")
	if !ok || got.Conn != bob.Conn || got.Dialect != bob.Dialect || !got.Joined.Equal(bob.Joined) || string(got.Data) != string(bob.Data) || got.Role != bob.Role {
		t.Fatalf("got %+v, want %+v", got, bob)
	}
	if alice, _ := r.Named("alice"); alice.Data != nil {
		t.Fatalf("alice has data %q that she never sent", alice.Data)
	}
	r, err = s.SetData(ctx, id, "alice", "conn-of-alice", json.RawMessage(`null`), nil, epoch)
	check(t, r, err, 3, "[alice bob]")
	if alice, _ := r.Named("alice"); string(alice.Data) != "null" {
		t.Fatalf("got data %q, want null", alice.Data)
	}
	r, err = s.RemovePeer(ctx, id, "bob", "conn-of-bob", epoch)
	check(t, r, err, 4, "[alice]")
}

func replacedData(t *testing.T, s signaling.Store) {
	ctx, id := t.Context(), signaling.RoomID(fresh("replaced"))
	_, err := s.AddPeer(ctx, id, peer("alice"), ofSeats(16), epoch)
	if err != nil {
		t.Fatal(err)
	}
	set := func(conn signaling.ConnID, data, former string) (signaling.Room, error) {
		return s.SetData(ctx, id, "alice", conn, json.RawMessage(data), json.RawMessage(former), epoch)
	}
	former := ""
	for i, data := range []string{"1", "", "null", "2", "2"} {
		for _, other := range []struct{ conn, former string }{{"another", former}, {"conn-of-alice", "9"}, {"conn-of-alice", ""}} {
			if other.conn == "conn-of-alice" && other.former == former {
				continue
			}
			if _, err := set(signaling.ConnID(other.conn), data, other.former); !errors.Is(err, signaling.ErrNoPeer) {
				t.Fatalf("%q on %s in the place of %q: got %v, want ErrNoPeer", data, other.conn, other.former, err)
			}
		}
		r, err := set("conn-of-alice", data, former)
		check(t, r, err, int64(i+2), "[alice]")
		if alice, _ := r.Named("alice"); string(alice.Data) != data || (data == "") != (alice.Data == nil) {
			t.Fatalf("got data %q, want %q", alice.Data, data)
		}
		former = data
	}
}

func takenName(t *testing.T, s signaling.Store) {
	ctx, id := t.Context(), signaling.RoomID(fresh("taken"))
	_, err := s.AddPeer(ctx, id, peer("alice"), ofSeats(16), epoch)
	if err != nil {
		t.Fatal(err)
	}
	other := peer("alice")
	other.Conn = "another"
	r, err := s.AddPeer(ctx, id, other, ofSeats(16), epoch)
	if !errors.Is(err, signaling.ErrRefused) {
		t.Fatalf("got %v, want ErrRefused", err)
	}
	if a, _ := r.Named("alice"); r.Rev != 1 || a.Conn != "conn-of-alice" {
		t.Fatalf("got %+v, want the room as it was", r)
	}
}

func fullRoom(t *testing.T, s signaling.Store) {
	ctx, id := t.Context(), signaling.RoomID(fresh("full"))
	for _, name := range []string{"alice", "bob"} {
		if _, err := s.AddPeer(ctx, id, peer(name), ofSeats(2), epoch); err != nil {
			t.Fatal(err)
		}
	}
	r, err := s.AddPeer(ctx, id, peer("carol"), ofSeats(2), epoch)
	if !errors.Is(err, signaling.ErrRefused) {
		t.Fatalf("got %v, want ErrRefused", err)
	}
	check(t, r, nil, 2, "[alice bob]")
}

func secondSeat(t *testing.T, s signaling.Store) {
	ctx, id := t.Context(), signaling.RoomID(fresh("second"))
	r, err := s.AddPeer(ctx, id, peer("alice"), ofSeats(4), epoch)
	check(t, r, err, 1, "[alice]")
	second := peer("alias")
	second.Conn = "conn-of-alice"
	r, err = s.AddPeer(ctx, id, second, ofSeats(4), epoch)
	if !errors.Is(err, signaling.ErrRefused) {
		t.Fatalf("got %v, want ErrRefused", err)
	}
	check(t, r, nil, 1, "[alice]")
	r, err = s.RemovePeer(ctx, id, "alice", "conn-of-alice", epoch)
	check(t, r, err, 2, "[]")
	r, err = s.AddPeer(ctx, id, second, ofSeats(4), epoch)
	check(t, r, err, 3, "[alias]")
}

func emptiedRoom(t *testing.T, s signaling.Store) {
	ctx, id := t.Context(), signaling.RoomID(fresh("emptied"))
	r, err := s.AddPeer(ctx, id, peer("alice"), ofSeats(2), epoch)
	check(t, r, err, 1, "[alice]")
	r, err = s.RemovePeer(ctx, id, "alice", "conn-of-alice", epoch)
	check(t, r, err, 2, "[]")
	r, err = s.AddPeer(ctx, id, peer("bob"), ofSeats(2), epoch)
	check(t, r, err, 3, "[bob]")
}

func expiredRoom(t *testing.T, s signaling.Store) {
	ctx, id := t.Context(), signaling.RoomID(fresh("expired"))
	r, err := s.AddPeer(ctx, id, peer("alice"), ofSeats(1), epoch)
	check(t, r, err, 1, "[alice]")
	later := epoch.Add(3 * time.Hour)
	r, err = s.Room(ctx, id, later, true)
	check(t, r, err, 0, "[]")
	if _, err := s.RemovePeer(ctx, id, "alice", "conn-of-alice", later); !errors.Is(err, signaling.ErrNoPeer) {
		t.Fatalf("got %v, want ErrNoPeer: the room has expired", err)
	}
	r, err = s.AddPeer(ctx, id, peer("alice"), ofSeats(1), later)
	check(t, r, err, 2, "[alice]")
}

func ownConnection(t *testing.T, s signaling.Store) {
	ctx, id := t.Context(), signaling.RoomID(fresh("own"))
	if _, err := s.AddPeer(ctx, id, peer("alice"), ofSeats(2), epoch); err != nil {
		t.Fatal(err)
	}
	for who, room := range map[string]signaling.RoomID{"another": id, "conn-of-alice": id + "-not"} {
		if _, err := s.RemovePeer(ctx, room, "alice", signaling.ConnID(who), epoch); !errors.Is(err, signaling.ErrNoPeer) {
			t.Fatalf("remove by %s in %s: got %v, want ErrNoPeer", who, room, err)
		}
		if _, err := s.SetData(ctx, room, "alice", signaling.ConnID(who), json.RawMessage("1"), nil, epoch); !errors.Is(err, signaling.ErrNoPeer) {
			t.Fatalf("set data by %s in %s: got %v, want ErrNoPeer", who, room, err)
		}
	}
	r, err := s.Room(ctx, id, epoch, true)
	check(t, r, err, 1, "[alice]")
}

func touched(t *testing.T, s signaling.Store) {
	ctx, id := t.Context(), signaling.RoomID(fresh("touched"))
	alice := peer("alice")
	alice.Data = json.RawMessage("[1]")
	_, err := s.AddPeer(ctx, id, alice, ofSeats(3), epoch)
	must(t, err)
	r, err := s.Touch(ctx, id, "alice", alice.Conn, epoch)
	check(t, r, err, 2, "[alice]")
	if got, _ := r.Named("alice"); string(got.Data) != "[1]" {
		t.Fatalf("got %+v", got)
	}
	if _, err := s.Touch(ctx, id, "alice", "another", epoch); !errors.Is(err, signaling.ErrNoPeer) {
		t.Fatalf("got %v, want ErrNoPeer", err)
	}
	if _, err := s.Touch(ctx, id, "bob", alice.Conn, epoch); !errors.Is(err, signaling.ErrNoPeer) {
		t.Fatalf("got %v, want ErrNoPeer", err)
	}
}

// only drops what comes with an error.
func only[T any](_ T, err error) error { return err }

func lockedRoom(t *testing.T, s signaling.Store) {
	ctx, id := t.Context(), signaling.RoomID(fresh("locked"))
	_, err := s.AddPeer(ctx, id, peer("alice"), ofSeats(16), epoch)
	must(t, err)
	if _, err := s.SetLocked(ctx, id, "alice", "another", true, epoch); !errors.Is(err, signaling.ErrNoPeer) {
		t.Fatalf("got %v, want ErrNoPeer", err)
	}
	locked := func(want bool, rev int64, peers string) func(signaling.Room, error) {
		return func(r signaling.Room, err error) {
			t.Helper()
			check(t, r, err, rev, peers)
			if r.Locked != want {
				t.Fatalf("locked: got %t, want %t", r.Locked, want)
			}
		}
	}
	locked(true, 2, "[alice]")(s.SetLocked(ctx, id, "alice", "conn-of-alice", true, epoch))
	locked(true, 2, "[alice]")(s.Room(ctx, id, epoch, true))
	r, err := s.AddPeer(ctx, id, peer("bob"), ofSeats(16), epoch)
	if !errors.Is(err, signaling.ErrRefused) || !r.Locked {
		t.Fatalf("got %+v, %v, want ErrRefused by a locked room", r, err)
	}
	locked(false, 3, "[alice]")(s.SetLocked(ctx, id, "alice", "conn-of-alice", false, epoch))
	locked(false, 4, "[alice bob]")(s.AddPeer(ctx, id, peer("bob"), ofSeats(16), epoch))
	locked(true, 5, "[alice bob]")(s.SetLocked(ctx, id, "bob", "conn-of-bob", true, epoch))
	locked(true, 6, "[bob]")(s.RemovePeer(ctx, id, "alice", "conn-of-alice", epoch))
	locked(false, 7, "[]")(s.RemovePeer(ctx, id, "bob", "conn-of-bob", epoch))
	locked(false, 8, "[carol]")(s.AddPeer(ctx, id, peer("carol"), ofSeats(16), epoch))
	locked(false, 8, "[carol]")(s.Room(ctx, id, epoch, true))
}

// race runs ten at once and returns how many of them had no error; any error but refusal fails the test.
func race(t *testing.T, refusal error, attempt func(i int) error) int {
	t.Helper()
	var wg sync.WaitGroup
	errs := make([]error, 10)
	for i := range errs {
		wg.Go(func() { errs[i] = attempt(i) })
	}
	wg.Wait()
	won := 0
	for _, err := range errs {
		switch {
		case err == nil:
			won++
		case !errors.Is(err, refusal):
			t.Fatal(err)
		}
	}
	return won
}

func seatRace(t *testing.T, s signaling.Store) {
	ctx, id := t.Context(), signaling.RoomID(fresh("seats"))
	won := race(t, signaling.ErrRefused, func(i int) error {
		_, err := s.AddPeer(ctx, id, peer(fmt.Sprint("peer", i)), ofSeats(3), epoch)
		return err
	})
	r, err := s.Room(ctx, id, epoch, true)
	if err != nil || won != 3 || len(r.Peers) != 3 || r.Rev < 3 { // more where a write was not answered
		t.Fatalf("%d won, room %+v, %v: want 3 winners in 3 seats at revision 3", won, r, err)
	}
}

func nameRace(t *testing.T, s signaling.Store) {
	ctx, id := t.Context(), signaling.RoomID(fresh("name"))
	won := race(t, signaling.ErrRefused, func(i int) error {
		p := peer("alice")
		p.Conn = signaling.ConnID(fmt.Sprint("conn", i))
		_, err := s.AddPeer(ctx, id, p, ofSeats(16), epoch)
		return err
	})
	if won != 1 {
		t.Fatalf("%d won the name, want 1", won)
	}
}

func ghostRace(t *testing.T, s signaling.Store) {
	ctx, id := t.Context(), signaling.RoomID(fresh("ghost"))
	if _, err := s.AddPeer(ctx, id, peer("alice"), ofSeats(16), epoch); err != nil {
		t.Fatal(err)
	}
	won := race(t, signaling.ErrNoPeer, func(int) error {
		_, err := s.RemovePeer(ctx, id, "alice", "conn-of-alice", epoch)
		return err
	})
	if won != 1 {
		t.Fatalf("%d removed the ghost, want 1", won)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
