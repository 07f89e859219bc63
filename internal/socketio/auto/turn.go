package auto

import (
	"context"
	"encoding/json"
	"errors"
	"slices"

	"github.com/parley-rtc/parley/internal/socketio/server"
)

// The members of a socket's data. The ids are there for others to see, who look for them.
const (
	idsKey    = "ids"
	seatKey   = "$j"
	recipeKey = "$r"
)

// A turn is a socket at one event, with what is known of it.
type turn struct {
	server.Socket
	ids  []string // the app's own, the latest first
	seat *seat    // nil before it has joined
}

// seat is how a socket joined, by which it is told of when it leaves.
type seat struct {
	Style style             `json:"s,omitempty"`
	Pair  bool              `json:"p,omitempty"` // pairs.go
	Args  []json.RawMessage `json:"a,omitempty"` // behind the room, where the join had a string
	Own   json.RawMessage   `json:"o,omitempty"` // the object of the join, where it had one
}

func newTurn(s server.Socket, data map[string]json.RawMessage) *turn {
	t := &turn{Socket: s, ids: idsOf(data)}
	if raw, ok := data[seatKey]; ok {
		t.seat = &seat{}
		if json.Unmarshal(raw, t.seat) != nil {
			t.seat = nil
		}
	}
	return t
}

// idsOf returns the app's own ids of a socket with that data.
func idsOf(data map[string]json.RawMessage) (ids []string) {
	if json.Unmarshal(data[idsKey], &ids) != nil {
		return nil
	}
	return ids
}

// errOvertook: the event came before the one by which its socket joined, which is handled now.
var errOvertook = errors.New("the event was early")

// event carries out the rules from the first on.
func (t *turn) event(ctx context.Context, e server.Event) error {
	words := split(e.Name)
	rooms, err := t.Rooms(ctx)
	if err != nil {
		return err
	}
	if joins(words) {
		if room, ok := roomIn(e.Args); ok {
			return t.join(ctx, e, room, slices.Contains(rooms, room))
		}
	}
	switch {
	case len(rooms) == 0:
		if rooms, err = t.RoomsNow(ctx); err != nil {
			return err
		}
		if len(rooms) == 0 {
			return unheard(e.Name)
		}
		return errOvertook
	case leaves(words):
		return t.leave(ctx, e, rooms)
	}
	return t.relay(ctx, e, rooms)
}

// send emits an event that has no attachments of its own.
func (t *turn) send(ctx context.Context, to server.Target, name string, args ...json.RawMessage) error {
	return t.Emit(ctx, to, server.Event{Name: name, Args: args})
}

// isOther reports whether that is the id of another socket.
func (t *turn) isOther(who string) bool { return who != t.ID() && t.IsID(who) }

// honest is an argument in which where it is from is no other than its sender.
func (t *turn) honest(arg json.RawMessage) json.RawMessage {
	o, ok := parse(arg)
	if !ok {
		return arg
	}
	changed := false
	for _, key := range []string{"from", "sender", "callerID", "callerId"} {
		who, there := o.get(key)
		if there && text(who) != t.ID() && !slices.Contains(t.ids, text(who)) {
			o, changed = o.set(key, encode(t.ID())), true
		}
	}
	if !changed {
		return arg
	}
	return o.encode()
}

func (t *turn) honestAll(args []json.RawMessage) []json.RawMessage {
	honest := make([]json.RawMessage, len(args))
	for i, arg := range args {
		honest[i] = t.honest(arg)
	}
	return honest
}
