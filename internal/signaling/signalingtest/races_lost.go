package signalingtest

import (
	"testing"
	"time"

	"github.com/parley-rtc/parley/internal/signaling"
)

func graced(s *Stage, joined ...string) {
	s.Service.Grace = 30 * time.Second
	s.Join(joined...)
}

func twoResumes(t *testing.T, s *Stage) {
	graced(s, "alice", "bob")
	s.Disconnect("alice")
	s.WantTold("bob: peer-lost alice rev 3")
	s.Connect("one", "two")
	s.Store.BeforeResume = func() { must(t, s.Do("two", s.Resumes("alice"))) }
	if err := s.Do("one", s.Resumes("alice")); err == nil {
		t.Fatal("one string was used twice")
	}
	s.WantTold("bob: peer-back alice rev 4", "one: error resume-expired", "two: joined the-room as alice rev 4 with [bob]")
	s.WantRoom("alice", "bob")
}

func resumeBeforeDisconnect(t *testing.T, s *Stage) {
	graced(s, "alice", "bob")
	s.Connect("newer")
	s.Store.BeforeMarkLost = func() { must(t, s.Do("newer", s.Resumes("alice"))) }
	s.Disconnect("alice")
	s.WantTold("alice: kicked by alice replaced", "bob: peer-back alice rev 3", "newer: joined the-room as alice rev 3 with [bob]")
}

func disconnectInsideResume(t *testing.T, s *Stage) {
	graced(s, "alice", "bob")
	s.Disconnect("alice")
	s.Told()
	s.Connect("newer")
	s.Store.BeforeEnter = func() {
		s.Cut(s.Conn("newer"))
		s.Disconnect("newer")
	}
	if err := s.Do("newer", s.Resumes("alice")); err == nil {
		t.Fatal("a resume on a closed connection succeeded")
	}
	s.WantTold("bob: peer-lost alice rev 5")
	s.WantRoom("alice", "bob")
}

func oneLossTwice(_ *testing.T, s *Stage) {
	graced(s, "alice", "bob")
	s.Cut(s.Conn("alice"))
	s.Store.BeforeMarkLost = func() { s.Disconnect("alice") }
	_ = s.Do("bob", signaling.Signal{Room: s.Room, To: "alice", Data: []byte("1")})
	s.WantTold("bob: peer-lost alice rev 3")
	s.WantRoom("alice", "bob")
}

func pruneAgainstResume(t *testing.T, s *Stage) {
	graced(s, "alice", "bob")
	s.Disconnect("alice")
	s.Told()
	lost := s.Now
	s.Connect("newer")
	s.Now = lost.Add(31 * time.Second)
	s.Store.BeforePrune = func() {
		s.Now = lost.Add(29 * time.Second) // an event from before, which comes late
		must(t, s.Do("newer", s.Resumes("alice")))
	}
	must(t, s.Do("bob", signaling.Update{Room: s.Room, Data: []byte("1")}))
	s.WantTold("bob: peer-back alice rev 5", "newer: joined the-room as alice rev 5 with [bob]")
	s.WantRoom("alice", "bob")
}
