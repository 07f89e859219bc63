package native

import (
	"bytes"
	"context"
	"errors"
	"slices"

	"github.com/parley-rtc/parley/internal/dialect"
	"github.com/parley-rtc/parley/internal/signaling"
)

// Dialect serves parley.v1: each frame is a command of the rooms.
type Dialect struct {
	Codec
	Service *signaling.Service
}

var (
	_ dialect.Recognizer = (*Dialect)(nil)
	_ dialect.Beginner   = (*Dialect)(nil)
	_ dialect.Refuser    = (*Dialect)(nil)
	_ dialect.Dialect    = (*Dialect)(nil)
)

// Serve lets clients ask for a project's own actions. It fails if the name of one cannot be, or is
// the protocol's.
func (d *Dialect) Serve(actions signaling.Actions) error {
	names, err := actions.Names()
	if err != nil {
		return err
	}
	if d.Codec, err = New(names...); err != nil {
		return err
	}
	d.Service.Actions = actions
	return nil
}

// Name implements dialect.Dialect.
func (d *Dialect) Name() string { return Name }

// Greet implements dialect.Dialect. Most clients offer no subprotocol, and show what they are by
// their first frame.
func (d *Dialect) Greet(h signaling.Handshake) (dialect.Greeting, bool) {
	g := dialect.Greeting{Tokens: h.Tokens}
	if slices.Contains(h.Subprotocols(), Name) {
		g.Subprotocol = Name
		return g, true
	}
	return g, dialect.Selects(h, Name)
}

// Begins implements dialect.Beginner: all of a client's frames are objects with an action.
func (d *Dialect) Begins(frame []byte) bool {
	if !opens(frame) {
		return false
	}
	f, fail := object(frame)
	_, has := f.Get("action")
	return fail == nil && has
}

// opens reports whether a frame may be an object.
func opens(frame []byte) bool {
	first := bytes.TrimLeft(frame, " \t\r\n")
	return len(first) > 0 && first[0] == '{'
}

// Recognize implements dialect.Recognizer: a frame with an action that there is is a command from
// whatever connection it comes.
func (d *Dialect) Recognize(frame []byte) (carryOut func(context.Context, *dialect.Conn) error, mine bool) {
	if !opens(frame) {
		return nil, false
	}
	cmd, err := d.Decode(frame)
	if bad, ok := errors.AsType[*signaling.RequestError](err); ok && known(bad) == "" {
		return nil, false
	}
	return func(ctx context.Context, c *dialect.Conn) error { return d.do(ctx, c, cmd, err) }, true
}

// Opened implements dialect.Dialect. The client speaks first.
func (d *Dialect) Opened(context.Context, *dialect.Conn) error { return nil }

// Message implements dialect.Dialect.
func (d *Dialect) Message(ctx context.Context, c *dialect.Conn, frame []byte) error {
	cmd, err := d.Decode(frame)
	return d.do(ctx, c, cmd, err)
}

// do carries out what Decode has returned.
func (d *Dialect) do(ctx context.Context, c *dialect.Conn, cmd signaling.Command, undecoded error) error {
	if bad, ok := errors.AsType[*signaling.RequestError](undecoded); ok {
		c.Action = known(bad)
		c.Note(d.Service.Refuse(ctx, origin(c), bad))
		return undecoded
	}
	c.Action, c.Room = cmd.Req().Action, signaling.RoomOf(cmd)
	refused, aside := d.Service.Do(ctx, origin(c), cmd)
	c.Note(aside)
	if refused == nil {
		switch cmd.(type) {
		case signaling.Join:
			c.Joined = true
		case signaling.Signal, signaling.Broadcast:
			c.Relays++
		}
	}
	return refused
}

// Refuse implements dialect.Refuser. An answer costs as much as the frame did, so only requests that
// wait for one get theirs, and a client that asks for none is told once a second. What is too long is not read.
func (d *Dialect) Refuse(ctx context.Context, c *dialect.Conn, frame []byte, r dialect.Refusal) error {
	refusal := &signaling.RequestError{Err: r.Err}
	if frame != nil && r.Err.Code != signaling.CodeTooLarge {
		cmd, err := d.Decode(frame)
		if bad, ok := errors.AsType[*signaling.RequestError](err); ok {
			refusal.Request = bad.Request
		} else {
			refusal.Request = cmd.Req()
			c.Action = cmd.Req().Action
		}
	}
	if r.Muted && refusal.Request.ID == "" {
		return nil
	}
	return d.Service.Refuse(ctx, origin(c), refusal)
}

// Closed implements dialect.Dialect. The rooms know already.
func (d *Dialect) Closed(context.Context, *dialect.Conn) error { return nil }

// known returns the action of a request that could not be decoded, if it is one that there is.
func known(bad *signaling.RequestError) string {
	if bad.Err.Code == signaling.CodeUnknownAction {
		return ""
	}
	return bad.Request.Action
}

func origin(c *dialect.Conn) signaling.Origin {
	return signaling.Origin{Conn: c.ID, Dialect: Name, Time: c.Time}
}
