package store_test

import (
	"errors"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/parley-rtc/parley/internal/directory"
	"github.com/parley-rtc/parley/internal/directory/directorytest"
	"github.com/parley-rtc/parley/internal/signaling"
	"github.com/parley-rtc/parley/internal/store"
)

func TestTheEngineKeepsTheDirectory(t *testing.T) {
	db := engine(t)
	directorytest.StoreContract(t, func(*testing.T) directorytest.Store { return store.New(db, connections, rooms) })
}

func TestRacesOfTheDirectoryOnTheEngine(t *testing.T) {
	db := engine(t)
	directorytest.Races(t, func(*testing.T) directorytest.Store { return store.New(db, connections, rooms) })
}

func TestADirectoryWhoseWritesAreNotAnsweredKeepsItsContract(t *testing.T) {
	db := unreliable(t)
	directorytest.StoreContract(t, func(*testing.T) directorytest.Store { return store.New(db, connections, rooms) })
	directorytest.Races(t, func(*testing.T) directorytest.Store { return store.New(db, connections, rooms) })
}

// overtakenBy returns a store, and one of the same tables in which something happens before the
// second update.
func overtakenBy(t *testing.T, then func() error) (plain, overtaken *store.Store) {
	t.Helper()
	db := engine(t)
	client := &between{then: func() {
		if err := then(); err != nil {
			t.Error(err)
		}
	}}
	late := dynamodb.New(db.Options(), func(o *dynamodb.Options) { o.HTTPClient = client })
	return store.New(db, connections, rooms), store.New(late, connections, rooms)
}

var (
	noon  = time.Date(2031, 5, 1, 12, 0, 0, 0, time.UTC)
	topic = directory.Name{Space: "test", Name: "topic"}
)

func TestAnEntryThatIsRenewedMeanwhileMakesNoRoom(t *testing.T) {
	ctx, terms := t.Context(), directory.Terms{Rule: directory.Many, Limit: 1}
	renewed := func(until time.Duration) directory.Entry {
		return directory.Entry{Conn: "alice", Dialect: "d", Listed: noon, Until: noon.Add(until)}
	}
	list := func(s *store.Store, e directory.Entry, now time.Time) error {
		_, err := s.AddEntry(ctx, topic, e, terms, nil, now)
		return err
	}
	var plain *store.Store
	plain, s := overtakenBy(t, func() error { return list(plain, renewed(time.Hour), noon) })
	if err := list(plain, renewed(time.Second), noon); err != nil {
		t.Fatal(err)
	}
	bob := directory.Entry{Conn: "bob", Dialect: "d", Listed: noon.Add(time.Minute)}
	if err := list(s, bob, noon.Add(time.Minute)); !errors.Is(err, directory.ErrFull) {
		t.Fatalf("got %v, want ErrFull", err)
	}
}

func TestTwoFirstNamesOfAConnectionAreBothNoted(t *testing.T) {
	ctx := t.Context()
	note := func(s *store.Store, word string) error {
		_, err := s.NoteName(ctx, "alice", "d", directory.Name{Space: "test", Name: word}, 2, 1)
		return err
	}
	var plain *store.Store
	plain, s := overtakenBy(t, func() error { return note(plain, "a") })
	if err := plain.Connect(ctx, signaling.Connection{ID: "alice", Dialect: "d", Opened: noon}); err != nil {
		t.Fatal(err)
	}
	if err := note(s, "b"); err != nil {
		t.Fatal(err)
	}
	c, err := s.Connection(ctx, "alice", true)
	if err != nil || len(c.Names) != 2 {
		t.Fatalf("noted are %v, %v", c.Names, err)
	}
}
