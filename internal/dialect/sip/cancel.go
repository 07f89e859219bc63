package sip

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strconv"

	"github.com/parley-rtc/parley/internal/dialect"
	"github.com/parley-rtc/parley/internal/rescue"
	"github.com/parley-rtc/parley/internal/signaling"
	"github.com/parley-rtc/parley/internal/sip"
)

// Why branches are cancelled (RFC 3326): a phone that is told so shows no missed call.
const (
	elsewhere = `SIP;cause=200;text="Call completed elsewhere"`
	declined  = `SIP;cause=603;text="Declined elsewhere"`
)

// cancelForked carries out a CANCEL of a request to an address of record whose contacts are these,
// if that request was forked: it reports false if there was one phone, which is to have the CANCEL
// itself.
//
// Contacts come and go while phones ring, so how many there are does not tell. Where there is one now,
// it has the CANCEL without a look at anything: if others ring that are not listed any more, its 487
// has them cancelled (failed). Else the item tells: what a caller has heard of a forked request is in
// it, and before it has heard anything it may not cancel (RFC 3261, 9.1). Nothing in it means that there
// was one phone then, whichever of them it was: the CANCEL goes to all, as from a proxy that knows of no
// request (16.10). A phone that does not know it either says so to us; one that begins to ring later is
// cancelled then. The same is done where the item cannot be had.
func (d *Dialect) cancelForked(
	ctx context.Context, c *dialect.Conn, m *sip.Message, aor string, to []contact,
) (done bool, err error) {
	if aor == "" || len(to) == 1 {
		return false, nil
	}
	f := d.forkedBy(c, m, aor)
	if len(to) == 0 {
		t, err := d.Transactions.Transaction(ctx, f.Key, c.Time)
		if c.Note(err); err != nil || t.unknown() {
			return false, nil
		}
	}
	t, err := f.note(ctx, Note{Cancelled: true})
	c.Note(err)
	ringing := t.ringing()
	if len(t.Rang)+len(t.Final) == 0 {
		for i, one := range to[:min(len(to), MaxBranches)] {
			ringing[i] = Rang{Conn: one.entry.Conn, URI: one.URI}
		}
	}
	answered := d.reply(ctx, c, m, &answer{status: 200, reason: "OK"})
	if err == nil && t.Winner >= 0 { // it comes too late
		return true, answered
	}
	return true, errors.Join(answered, f.cancel(ctx, t, ringing, m.Header.Values("Reason")...))
}

// misses reports whether a CANCEL has come to a phone that knows of no request.
func (h hop) misses(response *sip.Message) bool {
	_, method := response.CSeq()
	return method == "CANCEL" && response.Status == 481 && h.Fork == nil && h.AOR != ""
}

// cancelElsewhere carries out a CANCEL that the one phone that is listed has nothing for: those that had
// the INVITE are listed no more. If there are none, the caller is told what the phone says.
func (d *Dialect) cancelElsewhere(ctx context.Context, c *dialect.Conn, h hop, m *sip.Message) error {
	f := &fork{Dialect: d, conn: c, m: m, caller: h.Sender, aor: h.AOR, loop: loopIn(h.branch)}
	f.Key = branchTo(m, h.Sender, h.AOR, "", "")
	t, err := d.Transactions.Transaction(ctx, f.Key, c.Time)
	if err == nil && !t.unknown() {
		m.Status, m.Reason = 200, "OK"
		err = f.giveUp(ctx)
	}
	return errors.Join(err, f.tell(ctx, m))
}

// cancel sends a CANCEL to phones. One whose socket turns out to be gone has ended with that.
func (f *fork) cancel(ctx context.Context, t Transaction, ringing map[int]Rang, reasons ...string) error {
	branches := slices.Sorted(maps.Keys(ringing))
	errs := rescue.AtOnce(len(branches), MaxBranches, func(i int) error {
		to := ringing[branches[i]]
		r := cancelOf(f.m, to.URI, reasons...)
		f.pushVia(r, branchTo(f.m, f.caller, f.aor, to.URI, f.loop), hop{Target: to.Conn, AOR: f.aor}, f.conn.Time)
		return f.conn.Pusher.Push(ctx, to.Conn, r.Bytes())
	})
	for i, err := range errs {
		if !errors.Is(err, signaling.ErrGone) {
			continue
		}
		errs[i] = nil
		if _, rang := t.Rang[branches[i]]; rang && t.Winner < 0 {
			_, errs[i] = f.ended(ctx, branches[i], ours(480))
		}
	}
	return errors.Join(errs...)
}

// acknowledge sends the ACK for the final response of a branch.
func (f *fork) acknowledge(ctx context.Context, branch string) error {
	ack := ackOf(f.m, f.URI)
	f.pushVia(ack, branch, hop{Target: f.conn.ID, AOR: f.aor}, f.conn.Time)
	return f.conn.Push(ctx, ack.Bytes())
}

// unknown reports whether there is no item: nothing has happened yet.
func (t Transaction) unknown() bool {
	return len(t.Rang)+len(t.Final) == 0 && !t.Cancelled && t.Winner < 0
}

// ringing are the branches that wait for a person.
func (t Transaction) ringing() map[int]Rang {
	list := map[int]Rang{}
	for i, rang := range t.Rang {
		if _, ended := t.Final[i]; !ended && i != t.Winner {
			list[i] = rang
		}
	}
	return list
}

// over reports whether a branch rings for nothing: it has lost, or the call was given up.
func (t Transaction) over(branch int) bool {
	_, ended := t.Final[branch]
	return ended || t.Cancelled || t.Winner >= 0 || t.declined()
}

// declined reports whether a phone has answered for all of them (RFC 3261, 16.7, step 5).
func (t Transaction) declined() bool {
	for _, f := range t.Final {
		if f.Status >= 600 {
			return true
		}
	}
	return false
}

// reason is why a branch is over.
func (t Transaction) reason() []string {
	switch {
	case t.Winner >= 0:
		return []string{elsewhere}
	case t.declined():
		return []string{declined}
	}
	return nil
}

// cancelOf returns the CANCEL of a branch with that Request-URI (RFC 3261, 9.1), but for its Via.
// It is made with any message of its transaction.
func cancelOf(m *sip.Message, uri string, reasons ...string) *sip.Message {
	r := within("CANCEL", m, uri, untagged(m))
	for _, reason := range reasons {
		r.Header.Add("Reason", reason)
	}
	return r
}

// ackOf returns the ACK for the final response of a branch with that Request-URI (RFC 3261,
// 17.1.1.3), but for its Via.
func ackOf(final *sip.Message, uri string) *sip.Message {
	return within("ACK", final, uri, final.Header.Get("To"))
}

// within returns a request of ours in the transaction that m is of.
func within(method string, m *sip.Message, uri, to string) *sip.Message {
	number, _ := m.CSeq()
	return &sip.Message{Method: method, URI: requestTo(uri), Header: sip.Header{
		{Name: "Max-Forwards", Value: "70"},
		{Name: "From", Value: m.Header.Get("From")},
		{Name: "To", Value: to},
		{Name: "Call-ID", Value: m.Header.Get("Call-ID")},
		{Name: "CSeq", Value: strconv.FormatUint(uint64(number), 10) + " " + method},
	}}
}
