package store_test

import (
	"errors"
	"slices"
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
	directorytest.StoreContract(t, func(*testing.T) directorytest.Store { return open(db) })
}

func TestRacesOfTheDirectoryOnTheEngine(t *testing.T) {
	db := engine(t)
	directorytest.Races(t, func(*testing.T) directorytest.Store { return open(db) })
}

func TestADirectoryWhoseWritesAreNotAnsweredKeepsItsContract(t *testing.T) {
	db := unreliable(t)
	directorytest.StoreContract(t, func(*testing.T) directorytest.Store { return open(db) })
	directorytest.Races(t, func(*testing.T) directorytest.Store { return open(db) })
}

// overtakenBy returns a store in which something happens before that update.
func overtakenBy(t *testing.T, db *dynamodb.Client, update int, then func() error) *store.Store {
	t.Helper()
	client := &between{writes: 2 - update, then: func() {
		if err := then(); err != nil {
			t.Error(err)
		}
	}}
	late := dynamodb.New(db.Options(), func(o *dynamodb.Options) { o.HTTPClient = client })
	return open(late)
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
	db := engine(t)
	plain := open(db)
	s := overtakenBy(t, db, 2, func() error { return list(plain, renewed(time.Hour), noon) })
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
	db := engine(t)
	plain := open(db)
	s := overtakenBy(t, db, 2, func() error { return note(plain, "a") })
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

// TestAPlaceThatChangesMeanwhileIsTakenAsItIs has what stands under a name change between the look at
// whose place it is and the write.
func TestAPlaceThatChangesMeanwhileIsTakenAsItIs(t *testing.T) {
	ctx, topic, db := t.Context(), topic, engine(t)
	plain := open(db)
	at := func(conn string, second int) directory.Entry {
		listed := noon.Add(time.Duration(second) * time.Second)
		return directory.Entry{Conn: signaling.ConnID(conn), Dialect: "d", Listed: listed}
	}
	for what, tt := range map[string]struct {
		before bool // the lost one is listed
		then   func(s *store.Store) error
		want   int // the second of its place
		fails  error
	}{
		"it goes": {true, func(s *store.Store) error {
			_, err := s.RemoveEntry(ctx, topic, "lost", noon, noon)
			return err
		}, 9, nil},
		"it comes": {false, func(s *store.Store) error {
			_, err := s.AddEntry(ctx, topic, at("lost", 0), ofTwo, nil, noon)
			return err
		}, 0, nil},
		"it is listed anew": {true, func(s *store.Store) error {
			_, err := s.AddEntry(ctx, topic, at("lost", 2), ofTwo, nil, noon)
			return err
		}, 2, nil},
		"another takes it": {true, func(s *store.Store) error {
			terms := ofTwo
			terms.Instead = "lost"
			_, err := s.AddEntry(ctx, topic, at("other", 3), terms, nil, noon)
			return err
		}, 0, directory.ErrFull},
	} {
		t.Run(what, func(t *testing.T) {
			topic.Name = what
			s := overtakenBy(t, db, 1, func() error { return tt.then(plain) })
			if _, err := plain.AddEntry(ctx, topic, at("alice", 1), ofTwo, nil, noon); err != nil {
				t.Fatal(err)
			}
			if tt.before {
				if _, err := plain.AddEntry(ctx, topic, at("lost", 0), ofTwo, nil, noon); err != nil {
					t.Fatal(err)
				}
			}
			terms := ofTwo
			terms.Instead = "lost"
			listed, err := s.AddEntry(ctx, topic, at("heir", 9), terms, nil, noon.Add(9*time.Second))
			if !errors.Is(err, tt.fails) {
				t.Fatalf("got %+v, %v, want %v", listed, err, tt.fails)
			}
			list, err := plain.Entries(ctx, topic, noon.Add(9*time.Second), true)
			i := slices.IndexFunc(list, func(e directory.Entry) bool { return e.Conn == "heir" })
			if err != nil || len(list) != 2 || (i >= 0) != (tt.fails == nil) {
				t.Fatalf("listed are %+v, %v", list, err)
			}
			if i >= 0 && !list[i].Listed.Equal(noon.Add(time.Duration(tt.want)*time.Second)) {
				t.Errorf("it is in the place of %s", list[i].Listed)
			}
		})
	}
}
