package sip

import (
	"context"
	"errors"
	"time"

	"github.com/parley-rtc/parley/internal/dialect"
	"github.com/parley-rtc/parley/internal/directory"
	"github.com/parley-rtc/parley/internal/signaling"
	"github.com/parley-rtc/parley/internal/sip"
)

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

// targets returns the contacts that the request is for (16.5): within a dialog the one of the other
// party that the Request-URI is, and else all of the address of record that it is. A foreign
// registration of the same contact is another party's, and gets nothing.
func (e *errand) targets(ctx context.Context, again bool) ([]contact, error) {
	aor := e.aorOf(e.m.To().URI)
	switch r := e.record; {
	case r.leadsToCaller(e.m) && !again: // who is gone may have come back, as To says
		return []contact{{binding: binding{URI: e.m.URI}, entry: directory.Entry{Conn: r.Caller}}}, nil
	case r != nil && !r.leadsToCaller(e.m):
		aor = r.Callee
	}
	called := e.aorOf(e.m.URI)
	if aor != "" && (e.m.InDialog() || called == "") {
		list, err := e.registered(ctx, e.c, aor, again)
		if err != nil {
			return nil, err
		}
		if one := exactly(e.m.URI, list); len(one) > 0 {
			return one, nil
		}
		if aor == called { // the ACK of a failure
			return list, nil
		}
	}
	if called == "" {
		return nil, nil
	}
	return e.registered(ctx, e.c, called, again)
}

// exactly returns the contact that is the URI, the last one of several.
func exactly(uri string, list []contact) []contact {
	u, err := sip.ParseURI(uri)
	for i := len(list) - 1; i >= 0 && err == nil; i-- {
		if v, err := sip.ParseURI(list[i].URI); err == nil && u.Equal(v) {
			return list[i : i+1]
		}
	}
	return nil
}
