package signalingtest

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/parley-rtc/parley/internal/signaling"
)

func enterExit(t *testing.T, s signaling.Store) {
	ctx, conn := t.Context(), signaling.ConnID(fresh("conn"))
	must(t, s.Connect(ctx, signaling.Connection{ID: conn, Dialect: "parley.v1", Opened: epoch}))
	for i := range 2 {
		if noted, err := s.Enter(ctx, conn, "r.1", "alice", signaling.Quota{}, epoch); err != nil || noted != (i > 0) {
			t.Fatalf("entered %d times: noted before %t, %v", i+1, noted, err)
		}
	}
	must(t, only(s.Enter(ctx, conn, "r:2", "al", signaling.Quota{}, epoch)))
	must(t, only(s.Enter(ctx, conn, "r.1", "bob", signaling.Quota{}, epoch)))
	name, left, err := s.Exit(ctx, conn, "r.1")
	if err != nil || name != "bob" || left != 1 {
		t.Fatalf("got %q, %d left, %v, want bob and 1", name, left, err)
	}
	if _, left, err := s.Exit(ctx, conn, "r.1"); !errors.Is(err, signaling.ErrNotInRoom) || left != 1 {
		t.Fatalf("got %d left, %v, want 1 and ErrNotInRoom", left, err)
	}
	was, err := s.Disconnect(ctx, conn)
	if err != nil || fmt.Sprint(was.Rooms) != "map[r:2:al]" {
		t.Fatalf("got %v, %v, want r:2 as al", was.Rooms, err)
	}
}

func keptConnection(t *testing.T, s signaling.Store) {
	ctx, conn := t.Context(), signaling.ConnID(fresh("conn"))
	want := signaling.Connection{
		ID: conn, Dialect: "parley.v1", Opened: epoch,
		State:  `{"a":"é\x00"}`,
		Rights: &signaling.Rights{User: "u|1", Peer: "al*", Rooms: []string{"r", "team-*"}, Role: signaling.RoleHost, Expires: epoch.Add(time.Hour), OnlyJoins: true, Seats: 3},
	}
	must(t, s.Connect(ctx, want))
	must(t, only(s.Enter(ctx, conn, "r", "al", signaling.Quota{}, epoch)))
	want.Rooms = map[signaling.RoomID]signaling.PeerName{"r": "al"}
	got, err := s.Connection(ctx, conn, true)
	if err != nil || !reflect.DeepEqual(want, got) {
		t.Fatalf("got %+v, %v, want %+v", got, err, want)
	}
	bare := signaling.Connection{ID: signaling.ConnID(fresh("conn")), Dialect: "parley.v1", Opened: epoch}
	must(t, s.Connect(ctx, bare))
	if got, err := s.Connection(ctx, bare.ID, true); err != nil || got.Rights != nil || got.State != "" {
		t.Fatalf("got %+v, %v, want no rights and no state", got, err)
	}
	was, err := s.Disconnect(ctx, conn)
	if err != nil || !reflect.DeepEqual(want, was) {
		t.Fatalf("forgot %+v, %v, want %+v", was, err, want)
	}
	if _, err := s.Connection(ctx, conn, true); !errors.Is(err, signaling.ErrGone) {
		t.Fatalf("got %v, want ErrGone", err)
	}
}

func forgottenConnection(t *testing.T, s signaling.Store) {
	ctx, conn := t.Context(), signaling.ConnID(fresh("conn"))
	if _, err := s.Enter(ctx, conn, "r", "alice", signaling.Quota{}, epoch); !errors.Is(err, signaling.ErrGone) {
		t.Fatalf("got %v, want ErrGone", err)
	}
	if _, _, err := s.Exit(ctx, conn, "r"); !errors.Is(err, signaling.ErrNotInRoom) {
		t.Fatalf("got %v, want ErrNotInRoom", err)
	}
	if was, err := s.Disconnect(ctx, conn); err != nil || !reflect.DeepEqual(was, signaling.Connection{}) {
		t.Fatalf("got %+v, %v, want nothing and no error", was, err)
	}
}

