package dialect

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/parley-rtc/parley/internal/signaling"
)

// Conn is one connection at one event.
type Conn struct {
	*House
	ID     signaling.ConnID
	Time   time.Time // the event's
	Opened time.Time // when API Gateway accepted the connection
	Code   int64     // by which it ended, at Closed
	Reason string    // likewise, and the client's own words where the client has closed it
	Outcome
}

// Outcome is what the log and the metrics tell of an event beside its error. A dialect fills it in.
type Outcome struct {
	Action string           // what was asked for, in a word of the protocol's and never of a client's
	Room   signaling.RoomID // or whatever else was meant by name: only a hash of it is logged
	Joined bool             // somebody has entered a room, or is to be reached under a name
	Relays int              // messages that were carried to others
	Aside  error            // what went wrong beside the frame
}

// Note keeps what went wrong beside the frame.
func (o *Outcome) Note(err error) { o.Aside = errors.Join(o.Aside, err) }

// Push sends the connection a frame. One that is gone needs none, and is no error.
func (c *Conn) Push(ctx context.Context, frame []byte) error {
	err := c.Pusher.Push(ctx, c.ID, frame)
	if errors.Is(err, signaling.ErrGone) {
		return nil
	}
	return err
}

// Close ends the connection. API Gateway chooses the close code.
func (c *Conn) Close(ctx context.Context) error { return c.Pusher.Close(ctx, c.ID) }

// Remembered returns what is remembered of the connection: 0.5 RRU, once for a process and
// connection. What is noted with it after it opened may be missing.
func (c *Conn) Remembered(ctx context.Context) (signaling.Connection, error) {
	return c.remembered(ctx, c.ID)
}

// Reread returns what is remembered of the connection now: 1 RRU.
func (c *Conn) Reread(ctx context.Context) (signaling.Connection, error) {
	return c.reread(ctx, c.ID)
}

// Keep replaces what this process remembers of the connection: what it has just noted with it need
// not be read.
func (c *Conn) Keep(conn signaling.Connection) { c.keep(&conn) }

// Amend changes what this process remembers of the connection, as Keep does, and reports whether it
// remembers any.
func (c *Conn) Amend(change func(*signaling.Connection)) (known bool) { return c.amend(c.ID, change) }

// Remember changes what is remembered for the dialect with the connection: 1 WRU. It fails with
// signaling.ErrChanged unless that is as was says, and Remembered then returns what it is; and with
// signaling.ErrGone. A state is at most MaxKept bytes long,
// and costs a unit a KB.
func (c *Conn) Remember(ctx context.Context, was, state string) error {
	if len(state) > MaxKept {
		return fmt.Errorf("the state of a connection is %d bytes long, the limit is %d", len(state), MaxKept)
	}
	err := c.Connections.SetState(ctx, c.ID, was, state)
	switch {
	case err == nil:
		c.amend(c.ID, func(conn *signaling.Connection) { conn.State = state })
	case errors.Is(err, signaling.ErrChanged):
		_, reread := c.Reread(ctx)
		err = errors.Join(err, reread)
	}
	return err
}

// Forget has this process remember nothing of the connection.
func (c *Conn) Forget() { c.forget(c.ID) }

// MayList returns an *signaling.Error if the connection may not be listed under one more name now: it
// has asked for that too often, or the month's budget is used up. It is to be asked for each name
// before the directory is.
func (c *Conn) MayList(ctx context.Context) error {
	return c.Gate.MayList(ctx, signaling.Origin{Conn: c.ID, Time: c.Time})
}

// Rights returns what the connection may do, nil if it may do everything, or an *signaling.Error
// that says why it may do nothing.
func (c *Conn) Rights(ctx context.Context) (*signaling.Rights, error) {
	if !c.NeedRights {
		return nil, nil
	}
	conn, err := c.Remembered(ctx)
	if err == nil && conn.Rights == nil && c.Admit != nil { // another process may have granted some meanwhile
		conn, err = c.Reread(ctx)
	}
	if err != nil {
		return nil, err
	}
	return conn.RightsAt(c.Time)
}

// Grant gives the connection rights, in place of those it has: 1 WRU. It fails with signaling.ErrGone.
func (c *Conn) Grant(ctx context.Context, rights *signaling.Rights) error {
	err := c.Connections.SetRights(ctx, c.ID, rights)
	if err == nil {
		c.amend(c.ID, func(conn *signaling.Connection) { conn.Rights = rights })
	}
	return err
}
