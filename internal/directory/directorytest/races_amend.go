package directorytest

import (
	"testing"

	"github.com/parley-rtc/parley/internal/directory"
)

// amend has clients be listed as amended, or removed.
func amend(s *Stage, remove bool) {
	s.Terms = ofMany(2)
	s.Terms.Amend = as(directory.Amended{Remove: remove})
}

func disconnectInsideAmend(t *testing.T, s *Stage) {
	for _, moment := range []*func(){&s.Store.BeforeAddEntry, &s.Store.BeforeNoteName} {
		s.Name.Name += "-"
		amend(s, false)
		s.Connect("alice")
		*moment = func() { s.Disconnect("alice") }
		if _, err := s.List("alice", s.Name); err == nil {
			t.Fatal("a closed connection is listed")
		}
		s.WantListed(s.Name)
	}
}

// disconnectInsideAmended has the entry go between the reading and the write.
func disconnectInsideAmended(t *testing.T, s *Stage) {
	amend(s, false)
	s.MustList("alice")
	disconnect := func() { s.Disconnect("alice") }
	s.Terms.Amend = func([]directory.Entry) (directory.Amended, error) {
		once(&disconnect)
		return directory.Amended{}, nil
	}
	if _, err := s.List("alice", s.Name); err == nil {
		t.Fatal("a closed connection is listed")
	}
	s.WantListed(s.Name)
}

func amendInsideRemoval(_ *testing.T, s *Stage) {
	amend(s, false)
	s.MustList("alice")
	amend(s, true)
	s.Store.BeforeDropName = later(s, func() {
		amend(s, false)
		_, err := s.List("alice", s.Name)
		s.must(err)
	})
	_, err := s.List("alice", s.Name)
	s.must(err)
	s.WantListed(s.Name, "alice")
	s.WantNoted("alice", 1)
	s.Disconnect("alice")
	s.WantListed(s.Name)
}
