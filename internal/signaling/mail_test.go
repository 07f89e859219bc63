package signaling_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/parley-rtc/parley/internal/signaling"
	"github.com/parley-rtc/parley/internal/signaling/signalingtest"
)

func to(s *signalingtest.Stage, name signaling.PeerName, data string) signaling.Signal {
	return signaling.Signal{Request: signaling.Request{ID: "1"}, Room: s.Room, To: name, Data: []byte(data)}
}

func TestMailWaitsForALostPeerAndComesBeforeAnythingElse(t *testing.T) {
	s := graceStage(t, "alice", "bob", "carol")
	s.Disconnect("alice")
	s.Told()
	ok(t, s.Do("bob", to(s, "alice", "1")))
	ok(t, s.Do("carol", to(s, "alice", "2")))
	ok(t, s.Do("bob", signaling.Signal{Room: s.Room, To: "alice", Data: []byte("3")}))
	ok(t, s.Do("bob", signaling.Broadcast{Room: s.Room, Data: []byte("not for who is away")}))
	s.WantTold("bob: queued 1", "carol: queued 1", "carol: broadcast from bob not for who is away")
	s.Connect("again")
	ok(t, s.Do("again", s.Resumes("alice")))
	s.WantTold("again: joined the-room as alice rev 5 with [bob carol]", "again: signal from bob 1", "again: signal from carol 2",
		"again: signal from bob 3", "bob: peer-back alice rev 5", "carol: peer-back alice rev 5")
	ok(t, s.Do("bob", to(s, "alice", "4")))
	s.WantTold("again: signal from bob 4", "bob: ok 1")
	s.Cut(s.Conn("again"))
	s.Disconnect("again")
	s.Connect("third")
	s.Told()
	ok(t, s.Do("third", s.Resumes("again")))
	s.WantTold("bob: peer-back alice rev 7", "carol: peer-back alice rev 7", "third: joined the-room as alice rev 7 with [bob carol]")
}

func TestASignalThatFindsThePeerGoneWaits(t *testing.T) {
	s := graceStage(t, "alice", "bob")
	s.Cut(s.Conn("alice"))
	ok(t, s.Do("bob", to(s, "alice", "1")))
	s.WantTold("bob: peer-lost alice rev 3", "bob: queued 1")
	s.Connect("again")
	ok(t, s.Do("again", s.Resumes("alice")))
	s.WantTold("again: joined the-room as alice rev 4 with [bob]", "again: signal from bob 1", "bob: peer-back alice rev 4")
}

func TestMailOfAPeerWhoNeverCameBackIsNotForTheNextOfThatName(t *testing.T) {
	s := graceStage(t, "alice", "bob")
	s.Disconnect("alice")
	ok(t, s.Do("bob", to(s, "alice", "1")))
	s.Now = s.Now.Add(time.Minute)
	s.Join("alice2")
	s.Connect("again")
	ok(t, s.Do("again", signaling.Join{Room: s.Room, Peer: "alice"}))
	s.Disconnect("again")
	s.Told()
	s.Connect("third")
	ok(t, s.Do("third", s.Resumes("again")))
	s.WantTold("alice2: peer-back alice rev 8", "bob: peer-back alice rev 8", "third: joined the-room as alice rev 8 with [bob alice2]")
}

func TestAFullMailboxIsTold(t *testing.T) {
	s := graceStage(t, "alice", "bob")
	s.Disconnect("alice")
	for range signaling.MaxMail {
		ok(t, s.Do("bob", signaling.Signal{Room: s.Room, To: "alice", Data: []byte("1")}))
	}
	s.Told()
	err := s.Do("bob", to(s, "alice", "1"))
	wantCode(t, err, signaling.CodeMailFull)
	if !signaling.Describe(err).Retry {
		t.Error("it may be tried again")
	}
}

func TestMailThatMeetsTheReturnIsDeliveredAfterWhatWaited(t *testing.T) {
	s := graceStage(t, "alice", "bob")
	s.Disconnect("alice")
	ok(t, s.Do("bob", to(s, "alice", "1")))
	s.Told()
	s.Connect("again")
	s.Store.BeforeKeepMail = func() { ok(t, s.Do("again", s.Resumes("alice"))) }
	ok(t, s.Do("bob", to(s, "alice", "2")))
	s.WantTold("again: joined the-room as alice rev 4 with [bob]", "again: signal from bob 1", "again: signal from bob 2",
		"bob: peer-back alice rev 4", "bob: ok 1")
}

