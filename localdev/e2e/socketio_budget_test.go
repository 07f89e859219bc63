package e2e_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/coder/websocket"

	"github.com/parley-rtc/parley/localdev/emulator"
)

// TestSocketIOBudget holds the dialect to its cost, as docs/socketio.md has it. All runs in one process
// of each function, which reads what is remembered of a connection once.
func TestSocketIOBudget(t *testing.T) {
	t.Parallel()
	s := startWith(t, emulator.Options{MaxInstances: 1})
	spend := s.spending(t)
	var alice, bob *ioClient
	// $connect; the opener, which finds out what the client speaks; CONNECT, which is noted.
	spend("alice opens and connects", cost{2, 0.5, 3, 2}, func() { alice = s.dialIO(t, "alice", "codelab", "") })
	spend("bob opens and connects", cost{2, 0.5, 3, 2}, func() { bob = s.dialIO(t, "bob", "codelab", "") })
	spend("the first joins, and is told", cost{2, 0, 1, 1}, func() {
		alice.emits("create or join", "r")
		alice.hears(`42["created"`)
	})
	spend("the second joins, and both are told two things", cost{2, 0, 1, 4}, func() {
		bob.emits("create or join", "r")
		bob.hears(`42["ready"`)
		alice.hears(`42["ready"`)
	})
	message := func(what string, price cost, arg any) {
		t.Helper()
		spend(what, price, func() {
			alice.emits("message", arg)
			bob.hears(`42["message"`)
		})
	}
	message("to the room", cost{0, 0.5, 1, 1}, "hello")
	message("a description to the room", cost{0, 1, 1, 1}, map[string]string{"type": "offer", "sdp": "v=0"})
	message("a candidate to the room", cost{0, 0.5, 1, 1}, map[string]string{"candidate": "candidate:1"})
	spend("an event that nothing is said of", cost{0, 0, 1, 0}, func() { alice.emits("ipaddr") })
	spend("a pong", cost{0, 0, 1, 0}, func() { alice.says("3") })
	spend("binary data", cost{3, 0.5, 2, 2}, func() {
		alice.says(`451-["message",{"_placeholder":true,"num":0}]`)
		alice.says("bAQID")
		bob.hears("bAQID")
	})
	post(t, s, "/_localdev/weather", `{"fault":"cold-start"}`)
	message("in another process", cost{0, 1, 1, 1}, "hello")
	s.request(t, http.MethodDelete, "/_localdev/weather", nil)

	// The room; the other is told four things.
	spend("bob's page is closed", cost{2, 1, 1, 4}, func() {
		_ = bob.socket.Close(websocket.StatusGoingAway, "")
		alice.hears(`42["disconnected"`)
	})
	joined := func() {
		t.Helper()
		bob = s.dialIO(t, "bob", "codelab", "")
		bob.emits("create or join", "r")
		bob.hears(`42["ready"`)
		alice.hears(`42["ready"`)
	}
	spend("bob opens, connects and joins", cost{4, 0.5, 4, 6}, joined)
	// What the process that ends it keeps meanwhile, and takes again.
	spend("bob is lost, and does not come back", cost{5, 2, 1, 4}, func() {
		_ = bob.socket.CloseNow()
		alice.hears(`42["disconnected"`)
	})
	spend("bob opens, connects and joins", cost{4, 0.5, 4, 6}, joined)
	// All of it is then where the other connection was.
	spend("bob is lost, is told something, and comes back", cost{11, 2.5, 5, 3}, func() {
		_ = bob.socket.CloseNow()
		s.keeps(t, `"session#/"`, 2)
		alice.emits("message", "hello")
		s.keeps(t, `"frames":`, 1)
		bob = s.dialIO(t, "bob", "codelab", `{"pid":"`+bob.pid+`"}`)
	})
}

