package sip

import (
	"context"
	"crypto/rand"
	"errors"
	"sync"
	"time"

	"github.com/parley-rtc/parley/internal/dialect"
	"github.com/parley-rtc/parley/internal/limit"
	"github.com/parley-rtc/parley/internal/rescue"
	"github.com/parley-rtc/parley/internal/signaling"
	"github.com/parley-rtc/parley/internal/sip"
)

// fork is a forked request at one event, of its caller or of one of its branches.
//
// Its item (Transactions) begins with the first branch that says something. Each fact is written
// before it is acted on, and what the write returns says what else has happened: of a phone that
// rings and one that answers side by side, one finds the other in the item, so that no phone is
// left ringing; and of the last phones to fail, one finds that all have.
//
// No request is forked more than once (RFC 5393): a branch goes to a Contact, on a connection, and
// never to an address of record again. So the breadth is that of one address, MaxBranches, and
// needs no Max-Breadth to bound it.
type fork struct {
	*Dialect
	conn   *dialect.Conn
	m      *sip.Message // the request, or a response without our Via
	caller signaling.ConnID
	aor    string        // that it was for
	loop   string        // of its branches
	leg                  // at which this happens, with no URI if it is of the caller
	age    time.Duration // of the request, at a response
}

// forkedBy is of a request of the connection's.
func (d *Dialect) forkedBy(c *dialect.Conn, m *sip.Message, aor string) *fork {
	f := &fork{Dialect: d, conn: c, m: m, caller: c.ID, aor: aor, loop: loopOf(m)}
	f.Key = branchTo(m, c.ID, aor, "", "")
	return f
}

// fork sends a request to several contacts at once. Those that cannot be reached have ended. It
// fails, and the caller then has heard nothing, with signaling.ErrGone if the sockets of all are
// gone, and with an *signaling.Error if the request cannot go to any.
func (d *Dialect) fork(ctx context.Context, c *dialect.Conn, m *sip.Message, aor string, to []contact) error {
	to = to[:min(len(to), MaxBranches)]
	f := d.forkedBy(c, m, aor)
	f.Of = len(to)
	errs := rescue.AtOnce(len(to), MaxBranches, func(i int) error {
		return d.carry(ctx, c, m, to[i], leg{Key: f.Key, Branch: i, Of: len(to), URI: to[i].URI})
	})
	lost := map[int]int{}
	var failed error
	for i, err := range errs {
		switch {
		case err == nil:
			continue
		case errors.Is(err, signaling.ErrGone):
			lost[i] = 480
		default: // it may have arrived all the same
			lost[i], failed = 503, err
		}
		if err != signaling.ErrGone { //nolint:errorlint // whether there is anything more in it
			c.Note(err)
		}
	}
	if len(lost) == len(to) {
		if failed == nil {
			return signaling.ErrGone
		}
		if refused, is := errors.AsType[*signaling.Error](failed); is {
			return refused
		}
	}
	for i, status := range lost {
		_, err := f.ended(ctx, i, ours(status))
		c.Note(err)
	}
	return nil
}

// ours is the end of a branch whose phone has said nothing. Its tag is like no other's, so that of
// two events that find the same, one knows that it was the first.
func ours(status int) Final { return Final{Status: status, Kept: rand.Text() + "\n" + phrase(status)} }

// forked handles a response of a branch; our Via, which says h, is off it.
func (d *Dialect) forked(ctx context.Context, c *dialect.Conn, h hop, m *sip.Message) error {
	f := &fork{
		Dialect: d, conn: c, m: m, caller: h.Sender, aor: h.AOR, loop: loopIn(h.branch), leg: *h.Fork,
		age: c.Time.Sub(h.sent),
	}
	switch _, method := m.CSeq(); {
	case m.Status == 100:
		return nil
	case m.Status >= 300:
		return f.failed(ctx, h.branch)
	case method == "INVITE" && m.Status < 200:
		return f.rang(ctx)
	case method == "INVITE":
		return f.answered(ctx)
	case m.Status < 200:
		return f.tell(ctx, m)
	}
	return f.succeeded(ctx)
}

// rang handles a provisional response to an INVITE. By then the call may be over for this phone.
func (f *fork) rang(ctx context.Context) error {
	if f.forks.has(f.leg, hasRung) {
		return f.tell(ctx, f.m)
	}
	rang := Rang{Conn: f.conn.ID, URI: f.URI}
	t, err := f.note(ctx, Note{Branch: f.Branch, Rang: &rang})
	switch {
	case err != nil:
		return errors.Join(err, f.tell(ctx, f.m))
	case t.Winner == f.Branch: // its 2xx has overtaken this
		return nil
	case t.over(f.Branch):
		return f.cancel(ctx, t, map[int]Rang{f.Branch: rang}, t.reason()...)
	}
	f.forks.add(f.leg, hasRung)
	return f.tell(ctx, f.m)
}

