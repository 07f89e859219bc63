package servertest

import (
	"encoding/json"
	"strings"

	"github.com/parley-rtc/parley/internal/socketio/server"
)

// Kind is what a client gets.
type Kind int

// The kinds.
const (
	Event        Kind = iota // what somebody, or the App, has emitted
	Acknowledged             // the acknowledgement of what the client has emitted
	Refused                  // connect_error
	Disconnected             // disconnect, by the App
)

// Record is one thing that a client got.
type Record struct {
	To      string // the socket's id
	Kind    Kind
	Event   server.Event // of Event; of Acknowledged its name, and the arguments of the acknowledgement
	Message string       // of Refused
	Data    json.RawMessage
}

// String is the record as a line: b: user-joined("a", {"mic":true}).
func (r Record) String() string {
	line := r.To + ": "
	switch r.Kind {
	case Refused:
		line += "connect_error: " + r.Message
		if r.Data != nil {
			line += " " + string(r.Data)
		}
		return line
	case Disconnected:
		return line + "disconnect"
	case Acknowledged:
		line += "ack of "
	case Event:
		if r.Event.Ask > 0 {
			line += "asked "
		}
	}
	args := make([]string, len(r.Event.Args))
	for i, arg := range r.Event.Args {
		args[i] = string(arg)
	}
	return line + r.Event.Name + "(" + strings.Join(args, ", ") + ")"
}
