package socketio_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/parley-rtc/parley/internal/signaling"
	"github.com/parley-rtc/parley/internal/socketio/server"
)

// TestDisconnectInAProcessThatKnowsAnEarlierConnection: what it knows is from before the socket, and
// the connection has just been forgotten.
func TestDisconnectInAProcessThatKnowsAnEarlierConnection(t *testing.T) {
	inBubble(t, func(t *testing.T, s *stage) {
		s.serveRooms()
		s.join("bob")
		s.open("alice", v4)
		early := s.newProcess()
		s.sendTo(early, "alice", "41/other,")
		s.connect("alice", "40")
		s.send("alice", `42["join","r"]`)
		s.send("bob", `42["join","r"]`)
		s.Take()
		s.ends("alice", 1005, "Client-side close frame status not set")
		s.sendTo(early, "alice", "41")
		s.wants(`bob 42["left","<alice>","r"]`)
		passes(time.Minute)
		s.wants()
	})
}

// TestASocketInAProcessThatKnowsTheOneBeforeItOnItsConnection does not hear itself.
func TestASocketInAProcessThatKnowsTheOneBeforeItOnItsConnection(t *testing.T) {
	inBubble(t, func(t *testing.T, s *stage) {
		s.serveRooms()
		s.join("alice", "bob")
		for _, conn := range []string{"alice", "bob"} {
			s.connect(conn, "40/other,")
			s.send(conn, `42/other,["join","r"]`)
		}
		early := s.newProcess()
		s.sendTo(early, "alice", `42/other,["mine",1]`)
		s.send("alice", "41/other,")
		s.connect("alice", "40/other,")
		s.send("alice", `42/other,["join","r"]`)
		s.Take()
		s.sendTo(early, "alice", `42/other,["mine",2]`)
		s.wants(`bob 42/other,["said",2]`)
	})
}

// TestWhoIsFoundGoneIsKnownByAllOfItsData: an App may keep in it what others are to be told at the
// end.
func TestWhoIsFoundGoneIsKnownByAllOfItsData(t *testing.T) {
	inBubble(t, func(t *testing.T, s *stage) {
		s.serveRooms()
		s.lab.needs.Own = true
		rooms := s.lab.event
		s.lab.event = func(ctx context.Context, sock server.Socket, e server.Event) error {
			if e.Name != "keep" {
				return rooms(ctx, sock, e)
			}
			return sock.SetData(ctx, map[string]json.RawMessage{"$own": json.RawMessage("1"), "public": json.RawMessage("2")})
		}
		told := ""
		s.lab.left = func(ctx context.Context, sock server.Socket, _ string) error {
			data, err := sock.Kept(ctx)
			told = string(data["$own"]) + string(data["public"])
			return err
		}
		s.join("alice", "bob")
		s.send("alice", `42["keep"]`)
		for _, conn := range []string{"alice", "bob"} {
			s.send(conn, `42["join","r"]`)
		}
		s.Take()
		s.send("bob", `420["who","r"]`)
		s.wants(`bob 430[[{"ID":"<alice>","Name":"","Data":{"public":2}},{"ID":"<bob>","Name":"","Data":{}}]]`)
		s.Cut("alice")
		if _, err := s.store.Disconnect(t.Context(), signaling.ConnID("alice")); err != nil { // and then it died
			t.Fatal(err)
		}
		s.send("bob", `42["mine","hi"]`)
		s.wants() // she may just have been lost
		s.now = s.now.Add(time.Minute / 2)
		s.send("bob", `42["mine","hi"]`)
		if told != "12" {
			t.Errorf("the App was told with %q", told)
		}
	})
}

// TestTheLongestNameAndDataGoIntoARoom, with the socket's id.
func TestTheLongestNameAndDataGoIntoARoom(t *testing.T) {
	inBubble(t, func(t *testing.T, s *stage) {
		s.serveRooms()
		s.lab.needs.Own = true
		s.join("alice", "bob")
		s.send("alice", `42["name","`+strings.Repeat("n", server.MaxName)+`"]`)
		s.send("alice", `42["set","`+strings.Repeat("d", server.MaxData-len(`{"k":""}`))+`"]`)
		s.send("bob", `42["join","r"]`)
		s.send("alice", `420["join","r"]`)
		s.wants(`alice 430[["<bob>","<alice>"]]`, `bob 42["joined","<alice>"]`)
	})
}