// answered handles a 2xx to an INVITE, which is the caller's in any case (RFC 3261, 16.7, step 5):
// the first ends the call for the other phones.
func (f *fork) answered(ctx context.Context) error {
	told := f.tell(ctx, f.m)
	if f.forks.has(f.leg, hasEnded) {
		return told
	}
	t, err := f.note(ctx, Note{Branch: f.Branch, Answered: true})
	if err == nil {
		f.forks.add(f.leg, hasEnded)
		if t.Winner == f.Branch {
			err = f.cancel(ctx, t, t.ringing(), elsewhere)
		}
	}
	return errors.Join(told, err)
}

// succeeded handles a 2xx to any other request, of which the first is the caller's unless it comes
// after the best of the failures.
func (f *fork) succeeded(ctx context.Context) error {
	if f.forks.has(f.leg, hasEnded) {
		return nil
	}
	t, err := f.note(ctx, Note{Branch: f.Branch, Answered: true})
	f.forks.add(f.leg, hasEnded)
	if err == nil && (t.Winner != f.Branch || t.failed()) {
		return nil
	}
	return errors.Join(err, f.tell(ctx, f.m))
}

// failed handles another final response.
func (f *fork) failed(ctx context.Context, branch string) error {
	var acked error
	if _, method := f.m.CSeq(); method == "INVITE" {
		acked = f.acknowledge(ctx, branch)
	}
	if f.forks.has(f.leg, hasEnded) {
		return acked
	}
	if f.m.Status == 487 { // most are of phones that have lost, and change nothing
		t, err := f.Transactions.Transaction(ctx, f.Key, f.conn.Time)
		switch {
		case err == nil && t.Winner >= 0:
			return acked
		case err == nil && !t.Cancelled && !t.declined(): // by the caller, when no other phone was listed
			acked = errors.Join(acked, f.giveUp(ctx))
		}
	}
	t, err := f.ended(ctx, f.Branch, keep(f.m))
	if err == nil {
		f.forks.add(f.leg, hasEnded)
		if f.m.Status >= 600 && t.Winner < 0 {
			err = f.cancel(ctx, t, t.ringing(), declined)
		}
		if f.age >= timerB && t.Winner < 0 && len(t.ringing()) == 0 {
			err = errors.Join(err, f.endSilent(ctx, t))
		}
	}
	return errors.Join(acked, err)
}

// giveUp has phones stop that ring, but the one of this branch, if it is one's.
func (f *fork) giveUp(ctx context.Context) error {
	t, err := f.note(ctx, Note{Cancelled: true})
	if err != nil || t.Winner >= 0 {
		return err
	}
	ringing := t.ringing()
	if f.URI != "" {
		delete(ringing, f.Branch)
	}
	return f.cancel(ctx, t, ringing)
}

// timerB is how long a phone may say nothing at all. RFC 3261, 17.1.1.2, has 32 s, in which an
// INVITE is sent again that was lost; here none is, and a page that runs rings within a second.
const timerB = 4 * time.Second

// endSilent ends the branches that have said nothing, when no other is left: of a page that sleeps
// or a socket that is dead, nobody will tell. Should the phone ring yet, it is told to stop.
func (f *fork) endSilent(ctx context.Context, t Transaction) error {
	var failed error
	for i := range t.Of {
		if _, ended := t.Final[i]; ended {
			continue
		}
		now, err := f.ended(ctx, i, ours(408))
		if rang, late := now.Rang[i]; late {
			err = errors.Join(err, f.cancel(ctx, now, map[int]Rang{i: rang}, now.reason()...))
		}
		failed = errors.Join(failed, err)
	}
	return failed
}

// ended notes that a branch has ended, and tells the caller what came of its request if it was the
// last one. An end that another event has noted before is not told again.
func (f *fork) ended(ctx context.Context, branch int, end Final) (Transaction, error) {
	t, err := f.note(ctx, Note{Branch: branch, Final: &end})
	if err != nil || t.Winner >= 0 || !t.failed() || t.Final[branch] != end {
		return t, err
	}
	return t, f.tell(ctx, bestResponse(f.m, t))
}

// failed reports whether all branches have ended.
func (t Transaction) failed() bool { return t.Of > 0 && len(t.Final) >= t.Of }

// note writes what has happened. The item outlives the Vias of its branches.
func (f *fork) note(ctx context.Context, n Note) (Transaction, error) {
	n.Of = f.Of
	return f.Transactions.NoteBranch(ctx, f.Key, n, f.conn.Time.Add(viaLife), f.conn.Time)
}

// tell sends the caller a response.
func (f *fork) tell(ctx context.Context, m *sip.Message) error {
	return f.back(ctx, f.conn, f.caller, m)
}

const forkMemory = 1024 // forked requests that a process remembers

// What a branch has said.
const (
	hasRung = iota
	hasEnded
)

// forks remembers what this process has noted of branches: a phone that says it again costs
// nothing.
type forks struct {
	mu    sync.Mutex
	known *limit.Recent[string, [2]uint16]
}

func (f *forks) has(l leg, what int) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.known != nil && f.known.At(l.Key)[what]&(1<<l.Branch) != 0
}

func (f *forks) add(l leg, what int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.known == nil {
		f.known = limit.NewRecent[string, [2]uint16](forkMemory)
	}
	f.known.At(l.Key)[what] |= 1 << l.Branch
}
