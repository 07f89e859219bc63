package auto

import (
	"encoding/json"

	"github.com/parley-rtc/parley/internal/socketio/server"
)

// Many calls of two are copies of one tutorial, whose join looks like any other: {roomId}, and nothing
// else. Its clients get the names that they listen for in the place of others; what they emit later
// tells them apart.

const pairDesc = "desc"

func isPair(e server.Event) bool {
	if e.Name != "join" || len(e.Args) != 1 {
		return false
	}
	o, ok := parse(e.Args[0])
	return ok && len(o) == 1 && o[0].key == "roomId"
}

// pairTold is what who joins is told, beside the rules: the first that it begins, the second that both
// are there.
func pairTold(others int) string {
	if others == 0 {
		return "init"
	}
	return "ready"
}

func pairJoined(names []string) []string { return append(names[:1:1], "welcome", "ready") }

func pairLeft(names []string) []string { return append(names[:1:1], "disconnected") }

// pairSignal returns the description of a signal {room, desc}, and the room.
func pairSignal(e server.Event) (room string, desc json.RawMessage, ok bool) {
	if e.Name != "signal" || len(e.Args) != 1 {
		return "", nil, false
	}
	o, _ := parse(e.Args[0])
	desc, ok = o.get(pairDesc)
	return o.text("room"), desc, ok
}
