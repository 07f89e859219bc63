package directory_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/parley-rtc/parley/internal/directory"
	"github.com/parley-rtc/parley/internal/directory/directorytest"
	"github.com/parley-rtc/parley/internal/signaling"
)

func stage(t *testing.T, terms directory.Terms) *directorytest.Stage {
	t.Helper()
	s := directorytest.NewStage(t, directorytest.NewMemory())
	s.Terms = terms
	return s
}

func TestAConnectionIsListedUnderItsNamesUntilItGoes(t *testing.T) {
	s := stage(t, directory.Terms{Rule: directory.Many, Limit: 9})
	s.MustList("alice", "bob")
	for i, word := range []string{"a", "b"} {
		listed, err := s.List("alice", s.Other(word))
		if err != nil || len(listed.Names) != i+2 || listed.Names[i] != s.Other(word) || s.Clients(listed.After) != "[alice]" {
			t.Fatalf("got %+v, %v", listed, err)
		}
	}
	s.WantNoted("alice", 3)
	s.Unlist("alice", s.Other("b"))
	s.WantListed(s.Other("b"))
	s.WantNoted("alice", 2)
	if listed, err := s.List("alice", s.Name); err != nil || !listed.Already {
		t.Fatalf("listing it again: got %+v, %v", listed, err)
	}
	s.WantNoted("alice", 2)
	s.WantListed(s.Name, "alice", "bob")
	s.Disconnect("alice")
	s.WantListed(s.Name, "bob")
	s.WantListed(s.Other("a"))
	if err := s.Directory.Unlist(t.Context(), s.Name, s.Conn("carol"), s.Now); !errors.Is(err, directory.ErrNotListed) {
		t.Fatalf("got %v, want ErrNotListed", err)
	}
}

func TestWhoIsUnderTooManyNamesIsNotListed(t *testing.T) {
	s := stage(t, directory.Terms{Rule: directory.Many, Limit: 9, Names: 2})
	s.MustList("alice", "bob")
	if _, err := s.List("alice", s.Other("a")); err != nil {
		t.Fatal(err)
	}
	if _, err := s.List("alice", s.Other("b")); !errors.Is(err, directory.ErrTooManyNames) {
		t.Fatalf("got %v, want ErrTooManyNames", err)
	}
	s.WantListed(s.Other("b"))
	s.WantNoted("alice", 2)
	if _, err := s.List("alice", s.Name); err != nil { // it is listed there
		t.Fatal(err)
	}
	s.Unlist("alice", s.Other("a"))
	if _, err := s.List("alice", s.Other("b")); err != nil {
		t.Fatal(err)
	}
}

func TestADeadHolderIsNoObstacle(t *testing.T) {
	s := stage(t, directory.Terms{})
	s.MustList("alice")
	if _, err := s.List("alice", s.Other("a")); err != nil {
		t.Fatal(err)
	}
	s.Connect("bob")
	if listed, err := s.List("bob", s.Name); !errors.Is(err, directory.ErrTaken) || s.Clients(listed.Before) != "[alice]" {
		t.Fatalf("got %+v, %v, want the name taken by alice, who lives", listed, err)
	}
	s.Fail(s.Conn("alice")) // nobody knows whether she lives
	if _, err := s.List("bob", s.Name); !errors.Is(err, directory.ErrTaken) {
		t.Fatalf("got %v, want ErrTaken", err)
	}
	s.Cut(s.Conn("alice"))
	if listed, err := s.List("bob", s.Name); err != nil || s.Clients(listed.Before) != "[alice]" {
		t.Fatalf("got %+v, %v, want alice displaced", listed, err)
	}
	s.WantListed(s.Name, "bob")
	s.WantListed(s.Other("a")) // she is listed nowhere
	s.WantNoted("alice", 0)
}

func TestTheDeadMakeRoomInAFullName(t *testing.T) {
	s := stage(t, directory.Terms{Rule: directory.Many, Limit: 4})
	s.MustList("a", "b", "c", "d")
	s.Connect("alice", "bob", "carol")
	if _, err := s.List("alice", s.Name); !errors.Is(err, directory.ErrFull) {
		t.Fatalf("got %v, want ErrFull", err)
	}
	s.Cut(s.Conn("b"))
	s.Cut(s.Conn("d"))
	if _, err := s.List("alice", s.Name); err != nil {
		t.Fatal(err)
	}
	s.WantListed(s.Name, "a", "alice", "c")
	for _, c := range []string{"b", "d"} {
		s.WantNoted(c, 0)
	}
	if _, err := s.List("bob", s.Name); err != nil {
		t.Fatal(err)
	}
	if _, err := s.List("carol", s.Name); !errors.Is(err, directory.ErrFull) {
		t.Fatalf("got %v, want ErrFull", err)
	}
}

func TestWhoIsNotProbedStaysInTheWay(t *testing.T) {
	s := stage(t, directory.Terms{Rule: directory.Many, Limit: 1, Unprobed: true})
	s.MustList("alice")
	s.Cut(s.Conn("alice"))
	s.Connect("bob")
	listed, err := s.List("bob", s.Name)
	if !errors.Is(err, directory.ErrFull) || s.Clients(listed.Before) != "[alice]" {
		t.Fatalf("got %+v, %v, want the name full of alice", listed, err)
	}
	if gone := s.Directory.Probe(t.Context(), listed.Before); len(gone) != 1 || gone[0] != s.Conn("alice") {
		t.Fatalf("found %v gone", gone)
	}
	s.WantListed(s.Name, "alice")
}

