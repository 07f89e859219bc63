package directorytest

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/parley-rtc/parley/internal/directory"
	"github.com/parley-rtc/parley/internal/signaling"
)

// Races runs the interleavings that a directory with several functions on one store has to survive,
// each forced.
func Races(t *testing.T, newStore func(t *testing.T) Store) {
	for name, story := range map[string]func(*testing.T, *Stage){
		"$disconnect between the two writes of a listing leaves no ghost":        disconnectInsideList,
		"$disconnect before the first write of a listing leaves no ghost":        disconnectBeforeList,
		"$disconnect inside an unlisting leaves no ghost":                        disconnectInsideUnlist,
		"two claim one name: one gets it":                                        twoClaims,
		"two claim the name of a dead holder: one gets it":                       twoHeirs,
		"the holder comes back inside a claim: its new connection keeps it":      holderBack,
		"two ask for the last place: one gets it":                                lastPlace,
		"two ask for the place of a ghost: one gets it":                          ghostsPlace,
		"an unlisting does not remove the newer connection":                      unlistAgainstNewer,
		"$disconnect of the old does not remove the newer connection":            disconnectAgainstNewer,
		"a push that finds the old gone does not remove the newer connection":    ghostAgainstNewer,
		"an unlisting that was sent before a listing does not undo it":           unlistAgainstLater,
		"a listing inside the unlisting of before leaves it noted":               listInsideUnlist,
		"a late listing of before inside an unlisting leaves no ghost":           lateListInsideUnlist,
		"an unlisting inside the listing of before leaves no ghost":              unlistInsideList,
		"two pushes find one socket gone: it is unlisted everywhere, once":       oneGhostTwice,
		"a push and $disconnect find one socket gone: it is unlisted everywhere": ghostAndDisconnect,
		"$disconnect beside an amendment leaves no ghost":                        disconnectInsideAmend,
		"$disconnect inside an amendment leaves no ghost":                        disconnectInsideAmended,
		"a listing inside the removal by an amendment leaves it noted":           amendInsideRemoval,
		"a listing inside the burial of its connection leaves no ghost":          listInsideBurial,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			story(t, NewStage(t, newStore(t)))
		})
	}
}

func disconnectInsideList(t *testing.T, s *Stage) {
	disconnectDuringList(t, s, &s.Store.BeforeNoteName)
}

func disconnectBeforeList(t *testing.T, s *Stage) {
	disconnectDuringList(t, s, &s.Store.BeforeAddEntry)
}

func disconnectDuringList(t *testing.T, s *Stage, moment *func()) {
	for _, s.Terms = range []directory.Terms{{}, ofMany(2)} {
		s.Name.Name += "-"
		s.Connect("alice")
		*moment = func() { s.Disconnect("alice") }
		if _, err := s.List("alice", s.Name); !errors.Is(err, signaling.ErrGone) {
			t.Fatalf("listing a closed connection: got %v, want ErrGone", err)
		}
		s.WantListed(s.Name)
	}
}

func disconnectInsideUnlist(_ *testing.T, s *Stage) {
	s.Terms = ofMany(2)
	s.MustList("alice", "bob")
	s.Store.BeforeDropName = func() { s.Disconnect("alice") }
	s.Unlist("alice", s.Name)
	s.Store.BeforeRemoveEntry = func() { s.Disconnect("bob") }
	s.Unlist("bob", s.Name)
	s.WantListed(s.Name)
}

func twoClaims(t *testing.T, s *Stage) {
	s.Connect("alice", "bob")
	s.Store.BeforeAddEntry = func() { s.MustList("bob") }
	listed, err := s.List("alice", s.Name)
	if !errors.Is(err, directory.ErrTaken) || s.Clients(listed.Before) != "[bob]" {
		t.Fatalf("got %+v, %v, want the name taken by bob", listed, err)
	}
	s.WantListed(s.Name, "bob")
	s.WantNoted("alice", 0)
}

