package lounge

import (
	"context"
	"encoding/json"
	"errors"
	"slices"

	"github.com/parley-rtc/parley/internal/socketio/server"
)

// knock asks the host to be let in, without the password.
func knock(ctx context.Context, c *server.Client) error {
	var room, name string
	if err := texts(c, &room, &name); err != nil {
		return err
	}
	if err := free(ctx, c); err != nil {
		return err
	}
	members, err := c.Members(ctx, room)
	if err != nil {
		return err
	}
	if len(members) == 0 {
		return refusal("nobody is there")
	}
	if err := c.SetData(ctx, guest{Name: name, Knocks: &room}); err != nil {
		return err
	}
	if err := c.Ack(ctx, done{}); err != nil {
		return err
	}
	return c.In(members[0].ID).Emit(ctx, "knock", person{c.ID(), name})
}

// letIn joins another client, which has knocked, to the host's room.
func letIn(ctx context.Context, c *server.Client) error {
	room, _, err := hosting(ctx, c)
	if err != nil {
		return err
	}
	other, err := another(ctx, c)
	if err != nil {
		return err
	}
	var g guest
	if err := other.Data(ctx, &g); err != nil {
		return err
	}
	if g.Knocks == nil || *g.Knocks != room {
		return refusal("it does not knock")
	}
	here, err := enter(ctx, other, room, g.Name)
	if errors.Is(err, server.ErrNoSocket) {
		return refusal("it has gone")
	}
	if err != nil {
		return err
	}
	return errors.Join(
		c.Ack(ctx, done{}),
		other.Emit(ctx, "let-in", here),
		other.To(room).Emit(ctx, "joined", person{other.ID(), g.Name}),
	)
}

// another returns the client that the event names.
func another(ctx context.Context, c *server.Client) (*server.Client, error) {
	var id string
	if err := c.Args(&id); err != nil {
		return nil, refusal("want an id")
	}
	other, err := c.Socket(ctx, id)
	if errors.Is(err, server.ErrNoSocket) {
		return nil, refusal("it has gone")
	}
	return other, err
}

func kick(ctx context.Context, c *server.Client) error {
	room, _, err := hosting(ctx, c)
	if err != nil {
		return err
	}
	other, err := another(ctx, c)
	if err != nil {
		return err
	}
	was, err := out(ctx, other, room)
	if err != nil {
		return err
	}
	if !was {
		return refusal("it is not in the room")
	}
	return errors.Join(
		c.Ack(ctx, done{}),
		other.Emit(ctx, "kicked"),
		c.In(room).Emit(ctx, "left", other.ID()),
	)
}

// out takes a client out of a room. That it has gone is no error.
func out(ctx context.Context, c *server.Client, room string) (was bool, err error) {
	was, err = c.Leave(ctx, room)
	if errors.Is(err, server.ErrNoSocket) {
		return false, nil
	}
	return was, err
}

// signal carries data to one of the same room: an id is no key for who has been thrown out.
func signal(ctx context.Context, c *server.Client) error {
	var id string
	var data json.RawMessage
	if err := c.Args(&id, &data); err != nil {
		return refusal("want an id and data")
	}
	_, members, err := inside(ctx, c)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(members, func(m server.Member) bool { return m.ID == id }) {
		return refusal("it is not in the room")
	}
	return errors.Join(c.In(id).Emit(ctx, "signal", c.ID(), data), c.Ack(ctx, done{}))
}

func leave(ctx context.Context, c *server.Client) error {
	room, _, err := inside(ctx, c)
	if err != nil {
		return err
	}
	if _, err := out(ctx, c, room); err != nil {
		return err
	}
	return errors.Join(c.Ack(ctx, done{}), c.In(room).Emit(ctx, "left", c.ID()))
}

// closeRoom takes the room off the list first, so that nobody comes in meanwhile.
func closeRoom(ctx context.Context, c *server.Client) error {
	room, members, err := hosting(ctx, c)
	if err != nil {
		return err
	}
	err = server.Update(ctx, c, "", roomsKey, func(rooms *[]string) error {
		*rooms = slices.DeleteFunc(*rooms, func(r string) bool { return r == room })
		return nil
	})
	if err != nil {
		return err
	}
	if _, err := c.SetValue(ctx, room, passwordKey, nil, server.AnyRev); err != nil {
		return err
	}
	if err := errors.Join(c.Ack(ctx, done{}), c.In(room).Emit(ctx, "closed")); err != nil {
		return err
	}
	for _, m := range members {
		other, err := c.Socket(ctx, m.ID)
		if err == nil {
			_, err = out(ctx, other, room)
		}
		if err != nil && !errors.Is(err, server.ErrNoSocket) {
			return err
		}
	}
	return nil
}
