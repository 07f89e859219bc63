package signalingtest

import (
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/parley-rtc/parley/internal/signaling"
)

// until is how long the stories keep a seat.
var until = epoch.Add(30 * time.Second)

func wantNoPeer(t *testing.T, what string, err error) {
	t.Helper()
	if !errors.Is(err, signaling.ErrNoPeer) {
		t.Fatalf("%s: got %v, want ErrNoPeer", what, err)
	}
}

func seated(t *testing.T, s signaling.Store, prefix string, peers ...string) signaling.RoomID {
	t.Helper()
	id := signaling.RoomID(fresh(prefix))
	for _, name := range peers {
		_, err := s.AddPeer(t.Context(), id, peer(name), ofSeats(16), epoch)
		must(t, err)
	}
	return id
}

func lostSeat(t *testing.T, s signaling.Store) {
	ctx, id := t.Context(), seated(t, s, "lost", "alice", "bob")
	_, err := s.MarkLost(ctx, id, "alice", "another", until, epoch)
	wantNoPeer(t, "on another connection", err)
	r, err := s.MarkLost(ctx, id, "alice", "conn-of-alice", until, epoch)
	check(t, r, err, 3, "[alice bob]")
	_, err = s.MarkLost(ctx, id, "alice", "conn-of-alice", until.Add(time.Minute), epoch)
	wantNoPeer(t, "lost already", err)
	r, err = s.Room(ctx, id, until.Add(-time.Millisecond), true)
	check(t, r, err, 3, "[alice bob]")
	if a, _ := r.Named("alice"); !a.Lost.Equal(until) {
		t.Fatalf("lost until %v, want %v", a.Lost, until)
	}
	other := peer("alice")
	other.Conn = "another"
	if _, err := s.AddPeer(ctx, id, other, ofSeats(16), epoch); !errors.Is(err, signaling.ErrRefused) {
		t.Fatalf("got %v, want ErrRefused: the seat is kept", err)
	}
	r, err = s.Room(ctx, id, until, true)
	check(t, r, err, 3, "[bob]")
	if len(r.Expired) != 1 || r.Expired[0].Name != "alice" {
		t.Fatalf("expired %v, want alice", r.Expired)
	}
}

func resumedSeat(t *testing.T, s signaling.Store) {
	ctx, id := t.Context(), signaling.RoomID(fresh("resumed"))
	alice := peer("alice")
	alice.User, alice.Role, alice.Data = "u|1", signaling.RoleHost, json.RawMessage(`{"a":1}`)
	_, err := s.AddPeer(ctx, id, alice, ofSeats(16), epoch)
	must(t, err)
	_, err = s.MarkLost(ctx, id, "alice", alice.Conn, until, epoch)
	must(t, err)
	lost := alice
	lost.Lost, lost.Loss = until, 2
	_, err = s.Resume(ctx, id, signaling.Peer{Name: "alice", Conn: "second", Dialect: "text"}, alice, epoch)
	wantNoPeer(t, "seen before it was lost", err)
	back := signaling.Peer{Name: "alice", Conn: "second", Dialect: "text", Role: signaling.RoleGuest}
	_, err = s.Resume(ctx, id, back, lost, until)
	wantNoPeer(t, "kept no longer", err)
	r, err := s.Resume(ctx, id, back, lost, until.Add(-time.Millisecond))
	check(t, r, err, 3, "[alice]")
	got, _ := r.Named("alice")
	if got.Conn != "second" || got.Dialect != "text" || got.Role != signaling.RoleGuest || got.User != "u|1" ||
		string(got.Data) != `{"a":1}` || !got.Lost.IsZero() || !got.Joined.Equal(epoch) {
		t.Fatalf("got %+v", got)
	}
	r, err = s.Resume(ctx, id, back, lost, epoch)
	wantNoPeer(t, "the second time", err)
	check(t, r, nil, 3, "[alice]")
	back.Conn, back.Role, back.Data = "third", "", json.RawMessage("2")
	r, err = s.Resume(ctx, id, back, signaling.Peer{Conn: "second"}, epoch)
	check(t, r, err, 4, "[alice]")
	if got, _ := r.Named("alice"); string(got.Data) != "2" || got.Role != "" {
		t.Fatalf("got %+v, want data 2 and no role", got)
	}
}