func twoHeirs(t *testing.T, s *Stage) {
	s.MustList("ghost")
	s.Cut(s.Conn("ghost"))
	s.Connect("alice", "bob")
	s.Store.BeforeAddEntry = func() { // alice's first attempt, which shows who is there
		s.Store.BeforeAddEntry = func() { s.MustList("bob") } // her second, over the ghost
	}
	listed, err := s.List("alice", s.Name)
	if !errors.Is(err, directory.ErrTaken) || s.Clients(listed.Before) != "[bob]" {
		t.Fatalf("got %+v, %v, want the name taken by bob", listed, err)
	}
	s.WantListed(s.Name, "bob")
}

func holderBack(t *testing.T, s *Stage) {
	s.MustList("ghost")
	s.Cut(s.Conn("ghost"))
	s.Connect("alice", "newer")
	s.Store.BeforeAddEntry = func() {
		s.Store.BeforeAddEntry = newer(s, "ghost")
	}
	if listed, err := s.List("alice", s.Name); !errors.Is(err, directory.ErrTaken) {
		t.Fatalf("got %+v, %v, want the name taken", listed, err)
	}
	s.WantListed(s.Name, "newer")
}

// newer lets the client come back with its claim on another connection, its first one being gone.
func newer(s *Stage, client string) func() {
	return func() {
		s.Cut(s.Conn(client))
		s.Connect("newer")
		e := directory.Entry{Conn: s.Conn("newer"), Dialect: "d", Claim: client}
		listed, err := s.Directory.List(context.Background(), s.Name, e, s.Terms, s.Now)
		s.must(err)
		if s.Terms.Rule == directory.One && s.Clients(listed.Before) != "["+client+"]" {
			s.t.Errorf("displaced %s, want %s", s.Clients(listed.Before), client)
		}
	}
}

func lastPlace(t *testing.T, s *Stage) {
	s.Terms = ofMany(2)
	s.MustList("carol")
	s.Connect("alice", "bob")
	s.Store.BeforeAddEntry = func() { s.MustList("bob") }
	if listed, err := s.List("alice", s.Name); !errors.Is(err, directory.ErrFull) {
		t.Fatalf("got %+v, %v, want ErrFull", listed, err)
	}
	s.WantListed(s.Name, "bob", "carol")
	s.WantNoted("alice", 0)
}

func ghostsPlace(t *testing.T, s *Stage) {
	s.Terms = ofMany(2)
	s.MustList("carol", "ghost")
	s.Cut(s.Conn("ghost"))
	s.Connect("alice", "bob")
	s.Store.BeforeAddEntry = func() {
		s.Store.BeforeAddEntry = func() { s.MustList("bob") }
	}
	if listed, err := s.List("alice", s.Name); !errors.Is(err, directory.ErrFull) {
		t.Fatalf("got %+v, %v, want ErrFull", listed, err)
	}
	s.WantListed(s.Name, "bob", "carol")
	s.WantNoted("ghost", 0)
}

func unlistAgainstNewer(_ *testing.T, s *Stage) {
	s.MustList("alice")
	s.Store.BeforeRemoveEntry = newer(s, "alice")
	s.Unlist("alice", s.Name)
	s.WantListed(s.Name, "newer")
}

func disconnectAgainstNewer(_ *testing.T, s *Stage) {
	s.MustList("alice")
	s.Store.BeforeRemoveEntry = newer(s, "alice")
	s.Disconnect("alice")
	s.WantListed(s.Name, "newer")
}

func ghostAgainstNewer(t *testing.T, s *Stage) {
	s.MustList("alice")
	s.Cut(s.Conn("alice"))
	s.Store.BeforeRemoveEntry = newer(s, "alice")
	if gone := s.Clients(s.Publish()); gone != "[alice]" {
		t.Fatalf("found %s gone, want alice", gone)
	}
	s.WantListed(s.Name, "newer")
}

