package sip

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/parley-rtc/parley/internal/dialect"
	"github.com/parley-rtc/parley/internal/directory"
	"github.com/parley-rtc/parley/internal/signaling"
	"github.com/parley-rtc/parley/internal/sip"
)

// maxAORs is how many addresses of record one connection may register.
const maxAORs = 10

// The refusals of a change.
var (
	errLate = answered(signaling.CodeBadRequest, 500,
		"CSeq is not above that of the last REGISTER of this Call-ID: send it again with a higher one")
	errTooMany = answered(signaling.CodeForbidden, 403,
		fmt.Sprintf("More than %d contacts under this address: remove one first", maxContacts))
	errTooLong = answered(signaling.CodeTooLarge, 500,
		"The contacts of this connection are too long together: register fewer, or with shorter parameters")
	errTooManyAORs = answered(signaling.CodeForbidden, 403,
		fmt.Sprintf("This connection has registered %d addresses, more are not allowed", maxAORs))
)

// register carries out a REGISTER (RFC 3261, 10.3): one write under the address of record, which
// decides by what is there at that moment whether the credentials are used up and the request is
// the latest, and one of the note with the connection.
func (d *Dialect) register(ctx context.Context, c *dialect.Conn, m *sip.Message) error {
	aor, err := d.target(m)
	if err != nil {
		return err
	}
	c.Room = signaling.RoomID(aor)
	shown, err := d.mayRegister(ctx, c, m, aor)
	if err != nil {
		return err
	}
	cseq, _ := m.CSeq()
	ch := &change{conn: c.ID, now: c.Time, callID: mark(m.Header.Get("Call-ID")), cseq: cseq, shown: shown}
	if err := ch.read(m); err != nil {
		return err
	}
	var bound []contact
	if ch.all || len(ch.contacts) > 0 {
		bound, err = d.rebind(ctx, c, aor, ch)
	} else {
		bound, err = d.query(ctx, c, aor, ch)
	}
	switch {
	case errors.Is(err, signaling.ErrGone):
		return nil // and nobody to tell
	case errors.Is(err, errReplayed):
		users, err := d.users(ctx)
		if err != nil {
			return err
		}
		return d.challenge(c, registrar, users, d.realm(hostOf(aor)), true)
	case err != nil:
		return err
	}
	c.Note(d.reply(ctx, c, m, &answer{status: 200, reason: "OK", header: bindings(bound, m, c)}))
	return nil
}

// target returns the address of record that a REGISTER is about, if it is one of ours (10.3, 1, 2
// and 5).
func (d *Dialect) target(m *sip.Message) (aor string, err error) {
	domain, err := requestURI(m)
	switch {
	case err != nil:
		return "", err
	case domain.User != "":
		return "", answered(signaling.CodeBadRequest, 400, "The Request-URI of a REGISTER has no user: want the domain")
	case !d.isOurs(domain.Host):
		return "", answered(signaling.CodeForbidden, 404,
			"The Request-URI is no domain of this service: want that of SIP_DOMAIN, or where that is not set none in .invalid")
	}
	for _, field := range []string{"Require", "Proxy-Require"} {
		if err := requires(m, field, "path"); err != nil {
			return "", err
		}
	}
	to, err := sip.ParseURI(m.To().URI)
	aor = to.AOR()
	switch {
	case err != nil, aor == "", to.Host != domain.Host:
		return "", answered(signaling.CodeForbidden, 404, "To is no address of the domain in the Request-URI")
	case len(aor) > maxText:
		return "", answered(signaling.CodeBadRequest, 400, fmt.Sprintf("The address in To is longer than %d bytes", maxText))
	case m.From().AOR() != aor:
		return "", answered(signaling.CodeForbidden, 403, "From is not To: nobody registers for others here")
	}
	return aor, nil
}

func userOf(aor string) string { return aor[:strings.LastIndexByte(aor, '@')] }
func hostOf(aor string) string { return aor[strings.LastIndexByte(aor, '@')+1:] }

// mayRegister fails with an *answer unless the client may register the address: by its token, else
// by a password, else if anybody may (10.3, 3 and 4).
func (d *Dialect) mayRegister(ctx context.Context, c *dialect.Conn, m *sip.Message, aor string) (proof, error) {
	refused, err := d.tokenRefuses(ctx, c, aor)
	switch {
	case err != nil:
		return proof{}, err
	case c.NeedRights && refused == "":
		return proof{}, c.MayList(ctx)
	}
	users, err := d.users(ctx)
	switch {
	case err != nil:
		return proof{}, err
	case len(users) > 0:
		shown, err := d.authenticate(ctx, c, m, registrar, users, d.realm(hostOf(aor)))
		if err == nil && shown.user != userOf(aor) {
			return proof{}, answered(signaling.CodeForbidden, 403, "Your password is that of another user than To names")
		}
		if a, ours := errors.AsType[*answer](err); ours && a.code == "" && refused != "" {
			a.reason = refused // why a page whose user has no password cannot register
		}
		return shown, err
	case refused != "":
		return proof{}, answered(signaling.CodeForbidden, 403, refused)
	}
	return proof{}, c.MayList(ctx)
}

// rebind changes the bindings of an address of record and returns those that are there then.
func (d *Dialect) rebind(ctx context.Context, c *dialect.Conn, aor string, ch *change) ([]contact, error) {
	name := named(aor)
	listed, err := c.Directory.List(ctx, name, directory.Entry{Conn: c.ID, Dialect: Name}, directory.Terms{
		Rule: directory.Many, Limit: maxContacts, Names: maxAORs, Amend: ch.amend,
	}, c.Time)
	c.Note(listed.Aside)
	switch {
	case errors.Is(err, errNothing):
		return contactsOf(name, ch.listed, c.Time), nil
	case errors.Is(err, directory.ErrFull):
		return nil, errTooMany
	case errors.Is(err, directory.ErrTooManyNames):
		return nil, errTooManyAORs
	case err != nil:
		return nil, err
	}
	c.Joined = slices.ContainsFunc(listed.After, func(e directory.Entry) bool { return e.Conn == c.ID })
	keepName(c, name, listed.Names, c.Joined)
	return contactsOf(name, listed.After, c.Time), nil
}

// query returns the bindings of an address of record.
func (d *Dialect) query(ctx context.Context, c *dialect.Conn, aor string, ch *change) ([]contact, error) {
	entries, err := c.Directory.Find(ctx, named(aor), c.Time, false)
	if own, _, _ := ch.split(entries); err == nil && ch.shown.replayed(own) {
		err = errReplayed
	}
	if err != nil {
		return nil, err
	}
	return contactsOf(named(aor), entries, c.Time), nil
}

// bindings are the header fields that tell of all that are there now (10.3, 8). Path is said again,
// as it was taken (RFC 3327, 5.3).
func bindings(bound []contact, m *sip.Message, c *dialect.Conn) (header sip.Header) {
	for _, b := range bound {
		header.Add("Contact", "<"+b.URI+">"+b.Params+";expires="+strconv.FormatInt(b.Until-c.Time.Unix(), 10))
	}
	for _, path := range m.Header.Values("Path") {
		header.Add("Path", path)
	}
	header.Add("Supported", "path")
	header.Add("Date", c.Time.UTC().Format(http.TimeFormat))
	return header
}
