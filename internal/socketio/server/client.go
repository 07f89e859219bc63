package server

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
)

// Client is what other servers call socket: one client in one namespace, as a handler sees it.
type Client struct {
	io     *IO
	socket Socket
	event  *Event // nil if there is none to read
}

// ID is socket.id.
func (c *Client) ID() string { return c.socket.ID() }

// Namespace is socket.nsp.name.
func (c *Client) Namespace() string { return c.socket.Namespace() }

// Query is that of the handshake, as far as it is remembered.
func (c *Client) Query() url.Values { return c.socket.Query() }

// Auth decodes what the client gave as auth.
func (c *Client) Auth(into any) error {
	raw := c.socket.Auth()
	if raw == nil {
		return errors.New("the client gave no auth")
	}
	if json.Unmarshal(raw, into) != nil {
		return fmt.Errorf("auth is no %T", into)
	}
	return nil
}

// Event is the name of the event that is handled.
func (c *Client) Event() string {
	if c.event == nil {
		return ""
	}
	return c.event.Name
}

// NumArgs is how many arguments the event has, without the acknowledgement.
func (c *Client) NumArgs() int {
	if c.event == nil {
		return 0
	}
	return len(c.event.Args)
}

// Args decodes the first arguments of the event: a JSON value into what takes it, binary data into a
// *[]byte. It fails if there are fewer, or if one is of another kind; only what can be nil takes a
// null. What else is to be known of an argument has to be checked by the handler.
func (c *Client) Args(into ...any) error {
	for i := range into {
		if err := c.Arg(i, into[i]); err != nil {
			return err
		}
	}
	return nil
}

// Arg decodes one argument of the event, as Args does.
func (c *Client) Arg(i int, into any) error {
	if i >= c.NumArgs() {
		return fmt.Errorf("there is no argument %d: the event has %d", i, c.NumArgs())
	}
	if err := decode(c.event.Args[i], c.event.Attachments, into); err != nil {
		return fmt.Errorf("argument %d: %w", i, err)
	}
	return nil
}

// WantsAck reports whether the client waits for an acknowledgement.
func (c *Client) WantsAck() bool { return c.event != nil && c.event.Ack }

// Ack acknowledges the event, once. If the client does not wait for it, nothing happens.
func (c *Client) Ack(ctx context.Context, args ...any) error {
	list, attachments, err := c.pack(args)
	if err != nil {
		return err
	}
	return c.socket.Ack(ctx, list, attachments)
}

// Disconnect disconnects the client, which does not connect again by itself: socket.disconnect().
func (c *Client) Disconnect(ctx context.Context) error { return c.socket.Disconnect(ctx) }

// Socket returns another client of the namespace, by its socket.id or its name, to act on:
// io.sockets.sockets.get(id). It fails with ErrNoSocket, and so does what changes a client that has
// gone.
func (c *Client) Socket(ctx context.Context, who string) (*Client, error) {
	other, err := c.socket.Other(ctx, who)
	if err != nil {
		return nil, err
	}
	return &Client{io: c.io, socket: other}, nil
}

// Name is the app's own id of the client, by which Socket finds it; "" if it has none.
func (c *Client) Name(ctx context.Context) (string, error) { return c.socket.Name(ctx) }

// SetName gives it one, which another client then loses.
func (c *Client) SetName(ctx context.Context, name string) error {
	return c.socket.SetName(ctx, name, false)
}

// ClaimName gives it one, or fails with ErrTaken if another client has it.
func (c *Client) ClaimName(ctx context.Context, name string) error {
	return c.socket.SetName(ctx, name, true)
}

// Data decodes what was set into a struct or a map: socket.data.
func (c *Client) Data(ctx context.Context, into any) error {
	data, err := c.socket.Data(ctx)
	if err != nil {
		return err
	}
	return decodeMembers(data, into)
}

// SetData sets the members of a struct or a map, and leaves the others; null removes one. All data
// together is at most MaxData bytes long. Others see it in a Member.
func (c *Client) SetData(ctx context.Context, members any) error {
	raw, err := encode(members)
	if err != nil {
		return err
	}
	var change map[string]json.RawMessage
	if json.Unmarshal(raw, &change) != nil || change == nil {
		return fmt.Errorf("a %T has no members: want a struct or a map", members)
	}
	return c.socket.SetData(ctx, change)
}

// Read decodes the data of a member into a struct or a map.
func (m Member) Read(into any) error { return decodeMembers(m.Data, into) }

// Join joins a room and returns who is in it now, this client among them: socket.join(room).
func (c *Client) Join(ctx context.Context, room string) ([]Member, error) {
	return c.socket.Join(ctx, room, 0)
}

// JoinAtMost joins a room in which there are then at most so many, or fails with ErrFull and returns
// who is there.
func (c *Client) JoinAtMost(ctx context.Context, room string, most int) ([]Member, error) {
	return c.socket.Join(ctx, room, most)
}

// Leave leaves a room, and reports whether the client was in it: socket.leave(room).
func (c *Client) Leave(ctx context.Context, room string) (bool, error) {
	return c.socket.Leave(ctx, room)
}

// Rooms are those that the client is in, without its own: socket.rooms.
func (c *Client) Rooms(ctx context.Context) ([]string, error) { return c.socket.Rooms(ctx) }

// Members are who is in a room, in the order of joining: io.in(room).fetchSockets().
func (c *Client) Members(ctx context.Context, room string) ([]Member, error) {
	return c.socket.Members(ctx, room)
}

// Everyone is who is in the namespace, in the order of connecting: io.fetchSockets().
func (c *Client) Everyone(ctx context.Context) ([]Member, error) {
	if !c.io.everyone {
		return nil, errNotKept
	}
	return c.socket.Everyone(ctx)
}

// Pair waits in a queue, or puts the client and one that waits there into a fresh room, whose name it
// returns: "" if it waits.
func (c *Client) Pair(ctx context.Context, queue string) (room string, err error) {
	return c.socket.Pair(ctx, queue)
}