// probed notes who is probed.
type probed struct {
	signaling.Pusher
	mu       sync.Mutex
	of       []signaling.ConnID
	deadline bool
}

func (p *probed) Probe(ctx context.Context, conn signaling.ConnID) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.of = append(p.of, conn)
	_, p.deadline = ctx.Deadline()
	return nil
}

func TestProbesAreBounded(t *testing.T) {
	s := stage(t, directory.Terms{Rule: directory.Many, Limit: 100})
	for i := range 100 {
		s.MustList(fmt.Sprintf("peer%02d", i))
	}
	s.Connect("alice")
	p := &probed{Pusher: s.Recorder}
	s.Directory.Pusher = p
	if _, err := s.List("alice", s.Name); !errors.Is(err, directory.ErrFull) {
		t.Fatalf("got %v, want ErrFull", err)
	}
	oldest := slices.Contains(p.of, s.Conn("peer00")) && !slices.Contains(p.of, s.Conn("peer99"))
	if len(p.of) != 16 || !oldest || !p.deadline {
		t.Fatalf("%d were probed (in time: %t): %v", len(p.of), p.deadline, p.of)
	}
}

func TestAClaimIsKeptAsAHash(t *testing.T) {
	s := stage(t, directory.Terms{})
	s.Connect("alice", "bob")
	claim := strings.Repeat("secret", 1000)
	for _, client := range []string{"alice", "bob"} {
		e := directory.Entry{Conn: s.Conn(client), Dialect: "d", Tag: client, Claim: claim}
		if _, err := s.Directory.List(t.Context(), s.Name, e, s.Terms, s.Now); err != nil {
			t.Fatal(err)
		}
	}
	found, err := s.Directory.Find(t.Context(), s.Name, s.Now, false)
	if err != nil || len(found) != 1 || found[0].Tag != "bob" {
		t.Fatalf("got %+v, %v", found, err)
	}
	if kept := found[0].Claim; len(kept) > 30 || strings.Contains(kept, "secret") {
		t.Fatalf("got %+v, %v", found, err)
	}
}

func TestAPublishReachesAllAndUnlistsWhoIsGone(t *testing.T) {
	s := stage(t, directory.Terms{Rule: directory.Many, Limit: 99})
	var clients []string
	for i := range 40 {
		clients = append(clients, fmt.Sprintf("peer%02d", i))
	}
	s.MustList(clients...)
	s.Cut(s.Conn("peer07"))
	s.Cut(s.Conn("peer13"))
	if gone := s.Clients(s.Publish()); gone != "[peer07 peer13]" {
		t.Fatalf("found %s gone", gone)
	}
	if got := len(s.Take()); got != 38 {
		t.Fatalf("%d were reached, want 38", got)
	}
	s.Fail(s.Conn("peer01"))
	found, err := s.Directory.Find(t.Context(), s.Name, s.Now, true)
	if err != nil || len(found) != 38 {
		t.Fatalf("listed are %d, %v", len(found), err)
	}
	gone, err := s.Directory.Publish(t.Context(), s.Name, found[:5], []byte("x"), s.Now)
	if len(gone) != 0 || err == nil || !strings.Contains(err.Error(), "1 of 5 could not be reached") {
		t.Fatalf("got %v, %v", gone, err)
	}
	if got := s.Take(); len(got) != 4 || string(got[0].Frame) != "x" {
		t.Fatalf("reached %v", got)
	}
	s.WantListed(s.Name, slices.DeleteFunc(clients, func(c string) bool { return c == "peer07" || c == "peer13" })...)
}

func TestASendUnlistsWhoIsGone(t *testing.T) {
	s := stage(t, directory.Terms{})
	s.MustList("alice")
	found, err := s.Directory.Find(t.Context(), s.Name, s.Now, false)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Directory.Send(t.Context(), s.Name, found[0], []byte("x"), s.Now); err != nil || len(s.Take()) != 1 {
		t.Fatal(err)
	}
	s.Fail(s.Conn("alice"))
	err = s.Directory.Send(t.Context(), s.Name, found[0], []byte("x"), s.Now)
	if err == nil || errors.Is(err, signaling.ErrGone) {
		t.Fatalf("got %v, want a failure", err)
	}
	s.WantListed(s.Name, "alice")
	s.Cut(s.Conn("alice"))
	for range 2 {
		err := s.Directory.Send(t.Context(), s.Name, found[0], []byte("x"), s.Now)
		if !errors.Is(err, signaling.ErrGone) {
			t.Fatalf("got %v, want ErrGone", err)
		}
	}
	s.WantListed(s.Name)
	s.WantNoted("alice", 0)
}

func TestAPanicOfAPushIsAnError(t *testing.T) {
	s := stage(t, directory.Terms{Rule: directory.Many, Limit: 9})
	s.MustList("alice", "bob")
	found, err := s.Directory.Find(t.Context(), s.Name, s.Now, false)
	if err != nil {
		t.Fatal(err)
	}
	s.Directory.Pusher = nil
	if _, err := s.Directory.Publish(t.Context(), s.Name, found, nil, s.Now.Add(time.Second)); err == nil {
		t.Fatal("nobody learns of the panic")
	}
}
