package peerjs

import (
	"context"
	"errors"
	"slices"

	"github.com/parley-rtc/parley/internal/dialect"
	"github.com/parley-rtc/parley/internal/directory"
	"github.com/parley-rtc/parley/internal/signaling"
)

// Opened implements dialect.Dialect.
func (d *Dialect) Opened(ctx context.Context, c *dialect.Conn) error {
	conn, s, err := recall(ctx, c)
	if err != nil {
		return err
	}
	if listed(conn, s) {
		return nil // a message, or the opener's other call, was faster
	}
	return d.open(ctx, c, conn, s)
}

// recall returns what is remembered of the connection.
func recall(ctx context.Context, c *dialect.Conn) (signaling.Connection, state, error) {
	conn, err := c.Remembered(ctx)
	if err != nil {
		return conn, state{}, err
	}
	s, err := decodeState(conn.State)
	return conn, s, err
}

func listed(conn signaling.Connection, s state) bool {
	return slices.Contains(conn.Names, name(s.ID).Key())
}

func name(id string) directory.Name { return directory.Name{Space: Name, Name: id} }

// open gives the client its id and tells it so, or why not. Who lists it is who tells it: of several
// that do this for one connection, one sends OPEN.
func (d *Dialect) open(ctx context.Context, c *dialect.Conn, conn signaling.Connection, s state) error {
	c.Room = signaling.RoomID(s.ID)
	if err := d.mayOpen(ctx, c, s); err != nil {
		return refuse(ctx, c, err)
	}
	entry := directory.Entry{Conn: c.ID, Dialect: Name, Claim: s.Claim}
	found, err := c.Directory.List(ctx, name(s.ID), entry, directory.Terms{Rule: directory.One, Names: 1}, c.Time)
	c.Note(found.Aside)
	if errors.Is(err, directory.ErrTaken) {
		return end(ctx, c, taken, signaling.Errorf(signaling.CodeNameTaken, "the id is taken"))
	}
	for _, before := range found.Before { // who has lost the id, whatever became of this one
		c.Note(c.Pusher.Close(ctx, before.Conn))
	}
	switch {
	case errors.Is(err, signaling.ErrGone):
		return nil // and nobody to tell
	case err != nil:
		return refuse(ctx, c, err)
	}
	conn.Names = append(slices.Clone(conn.Names), name(s.ID).Key())
	c.Keep(conn)
	c.Joined = true
	if found.Already {
		return nil // whoever listed it has told it, or is about to
	}
	told, err := insist(ctx, c, opened)
	if !told { // it would wait for ever
		c.Note(c.Close(ctx))
	}
	return err
}

// mayOpen returns an *signaling.Error that says why the client may not have the id, if so.
func (d *Dialect) mayOpen(ctx context.Context, c *dialect.Conn, s state) error {
	if s.Refused != "" {
		return signaling.Errorf(signaling.CodeUnauthorized, "%s", s.Refused)
	}
	rights, err := c.Rights(ctx)
	if err != nil {
		return err
	}
	if rights != nil && !rights.MayBe(s.ID) {
		return signaling.Errorf(signaling.CodeForbidden, "Invalid id provided: your key is for %s", rights.Peer)
	}
	return c.MayList(ctx)
}

// refuse tells the client what Describe says of the error, and closes its socket.
func refuse(ctx context.Context, c *dialect.Conn, err error) error {
	return end(ctx, c, failure(signaling.Describe(err).Msg), err)
}

// end sends the last frame of a connection. It returns why.
func end(ctx context.Context, c *dialect.Conn, frame []byte, why error) error {
	_, err := insist(ctx, c, frame)
	c.Note(err)
	c.Note(c.Close(ctx))
	return why
}

// insist pushes a frame that a client waits for, again where its socket seems to be gone: what API
// Gateway says of one that opened just now need not be so.
func insist(ctx context.Context, c *dialect.Conn, frame []byte) (told bool, err error) {
	return keepTrying(ctx, func() (bool, error) {
		err := c.Pusher.Push(ctx, c.ID, frame)
		if errors.Is(err, signaling.ErrGone) {
			return false, nil
		}
		return err == nil, err
	})
}
