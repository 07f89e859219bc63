package directory_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/parley-rtc/parley/internal/directory"
	"github.com/parley-rtc/parley/internal/signaling"
)

func TestWhoAmendsIsListedNotedAndRemoved(t *testing.T) {
	var as directory.Amended
	var refusal error
	s := stage(t, directory.Terms{Rule: directory.Many, Limit: 2})
	s.Terms.Amend = func([]directory.Entry) (directory.Amended, error) { return as, refusal }
	s.MustList("alice")
	s.WantNoted("alice", 1)
	as.Tag = strings.Repeat("x", directory.MaxTag+1)
	if _, err := s.List("alice", s.Name); err == nil || !strings.Contains(err.Error(), "the limit is 768") {
		t.Fatalf("got %v of a tag that is too long", err)
	}
	as.Tag, refusal = "", errors.New("no")
	if _, err := s.List("alice", s.Name); !errors.Is(err, refusal) {
		t.Fatalf("got %v, want the refusal", err)
	}
	s.WantListed(s.Name, "alice") // as before
	s.WantNoted("alice", 1)
	refusal, as.Remove = nil, true
	for range 2 {
		if _, err := s.List("alice", s.Name); err != nil {
			t.Fatal(err)
		}
		s.WantListed(s.Name)
		s.WantNoted("alice", 0)
	}
}

func TestTheDeadMakeRoomForWhoAmends(t *testing.T) {
	s := stage(t, directory.Terms{Rule: directory.Many, Limit: 2})
	s.MustList("a", "b")
	s.Connect("alice")
	asked := ""
	s.Terms.Amend = func(list []directory.Entry) (directory.Amended, error) {
		asked = s.Clients(list)
		return directory.Amended{}, nil
	}
	if _, err := s.List("alice", s.Name); !errors.Is(err, directory.ErrFull) {
		t.Fatalf("got %v, want ErrFull", err)
	}
	s.Cut(s.Conn("a"))
	if _, err := s.List("alice", s.Name); err != nil || asked != "[b]" {
		t.Fatalf("got %v, asked about %s, want it without the dead", err, asked)
	}
	s.WantListed(s.Name, "alice", "b")
	s.WantNoted("a", 0)
}

// failing notes nothing, for a reason of its own.
type failing struct{ directory.Store }

var errFails = errors.New("it fails")

func (failing) NoteName(
	context.Context, signaling.ConnID, string, directory.Name, int, int64,
) ([]directory.Name, error) {
	return nil, errFails
}

func TestWhatIsAmendedAndNotNotedIsTakenBack(t *testing.T) {
	s := stage(t, directory.Terms{Rule: directory.Many, Limit: 2})
	s.Terms.Amend = func([]directory.Entry) (directory.Amended, error) { return directory.Amended{}, nil }
	s.Connect("alice")
	s.Directory.Store = failing{s.Store}
	if _, err := s.List("alice", s.Name); !errors.Is(err, errFails) {
		t.Fatalf("got %v", err)
	}
	s.WantListed(s.Name)
}
