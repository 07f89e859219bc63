package store_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/parley-rtc/parley/internal/directory"
	"github.com/parley-rtc/parley/internal/metrics"
	"github.com/parley-rtc/parley/internal/signaling"
	"github.com/parley-rtc/parley/internal/signaling/signalingtest"
)

// TestTheDirectoryCostsWhatItMay holds each operation to its budget, and what is counted of it to
// the bill. The price of a thing that is refused goes by the size of what is there.
func TestTheDirectoryCostsWhatItMay(t *testing.T) {
	db := engine(t)
	s := open(db)
	pusher := &signalingtest.Recorder{}
	d := &directory.Directory{Store: s, Pusher: metrics.Pusher{Pusher: pusher}}
	many := directory.Terms{Rule: directory.Many, Limit: 10, Names: 100}
	id, crowd := directory.Name{Space: "test", Name: "id"}, directory.Name{Space: "test", Name: "crowd"}
	list := func(conn string, name directory.Name, terms directory.Terms) func(context.Context) error {
		return func(ctx context.Context) error {
			e := directory.Entry{Conn: signaling.ConnID(conn), Dialect: "d", Claim: conn}
			listed, err := d.List(ctx, name, e, terms, noon)
			return errors.Join(err, listed.Aside)
		}
	}
	unlist := func(conn string, name directory.Name) func(context.Context) error {
		return func(ctx context.Context) error { return d.Unlist(ctx, name, signaling.ConnID(conn), noon) }
	}
	find := func(consistent bool) func(context.Context) error {
		return func(ctx context.Context) error {
			_, err := d.Find(ctx, id, noon, consistent)
			return err
		}
	}
	publish := func(ctx context.Context) error {
		found, err := d.Find(ctx, crowd, noon, false)
		if err == nil {
			_, err = d.Publish(ctx, crowd, found, []byte("x"), noon)
		}
		return err
	}
	disconnect := func(conn string) func(context.Context) error {
		return func(ctx context.Context) error {
			forgotten, err := s.Disconnect(ctx, signaling.ConnID(conn))
			return errors.Join(err, d.Forget(ctx, forgotten, noon))
		}
	}
	for _, conn := range []string{"alice", "bob", "carol", "dora"} {
		if err := s.Connect(t.Context(), signaling.Connection{ID: signaling.ConnID(conn), Opened: noon}); err != nil {
			t.Fatal(err)
		}
	}
	costs(t, db, []cost{
		{"the first listing of a connection, of a name", list("alice", id, directory.Terms{}), nil, 2, 0},
		{"the first of many", list("alice", crowd, many), nil, 2, 0},
		{"a further one", list("bob", crowd, many), nil, 2, 0},
		{"the same again", list("bob", crowd, many), nil, 2, 0},
		{"a find", find(false), nil, 0, 0.5},
		{"a find that is consistent", find(true), nil, 0, 1},
		{"a publish to two", publish, nil, 0, 0.5},
		{"a name that is taken", list("carol", id, directory.Terms{}), directory.ErrTaken, 1, 0},
		{"a name too many", list("bob", id, directory.Terms{Rule: directory.Newest, Names: 1}), directory.ErrTooManyNames, 3, 0},
		{"one in another's place", list("carol", crowd, directory.Terms{Rule: directory.Many, Limit: 1, Instead: "bob"}), nil, 2, 0.5},
		{"the same again", list("carol", crowd, directory.Terms{Rule: directory.Many, Limit: 1, Instead: "bob"}), nil, 2, 0.5},
		{"and back", list("bob", crowd, directory.Terms{Rule: directory.Many, Limit: 1, Instead: "carol"}), nil, 2, 0.5},
		{"what is left", unlist("carol", crowd), directory.ErrNotListed, 1, 0},
		{"an unlisting", unlist("bob", crowd), nil, 2, 0},
		{"an unlisting of nothing", unlist("bob", crowd), directory.ErrNotListed, 1, 0},
		{"two names of who goes", func(ctx context.Context) error {
			return errors.Join(list("dora", crowd, many)(ctx), list("dora", id, directory.Terms{Rule: directory.Newest})(ctx))
		}, nil, 4, 0},
		{"a $disconnect of two names", disconnect("dora"), nil, 3, 0},
		{"a $disconnect of one that another has taken", disconnect("carol"), nil, 2, 0},
	})
	// One that a push finds gone: the name, the notes of all names at once, and the other name.
	pusher.Cut("alice")
	ctx, tally := metrics.With(t.Context())
	if err := publish(ctx); err != nil {
		t.Fatal(err)
	}
	if got := tally.Count(); got.WRU != 3 || got.Gone != 1 {
		t.Errorf("a push that finds somebody gone counts %+v, want 3 WRU", got)
	}
	before := 3.0
	for i := range 10 {
		conn := fmt.Sprint("peer", strings.Repeat("x", 12), i)
		if err := s.Connect(t.Context(), signaling.Connection{ID: signaling.ConnID(conn), Opened: noon}); err != nil {
			t.Fatal(err)
		}
		if err := list(conn, crowd, many)(ctx); err != nil {
			t.Fatal(err)
		}
		if got := tally.Count().WRU - before; got != 2 {
			t.Errorf("number %d of ten in a crowd counts %v WRU, want 2", i+1, got)
		}
		before += 2
	}
}
