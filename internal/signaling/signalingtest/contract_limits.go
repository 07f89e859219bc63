package signalingtest

import (
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/parley-rtc/parley/internal/signaling"
)

// opened returns a connection that is open.
func opened(t *testing.T, s signaling.Store) signaling.ConnID {
	t.Helper()
	conn := signaling.ConnID(fresh("conn"))
	must(t, s.Connect(t.Context(), signaling.Connection{ID: conn, Dialect: "parley.v1", Opened: epoch}))
	return conn
}

func roomQuota(t *testing.T, s signaling.Store) {
	ctx, conn, q := t.Context(), opened(t, s), signaling.Quota{Rooms: 2}
	must(t, only(s.Enter(ctx, conn, "r1", "a", q, epoch)))
	must(t, only(s.Enter(ctx, conn, "r2", "a", q, epoch)))
	for range 2 {
		if _, err := s.Enter(ctx, conn, "r3", "a", q, epoch); !errors.Is(err, signaling.ErrTooManyRooms) {
			t.Fatalf("got %v, want ErrTooManyRooms", err)
		}
	}
	must(t, only(s.Enter(ctx, conn, "r2", "b", q, epoch))) // it is there already
	_, _, err := s.Exit(ctx, conn, "r1")
	must(t, err)
	must(t, only(s.Enter(ctx, conn, "r3", "a", q, epoch)))
	must(t, only(s.Enter(ctx, conn, "r4", "a", signaling.Quota{}, epoch)))
	was, err := s.Disconnect(ctx, conn)
	if err != nil || fmt.Sprint(was.Rooms) != "map[r2:b r3:a r4:a]" {
		t.Fatalf("got %v, %v", was.Rooms, err)
	}
}

func joinQuota(t *testing.T, s signaling.Store) {
	ctx, conn, q := t.Context(), opened(t, s), signaling.Quota{Rooms: 99, Joins: 3}
	enter := func(room string, at time.Duration, want error) {
		t.Helper()
		if _, err := s.Enter(ctx, conn, signaling.RoomID(room), "a", q, epoch.Add(at)); !errors.Is(err, want) {
			t.Fatalf("%s at %v: got %v, want %v", room, at, err, want)
		}
	}
	enter("r1", 0, nil)
	enter("r2", time.Second, nil)
	enter("r2", 2*time.Second, nil)
	enter("r3", 3*time.Second, signaling.ErrTooManyJoins)
	enter("r1", 59*time.Second, signaling.ErrTooManyJoins)
	must(t, only(s.Enter(ctx, conn, "r0", "a", signaling.Quota{}, epoch))) // no limit, no count
	for minute := 1; minute < 30; minute += 3 {                            // minutes with and without joins before them
		at := time.Duration(minute) * time.Minute
		for i := range 3 {
			enter(fmt.Sprint("r", i), at, nil)
		}
		enter("r4", at+time.Second, signaling.ErrTooManyJoins)
		enter("r4", at+time.Minute, nil)
	}
}

func quotaRace(t *testing.T, s signaling.Store) {
	for name, c := range map[string]struct {
		quota   signaling.Quota
		refusal error
	}{
		"rooms": {signaling.Quota{Rooms: 3}, signaling.ErrTooManyRooms},
		"joins": {signaling.Quota{Joins: 3}, signaling.ErrTooManyJoins},
	} {
		conn := opened(t, s)
		won := race(t, c.refusal, func(i int) error {
			return only(s.Enter(t.Context(), conn, signaling.RoomID(fmt.Sprint("r", i)), "a", c.quota, epoch))
		})
		was, err := s.Disconnect(t.Context(), conn)
		if err != nil || won != 3 || len(was.Rooms) != 3 {
			t.Fatalf("%s: %d got in, and %d are noted (%v): want 3", name, won, len(was.Rooms), err)
		}
	}
}

