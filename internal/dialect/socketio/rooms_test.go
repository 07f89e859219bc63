package socketio_test

import (
	"context"
	"testing"

	"github.com/parley-rtc/parley/internal/socketio/server"
)

// TestWhoJoinsAgain keeps its place, and stays although it is seen to leave only then, as it asked for
// that before.
func TestWhoJoinsAgain(t *testing.T) {
	inBubble(t, func(t *testing.T, s *stage) {
		s.serveRooms()
		s.join("alice", "bob")
		s.send("alice", `42["join","r"]`)
		s.send("bob", `42["join","r"]`)
		leave := s.event("alice", "$default", `42["leave","r"]`)
		s.Take()
		s.send("alice", `420["join","r"]`)
		s.wants(`alice 430[["<alice>","<bob>"]]`, `bob 42["joined","<alice>"]`)
		if _, err := s.here.Message(t.Context(), leave); err != nil {
			t.Fatal(err)
		}
		s.send("bob", `420["who","r"]`)
		s.wants(`bob 430[[{"ID":"<alice>","Name":"","Data":{}},{"ID":"<bob>","Name":"","Data":{}}]]`)
	})
}

// TestWhoIsLostMakesWay in a queue, and for a name, and is in its room all the while.
func TestWhoIsLostMakesWay(t *testing.T) {
	for name, ask := range map[string]func(context.Context, server.Socket) error{
		"in a queue": func(ctx context.Context, sock server.Socket) error {
			room, err := sock.Pair(ctx, "q")
			if room != "" {
				t.Errorf("%s is paired", sock.ID())
			}
			return err
		},
		"for a name": func(ctx context.Context, sock server.Socket) error { return sock.SetName(ctx, "ada", true) },
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, s *stage) {
				s.serveRooms()
				rooms := s.lab.event
				s.lab.event = func(ctx context.Context, sock server.Socket, e server.Event) error {
					if e.Name != "ask" {
						return rooms(ctx, sock, e)
					}
					if err := ask(ctx, sock); err != nil {
						t.Error(err)
					}
					return nil
				}
				s.join("alice", "bob")
				s.send("alice", `42["join","r"]`)
				s.send("bob", `42["join","r"]`)
				s.send("alice", `42["ask"]`)
				s.Cut("alice")
				s.send("bob", `42["ask"]`)
				s.Take()
				s.send("bob", `42["mine",1]`)
				s.open("again", v4)
				s.Take()
				s.send("again", `40{"pid":`+quoted(s.pids["alice"])+`}`)
				s.wants(`again 42["said",1]`, "again "+isAlice)
			})
		})
	}
}