// TestSocketIOBudgetOfNamesAndData likewise.
func TestSocketIOBudgetOfNamesAndData(t *testing.T) {
	t.Parallel()
	s := startWith(t, emulator.Options{MaxInstances: 1})
	spend := s.spending(t)
	var alice, bob *ioClient
	spend("alice opens and connects", cost{2, 0.5, 3, 2}, func() { alice = s.dialIO(t, "alice", "ack-list", "") })
	spend("bob opens and connects", cost{2, 0.5, 3, 2}, func() { bob = s.dialIO(t, "bob", "ack-list", "") })
	spend("the first joins, with an acknowledgement", cost{2, 0, 1, 1}, func() {
		alice.says(`420["join","q"]`)
		alice.hears(`430[[]]`)
	})
	spend("the second joins, with an acknowledgement", cost{2, 0, 1, 3}, func() {
		bob.says(`420["join","q"]`)
		bob.hears(`430[[`)
		alice.hears(`42["user-joined"`)
	})
	spend("to an id", cost{0, 0, 1, 1}, func() {
		bob.emits("exchange", map[string]string{"to": alice.sid, "sdp": "v=0"})
		alice.hears(`42["exchange"`)
	})
	spend("bob leaves the room", cost{2, 0.5, 1, 2}, func() {
		bob.emits("leave", "q")
		alice.hears(`42["user-left"`)
	})
	spend("bob's page is closed", cost{1, 0, 1, 0}, func() { _ = bob.socket.Close(websocket.StatusGoingAway, "") })
	spend("alice disconnects", cost{3, 2, 1, 0}, func() { alice.says("41") })
	spend("and closes", cost{1, 0, 1, 0}, func() { _ = alice.socket.Close(websocket.StatusGoingAway, "") })

	spend("alice opens and connects", cost{2, 0.5, 3, 2}, func() { alice = s.dialIO(t, "alice", "call-by-name", "") })
	spend("bob opens and connects", cost{2, 0.5, 3, 2}, func() { bob = s.dialIO(t, "bob", "call-by-name", "") })
	spend("alice gets a name, and is told", cost{3, 0.5, 1, 1}, func() {
		alice.emits("login", "alice")
		alice.hears(`42["login"`)
	})
	// Who calls is looked up, to say so.
	spend("to a name", cost{0, 1.5, 1, 1}, func() {
		bob.emits("call", map[string]string{"calleeId": "alice"})
		alice.hears(`42["newCall"`)
	})
	spend("alice's page is closed", cost{2, 0, 1, 0}, func() { _ = alice.socket.Close(websocket.StatusGoingAway, "") })
	var carol *ioClient
	spend("alice opens under auto", cost{2, 0.5, 3, 2}, func() { alice = s.dialIO(t, "alice", "auto", "") })
	spend("carol opens under auto", cost{2, 0.5, 3, 2}, func() { carol = s.dialIO(t, "carol", "auto", "") })
	// How it joined is kept, with the socket.
	spend("the first joins under auto", cost{3, 1, 1, 2}, func() {
		alice.emits("join-room", "r")
		alice.hears(`42["all-users"`)
	})
	spend("the second joins, which is told in three ways", cost{3, 1, 1, 5}, func() {
		carol.emits("join-room", "r")
		alice.hears(`42["peer-joined"`)
	})
	spend("to the room under auto", cost{0, 0.5, 1, 1}, func() {
		alice.emits("ready")
		carol.hears(`42["ready"`)
	})
	spend("to an id under auto", cost{0, 0, 1, 1}, func() {
		alice.emits("offer", map[string]string{"to": carol.sid})
		carol.hears(`42["offer"`)
	})
	spend("alice opens, and joins with data", cost{5, 0.5, 4, 5}, func() {
		alice = s.dialIO(t, "alice", "group", "")
		alice.emits("join", "g", "Alice")
		alice.hears(`42["all users"`)
	})
	spend("carol opens where everybody is kept", cost{6, 1, 3, 7}, func() {
		carol = s.dialIO(t, "carol", "lobby", "")
		carol.hears(`42["user-joined"`)
	})
}

// keeps waits until that is so often in the table of rooms.
func (s *stack) keeps(t *testing.T, what string, n int) {
	t.Helper()
	if !eventually(func() bool {
		var items []json.RawMessage
		s.request(t, http.MethodGet, "/_localdev/tables/localdev-RoomsTable", &items)
		raw, err := json.Marshal(items)
		return err == nil && strings.Count(string(raw), what) >= n
	}) {
		t.Fatalf("there is no %s", what)
	}
}

func (c *ioClient) emits(name string, args ...any) {
	c.t.Helper()
	raw, err := json.Marshal(append([]any{name}, args...))
	if err != nil {
		c.t.Fatal(err)
	}
	c.says("42" + string(raw))
}
