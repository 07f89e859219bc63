package server

import (
	"context"
	"errors"
	"slices"
)

var errNotKept = errors.New("nobody knows who is in the namespace: say KeepEveryone to the server")

// Emit emits an event to the client. A []byte among the arguments is binary data; an argument that
// came as a json.RawMessage goes on as it is.
func (c *Client) Emit(ctx context.Context, event string, args ...any) error {
	return c.self().Emit(ctx, event, args...)
}

// EmitWithAck emits an event to the client and asks it for an acknowledgement.
func (c *Client) EmitWithAck(ctx context.Context, answer Answer, event string, args ...any) error {
	return c.self().EmitWithAck(ctx, answer, event, args...)
}

func (c *Client) self() *Audience { return &Audience{c: c, kind: Self} }

// To is who is in one of these rooms, without the client: socket.to(room). An id is a room, too.
func (c *Client) To(rooms ...string) *Audience { return &Audience{c: c, kind: Others, rooms: rooms} }

// In is the same with the client: io.to(room).
func (c *Client) In(rooms ...string) *Audience { return &Audience{c: c, kind: Room, rooms: rooms} }

// Broadcast is who is in the namespace, without the client: socket.broadcast. It needs KeepEveryone.
func (c *Client) Broadcast() *Audience { return &Audience{c: c, kind: Rest} }

// All is who is in the namespace: io.emit(). It needs KeepEveryone.
func (c *Client) All() *Audience { return &Audience{c: c, kind: All} }

// Audience is whom an event goes to.
type Audience struct {
	c      *Client
	kind   Kind
	rooms  []string
	except []string
}

// To adds rooms, or ids, as io.to("a").to("b").
func (a *Audience) To(rooms ...string) *Audience {
	more := *a
	more.rooms = slices.Concat(a.rooms, rooms)
	return &more
}

// Except leaves out who is in these rooms, or has these ids.
func (a *Audience) Except(rooms ...string) *Audience {
	less := *a
	less.except = slices.Concat(a.except, rooms)
	return &less
}

// Emit emits an event to all of them, each once.
func (a *Audience) Emit(ctx context.Context, event string, args ...any) error {
	return a.emit(ctx, Event{Name: event}, args)
}

// EmitWithAck does the same and asks each of them for an acknowledgement.
func (a *Audience) EmitWithAck(ctx context.Context, answer Answer, event string, args ...any) error {
	return a.emit(ctx, Event{Name: event, Ask: int(answer)}, args)
}

func (a *Audience) emit(ctx context.Context, e Event, args []any) error {
	target, err := a.target(ctx)
	if err != nil {
		return err
	}
	if e.Args, e.Attachments, err = a.c.pack(args); err != nil {
		return err
	}
	return a.c.socket.Emit(ctx, target, e)
}

// target asks who is where only if no kind of target says it.
func (a *Audience) target(ctx context.Context) (Target, error) {
	all := a.kind == All || a.kind == Rest
	switch {
	case all && !a.c.io.everyone:
		return Target{}, errNotKept
	case len(a.except) == 0 && len(a.rooms) == 0:
		return Target{Kind: a.kind}, nil
	case len(a.except) == 0 && len(a.rooms) == 1 && !all:
		return Target{Kind: a.kind, To: a.rooms[0]}, nil
	}
	ids, err := a.c.ids(ctx, a.rooms)
	if all && err == nil {
		ids, err = a.c.everyID(ctx)
	}
	if err != nil {
		return Target{}, err
	}
	out, err := a.c.ids(ctx, a.except)
	if a.kind == Others || a.kind == Rest {
		out = append(out, a.c.ID())
	}
	ids = slices.DeleteFunc(ids, func(id string) bool { return slices.Contains(out, id) })
	return Target{Kind: Some, IDs: ids}, err
}

// ids are who is in one of the rooms.
func (c *Client) ids(ctx context.Context, rooms []string) (ids []string, err error) {
	for _, room := range rooms {
		if c.socket.IsID(room) {
			ids = append(ids, room)
			continue
		}
		members, err := c.socket.Members(ctx, room)
		if err != nil {
			return nil, err
		}
		ids = append(ids, idsOf(members)...)
	}
	return ids, nil
}

func (c *Client) everyID(ctx context.Context) ([]string, error) {
	members, err := c.socket.Everyone(ctx)
	return idsOf(members), err
}

func idsOf(members []Member) []string {
	ids := make([]string, len(members))
	for i, m := range members {
		ids[i] = m.ID
	}
	return ids
}