func prunedSeat(t *testing.T, s signaling.Store) {
	ctx, id := t.Context(), seated(t, s, "pruned", "alice", "bob", "carol")
	for _, name := range []signaling.PeerName{"alice", "carol"} {
		_, err := s.MarkLost(ctx, id, name, "conn-of-"+signaling.ConnID(name), until, epoch)
		must(t, err)
	}
	r, err := s.Room(ctx, id, until, true)
	check(t, r, err, 5, "[bob]")
	expired := r.Expired
	wrong := append([]signaling.Peer{}, expired...)
	wrong[0].Lost = until.Add(time.Second)
	_, err = s.Prune(ctx, id, wrong, nil, until)
	wantNoPeer(t, "one is lost anew", err)
	r, err = s.Prune(ctx, id, expired, r.Stale, until)
	check(t, r, err, 6, "[bob]")
	if len(r.Expired) != 0 {
		t.Fatalf("still there: %v", r.Expired)
	}
	_, err = s.Prune(ctx, id, expired, nil, until)
	wantNoPeer(t, "the second time", err)
	r, err = s.AddPeer(ctx, id, peer("alice"), ofSeats(16), until)
	check(t, r, err, 7, "[alice bob]")
}

func movedSeat(t *testing.T, s signaling.Store) {
	ctx, id := t.Context(), seated(t, s, "moved", "alice", "bob")
	taken := signaling.Peer{Name: "alice", Conn: "conn-of-bob", Dialect: "text"}
	_, err := s.Resume(ctx, id, taken, signaling.Peer{Conn: "conn-of-alice"}, epoch)
	wantNoPeer(t, "to a connection with a seat", err)
	back := signaling.Peer{Name: "alice", Conn: "second", Dialect: "text"}
	r, err := s.Resume(ctx, id, back, signaling.Peer{Conn: "conn-of-alice"}, epoch)
	check(t, r, err, 3, "[alice bob]")
	_, err = s.MarkLost(ctx, id, "alice", "conn-of-alice", until, epoch)
	wantNoPeer(t, "the connection that gave its seat", err)
	r, err = s.Prune(ctx, id, nil, r.Stale, epoch)
	check(t, r, err, 4, "[alice bob]")
	if len(r.Stale) != 0 {
		t.Fatalf("still noted: %v", r.Stale)
	}
	_, err = s.AddPeer(ctx, id, signaling.Peer{Name: "again", Conn: "second", Joined: epoch}, ofSeats(16), epoch)
	if !errors.Is(err, signaling.ErrRefused) {
		t.Fatalf("got %v, want ErrRefused: the connection has a seat", err)
	}
}

func resumeRace(t *testing.T, s signaling.Store) {
	ctx, id := t.Context(), seated(t, s, "resume-race", "alice")
	_, err := s.MarkLost(ctx, id, "alice", "conn-of-alice", until, epoch)
	must(t, err)
	raceForOne(t, func(i int) error {
		_, err := s.Resume(ctx, id, signaling.Peer{Name: "alice", Conn: signaling.ConnID(fmt.Sprint("c", i)), Dialect: "text"}, signaling.Peer{Conn: "conn-of-alice", Lost: until, Loss: 2}, epoch)
		return err
	})
}

func lossRace(t *testing.T, s signaling.Store) {
	id := seated(t, s, "loss-race", "alice")
	raceForOne(t, func(int) error {
		_, err := s.MarkLost(t.Context(), id, "alice", "conn-of-alice", until, epoch)
		return err
	})
}

func raceForOne(t *testing.T, try func(i int) error) {
	t.Helper()
	var won atomic.Int32
	var wg sync.WaitGroup
	for i := range 10 {
		wg.Go(func() {
			switch err := try(i); {
			case err == nil:
				won.Add(1)
			case !errors.Is(err, signaling.ErrNoPeer):
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if won.Load() != 1 {
		t.Fatalf("%d of ten did, want one", won.Load())
	}
}