func TestASignalByNameWaitsForTheMailBeforeIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := graceStage(t, "alice", "bob")
		s.Disconnect("alice")
		ok(t, s.Do("bob", to(s, "alice", "1")))
		s.Told()
		s.Connect("again")
		sent := make(chan error, 1)
		s.Store.BeforeClearMail = func() {
			go func() { sent <- s.Do("bob", to(s, "alice", "2")) }()
			synctest.Wait()
			if len(sent) > 0 {
				t.Error("the second was sent before the mail was settled")
			}
		}
		ok(t, s.Do("again", s.Resumes("alice")))
		ok(t, <-sent)
		told := strings.Join(s.Told(), "\n")
		if strings.Count(told, "signal from bob 2") != 1 || strings.Index(told, "signal from bob 1") > strings.Index(told, "signal from bob 2") {
			t.Errorf("told %s", told)
		}
	})
}

func TestMailIsKeptWhenTheNewSocketDiesToo(t *testing.T) {
	for at := range 3 {
		t.Run(fmt.Sprint("after frames: ", at), func(t *testing.T) {
			s := graceStage(t, "alice", "bob")
			s.Disconnect("alice")
			ok(t, s.Do("bob", to(s, "alice", "1")))
			ok(t, s.Do("bob", to(s, "alice", "2")))
			s.Told()
			s.Connect("again", "third")
			s.CutAfter(s.Conn("again"), at)
			_ = s.Do("again", s.Resumes("alice"))
			ok(t, s.Do("bob", to(s, "alice", "3")))
			told := strings.Join(s.Told(), "\n")
			holder := "again"
			if at == 0 {
				holder = "alice" // joined never arrived, so the old string is all there is
			}
			ok(t, s.Do("third", s.Resumes(holder)))
			told += "\n" + strings.Join(s.Told(), "\n")
			last := -1
			for _, m := range []string{"signal from bob 1", "signal from bob 2", "signal from bob 3"} {
				if i := strings.Index(told, m); strings.Count(told, m) != 1 || i < last {
					t.Errorf("%s: not once, or out of order\n%s", m, told)
				} else {
					last = i
				}
			}
		})
	}
}

func TestAPeerTakenForLostGetsItsMailWhenItActs(t *testing.T) {
	s := graceStage(t, "alice", "bob")
	_, err := s.Store.MarkLost(t.Context(), s.Room, "alice", s.Conn("alice"), s.Now.Add(time.Minute), s.Now)
	ok(t, err)
	ok(t, s.Do("bob", to(s, "alice", "1")))
	s.Told()
	ok(t, s.Do("alice", signaling.ListRoster{Room: s.Room}))
	s.WantTold("alice: signal from bob 1", "alice: roster rev 4 [bob]", "bob: peer-back alice rev 4")
}

func TestAUsedStringWorksAgainOnlyOnceTheSocketThatUsedItIsDead(t *testing.T) {
	s := graceStage(t, "alice", "bob")
	old := s.Resumes("alice")
	s.Disconnect("alice")
	s.Connect("again", "third", "fourth")
	ok(t, s.Do("again", old))
	wantCode(t, s.Do("third", old), signaling.CodeResumeExpired)
	s.Cut(s.Conn("again"))
	s.Told()
	ok(t, s.Do("third", old))
	s.WantTold("bob: peer-lost alice rev 5", "bob: peer-back alice rev 6", "third: joined the-room as alice rev 6 with [bob]")
	ok(t, s.Do("third", signaling.Leave{Room: s.Room}))
	s.Now = s.Now.Add(time.Second)
	ok(t, s.Do("fourth", signaling.Join{Room: s.Room, Peer: "alice"}))
	s.Disconnect("fourth")
	s.Connect("fifth")
	wantCode(t, s.Do("fifth", old), signaling.CodeResumeExpired) // another seat of that name
}
