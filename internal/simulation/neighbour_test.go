package simulation_test

import (
	"encoding/json"
	"fmt"
)

// neighbour is a client of parley.v1, in a room and by a name that others have as topics and ids.
type neighbour struct {
	w    *strangers
	wire *wire
}

func (n *neighbour) query() string { return "" }

func (n *neighbour) opened(l *wire) {
	if l == n.wire {
		n.say(`"action":"join","peer":%q`, n.w.named("ann"))
	}
}

func (n *neighbour) closed(l *wire) {
	if l == n.wire {
		n.wire = nil
	}
}

func (n *neighbour) say(format string, args ...any) {
	n.w.send(n.wire, fmt.Sprintf(`{"id":"1","room":%q,`+format+"}", append([]any{n.w.named("ann")}, args...)...))
}

// act implements guest.
func (n *neighbour) act(roll int) bool {
	switch l := n.wire; {
	case l == nil:
		n.wire = n.w.dial(n)
	case !l.open:
		return false
	case roll < 80:
		n.say(`"action":"broadcast","data":1`)
	default:
		n.w.cut(l, true)
	}
	return true
}

// hear implements guest: nobody else is in its room.
func (n *neighbour) hear(on *wire, raw []byte) {
	var f frame
	if err := json.Unmarshal(raw, &f); err != nil || f.ID != "1" && f.Type != "error" {
		n.w.fail("%s hears %s", on.conn, raw)
	}
}
