package auto

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/parley-rtc/parley/internal/socketio/server"
)

// The members that name whom an event is for, and those that name the other one in both directions.
var (
	addressKeys = []string{
		"to", "target", "targetId", "toId", "to_ID", "userToCall", "userToSignal", "calleeId", "callee", "recipient",
		"remoteId",
	}
	neutralKeys = []string{"socketId", "socket_id", "peerId", "peer_id", "sid", "userId", "id"}
)

// relay delivers an event of a socket that is in these rooms to whom it names, or to the rooms.
func (t *turn) relay(ctx context.Context, e server.Event, rooms []string) error {
	if t.seat != nil && t.seat.Pair {
		if room, desc, ok := pairSignal(e); ok && slices.Contains(rooms, room) {
			e.Args, e.Name = []json.RawMessage{desc}, pairDesc
			return t.carry(ctx, server.Target{Kind: server.Others, To: room}, e)
		}
	}
	who, args, err := t.address(ctx, e.Args, rooms)
	if err != nil {
		return err
	}
	if who != "" {
		e.Args = args
		return t.carry(ctx, server.Target{Kind: server.One, To: who}, e)
	}
	to := server.Target{Kind: server.Mine}
	if room := roomNamed(e.Args, rooms); room != "" {
		to = server.Target{Kind: server.Others, To: room}
	}
	e.Args = append(t.honestAll(e.Args), encode(t.ID()))
	return t.carry(ctx, to, e)
}

// carry emits a client's event for it.
func (t *turn) carry(ctx context.Context, to server.Target, e server.Event) error {
	return t.Emit(ctx, to, server.Event{Name: e.Name, Args: e.Args, Attachments: e.Attachments})
}

// address returns the id of the socket that the arguments of an event name, if they do, and the
// arguments with which it goes there.
func (t *turn) address(ctx context.Context, args []json.RawMessage, rooms []string) (string, []json.RawMessage, error) {
	id := encode(t.ID())
	honest := t.honestAll(args)
	for i, arg := range honest {
		o, _ := parse(arg)
		for _, key := range addressKeys {
			who, err := t.find(ctx, o.text(key), rooms)
			if err != nil {
				return "", nil, err
			}
			if who == "" {
				continue
			}
			for _, from := range []string{"from", "sender"} {
				if _, there := o.get(from); !there {
					o = o.set(from, id)
				}
			}
			honest[i] = o.encode()
			return who, honest, nil
		}
	}
	for i, arg := range honest {
		o, _ := parse(arg)
		for _, key := range neutralKeys {
			if who := o.text(key); t.isOther(who) {
				honest[i] = o.set(key, id).encode()
				return who, honest, nil
			}
		}
	}
	if len(args) > 0 && t.isOther(text(args[0])) {
		honest[0] = id
		return text(args[0]), honest, nil
	}
	return "", nil, nil
}

// find returns the id of another socket that has the id, or that has the app's own id and is in one
// of the rooms; of several the last that joined, as a page that was loaded again did.
func (t *turn) find(ctx context.Context, who string, rooms []string) (string, error) {
	switch {
	case who == "" || who == t.ID() || slices.Contains(rooms, who):
		return "", nil
	case t.IsID(who):
		return who, nil
	}
	for _, room := range rooms {
		members, err := t.Members(ctx, room)
		if err != nil {
			return "", err
		}
		for _, m := range slices.Backward(members) {
			if m.ID != t.ID() && slices.Contains(idsOf(m.Data), who) {
				return m.ID, nil
			}
		}
	}
	return "", nil
}

// roomNamed returns the room, of these, that the object of an event names, or its last argument.
func roomNamed(args []json.RawMessage, rooms []string) string {
	for _, arg := range args {
		o, _ := parse(arg)
		for _, key := range slices.Concat(roomKeys, addressKeys) {
			if room := o.text(key); slices.Contains(rooms, room) {
				return room
			}
		}
	}
	if len(args) > 0 {
		if room := text(args[len(args)-1]); slices.Contains(rooms, room) {
			return room
		}
	}
	return ""
}
