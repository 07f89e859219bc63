package sip

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/parley-rtc/parley/internal/dialect"
	"github.com/parley-rtc/parley/internal/directory"
	"github.com/parley-rtc/parley/internal/signaling"
	"github.com/parley-rtc/parley/internal/sip"
	"github.com/parley-rtc/parley/internal/sip/digest"
)

const maxForwards = 70 // where a request does not say it

// request carries a request on, or answers it (RFC 3261, 16).
func (d *Dialect) request(ctx context.Context, c *dialect.Conn, m *sip.Message) error {
	if m.Method == "ACK" && m.To().Params.Get("tag") == tagOf(m) { // of an answer of ours
		return nil
	}
	m, err := unstrict(m)
	if err != nil {
		return err
	}
	if err := d.check(m); err != nil {
		return err
	}
	r, err := d.recordOf(m, c.Time)
	if err != nil {
		return err
	}
	if _, err := d.identify(ctx, c, r.byWhom(m)); err != nil {
		return err
	}
	if d.isForUs(m) {
		return d.serve(ctx, c, m)
	}
	c.Room = signaling.RoomID(m.To().AOR())
	return d.forward(ctx, c, m, r)
}

// check validates a request (16.3). Whose it is, is asked last, as that may cost a reading.
func (d *Dialect) check(m *sip.Message) error {
	if _, err := requestURI(m); err != nil {
		return err
	}
	left, err := forwards(m)
	switch {
	case err != nil:
		return err
	case left == 0 && (m.Method != "OPTIONS" || !d.isForUs(m)):
		return answered(signaling.CodeBadRequest, 483, "Too Many Hops")
	case loops(m):
		return answered(signaling.CodeBadRequest, 482, "Loop Detected")
	}
	return requires(m, "Proxy-Require")
}

// requestURI is what the Request-URI says. It fails with an *answer.
func requestURI(m *sip.Message) (sip.URI, error) {
	u, err := sip.ParseURI(m.URI)
	switch scheme, _, _ := strings.Cut(m.URI, ":"); {
	case err == nil:
		return u, nil
	case strings.EqualFold(scheme, "sip"), strings.EqualFold(scheme, "sips"):
		return u, answered(signaling.CodeBadRequest, 400, "The Request-URI is no SIP URI")
	}
	return u, answered(signaling.CodeBadRequest, 416, "Unsupported URI Scheme: want sip or sips")
}

// forwards is how often a request may still be forwarded.
func forwards(m *sip.Message) (int, error) {
	switch values := m.Header.Values("Max-Forwards"); len(values) {
	case 0:
		return maxForwards, nil
	case 1:
		if n, err := strconv.ParseUint(values[0], 10, 8); err == nil {
			return int(n), nil
		}
	}
	return 0, answered(signaling.CodeBadRequest, 400, "Max-Forwards is no number up to 255")
}

// requires refuses a request that asks for other extensions than those. The two methods that belong
// to another request go by that one's (8.2.2.3).
func requires(m *sip.Message, field string, known ...string) error {
	extensions := slices.DeleteFunc(m.Header.Tokens(field), func(extension string) bool {
		return slices.Contains(known, strings.ToLower(extension))
	})
	if len(extensions) == 0 || m.Method == "ACK" || m.Method == "CANCEL" {
		return nil
	}
	return answered(signaling.CodeBadRequest, 420, "Bad Extension",
		sip.Field{Name: "Unsupported", Value: strings.Join(extensions, ", ")})
}

// isForUs reports whether a request is for the service itself, and for nobody at it.
func (d *Dialect) isForUs(m *sip.Message) bool {
	u, err := sip.ParseURI(m.URI)
	return err == nil && u.User == "" && d.isOurs(u.Host)
}

const allowed = "OPTIONS, REGISTER"

// serve answers a request that is for the service itself (8.2).
func (d *Dialect) serve(ctx context.Context, c *dialect.Conn, m *sip.Message) error {
	if err := requires(m, "Require"); err != nil {
		return err
	}
	allow := sip.Field{Name: "Allow", Value: allowed}
	switch {
	case m.Method == "ACK":
		return nil
	case m.Method == "CANCEL":
		return answered(signaling.CodeNoSuchPeer, 481, "Call/Transaction Does Not Exist")
	case m.Method == "OPTIONS":
		return d.reply(ctx, c, m, &answer{status: 200, reason: "OK", header: sip.Header{
			allow, {Name: "Accept", Value: "*/*"}, {Name: "Supported", Value: "path"},
		}})
	case slices.Contains(methods, m.Method):
		return answered(signaling.CodeBadRequest, 405, "Method Not Allowed: it is for users, and not for the server", allow)
	}
	return answered(signaling.CodeBadRequest, 501, "Not Implemented", allow)
}

