package recipe

import (
	"context"

	"github.com/parley-rtc/parley/internal/socketio/server"
)

// target is a to: one of the words, or a value.
type target struct {
	word string
	to   value // if there is no word
}

var targets = []string{"self", "others", "room", "rest", "all"}

// of says whom a target means at the event; nobody, if nothing.
func (to target) of(ctx context.Context, t *turn) ([]server.Target, error) {
	switch to.word {
	case "self":
		return []server.Target{{Kind: server.Self}}, nil
	case "rest":
		return []server.Target{{Kind: server.Rest}}, nil
	case "all":
		return []server.Target{{Kind: server.All}}, nil
	case "others":
		if t.inRoom {
			return []server.Target{{Kind: server.Others, To: t.room}}, nil
		}
		return []server.Target{{Kind: server.Mine}}, nil
	case "room":
		rooms, err := t.rooms(ctx)
		if err == nil && len(rooms) == 0 { // the event is for nobody then, and its join may be on its way
			rooms, err = t.socket.RoomsNow(ctx)
		}
		switch len(rooms) {
		case 0:
			return nil, err
		case 1:
			return []server.Target{{Kind: server.Room, To: rooms[0]}}, nil
		}
		return []server.Target{{Kind: server.Mine}, {Kind: server.Self}}, nil
	}
	name, ok, err := t.wordOf(ctx, to.to)
	if !ok || err != nil {
		return nil, err
	}
	return []server.Target{{Kind: server.One, To: name}}, nil
}
