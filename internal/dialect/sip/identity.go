package sip

import (
	"context"
	"errors"
	"slices"

	"github.com/parley-rtc/parley/internal/dialect"
	"github.com/parley-rtc/parley/internal/directory"
	"github.com/parley-rtc/parley/internal/signaling"
	"github.com/parley-rtc/parley/internal/sip"
	"github.com/parley-rtc/parley/internal/sip/digest"
)

// anonymous is who wants the callee not to know (RFC 3323, 4.1.1.3).
const anonymous = "anonymous@anonymous.invalid"

// identify fails with an *answer unless the sender of a request, which is not REGISTER, is who its
// From says. It returns the addresses of record that the connection has registered, or has shown a
// password or a token for.
func (d *Dialect) identify(ctx context.Context, c *dialect.Conn, m *sip.Message) (as []string, err error) {
	from := m.From().AOR()
	if from != anonymous && d.aorOf(m.From().URI) == "" {
		return nil, answered(signaling.CodeForbidden, 403, "From is no address of this service's domain")
	}
	conn, err := c.Remembered(ctx)
	if err != nil {
		return nil, err
	}
	if as, err = d.known(c, conn, from); err != nil || covers(as, from) {
		return as, err
	}
	users, err := d.users(ctx)
	if err != nil {
		return nil, err
	}
	if !c.NeedRights && len(users) == 0 {
		return as, d.unclaimed(ctx, c, from, as)
	}
	if conn, err = c.Reread(ctx); err != nil { // it may have registered by another process
		return nil, err
	}
	as, err = d.known(c, conn, from)
	switch {
	case err != nil || covers(as, from):
		return as, err
	case len(as) > 0:
		return nil, errForeignFrom
	}
	return d.show(ctx, c, m, users, conn)
}

var errForeignFrom = answered(signaling.CodeForbidden, 403,
	"From is none of the addresses that this connection has registered")

// known are the addresses that a connection is, as far as is remembered: with from if its token
// covers that.
func (d *Dialect) known(c *dialect.Conn, conn signaling.Connection, from string) ([]string, error) {
	s, err := decodeState(conn.State)
	if err != nil {
		return nil, err
	}
	as := aors(conn.Names)
	if s.As != "" && !slices.Contains(as, s.As) {
		as = append(as, s.As)
	}
	if c.NeedRights && !slices.Contains(as, from) {
		if rights, err := conn.RightsAt(c.Time); err == nil && (from == anonymous || rights.MayBe(userOf(from))) {
			as = append(as, from)
		}
	}
	return as, nil
}

// covers reports whether those who are somebody may send as that.
func covers(as []string, from string) bool {
	return slices.Contains(as, from) || from == anonymous && len(as) > 0
}

// unclaimed fails if somebody else has registered the address: where nobody has to show who he is,
// who has not registered may use what nobody uses.
func (d *Dialect) unclaimed(ctx context.Context, c *dialect.Conn, from string, as []string) error {
	if from == anonymous {
		return answered(signaling.CodeForbidden, 403, "Anonymous is for who has registered: send REGISTER first")
	}
	entries, err := c.Directory.Find(ctx, named(from), c.Time, false)
	switch {
	case err != nil:
		return err
	case slices.ContainsFunc(entries, func(e directory.Entry) bool { return e.Conn == c.ID }):
		return nil // by another process
	case len(as) > 0:
		return errForeignFrom
	case len(entries) > 0:
		return answered(signaling.CodeForbidden, 403, "From is registered by somebody else: send REGISTER first")
	}
	return nil
}

// show has a connection that is nobody show a password, and remembers whose.
func (d *Dialect) show(
	ctx context.Context, c *dialect.Conn, m *sip.Message, users digest.Users, conn signaling.Connection,
) ([]string, error) {
	from := m.From().AOR()
	if len(users) == 0 {
		why, err := d.tokenRefuses(ctx, c, from)
		if err != nil {
			return nil, err
		}
		return nil, answered(signaling.CodeForbidden, 403, why)
	}
	if m.Method == "ACK" || m.Method == "CANCEL" { // which nothing challenges (RFC 3261, 22.1)
		return nil, errForeignFrom
	}
	host := hostOf(from)
	if from == anonymous {
		host = hostOf(m.To().AOR())
	}
	shown, err := d.authenticate(ctx, c, m, proxy, users, d.realm(host))
	if err != nil {
		return nil, err
	}
	aor := shown.user + "@" + d.realm(host)
	if !covers([]string{aor}, from) {
		return nil, answered(signaling.CodeForbidden, 403, "Your password is that of another user than From names")
	}
	s, err := decodeState(conn.State)
	if err != nil {
		return nil, err
	}
	s.As = aor
	if err := c.Remember(ctx, conn.State, s.encode()); err != nil && !errors.Is(err, signaling.ErrChanged) {
		return nil, err
	}
	return []string{aor}, nil
}

// tokenRefuses returns why the token that a connection has brought, or has not, does not let it be
// that, "" if it does or none is needed.
func (d *Dialect) tokenRefuses(ctx context.Context, c *dialect.Conn, aor string) (why string, err error) {
	if !c.NeedRights {
		return "", nil
	}
	conn, err := c.Remembered(ctx)
	if err != nil {
		return "", err
	}
	rights, err := conn.RightsAt(c.Time)
	if refusal, ok := errors.AsType[*signaling.Error](err); ok {
		s, err := decodeState(conn.State)
		if s.Refused != "" {
			return s.Refused, err
		}
		return refusal.Msg, err
	}
	if err != nil || rights.MayBe(userOf(aor)) {
		return "", err
	}
	return "Your token is for " + rights.Peer, nil
}

// keepName has this process know what was noted with the connection, or no longer is.
func keepName(c *dialect.Conn, name directory.Name, names []directory.Name, listed bool) {
	known := c.Amend(func(conn *signaling.Connection) {
		switch {
		case !listed:
			conn.Names = slices.DeleteFunc(slices.Clone(conn.Names), func(key string) bool { return key == name.Key() })
		default:
			conn.Names = keysOf(names)
		}
	})
	if !known && listed && !c.NeedRights { // whose rights have to be read
		c.Keep(signaling.Connection{ID: c.ID, Dialect: Name, Opened: c.Opened, Names: keysOf(names)})
	}
}

func keysOf(names []directory.Name) []string {
	keys := make([]string, len(names))
	for i, n := range names {
		keys[i] = n.Key()
	}
	return keys
}
