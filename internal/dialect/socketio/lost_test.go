package socketio_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/parley-rtc/parley/internal/socketio/server"
)

func TestWhoLeavesIsToldOnce(t *testing.T) {
	for name, how := range map[string]func(s *stage){
		"by disconnect()": func(s *stage) { s.send("alice", "41") },
		"a page is left":  func(s *stage) { s.ends("alice", 1001, "") },
		"disconnect(), whose $disconnect comes first": func(s *stage) {
			s.ends("alice", 1005, "Client-side close frame status not set")
			s.send("alice", "41")
		},
		"the same, in a process that knows nothing of her": func(s *stage) {
			s.ends("alice", 1005, "Client-side close frame status not set")
			s.sendTo(s.newProcess(), "alice", "41")
		},
		"the same, while that is still being handled": func(s *stage) {
			var wg sync.WaitGroup
			other, e := s.newProcess(), s.event("alice", "$default", "41")
			wg.Go(func() { _, _ = other.Message(s.t.Context(), e) })
			s.ends("alice", 1005, "Client-side close frame status not set")
			wg.Wait()
		},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, s *stage) {
				s.serveRooms()
				ended := 0
				s.lab.ended = func(context.Context, server.Socket) error { ended++; return nil }
				s.join("alice", "bob")
				s.send("alice", `42["join","r"]`)
				s.send("bob", `42["join","r"]`)
				s.Take()
				how(s)
				s.wants(`bob 42["left","<alice>","r"]`)
				passes(time.Minute)
				s.ends("alice", 1005, "Client-side close frame status not set")
				passes(time.Minute)
				s.wants()
				if ended != 1 {
					t.Errorf("it ended %d times", ended)
				}
				s.send("bob", `42["mine","anybody?"]`)
				s.wants()
			})
		})
	}
}

// TestTheNextSocketOfAConnection is in a room while others are told of the one before it.
func TestTheNextSocketOfAConnection(t *testing.T) {
	inBubble(t, func(t *testing.T, s *stage) {
		s.serveRooms()
		s.join("alice", "bob")
		for _, conn := range []string{"alice", "bob"} {
			s.send(conn, `42["join","r"]`)
		}
		s.Take()
		tell := s.lab.left
		s.lab.left = func(ctx context.Context, sock server.Socket, room string) error {
			s.lab.left = tell
			s.connect("alice", "40")
			s.send("alice", `42["join","r"]`)
			s.Take()
			return nil
		}
		s.send("alice", "41")
		s.wants()
		s.send("bob", `42["mine",1]`)
		s.wants(`alice 42["said",1]`)
		s.ends("alice", 1001, "")
		s.wants(`bob 42["left","<alice>","r"]`)
	})
}

// TestWhoEndsWhileItsDataIsSetIsOutOfItsRooms: what is rewritten of a socket in its rooms must not
// bring it back there.
func TestWhoEndsWhileItsDataIsSetIsOutOfItsRooms(t *testing.T) {
	inBubble(t, func(t *testing.T, s *stage) {
		s.serveRooms()
		s.join("alice", "bob")
		s.send("alice", `42["join","r"]`)
		s.send("bob", `42["join","r"]`)
		s.Take()
		s.reads.beforeAdd = func() { s.ends("alice", 1001, "") }
		s.send("alice", `42["set",1]`)
		s.wants(`bob 42["left","<alice>","r"]`)
		s.send("bob", `420["who","r"]`)
		s.wants(`bob 430[[{"ID":"<bob>","Name":"","Data":{}}]]`)
	})
}

func TestASocketThatEndsInAnotherProcessThanItJoinedIn(t *testing.T) {
	inBubble(t, func(t *testing.T, s *stage) {
		s.serveRooms()
		s.join("alice", "bob")
		other := s.newProcess()
		s.sendTo(other, "alice", `42["hello"]`) // which knows of no room of hers
		s.send("bob", `42["join","r"]`)
		s.send("alice", `42["join","r"]`)
		s.Take()
		s.sendTo(other, "alice", "41")
		s.wants(`bob 42["left","<alice>","r"]`)
	})
}

func TestWhoIsLostIsToldOfWhenNobodyCameBack(t *testing.T) {
	inBubble(t, func(t *testing.T, s *stage) {
		s.serveRooms()
		s.join("alice", "bob")
		s.send("alice", `42["join","r"]`)
		s.send("bob", `42["join","r"]`)
		s.Take()
		s.ends("alice", 1006, "")
		s.wants()
		passes(5 * time.Second)
		s.wants()
		passes(2 * time.Second)
		s.wants(`bob 42["left","<alice>","r"]`)
	})
}