func debits(t *testing.T, s signaling.Store) {
	ctx, conn := t.Context(), opened(t, s)
	debit := func(at, by, want time.Duration) {
		t.Helper()
		even, err := s.Debit(ctx, conn, by, epoch.Add(at))
		if err != nil || !even.Equal(epoch.Add(want)) {
			t.Fatalf("got %v, %v, want %v", even, err, epoch.Add(want))
		}
	}
	debit(0, 2*time.Second, 2*time.Second)
	debit(time.Second, 3*time.Second, 5*time.Second)
	debit(5*time.Second, time.Second, 6*time.Second)
	debit(time.Minute, time.Second, 61*time.Second)
	debit(time.Minute, time.Millisecond, 61*time.Second+time.Millisecond)
	must(t, only(s.Enter(ctx, conn, "r", "a", signaling.Quota{Rooms: 1, Joins: 1}, epoch)))
	_, err := s.Disconnect(ctx, conn)
	must(t, err)
	if _, err := s.Debit(ctx, conn, time.Second, epoch); !errors.Is(err, signaling.ErrGone) {
		t.Fatalf("got %v, want ErrGone", err)
	}
	if _, err := s.Connection(ctx, conn, true); !errors.Is(err, signaling.ErrGone) {
		t.Fatalf("got %v: a debit has brought the connection back", err)
	}
}

func debitRace(t *testing.T, s signaling.Store) {
	conn := opened(t, s)
	race(t, nil, func(int) error {
		_, err := s.Debit(t.Context(), conn, time.Second, epoch)
		return err
	})
	even, err := s.Debit(t.Context(), conn, 0, epoch)
	if err != nil || !even.Equal(epoch.Add(10*time.Second)) {
		t.Fatalf("got %v, %v, want ten seconds", even, err)
	}
}

func restoredSeat(t *testing.T, s signaling.Store) {
	ctx, id := t.Context(), signaling.RoomID(fresh("restored"))
	old := peer("alice")
	old.Data, old.Role, old.User = json.RawMessage("1"), signaling.RoleHost, "u"
	_, err := s.AddPeer(ctx, id, old, ofSeats(4), epoch)
	must(t, err)
	next := old
	next.Conn, next.Dialect, next.Data, next.Role = "next", "other", json.RawMessage("2"), signaling.RoleGuest
	same := func(r signaling.Room, err error, want signaling.Peer) {
		t.Helper()
		got, _ := r.Named("alice")
		if err != nil || got.Conn != want.Conn || got.Dialect != want.Dialect || string(got.Data) != string(want.Data) || got.Role != want.Role ||
			got.User != want.User || !got.Joined.Equal(want.Joined) || !got.Lost.Equal(want.Lost) || got.Loss != want.Loss {
			t.Fatalf("got %+v, %v, want %+v", got, err, want)
		}
	}
	_, err = s.Resume(ctx, id, next, old, epoch)
	must(t, err)
	r, err := s.Restore(ctx, id, next, old, epoch)
	same(r, err, old)
	check(t, r, err, 3, "[alice]")

	r, err = s.MarkLost(ctx, id, "alice", old.Conn, epoch.Add(time.Minute), epoch)
	must(t, err)
	lost, _ := r.Named("alice")
	r, err = s.Resume(ctx, id, next, lost, epoch)
	must(t, err)
	lost.Loss = r.Rev
	r, err = s.Restore(ctx, id, next, lost, epoch)
	same(r, err, lost)
	r, err = s.Resume(ctx, id, next, lost, epoch.Add(59*time.Second)) // once more
	check(t, r, err, 7, "[alice]")
	if _, err := s.Restore(ctx, id, old, lost, epoch); !errors.Is(err, signaling.ErrNoPeer) {
		t.Fatalf("got %v, want ErrNoPeer", err)
	}
	_, err = s.MarkLost(ctx, id, "alice", next.Conn, epoch.Add(time.Minute), epoch)
	must(t, err)
	if _, err := s.Restore(ctx, id, next, lost, epoch); !errors.Is(err, signaling.ErrNoPeer) {
		t.Fatalf("got %v, want ErrNoPeer: somebody has noticed that next is gone, and mail may wait", err)
	}
}
