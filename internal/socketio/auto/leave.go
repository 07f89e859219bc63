package auto

import (
	"context"
	"slices"

	"github.com/parley-rtc/parley/internal/socketio/server"
)

// leave leaves the room that the event names, or all. What it says is carried on first, as it may be
// what the other side hangs up for.
func (t *turn) leave(ctx context.Context, e server.Event, rooms []string) error {
	if err := t.relay(ctx, e, rooms); err != nil {
		return err
	}
	if room, ok := roomIn(e.Args); ok && slices.Contains(rooms, room) {
		rooms = []string{room}
	}
	for _, room := range rooms {
		if _, err := t.Leave(ctx, room); err != nil {
			return err
		}
		if err := t.tellLeft(ctx, room); err != nil {
			return err
		}
	}
	return nil
}

// tellLeft tells the others of a room that the socket is out of it.
func (t *turn) tellLeft(ctx context.Context, room string) error {
	var names []string
	if t.seat != nil {
		names = t.seat.Style.left()
		if t.seat.Pair {
			names = pairLeft(names)
		}
	}
	for _, name := range names {
		if err := t.send(ctx, server.Target{Kind: server.Others, To: room}, name, t.announcement()...); err != nil {
			return err
		}
	}
	return nil
}
