package peerjs_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/parley-rtc/parley/internal/directory/directorytest"
	"github.com/parley-rtc/parley/internal/signaling"
)

func TestAClientOpensInBadWeather(t *testing.T) {
	for name, strike := range map[string]func(*stage){
		"fair":                      func(*stage) {},
		"not there at first":        func(s *stage) { s.gone = 2 },
		"there, and then it is not": func(s *stage) { s.gone = 5 },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newStage(t, false)
				opener := s.connect("a", as("alice", "t1"))
				strike(s)
				s.handle(opener)
				s.wantTold(`a {"type":"OPEN"}`)
				s.wantListed("alice", "a")
				s.wantQuiet()
			})
		})
	}
}

// What is pushed to a client that was seen a moment ago may be answered 410 once more.
func TestAClientThatSeemsToBeGoneIsToldAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t, false)
		s.connect("a", as("alice", "t1"))
		s.gone = 2
		s.says("a", `{"type":"LEAVE","dst":"nobody"}`) // no probe comes before its OPEN
		s.wantTold(`a {"type":"OPEN"}`)
		s.wantListed("alice", "a")
		s.wantQuiet()
		s.connect("b", as("bob", "t2"))
		s.gone = 1000
		s.says("b", `{"type":"LEAVE","dst":"nobody"}`)
		s.gone = 0
		s.wantTold()
		if !s.Closed("b") {
			t.Error("who cannot be told that it is open waits for ever")
		}
		s.wantQuiet()
	})
}

func TestOneOpenerSendsOPEN(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t, false)
		opener := s.connect("a", as("alice", "t1"))
		frame := s.event("a", "$default", `{"type":"CANDIDATE","payload":{},"dst":"alice"}`)
		var at sync.WaitGroup
		for range 5 {
			at.Go(func() { s.handle(opener) })
			at.Go(func() { s.handle(frame) })
		}
		at.Wait()
		opens := 0
		for _, p := range s.Take() {
			if string(p.Frame) == `{"type":"OPEN"}` {
				opens++
			}
		}
		if opens != 1 {
			t.Errorf("got OPEN %d times", opens)
		}
		s.wantListed("alice", "a")
		s.wantQuiet()
	})
}

// Lambda may run an opener twice, in two processes of which neither knows of the other.
func TestAnOpenerThatComesTwiceSaysOPENOnce(t *testing.T) {
	s := newStage(t, false)
	opener := s.connect("a", as("alice", "t1"))
	s.handle(opener)
	s.wantTold(`a {"type":"OPEN"}`)
	s.elsewhere()
	s.handle(opener)
	s.elsewhere()
	s.says("a", `{"type":"OFFER","payload":{},"dst":"alice"}`)
	s.wantTold(`a {"type":"OFFER","src":"alice","dst":"alice","payload":{}}`)
	s.wantListed("alice", "a")
	s.wantQuiet()
}

// A client that has come back is not thrown out by what is late of its first connection.
func TestALateOpenerDisplacesNobody(t *testing.T) {
	s := newStage(t, false)
	late := s.connect("old", as("alice", "t1"))
	s.handle(s.connect("new", as("alice", "t1")))
	s.wantTold(`new {"type":"OPEN"}`)
	s.handle(late)
	s.wantListed("alice", "new")
	if s.Closed("new") || !s.Closed("old") {
		t.Errorf("closed: the new one %v, the old one %v", s.Closed("new"), s.Closed("old"))
	}
	s.wantQuiet()
}

// The socket before does not stay open without the id, where the one that took it over is gone already.
func TestWhoLosesItsIDToSomebodyGoneIsClosed(t *testing.T) {
	s := newStage(t, false)
	s.handle(s.connect("old", as("alice", "t1")))
	s.wantTold(`old {"type":"OPEN"}`)
	opener := s.connect("new", as("alice", "t1"))
	s.House.Directory.Store = &directorytest.Hooked{Store: s.store, BeforeNoteName: func() {
		if _, err := s.Disconnect(t.Context(), s.event("new", "$disconnect", "")); err != nil {
			t.Error(err)
		}
	}}
	s.handle(opener)
	s.wantListed("alice")
	if !s.Closed("old") {
		t.Error("the old one is open, and nobody reaches it")
	}
	s.wantTold()
	s.wantQuiet()
}

func TestAClientIsToldThatItCannotOpen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t, false)
		opener := s.connect("a", as("alice", "t1"))
		s.House.Directory.Store = broken{s.House.Directory.Store}
		s.handle(opener)
		s.wantTold(`a {"type":"ERROR","payload":{"msg":"the server failed; try again"}}`)
		if !s.Closed("a") || !strings.Contains(s.log.String(), "no store") {
			t.Errorf("closed: %v, log: %s", s.Closed("a"), s.log.String())
		}
	})
}

func TestATokenSaysWhichIDs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t, true)
		s.Admission = admit(func(h signaling.Handshake) (*signaling.Rights, error) {
			peer, ok := strings.CutPrefix(strings.Join(h.Tokens, ","), "for-")
			if !ok {
				return nil, signaling.Errorf(signaling.CodeUnauthorized, "the token has expired")
			}
			return &signaling.Rights{User: "u", Peer: peer, Expires: h.Time.Add(time.Minute)}, nil
		})
		for i, tt := range []struct{ key, id, told string }{
			{"for-alice", "alice", `{"type":"OPEN"}`},
			{"for-a*", "anna", `{"type":"OPEN"}`},
			{"for-*", "zoe", `{"type":"OPEN"}`},
			{"for-alice", "bob", `{"type":"ERROR","payload":{"msg":"Invalid id provided: your key is for alice"}}`},
			{"stale", "carol", `{"type":"ERROR","payload":{"msg":"Invalid key provided: the token has expired"}}`},
			{"stale", "-", `{"type":"ERROR","payload":{"msg":"Invalid id provided: ` +
				`want 1 to 128 letters and digits, with single spaces, - or _ between them"}}`},
			{"", "dave", `{"type":"ERROR","payload":{"msg":"No id, token, or key supplied to websocket server"}}`},
		} {
			conn := fmt.Sprint("c", i)
			s.handle(s.connect(conn, fmt.Sprintf("key=%s&id=%s&token=t&version=1.5.5", tt.key, tt.id)))
			s.wantTold(conn + " " + tt.told)
			opened := tt.told == `{"type":"OPEN"}`
			if s.Closed(signaling.ConnID(conn)) == opened {
				t.Errorf("%+v: closed %v", tt, !opened)
			}
			if !opened {
				s.wantListed(tt.id)
			}
		}
		// A token is for opening, and is not asked for again.
		s.now = s.now.Add(time.Hour)
		s.says("c0", `{"type":"LEAVE","dst":"anna"}`)
		s.wantTold(`c1 {"type":"LEAVE","src":"alice","dst":"anna"}`)
		late := s.connect("late", "key=for-late&id=late&token=t&version=1.5.5")
		late.RequestContext.RequestTimeEpoch += time.Hour.Milliseconds()
		s.handle(late)
		s.wantTold(`late {"type":"ERROR","payload":{"msg":"your token has expired: connect again with a new one"}}`)
	})
}

type admit func(h signaling.Handshake) (*signaling.Rights, error)

func (f admit) Admit(_ context.Context, h signaling.Handshake) (*signaling.Rights, error) {
	return f(h)
}
