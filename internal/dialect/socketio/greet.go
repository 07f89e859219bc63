package socketio

import (
	"net/url"
	"strings"

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
	// Clients that cannot leave the slash out are older than those that take sockets up again, and close
	// theirs as a page is left.
	s.Final = version == packet.V3 || h.Query.Has("p")
	if len(s.Recipe) > maxRecipe {
		s.Recipe = s.Recipe[:maxRecipe] // and is none
	}
	return dialect.Greeting{Tokens: h.Tokens, State: s.encode(), Opener: true, Later: true, Refused: func(e *signaling.Error) string {
		if len(h.Tokens) > 0 {
			s.Refused = e.Msg
		}
		return s.encode()
	}}, true
}

const maxRecipe = 64 // bytes of a recipe's name

// versionOf goes by EIO. A client that polls never gets here.
func versionOf(h signaling.Handshake) (packet.Version, bool) {
	version := packet.V4
	switch protocol(h.Query) {
	case "4":
	case "3":
		version = packet.V3
	default:
		return version, dialect.Selects(h, Name)
	}
	return version, h.Query.Get("transport") == "websocket" || dialect.Selects(h, Name)
}

// protocol returns EIO. A client that puts a slash behind every path is led to a stage by the path
// "/STAGE?p=": it asks for /STAGE?p=/?EIO=4&…, so that it is in the value of p.
func protocol(query url.Values) string {
	if query.Has("EIO") {
		return query.Get("EIO")
	}
	_, inner, _ := strings.Cut(query.Get("p"), "?")
	values, err := url.ParseQuery(inner)
	if err != nil {
		return ""
	}
	return values.Get("EIO")
}
