package directorytest

import (
	"errors"
	"fmt"

	"github.com/parley-rtc/parley/internal/directory"
	"github.com/parley-rtc/parley/internal/signaling"
)

func notedNames(b *book) {
	if err := b.note("alice", "a", 9, 0); !errors.Is(err, signaling.ErrGone) {
		b.Fatalf("got %v, want ErrGone", err)
	}
	b.connect("alice")
	b.noted("alice")
	b.notes("alice", "b", 9, 0, "b")
	b.notes("alice", "a/%", 0, 0, "a/%", "b")
	b.notes("alice", "b", 9, 0, "a/%", "b")
	b.noted("alice", "test/a%2F%25", "test/b")
	b.must(b.drop("alice", "c", 1))
	b.must(b.drop("alice", "b", 1))
	b.noted("alice", "test/a%2F%25")
	was, err := b.Disconnect(b.Context(), b.conn("alice"))
	if err != nil || fmt.Sprint(was.Names) != "[test/a%2F%25]" {
		b.Fatalf("got %+v, %v", was, err)
	}
	b.must(b.drop("alice", "a/%", 1))
	if err := b.note("alice", "a", 9, 0); !errors.Is(err, signaling.ErrGone) {
		b.Fatalf("got %v, want ErrGone", err)
	}
	if _, err := b.Connection(b.Context(), b.conn("alice"), true); !errors.Is(err, signaling.ErrGone) {
		b.Fatalf("got %v: a note has brought the connection back", err)
	}
}

func nameQuota(b *book) {
	b.connect("alice")
	b.must(b.note("alice", "a", 2, 0))
	b.must(b.note("alice", "b", 2, 0))
	for range 2 {
		if err := b.note("alice", "c", 2, 0); !errors.Is(err, directory.ErrTooManyNames) {
			b.Fatalf("got %v, want ErrTooManyNames", err)
		}
	}
	b.notes("alice", "b", 2, 1, "a", "b") // it is noted already
	b.must(b.drop("alice", "a", 1))
	b.must(b.note("alice", "c", 2, 0))
	b.must(b.note("alice", "d", 0, 0))
	b.noted("alice", "test/b", "test/c", "test/d")
}

func latestNote(b *book) {
	b.connect("alice")
	b.notes("alice", "a", 1, 2, "a")
	b.notes("alice", "a", 1, 1, "a") // an earlier one comes late
	b.must(b.drop("alice", "a", 2))
	b.noted("alice", "test/a")
	b.must(b.note("alice", "a", 1, 3))
	b.must(b.drop("alice", "a", 3))
	b.noted("alice", "test/a")
	b.must(b.drop("alice", "a", 4))
	b.noted("alice")
}

func decidedDialect(b *book) {
	for before, want := range map[string]string{"": "d", "other": "other"} {
		conn := b.conn("speaks-" + before)
		b.must(b.Connect(b.Context(), signaling.Connection{ID: conn, Dialect: before, Opened: epoch, State: "s"}))
		for i, dialect := range []string{"d", "e"} {
			_, err := b.NoteName(b.Context(), conn, dialect, b.name, 1, int64(i+1))
			b.must(err)
		}
		c, err := b.Connection(b.Context(), conn, true)
		if err != nil || c.Dialect != want || c.State != "s" || len(c.Names) != 1 {
			b.Fatalf("got %+v, %v, want it to speak %q", c, err, want)
		}
	}
}

func takenNames(b *book) {
	taken, err := b.TakeNames(b.Context(), b.conn("nobody"))
	if err != nil || len(taken) != 0 {
		b.Fatalf("got %v, %v, want nothing", taken, err)
	}
	b.connect("alice")
	b.must(b.note("alice", "a/", 9, 0))
	b.must(b.note("alice", "b", 9, 0))
	for _, want := range []string{"[{test a/} {test b}]", "[]"} {
		taken, err = b.TakeNames(b.Context(), b.conn("alice"))
		if err != nil || fmt.Sprint(taken) != want {
			b.Fatalf("got %v, %v, want %s", taken, err, want)
		}
		b.noted("alice")
	}
	b.must(b.note("alice", "c", 1, 0))
	b.noted("alice", "test/c")
}
