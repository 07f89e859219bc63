package socketio_test

import (
	"context"
	"testing"
	"time"

	"github.com/parley-rtc/parley/internal/socketio/server"
)

// loses has alice and bob in a room, of whom she loses her connection, and misses one thing.
func (s *stage) loses() {
	s.t.Helper()
	s.serveRooms()
	s.join("alice", "bob")
	s.send("alice", `42["join","r"]`)
	s.send("bob", `42["join","r"]`)
	s.Take()
	s.ends("alice", 1006, "")
	s.send("bob", `42["mine",1]`)
	s.wants()
	s.open("again", v4)
	s.Take()
}

func (s *stage) comesBack(conn string) {
	s.t.Helper()
	s.send(conn, `40{"pid":`+quoted(s.pids["alice"])+`}`)
}

// losesAgain has the next connection end, too, while she comes back on it.
func (s *stage) losesAgain(hook *func(), code int64) {
	*hook = func() {
		s.ending("again", code, "")
		<-time.After(time.Millisecond)
	}
	go s.comesBack("again")
	passes(time.Second)
}

const isAlice = `40{"sid":"<alice>","pid":"<pid of alice>"}`

func TestWhatIsSaidWhileSomebodyComesBackComesAfterWhatWasKept(t *testing.T) {
	inBubble(t, func(t *testing.T, s *stage) {
		s.loses()
		said := []string{"2", "3", "4"}
		var say func()
		say = func() { // each time that she is listed
			s.send("bob", `42["mine",`+said[0]+`]`)
			if said = said[1:]; len(said) > 0 {
				s.reads.beforeAdd = say
			}
		}
		s.reads.beforeAdd = say
		s.comesBack("again")
		want := []string{`again 42["said",1]`, `again 42["said",2]`, `again 42["said",3]`, "again " + isAlice}
		s.wants(want...)
	})
}

func TestWhoIsLostAgainWhileComingBack(t *testing.T) {
	for name, hook := range map[string]func(s *stage) *func(){
		"before anything is noted": func(s *stage) *func() { return &s.reads.beforeNote },
		"before she is listed":     func(s *stage) *func() { return &s.reads.beforeAdd },
	} {
		t.Run(name+", comes back", func(t *testing.T) {
			inBubble(t, func(t *testing.T, s *stage) {
				s.loses()
				s.losesAgain(hook(s), 1006)
				s.open("thrice", v4)
				s.Take()
				s.comesBack("thrice")
				s.send("bob", `42["mine",2]`)
				if heard := s.heard("thrice"); len(heard) < 2 || heard[len(heard)-1] != `42["said",2]` {
					t.Errorf("got %q", heard)
				}
				passes(time.Minute)
				s.wants()
				s.send("thrice", "41")
				s.wants(`bob 42["left","<alice>","r"]`)
			})
		})
		t.Run(name+", and stays away", func(t *testing.T) {
			inBubble(t, func(t *testing.T, s *stage) {
				s.loses()
				s.losesAgain(hook(s), 1006)
				passes(4 * time.Second)
				s.Take()
				passes(time.Minute)
				s.wants(`bob 42["left","<alice>","r"]`)
			})
		})
	}
}

// TestAnotherNamespaceOfWhoComesBackBeforeItsEndIsKnown: its $disconnect has nothing left to end.
func TestAnotherNamespaceOfWhoComesBackBeforeItsEndIsKnown(t *testing.T) {
	inBubble(t, func(t *testing.T, s *stage) {
		s.serveRooms()
		s.join("alice", "bob")
		pid := s.pids["alice"]
		for _, conn := range []string{"alice", "bob"} {
			s.connect(conn, "40/other,")
			s.send(conn, `42/other,["join","r"]`)
		}
		s.open("again", v4)
		s.Cut("alice")
		s.Take()
		go s.send("again", `40{"pid":`+quoted(pid)+`}`)
		passes(time.Second)
		if heard := s.heard("again"); len(heard) != 1 {
			t.Errorf("got %q", heard)
		}
		s.ends("alice", 1006, "")
		passes(time.Minute)
		s.wants(`bob 42/other,["left","<alice>","r"]`)
	})
}

func TestWhoLeavesThePageWhileComingBack(t *testing.T) {
	inBubble(t, func(t *testing.T, s *stage) {
		s.loses()
		ended := 0
		s.lab.ended = func(context.Context, server.Socket) error { ended++; return nil }
		s.losesAgain(&s.reads.beforeAdd, 1001)
		passes(2 * time.Second)
		if heard := s.heard("bob"); len(heard) != 1 || ended != 1 {
			t.Errorf("he heard %q, and it ended %d times", heard, ended)
		}
	})
}

func TestWhatIsKeptForWhoHasJustComeBackFollows(t *testing.T) {
	inBubble(t, func(t *testing.T, s *stage) {
		s.serveRooms()
		s.join("alice", "bob")
		s.send("alice", `42["join","r"]`)
		s.send("bob", `42["join","r"]`)
		s.open("again", v4)
		s.Cut("alice")
		s.Take()
		s.reads.followed = func() { // and she has not come anywhere yet
			s.ending("alice", 1006, "")
			<-time.After(time.Millisecond)
			s.comesBack("again")
		}
		s.send("bob", `42["mine",1]`)
		s.wants("again "+isAlice, `again 42["said",1]`)
	})
}

// What $disconnect forgets, and what it keeps of that, are two writes.
func TestASocketThatIsJustBeingKept(t *testing.T) {
	inBubble(t, func(t *testing.T, s *stage) {
		s.serveRooms()
		s.join("alice", "bob")
		s.send("alice", `42["join","r"]`)
		s.send("bob", `42["join","r"]`)
		s.open("again", v4)
		s.Take()
		s.reads.forgotten = func() {
			s.send("bob", `42["mine",1]`)
			go s.comesBack("again")
			<-time.After(time.Millisecond) // until she waits
		}
		s.ends("alice", 1006, "")
		passes(time.Second)
		s.wants(`again 42["said",1]`, "again "+isAlice)
		passes(time.Minute)
		s.wants()
	})
}