func changedState(t *testing.T, s signaling.Store) {
	ctx := t.Context()
	c := signaling.Connection{
		ID: signaling.ConnID(fresh("conn")), Dialect: "d", Opened: epoch, State: "{}", Rooms: map[signaling.RoomID]signaling.PeerName{},
		Rights: &signaling.Rights{User: "ada", Expires: epoch.Add(time.Hour)},
	}
	if err := s.SetState(ctx, c.ID, "", "{}"); !errors.Is(err, signaling.ErrGone) {
		t.Fatalf("got %v, want ErrGone", err)
	}
	if _, err := s.Connection(ctx, c.ID, true); !errors.Is(err, signaling.ErrGone) {
		t.Fatalf("got %v: a state has made a connection", err)
	}
	must(t, s.Connect(ctx, c))
	long := "\x00<é>" + strings.Repeat("x", 700-5)
	for _, step := range []struct {
		was, state string
		changed    bool
	}{
		{"", "x", true},
		{"other", "x", true},
		{"{}", long, false},
		{"{}", "x", true},
		{long, long, false},
		{long, "", false},
		{long, "x", true},
		{"", "", false},
		{"", "blue", false},
		{"", "x", true},
	} {
		err := s.SetState(ctx, c.ID, step.was, step.state)
		if errors.Is(err, signaling.ErrChanged) != step.changed || !step.changed && err != nil {
			t.Fatalf("from %q to %q: got %v, want ErrChanged %t", step.was, step.state, err, step.changed)
		}
		if !step.changed {
			c.State = step.state
		}
		got, err := s.Connection(ctx, c.ID, true)
		if err != nil || !reflect.DeepEqual(got, c) {
			t.Fatalf("got %+v, %v, want %+v", got, err, c)
		}
	}
	_, err := s.Disconnect(ctx, c.ID)
	must(t, err)
	if err := s.SetState(ctx, c.ID, "blue", "x"); !errors.Is(err, signaling.ErrGone) {
		t.Fatalf("got %v, want ErrGone", err)
	}
}

func stateRace(t *testing.T, s signaling.Store) {
	ctx, conn := t.Context(), signaling.ConnID(fresh("conn"))
	must(t, s.Connect(ctx, signaling.Connection{ID: conn, Dialect: "d", Opened: epoch, State: "0"}))
	won := race(t, signaling.ErrChanged, func(int) error { return s.SetState(ctx, conn, "0", "1") })
	if won != 1 {
		t.Fatalf("%d changed the state, want 1", won)
	}
}

func grantedRights(t *testing.T, s signaling.Store) {
	ctx := t.Context()
	c := signaling.Connection{
		ID: signaling.ConnID(fresh("conn")), Dialect: "d", Opened: epoch, State: "{}",
		Rooms: map[signaling.RoomID]signaling.PeerName{"r": "al"},
	}
	guest := &signaling.Rights{User: "ada", Peer: "al*", Rooms: []string{"r"}, Expires: epoch.Add(time.Hour)}
	if err := s.SetRights(ctx, c.ID, guest); !errors.Is(err, signaling.ErrGone) {
		t.Fatalf("got %v, want ErrGone", err)
	}
	must(t, s.Connect(ctx, c))
	must(t, only(s.Enter(ctx, c.ID, "r", "al", signaling.Quota{}, epoch)))
	host := &signaling.Rights{
		User: "bob", Peer: "bob", Role: signaling.RoleHost, Expires: epoch.Add(2 * time.Hour), OnlyJoins: true, Seats: 3,
	}
	for _, c.Rights = range []*signaling.Rights{guest, host, host} {
		must(t, s.SetRights(ctx, c.ID, c.Rights))
		if got, err := s.Connection(ctx, c.ID, true); err != nil || !reflect.DeepEqual(got, c) {
			t.Fatalf("got %+v, %v, want %+v", got, err, c)
		}
	}
	must(t, only(s.Disconnect(ctx, c.ID)))
	if err := s.SetRights(ctx, c.ID, guest); !errors.Is(err, signaling.ErrGone) {
		t.Fatalf("got %v, want ErrGone", err)
	}
	if _, err := s.Connection(ctx, c.ID, true); !errors.Is(err, signaling.ErrGone) {
		t.Fatalf("got %v: rights have made a connection", err)
	}
}
