package peerjs

import (
	"context"

	"github.com/parley-rtc/parley/internal/dialect"
	"github.com/parley-rtc/parley/internal/signaling"
)

// Message implements dialect.Dialect. Clients hear nothing of what is wrong with a frame: PeerJS's
// word for an error would end their connection.
func (d *Dialect) Message(ctx context.Context, c *dialect.Conn, frame []byte) error {
	m, err := decode(frame)
	c.Action = actions[m.Type]
	if err != nil {
		return err
	}
	src, err := d.sender(ctx, c)
	if err != nil {
		return err
	}
	c.Room = signaling.RoomID(m.To)
	p := &parcel{message: m, src: src, dialect: d}
	return p.carry(ctx, c)
}

// sender returns the id that the connection is listed under. The first messages may come before the
// opener is through: then they do what it does.
func (d *Dialect) sender(ctx context.Context, c *dialect.Conn) (string, error) {
	conn, s, err := recall(ctx, c)
	if err != nil || listed(conn, s) {
		return s.ID, err
	}
	if conn, err = c.Reread(ctx); err != nil || listed(conn, s) {
		return s.ID, err
	}
	return s.ID, d.open(ctx, c, conn, s)
}

// parcel is a message on its way.
type parcel struct {
	message
	src     string // the id of its sender
	dialect *Dialect
	gone    bool // somebody had the id, and the socket is gone
}

// carry takes the message to whom it is for, as soon as that is there. The sender of an offer is
// told if nobody comes, or else it would wait for an answer for ever.
func (p *parcel) carry(ctx context.Context, c *dialect.Conn) error {
	err := p.deliver(ctx, c)
	if err == nil {
		c.Relays++
		return nil
	}
	if p.gone && p.negotiates() {
		c.Note(c.Push(ctx, p.back(leave, p.src)))
	}
	if p.Type == offer {
		c.Note(c.Push(ctx, p.back(expire, p.src)))
	}
	return err
}

// deliver fails with CodeNoSuchPeer if nobody is to be reached under the id.
func (p *parcel) deliver(ctx context.Context, c *dialect.Conn) error {
	absent := signaling.Errorf(signaling.CodeNoSuchPeer, "nobody is to be reached under that id")
	if p.To == "" {
		return absent
	}
	frame := p.from(p.src)
	if len(frame) > signaling.MaxFrame {
		return signaling.Errorf(signaling.CodeTooLarge,
			"the message gets %d bytes long, the limit is %d", len(frame), signaling.MaxFrame)
	}
	delivered, err := p.try(ctx, c, frame, false)
	if !delivered && err == nil && p.negotiates() && p.dialect.waits.May(c) {
		p.dialect.waits.Count(c)
		delivered, err = keepTrying(ctx, func() (bool, error) { return p.try(ctx, c, frame, true) })
	}
	if !delivered && err == nil {
		return absent
	}
	return err
}

// try delivers the message if somebody has the id.
func (p *parcel) try(ctx context.Context, c *dialect.Conn, frame []byte, consistent bool) (delivered bool, err error) {
	found, err := c.Directory.Find(ctx, name(p.To), c.Time, consistent)
	if err != nil || len(found) == 0 {
		return false, err
	}
	if consistent { // it has come just now, and is about to be told that it is open, which is to be the first it hears
		if err := dialect.Pause(ctx, pauses[0]); err != nil {
			return false, err
		}
	}
	way := signaling.Direction{From: c.ID, Space: Name, To: p.To + "\x00" + p.negotiation()}
	if err := c.Hold.Before(ctx, way, p.order(), c.Time); err != nil {
		return false, err
	}
	gone, err := c.Directory.Publish(ctx, name(p.To), found[:1], frame, c.Time)
	if len(gone) > 0 {
		p.gone = true
		c.Note(err)
		return false, nil
	}
	if err != nil {
		return false, err
	}
	c.Hold.After(way, p.order(), c.Time)
	return true, nil
}
