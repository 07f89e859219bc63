package socketio_test

import "testing"

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