// pauses are those before further looks for a phone whose socket has gone, or that has just come: two
// seconds in all. A page that is loaded anew, or whose connection was lost, is back within that.
var pauses = []time.Duration{
	100 * time.Millisecond, 200 * time.Millisecond, 400 * time.Millisecond, 600 * time.Millisecond, 700 * time.Millisecond,
}

// waitSender is how many requests of one sender wait for somebody in a minute: those beyond do not.
const waitSender = 8

// forward takes a request to whom it is for, as soon as that is there.
func (d *Dialect) forward(ctx context.Context, c *dialect.Conn, m *sip.Message, r *record) error {
	e := &errand{Dialect: d, c: c, m: m, record: r}
	done, err := e.try(ctx, false)
	if done || err != nil {
		return err
	}
	known, err := e.known(ctx)
	if err != nil {
		return err
	}
	if (e.gone || known != never) && d.waits.May(c) {
		d.waits.Count(c)
		done, err = dialect.KeepTrying(ctx, pauses, func() (bool, error) { return e.try(ctx, true) })
	}
	switch {
	case done || err != nil:
		return err
	case m.Method == "CANCEL":
		return answered(signaling.CodeNoSuchPeer, 481, "Call/Transaction Does Not Exist")
	case e.gone || known == always:
		return answered(signaling.CodeNoSuchPeer, 480, "Temporarily Unavailable: not registered at the moment")
	}
	return answered(signaling.CodeNoSuchPeer, 404, "Not Found: nobody is registered under that address")
}

// errand is a request that looks for its targets.
type errand struct {
	*Dialect
	c      *dialect.Conn
	m      *sip.Message
	record *record // that its Route brought, nil if none
	gone   bool    // somebody was there, and the socket is gone
	held   bool    // it has waited for what has to go before
}

// try sends the request to whoever is there. It reports false if that is nobody.
func (e *errand) try(ctx context.Context, again bool) (done bool, err error) {
	to, err := e.targets(ctx, again)
	if err != nil {
		return false, err
	}
	aor := e.aorOf(e.m.URI)
	if e.m.Method == "CANCEL" && !e.m.InDialog() && !again {
		if done, err := e.cancelForked(ctx, e.c, e.m, aor, to); done || err != nil {
			return done, err
		}
	}
	switch {
	case len(to) == 0:
		return false, nil
	case len(to) == 1:
		if err = e.inOrder(ctx); err == nil {
			err = e.carry(ctx, e.c, e.m, to[0], leg{})
		}
	case e.m.Method == "ACK": // of a failure, which each branch has had from us
		return true, nil
	default:
		err = e.fork(ctx, e.c, e.m, aor, to)
	}
	if errors.Is(err, signaling.ErrGone) {
		e.gone = true
		if err != signaling.ErrGone { //nolint:errorlint // whether there is anything more in it
			e.c.Note(err)
		}
		return false, nil
	}
	if err == nil {
		e.order.went(e.c.ID, e.m)
		e.c.Relays += len(to)
	}
	return err == nil, err
}

// inOrder waits for what has to go before, once.
func (e *errand) inOrder(ctx context.Context) error {
	if e.held {
		return nil
	}
	e.held = true
	return e.order.before(ctx, e.c, e.m)
}

// Whether somebody who is not registered is worth waiting for.
const (
	never   = iota // nobody has the address
	perhaps        // whoever comes may have it
	always         // somebody has it, or is in the dialog
)

// known tells it of whom the request is for.
func (e *errand) known(ctx context.Context) (int, error) {
	if e.m.InDialog() {
		return always, nil
	}
	aor := e.aorOf(e.m.URI)
	if aor == "" {
		return never, nil
	}
	users, err := e.users(ctx)
	if _, has := users[userOf(aor)]; has {
		return always, err
	}
	if len(users) > 0 && !e.c.NeedRights {
		return never, err
	}
	return perhaps, err
}

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
	from, _ := sip.ParseURI(m.From().URI)
	to, _ := sip.ParseURI(m.To().URI)
	return err != nil || strings.EqualFold(shown.Realm, d.realm(from.Host)) || strings.EqualFold(shown.Realm, d.realm(to.Host))
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

// outgoing is a request as a contact is to have it, but for our Via (16.6).
func (d *Dialect) outgoing(ctx context.Context, c *dialect.Conn, m *sip.Message, to contact) (*sip.Message, error) {
	left, err := forwards(m)
	if err != nil {
		return nil, err
	}
	out := m.Clone()
	out.URI = to.URI
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
