package auto

import (
	"github.com/parley-rtc/parley/internal/socketio/server"
)

// known returns the recipe whose clients, and no others, begin with that event.
func known(e server.Event) (recipe string, ok bool) {
	switch e.Name {
	case "create or join":
		return "codelab", true
	case "join room":
		return "group", true
	case "join-call":
		return "join-call", true
	case "room:join":
		return "call-by-name", true
	case "join":
		for _, arg := range e.Args {
			if o, _ := parse(arg); o.text("channel") != "" {
				return "add-peer", true
			}
		}
	}
	return "", false
}

// guesses are the recipes for clients that are in no room when they emit one of these events.
var guesses = map[string]string{
	"callUser":                "call-by-id",
	"call-user":               "call-by-id",
	"answerCall":              "call-by-id",
	"answer-call":             "call-by-id",
	"makeCall":                "call-by-name",
	"call":                    "call-by-name",
	"login":                   "call-by-name",
	"ready":                   "lobby",
	"watcher":                 "lobby",
	"broadcaster":             "lobby",
	"simple-signal[discover]": "simple-signal",
}

const notHeard = "the rules of auto let nobody be heard that is in no room, and the client has joined none"

// unheard says why an event reaches nobody, and what to do. A name that is not known is a client's
// and not for the log.
func unheard(event string) error {
	if recipe, ok := guesses[event]; ok {
		return server.Complaint(event + ": " + notHeard + ": try SOCKETIO_RECIPE=" + recipe)
	}
	return server.Complaint("an event: " + notHeard +
		": try SOCKETIO_RECIPE=call-by-id, call-by-name or lobby, or write a recipe")
}
