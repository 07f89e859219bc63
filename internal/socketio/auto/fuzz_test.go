package auto_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/parley-rtc/parley/internal/socketio/auto"
	"github.com/parley-rtc/parley/internal/socketio/recipe"
	"github.com/parley-rtc/parley/internal/socketio/server"
	"github.com/parley-rtc/parley/internal/socketio/servertest"
)

// FuzzEvents: whatever a client emits, it reaches nobody in a room that it is not in, but by the id,
// and passes for nobody else.
func FuzzEvents(f *testing.F) {
	for _, line := range []string{
		`join("r")`, `join-room({"room":"r","name":"b"})`, `offer({"to":"b","from":"b"})`, `ice("c", {"sender":["c"]})`,
		`leave()`, `leave("q")`, `hangUp({"callerID":"c","callerID":"a"})`, `signal({"room":"q","desc":{"from":"c"}})`,
		`join({"roomId":"r"})`, `create or join("r")`, `room:join({"room":7})`, `chat("hi", "q")`, `m({"peerId":"c"})`,
		`join("c")`, `JOIN_ROOM(null, [], {"channel":true})`, `e({"__proto__":{"to":"b"},"to":"carol"})`, `é join("r")`,
	} {
		name, args, _ := strings.Cut(strings.TrimSuffix(line, ")"), "(")
		f.Add(name, "["+args+"]", name, "["+args+"]")
	}
	f.Fuzz(func(t *testing.T, first, firstArgs, second, secondArgs string) {
		app := auto.New(func(name string) (server.App, error) { return recipe.Load(name, nil) })
		w := servertest.New(app)
		var clients []*servertest.Client
		for _, name := range []string{"a", "b", "c"} {
			c, err := w.Connect(t.Context(), name, servertest.Handshake{})
			if err != nil {
				t.Fatal(err)
			}
			clients = append(clients, c)
		}
		for client, line := range map[int]string{1: `b: join("r", "bob")`, 2: `c: join("q", "carol")`} {
			if err := act(t, clients[client], line); err != nil {
				t.Fatal(err)
			}
		}
		for _, e := range []struct{ name, args string }{{first, firstArgs}, {second, secondArgs}} {
			var args []json.RawMessage
			if json.Unmarshal([]byte(e.args), &args) != nil {
				return
			}
			w.Took()
			_ = clients[0].Send(t.Context(), server.Event{Name: e.name, Args: args}) // an error is for the log
			said := firstArgs + secondArgs
			for _, r := range w.Took() {
				named := strings.Contains(said, `"q"`) || strings.Contains(said, `"c"`) || strings.Contains(said, `\u`)
				if r.To == "c" && !named {
					t.Errorf("in another room there is heard %s", r)
				}
				for _, arg := range r.Event.Args {
					if r.To == "b" && forged(arg) {
						t.Errorf("after %s%s: %s", e.name, e.args, r)
					}
				}
			}
		}
	})
}

// forged reports whether an argument says that it is from b or c.
func forged(arg json.RawMessage) bool {
	var members map[string]any
	if json.Unmarshal(arg, &members) != nil {
		return false
	}
	return slices.ContainsFunc([]string{"from", "sender", "callerID", "callerId"}, func(key string) bool {
		return members[key] == "b" || members[key] == "c"
	})
}
