package servertest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/parley-rtc/parley/internal/socketio/server"
)

// Client is a client in one namespace. What its methods return is the error of the App, which in a
// service is for the log, or one about what no client could do.
type Client struct {
	w  *World
	in *space
	s  *socket
}

// ID is socket.id.
func (c *Client) ID() string { return c.s.id }

// Connected reports whether the client is connected, as it has heard.
func (c *Client) Connected() bool {
	c.w.mu.Lock()
	defer c.w.mu.Unlock()
	return !c.s.over
}

// Emit emits an event. Its arguments are encoded as JSON.
func (c *Client) Emit(ctx context.Context, event string, args ...any) error {
	return c.emit(ctx, event, false, args)
}

// Ask emits an event and waits for an acknowledgement, which then is in the World's record.
func (c *Client) Ask(ctx context.Context, event string, args ...any) error {
	return c.emit(ctx, event, true, args)
}

func (c *Client) emit(ctx context.Context, event string, ack bool, args []any) error {
	list, err := encodeAll(args)
	if err != nil {
		return err
	}
	return c.Send(ctx, server.Event{Name: event, Args: list, Ack: ack})
}

// Send emits an event as it is.
func (c *Client) Send(ctx context.Context, e server.Event) error {
	if err := check(e); err != nil {
		return err
	}
	if !c.Connected() {
		return fmt.Errorf("%s emits %s, but it is not connected", c.s.id, e.Name)
	}
	view := c.view(connected)
	view.event = &e
	return c.w.app.Event(ctx, view, e)
}

// Answer acknowledges the first event, of those that asked for it, that the client has not
// acknowledged yet.
func (c *Client) Answer(ctx context.Context, args ...any) error {
	list, err := encodeAll(args)
	if err != nil {
		return err
	}
	c.w.mu.Lock()
	if len(c.s.asked) == 0 {
		c.w.mu.Unlock()
		return fmt.Errorf("%s has not been asked for an acknowledgement", c.s.id)
	}
	ask := c.s.asked[0]
	c.s.asked = c.s.asked[1:]
	c.w.mu.Unlock()
	return c.w.app.Answered(ctx, c.view(connected), ask, list)
}

// Disconnect disconnects the client, as when its page is closed.
func (c *Client) Disconnect(ctx context.Context) error {
	return c.end(ctx, func() {})
}

// end takes the socket out of everything and tells the App, if it is still there. The client is told
// in time, as it cannot be later.
func (c *Client) end(ctx context.Context, tell func()) error {
	c.w.mu.Lock()
	if c.s.over {
		c.w.mu.Unlock()
		return nil
	}
	c.s.over = true
	rooms := c.in.roomsOf(c.s)
	for _, room := range rooms {
		c.in.leave(c.s, room)
	}
	for queue, waiting := range c.in.queues {
		c.in.queues[queue] = slices.DeleteFunc(waiting, func(s *socket) bool { return s == c.s })
	}
	c.in.sockets = slices.DeleteFunc(slices.Clone(c.in.sockets), func(s *socket) bool { return s == c.s })
	tell()
	c.w.mu.Unlock()

	var errs []error
	for _, room := range rooms {
		errs = append(errs, c.w.app.Left(ctx, c.view(connected), room))
	}
	return errors.Join(append(errs, c.w.app.Disconnected(ctx, c.view(connected)))...)
}

func (c *Client) view(phase phase) *view { return &view{Client: c, phase: phase} }

// check refuses what no side may emit.
func check(e server.Event) error {
	size := len(e.Name)
	for i, arg := range e.Args {
		if !json.Valid(arg) {
			return fmt.Errorf("%s: argument %d is no JSON", e.Name, i)
		}
		size += len(arg)
	}
	for _, a := range e.Attachments {
		size += len(a)
	}
	switch {
	case server.Reserved(e.Name):
		return fmt.Errorf("nobody may emit an event called %s", e.Name)
	case size > server.MaxEvent:
		return fmt.Errorf("the event %s has %d bytes, the limit is %d", e.Name, size, server.MaxEvent)
	}
	return nil
}

func encodeAll(args []any) ([]json.RawMessage, error) {
	list := make([]json.RawMessage, len(args))
	for i, arg := range args {
		var err error
		if list[i], err = encode(arg); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// encode is json.Marshal that leaves < > & as they are.
func encode(v any) (json.RawMessage, error) {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, fmt.Errorf("encode a %T: %w", v, err)
	}
	return bytes.TrimRight(buf.Bytes(), "\n"), nil
}
