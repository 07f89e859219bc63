package recipe

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/parley-rtc/parley/internal/socketio/server"
	"github.com/parley-rtc/parley/internal/socketio/servertest"
	"github.com/parley-rtc/parley/localdev/yamljson"
)

// FuzzRecipe has whatever is a recipe handle each of its events, with whatever is JSON. Nothing panics,
// and no event does more than it may.
func FuzzRecipe(f *testing.F) {
	args := []string{
		`["r", "b", "Ada"]`, `[{"room":"r","roomId":"r","to":"b","target":"b","userToCall":"b","peer_id":"b","name":"n"}]`, `[]`,
		`[[["a"],[{"to":"b"}]], 1.50, null, "{\"k\":1}"]`, `[{"__proto__":{"a":1},"a":{"_placeholder":true,"num":7}}]`,
	}
	for _, name := range Names() {
		source, _, _ := Find(name, nil)
		for _, a := range args {
			f.Add(source, []byte(a))
		}
	}
	files, _ := filepath.Glob("testdata/*.txt")
	for _, file := range files {
		all, _ := os.ReadFile(file)
		recipe, _, _ := strings.Cut(string(all), "---\n")
		for _, a := range args {
			packed, _ := yamljson.Convert([]byte(recipe))
			f.Add(packed, []byte(a))
		}
	}
	f.Add([]byte("{\"on\": {\"a\": [{\"emit\": \"\\u00e9\",\n\t\"args\": [1e400, -0, \"\\/\"]}]}}"), []byte("[1e400]"))
	f.Fuzz(func(t *testing.T, source, args []byte) {
		r, err := Parse(source, "r.yaml")
		var given []json.RawMessage
		if err != nil || json.Unmarshal(args, &given) != nil {
			return
		}
		world := servertest.New(r)
		var clients []*servertest.Client
		for _, name := range []string{"a", "b", "c"} {
			c, err := world.Connect(t.Context(), name, servertest.Handshake{Query: map[string][]string{"callerId": {name}}, Auth: given})
			bounded(t, world, err)
			clients = append(clients, c)
		}
		for _, event := range append(slices.Sorted(maps.Keys(r.on)), "other") {
			for _, c := range clients {
				bounded(t, world, c.Send(t.Context(), server.Event{Name: event, Args: given, Ack: true, Attachments: []string{"AA=="}}))
			}
		}
		for _, c := range clients {
			world.Took()
			_ = c.Disconnect(t.Context()) // one error for each room, each with bounds of its own
		}
	})
}

// bounded checks what became of one event.
func bounded(t *testing.T, world *servertest.World, err error) {
	t.Helper()
	if err != nil && strings.Contains(err.Error(), "is no JSON") {
		t.Fatal(err)
	}
	got, bytes := world.Took(), 0
	for _, r := range got {
		for _, arg := range r.Event.Args {
			bytes += len(arg)
		}
	}
	if most := maxEmits + 3*maxWide + 1; len(got) > most || bytes > 3*maxBytes {
		t.Fatalf("one event made %d of %d bytes", len(got), bytes)
	}
}
