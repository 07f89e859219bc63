package sip

import (
	"context"
	"errors"
	"slices"

	"github.com/parley-rtc/parley/internal/dialect"
	"github.com/parley-rtc/parley/internal/signaling"
	"github.com/parley-rtc/parley/internal/sip"
)

// response carries a response back (RFC 3261, 16.7 and 16.11): the Via says whose it is. One that is not
// to go anywhere is dropped, and nobody is told.
func (d *Dialect) response(ctx context.Context, c *dialect.Conn, m *sip.Message) error {
	c.Action = "response"
	h, err := d.popVia(m, c.Time)
	if err != nil {
		return err
	}
	if err := d.mayAnswer(ctx, c, h); err != nil {
		return err
	}
	m.Header.Del("P-Asserted-Identity")
	c.Note(d.unchallenge(ctx, m))
	switch {
	case h.Sender == "": // to a CANCEL or an ACK of ours
		return nil
	case h.misses(m):
		err = d.cancelElsewhere(ctx, c, h, m)
	case h.Fork != nil:
		err = d.forked(ctx, c, h, m)
	default:
		err = d.back(ctx, c, h.Sender, m)
	}
	d.order.answered(h.Sender, m)
	return err
}

// mayAnswer fails unless the connection is the one that had the request, or that whose it was has come
// back on.
func (d *Dialect) mayAnswer(ctx context.Context, c *dialect.Conn, h hop) error {
	if c.ID == h.Target {
		return nil
	}
	foreign := signaling.Errorf(signaling.CodeForbidden, "a response comes from somebody else than the request went to")
	if h.AOR == "" {
		return foreign
	}
	for _, read := range []func(context.Context) (signaling.Connection, error){c.Remembered, c.Reread} {
		switch conn, err := read(ctx); {
		case errors.Is(err, signaling.ErrGone):
			return foreign
		case err != nil:
			return err
		case slices.Contains(aors(conn.Names), h.AOR):
			return nil
		}
	}
	return foreign
}

// unchallenge takes a phone's challenge off its response where people have passwords here. JsSIP and
// SIP.js answer to whoever asks, under any realm and in a call without being seen, with what passwords
// can be tried on: none but us is to ask.
func (d *Dialect) unchallenge(ctx context.Context, m *sip.Message) error {
	if !slices.ContainsFunc(challenges, m.Header.Has) {
		return nil
	}
	users, err := d.users(ctx)
	if len(users) > 0 || err != nil {
		for _, name := range challenges {
			m.Header.Del(name)
		}
	}
	return err
}

// back sends a response to the connection that it is for. That one is gone is nobody's concern any more.
func (d *Dialect) back(ctx context.Context, c *dialect.Conn, to signaling.ConnID, m *sip.Message) error {
	frame, err := fits(m)
	if err == nil {
		err = c.Pusher.Push(ctx, to, frame)
	}
	switch {
	case errors.Is(err, signaling.ErrGone):
		return nil
	case err == nil:
		c.Relays++
	}
	return err
}