// later runs at a later event's time.
func later(s *Stage, do func()) func() {
	return func() {
		now := s.Now
		s.Now = now.Add(time.Millisecond)
		do()
		s.Now = now
	}
}

func unlistAgainstLater(_ *testing.T, s *Stage) {
	for _, s.Terms = range []directory.Terms{{}, ofMany(2)} {
		s.Name.Name += "-"
		s.MustList("alice")
		s.Store.BeforeRemoveEntry = later(s, func() { _, err := s.List("alice", s.Name); s.must(err) })
		s.Unlist("alice", s.Name)
		s.WantListed(s.Name, "alice")
		s.WantNoted("alice", 1)
		s.Disconnect("alice")
		s.WantListed(s.Name)
	}
}

func listInsideUnlist(_ *testing.T, s *Stage) {
	s.Terms = ofMany(2)
	s.MustList("alice")
	s.Store.BeforeDropName = later(s, func() { _, err := s.List("alice", s.Name); s.must(err) })
	s.Unlist("alice", s.Name)
	s.WantListed(s.Name, "alice")
	s.Disconnect("alice")
	s.WantListed(s.Name)
}

func lateListInsideUnlist(_ *testing.T, s *Stage) {
	s.Terms = ofMany(2)
	s.MustList("alice")
	s.Store.BeforeDropName = func() { _, err := s.List("alice", s.Name); s.must(err) }
	later(s, func() { s.Unlist("alice", s.Name) })()
	s.Disconnect("alice")
	s.WantListed(s.Name)
}

func unlistInsideList(_ *testing.T, s *Stage) {
	s.Terms = ofMany(2)
	s.Connect("alice")
	s.Store.BeforeNoteName = later(s, func() { s.Unlist("alice", s.Name) })
	_, err := s.List("alice", s.Name)
	s.must(err)
	s.WantListed(s.Name)
	s.Disconnect("alice")
	s.WantListed(s.Name)
}

func oneGhostTwice(t *testing.T, s *Stage) {
	s.Terms = ofMany(9)
	s.MustList("ghost", "bob")
	for _, word := range []string{"a", "b"} {
		_, err := s.List("ghost", s.Other(word))
		s.must(err)
	}
	s.Cut(s.Conn("ghost"))
	buried := 0
	s.Store.BeforeTakeNames = func() {
		buried++
		s.Store.BeforeTakeNames = func() { buried++ }
	}
	s.Store.BeforeRemoveEntry = func() {
		if gone := s.Clients(s.Publish()); gone != "[ghost]" {
			t.Errorf("the second found %s gone, want ghost", gone)
		}
	}
	if gone := s.Clients(s.Publish()); gone != "[ghost]" {
		t.Errorf("the first found %s gone, want ghost", gone)
	}
	if buried != 1 {
		t.Errorf("it was unlisted elsewhere %d times, want once", buried)
	}
	s.WantListed(s.Name, "bob")
	s.WantListed(s.Other("a"))
	s.WantListed(s.Other("b"))
	s.WantNoted("ghost", 0)
}

func ghostAndDisconnect(_ *testing.T, s *Stage) {
	s.Terms = ofMany(9)
	for client, moment := range map[string]*func(){"early": &s.Store.BeforeRemoveEntry, "late": &s.Store.BeforeTakeNames} {
		s.MustList(client)
		_, err := s.List(client, s.Other("a"))
		s.must(err)
		s.Cut(s.Conn(client))
		*moment = func() { s.Disconnect(client) }
		s.Publish()
		s.WantListed(s.Name)
		s.WantListed(s.Other("a"))
	}
}

func listInsideBurial(_ *testing.T, s *Stage) {
	s.Terms = ofMany(9)
	s.MustList("ghost")
	s.Cut(s.Conn("ghost"))
	s.Store.BeforeTakeNames = func() { // what it sent before it went is handled late
		_, err := s.List("ghost", s.Other("a"))
		s.must(err)
	}
	s.Publish()
	s.Disconnect("ghost")
	s.WantListed(s.Other("a"))
}
