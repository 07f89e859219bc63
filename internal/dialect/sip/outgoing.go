package sip

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/parley-rtc/parley/internal/dialect"
	"github.com/parley-rtc/parley/internal/directory"
	"github.com/parley-rtc/parley/internal/signaling"
	"github.com/parley-rtc/parley/internal/sip"
	"github.com/parley-rtc/parley/internal/sip/digest"
)

// carry sends a request to a contact, by a branch of its own: the zero leg is of one that is not forked.
// It fails with signaling.ErrGone if the socket is gone.
func (d *Dialect) carry(ctx context.Context, c *dialect.Conn, m *sip.Message, to contact, l leg) error {
	out, err := d.outgoing(ctx, c, m, to)
	if err != nil {
		return err
	}
	h := hop{Sender: c.ID, Target: to.entry.Conn, AOR: to.name.Name}
	if l.Key != "" {
		h.Fork = &l
	}
	d.pushVia(out, branchTo(m, c.ID, to.name.Name, to.URI, loopOf(m)), h, c.Time)
	frame, err := fits(out)
	if err != nil {
		return err
	}
	if to.name.Name == "" {
		return c.Pusher.Push(ctx, to.entry.Conn, frame)
	}
	gone, err := c.Directory.Publish(ctx, to.name, []directory.Entry{to.entry}, frame, c.Time)
	switch {
	case len(gone) == 0:
		return err
	case err != nil:
		return errors.Join(signaling.ErrGone, err)
	}
	return signaling.ErrGone
}

// isForUsAlone reports whether a field has credentials that are no business of whoever the request goes
// to: whoever has seen a digest can try passwords. Those for the realm of another server go on.
func (d *Dialect) isForUsAlone(f sip.Field, m *sip.Message) bool {
	if f.Name != "Authorization" && f.Name != "Proxy-Authorization" {
		return false
	}
	shown, err := digest.Parse(f.Value)
	if err != nil {
		return true
	}
	from, _ := sip.ParseURI(m.From().URI)
	to, _ := sip.ParseURI(m.To().URI)
	return strings.EqualFold(shown.Realm, d.realm(from.Host)) || strings.EqualFold(shown.Realm, d.realm(to.Host))
}

// fits returns the frame of a message. It fails with CodeTooLarge if the message has become too long.
func fits(m *sip.Message) ([]byte, error) {
	frame := m.Bytes()
	if len(frame) > signaling.MaxFrame {
		return nil, signaling.Errorf(signaling.CodeTooLarge,
			"Message Too Large: it gets %d bytes long, the limit is %d", len(frame), signaling.MaxFrame)
	}
	return frame, nil
}

// requestTo is a contact as a Request-URI, which has neither a method nor headers (19.1.1).
func requestTo(contact string) string {
	u, err := sip.ParseURI(contact)
	if err != nil || u.Headers == "" && !u.Params.Has("method") {
		return contact
	}
	u.Params, u.Headers = u.Params.Without("method"), ""
	return u.String()
}

// outgoing is a request as a contact is to have it, but for our Via (16.6).
func (d *Dialect) outgoing(ctx context.Context, c *dialect.Conn, m *sip.Message, to contact) (*sip.Message, error) {
	left, err := forwards(m)
	if err != nil {
		return nil, err
	}
	out := m.Clone()
	out.URI = requestTo(to.URI)
	out.Header.Set("Max-Forwards", strconv.Itoa(left-1))
	out.Header.Del("P-Asserted-Identity") // which is for those to say who know (RFC 3325)
	out.Header = slices.DeleteFunc(out.Header, func(f sip.Field) bool { return d.isForUsAlone(f, m) })
	for d.isOurRoute(out.Header.Get("Route")) {
		out.Header.Pop("Route")
	}
	if to.Path != "" {
		out.Header.Push("Route", to.Path)
	}
	route, err := d.recordRoute(ctx, c, m, to)
	if route != "" {
		out.Header.Push("Record-Route", route)
	}
	return out, err
}