func TestALostSocketIsTakenUp(t *testing.T) {
	inBubble(t, func(t *testing.T, s *stage) {
		s.serveRooms()
		s.join("alice", "bob")
		s.send("alice", `42["join","r"]`)
		s.send("bob", `42["join","r"]`)
		s.Take()
		s.ends("alice", 1001, "Going away")
		s.send("bob", `42["mine",1]`)
		s.send("bob", `42["to",`+quoted(s.ids["alice"])+`,"two"]`)
		s.send("bob", `42["mine",3]`)
		s.wants()
		s.open("alice again", v4)
		s.Take()
		s.send("alice again", `40{"pid":`+quoted(s.pids["alice"])+`,"offset":"nowhere"}`)
		s.wants(`alice again 42["said",1]`, `alice again 42["two"]`, `alice again 42["said",3]`,
			`alice again 40{"sid":"<alice>","pid":"<pid of alice>"}`)
		s.send("bob", `42["to",`+quoted(s.ids["alice"])+`,"hi"]`)
		s.send("bob", `42["mine","all"]`)
		s.send("alice again", `42["mine","back"]`)
		s.wants(`alice again 42["hi"]`, `alice again 42["said","all"]`, `bob 42["said","back"]`)
		other := s.newProcess() // which knows nothing of the other connection
		s.sendTo(other, "bob", `42["to",`+quoted(s.ids["alice"])+`,"there?"]`)
		s.wants(`alice again 42["there?"]`)
		passes(time.Minute)
		s.wants() // nobody left

		// And once more.
		s.ends("alice again", 1006, "")
		s.send("bob", `42["mine",4]`)
		s.open("alice thrice", v4)
		s.Take()
		s.send("alice thrice", `40{"pid":`+quoted(s.pids["alice"])+`}`)
		s.wants(`alice thrice 42["said",4]`, `alice thrice 40{"sid":"<alice>","pid":"<pid of alice>"}`)
		s.send("bob", `42["to",`+quoted(s.ids["alice"])+`,"hi"]`)
		s.wants(`alice thrice 42["hi"]`)
		s.send("alice thrice", "41")
		s.wants(`bob 42["left","<alice>","r"]`)
	})
}

func TestAClientThatCannotComeBackIsNotWaitedFor(t *testing.T) {
	inBubble(t, func(t *testing.T, s *stage) {
		s.serveRooms()
		s.join("bob")
		s.open("alice", v4+"&p=/?parley=1")
		s.connect("alice", "40")
		if s.pids["alice"] != "" {
			t.Error("she is given a private id")
		}
		s.send("alice", `42["join","r"]`)
		s.send("bob", `42["join","r"]`)
		s.Take()
		s.ends("alice", 1005, "Client-side close frame status not set")
		s.wants(`bob 42["left","<alice>","r"]`)
	})
}

func TestASocketThatIsLostAgainHasAsMuchTimeAgain(t *testing.T) {
	inBubble(t, func(t *testing.T, s *stage) {
		s.serveRooms()
		s.join("alice", "bob")
		s.send("alice", `42["join","r"]`)
		s.send("bob", `42["join","r"]`)
		s.Take()
		s.ends("alice", 1006, "")
		passes(time.Second)
		s.open("alice again", v4)
		s.Take()
		s.send("alice again", `40{"pid":`+quoted(s.pids["alice"])+`}`)
		s.Take()
		passes(2 * time.Second)
		s.ends("alice again", 1006, "")
		passes(5 * time.Second) // the time of the first loss is over
		s.wants()
		passes(2 * time.Second)
		s.wants(`bob 42["left","<alice>","r"]`)
	})
}

func TestAPrivateIDThatIsNoneGetsANewSocket(t *testing.T) {
	for name, pid := range map[string]func(s *stage) string{
		"that of one who lives": func(s *stage) string { return s.pids["bob"] },
		"an id":                 func(s *stage) string { return s.ids["alice"] },
		"nothing":               func(*stage) string { return "nothing" },
		"one that was taken": func(s *stage) string {
			s.ends("alice", 1006, "")
			s.open("tab", v4)
			s.send("tab", `40{"pid":`+quoted(s.pids["alice"])+`}`)
			return s.pids["alice"]
		},
		"one that has ended": func(s *stage) string {
			s.ends("alice", 1006, "")
			passes(time.Minute)
			return s.pids["alice"]
		},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, s *stage) {
				s.join("alice", "bob")
				id := pid(s)
				s.open("new", v4)
				s.connect("new", `40{"pid":`+quoted(id)+`,"offset":"x"}`)
				for other, was := range s.ids {
					if other != "new" && (was == s.ids["new"] || s.pids[other] == s.pids["new"]) {
						t.Errorf("it is %s", other)
					}
				}
				if s.Closed("bob") {
					t.Error("bob's connection was closed")
				}
			})
		})
	}
}

func TestAClientMayComeBackBeforeItsEndIsKnown(t *testing.T) {
	inBubble(t, func(t *testing.T, s *stage) {
		s.serveRooms()
		s.join("alice", "bob")
		s.send("alice", `42["join","r"]`)
		s.send("bob", `42["join","r"]`)
		s.Take()
		s.Cut("alice") // and $disconnect is on its way
		s.send("bob", `42["mine",1]`)
		s.open("alice again", v4)
		s.Take()
		s.send("alice again", `40{"pid":`+quoted(s.pids["alice"])+`}`)
		s.wants(`alice again 42["said",1]`, `alice again 40{"sid":"<alice>","pid":"<pid of alice>"}`)
		s.ends("alice", 1006, "")
		passes(time.Minute)
		s.send("bob", `42["mine",2]`)
		s.wants(`alice again 42["said",2]`)
	})
}

func TestAGhostIsFoundByWhatItIsSent(t *testing.T) {
	inBubble(t, func(t *testing.T, s *stage) {
		s.serveRooms()
		s.join("alice", "bob")
		s.send("alice", `42["join","r"]`)
		s.send("bob", `42["join","r"]`)
		s.Take()
		s.Cut("alice") // and her $disconnect never comes
		s.send("bob", `42["mine",1]`)
		s.wants()
		s.now = s.now.Add(time.Minute / 2)
		s.send("bob", `42["mine",2]`)
		s.wants(`bob 42["left","<alice>","r"]`)
		s.send("bob", `42["mine",3]`)
		s.wants()
	})
}
