package socketio

import (
	"github.com/parley-rtc/parley/internal/dialect"
	"github.com/parley-rtc/parley/internal/signaling"
	"github.com/parley-rtc/parley/internal/socketio/packet"
)

// Greet implements dialect.Dialect. A token may come later, with a CONNECT: a socket that has shown
// none can do nothing but that.
func (d *Dialect) Greet(h signaling.Handshake) (dialect.Greeting, bool) {
	version, mine := versionOf(h)
	if !mine {
		return dialect.Greeting{}, false
	}
	s := state{Version: version, Query: appQuery(h.Query), Recipe: h.Query.Get("recipe")}
	if len(s.Recipe) > maxRecipe {
		s.Recipe = s.Recipe[:maxRecipe] // and is none
	}
	return dialect.Greeting{Tokens: h.Tokens, State: s.encode(), Opener: true, Refused: func(e *signaling.Error) string {
		s.Refused = e.Msg
		return s.encode()
	}}, true
}

const maxRecipe = 64 // bytes of a recipe's name

// versionOf goes by EIO. A client that polls never gets here.
func versionOf(h signaling.Handshake) (packet.Version, bool) {
	switch h.Query.Get("EIO") {
	case "4":
		return packet.V4, h.Query.Get("transport") == "websocket" || dialect.Selects(h, Name)
	case "3":
		return packet.V3, h.Query.Get("transport") == "websocket" || dialect.Selects(h, Name)
	}
	return packet.V4, dialect.Selects(h, Name)
}
