package socketio_test

import (
	"context"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/parley-rtc/parley/internal/socketio/server"
)

// act has the event "act" of any client do so.
func (s *stage) act(do func(ctx context.Context, sock server.Socket) error) {
	rooms := s.lab.event
	s.lab.event = func(ctx context.Context, sock server.Socket, e server.Event) error {
		if e.Name == "act" {
			return do(ctx, sock)
		}
		return rooms(ctx, sock, e)
	}
}

func TestASocketActsOnAnother(t *testing.T) {
	inBubble(t, func(t *testing.T, s *stage) {
		s.serveRooms()
		s.lab.needs.Own = true
		s.join("alice", "bob", "carol")
		s.send("bob", `42["name","bob"]`)
		s.send("carol", `42["join","r"]`)
		rooms := s.lab.event
		s.act(func(ctx context.Context, sock server.Socket) error {
			other, err := sock.Other(ctx, "bob")
			if err != nil {
				return err
			}
			if _, err := other.Join(ctx, "r", 0); err != nil {
				return err
			}
			return other.Emit(ctx, server.Target{Kind: server.Self}, server.Event{Name: "moved"})
		})
		s.send("alice", `42["act"]`)
		s.wants(`bob 42["moved"]`)
		s.sendTo(s.newProcess(), "bob", `42["mine","hi"]`)
		s.wants(`carol 42["said","hi"]`)
		s.lab.event = rooms
		s.act(func(ctx context.Context, sock server.Socket) error {
			other, err := sock.Other(ctx, s.ids["bob"])
			if err != nil {
				return err
			}
			return other.Disconnect(ctx)
		})
		s.send("alice", `42["act"]`)
		s.wants("bob 41", `carol 42["left","<bob>","r"]`)
		s.lab.event = rooms
		var err error
		s.act(func(ctx context.Context, sock server.Socket) error {
			_, err = sock.Other(ctx, s.ids["bob"])
			return nil
		})
		s.send("alice", `42["act"]`)
		if !errors.Is(err, server.ErrNoSocket) {
			t.Errorf("got %v", err)
		}
		s.connect("bob", "40") // his connection is there, and he may come back
		s.send("bob", `420["join","r"]`)
		s.wants(`bob 430[["<carol>","<bob>"]]`, `carol 42["joined","<bob>"]`)
	})
}

func TestWhatIsForAll(t *testing.T) {
	inBubble(t, func(t *testing.T, s *stage) {
		s.serveRooms()
		s.lab.needs.Everyone = true
		s.lab.ended = func(ctx context.Context, sock server.Socket) error {
			return sock.Emit(ctx, server.Target{Kind: server.Rest}, server.Event{Name: "gone", Args: args(quoted(sock.ID()))})
		}
		s.join("alice", "bob", "carol")
		for kind, want := range map[server.Kind][]string{
			server.All:  {`alice 42["hi"]`, `bob 42["hi"]`, `carol 42["hi"]`},
			server.Rest: {`bob 42["hi"]`, `carol 42["hi"]`},
		} {
			rooms := s.lab.event
			s.act(func(ctx context.Context, sock server.Socket) error {
				return sock.Emit(ctx, server.Target{Kind: kind}, server.Event{Name: "hi"})
			})
			s.send("alice", `42["act"]`)
			s.wants(want...)
			s.lab.event = rooms
		}
		s.send("bob", "41")
		s.wants(`alice 42["gone","<bob>"]`, `carol 42["gone","<bob>"]`)
		s.ends("carol", 1006, "")
		passes(10 * time.Second)
		s.wants(`alice 42["gone","<carol>"]`)
	})
}

func TestAnEventComesToSoManyMessages(t *testing.T) {
	inBubble(t, func(t *testing.T, s *stage) {
		s.serveRooms()
		s.join("alice", "bob")
		s.send("bob", `42["join","r"]`)
		var err error
		s.act(func(ctx context.Context, sock server.Socket) error {
			for err == nil {
				err = sock.Emit(ctx, server.Target{Kind: server.Room, To: "r"}, server.Event{Name: "hi"})
			}
			return err
		})
		s.Take()
		s.send("alice", `42["act"]`)
		if heard := len(s.heard("bob")); heard != 1024 {
			t.Errorf("bob got %d", heard)
		}
		if complaint := server.Complaint(""); !errors.As(err, &complaint) {
			t.Errorf("got %v", err)
		}
	})
}

func TestValuesOfARoom(t *testing.T) {
	inBubble(t, func(t *testing.T, s *stage) {
		s.serveRooms()
		s.join("alice")
		ran := false
		s.act(func(ctx context.Context, sock server.Socket) error {
			ran = true
			v, err := sock.Value(ctx, "r", "k")
			if err != nil || v.JSON != nil || v.Rev != 0 {
				t.Errorf("got %+v, %v", v, err)
			}
			rev, err := sock.SetValue(ctx, "r", "k", json.RawMessage(`{"a":1}`), 0)
			if err != nil {
				t.Error(err)
			}
			if _, err := sock.SetValue(ctx, "r", "k", json.RawMessage(`2`), 0); !errors.Is(err, server.ErrChanged) {
				t.Errorf("got %v", err)
			}
			if v, err = sock.Value(ctx, "r", "k"); err != nil || string(v.JSON) != `{"a":1}` || v.Rev != rev {
				t.Errorf("got %+v, %v", v, err)
			}
			if v, err = sock.Value(ctx, "", "k"); err != nil || v.JSON != nil {
				t.Errorf("the namespace has what the room has: %+v, %v", v, err)
			}
			if _, err := sock.SetValue(ctx, "r", "k", nil, server.AnyRev); err != nil {
				t.Error(err)
			}
			if v, err = sock.Value(ctx, "r", "k"); err != nil || v.JSON != nil {
				t.Errorf("got %+v, %v", v, err)
			}
			return nil
		})
		s.send("alice", `42["act"]`)
		if !ran {
			t.Error("it did not run")
		}
	})
}
