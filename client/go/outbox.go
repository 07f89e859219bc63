package parley

import (
	"cmp"
	"encoding/json"
	"maps"
	"math"
	"slices"
	"time"
)

const (
	window      = 8 // so many on their way at once
	maxQueue    = 256
	maxRefusals = 5 // of a seat that the server does not know: it is just moving, or is taken anew
	askAgain    = 10 * time.Second

	askEveryLetters = 64
	askEveryBytes   = 128 << 10
	maxKeptLetters  = 256
	maxKeptBytes    = 512 << 10
)

var outboxRetry = backoff{300 * time.Millisecond, 5 * time.Second}

// sending is a letter that is sent, and sent again with the same number, until its receiver is
// known to have it.
type sending struct {
	n        int64
	data     json.RawMessage
	at       int64 // the revision of the room when it was first sent, -1 before: a page that came later was not meant
	byName   bool  // an address was refused
	refusals int
	passed   bool        // went past the server, or could not
	arrived  bool        // and was confirmed
	heard    func(bool)  // while it may be: whether it has arrived, or may not have
	settle   func(error) // nil once it was told
}

func (s *sending) tell(err error) {
	if s.settle != nil {
		s.settle(err)
		s.settle = nil
	}
}

func (s *sending) hear(arrived bool) {
	if heard := s.heard; heard != nil {
		s.heard, s.arrived = nil, arrived
		heard(arrived)
	}
}

type outboxOptions struct {
	loop     *loop
	start    int64 // the number below the first
	rev      func() int64
	transmit func(*sending, func(error)) // tells later whether the server has taken it
	ready    func(*sending) bool         // whether there is a seat to send from, or another way
	// ask asks the receiver what it has; silent when it has not answered for long, once. It is nil
	// where nothing is kept.
	ask     func(silent bool)
	answers func() bool // whether the receiver is known to answer: then what it may lack is not let go
}

// outbox has the numbered letters to one receiver: sent in order, again until the server has
// answered, and kept until the receiver has them.
type outbox struct {
	opt      outboxOptions
	queue    []*sending
	flying   map[*sending]bool
	kept     []*sending
	keptSize int
	unasked  struct{ letters, bytes int }
	sent     int64 // the last number given out
	attempt  int
	pause    *timer
	stalled  *timer
	stalls   int
}

func newOutbox(opt outboxOptions) *outbox {
	return &outbox{opt: opt, flying: map[*sending]bool{}, sent: opt.start}
}

// first is the lowest number that can still be sent, again or at last; one above the last when
// there is none.
func (o *outbox) first() int64 {
	first := o.sent + 1
	for _, s := range slices.Concat(o.queue, o.kept) {
		first = min(first, s.n)
	}
	for s := range o.flying {
		first = min(first, s.n)
	}
	return first
}

// unsure says whether the receiver may lack something that the server has taken.
func (o *outbox) unsure() bool { return len(o.kept) > 0 }

// idle says whether there is nothing to send, or to send again.
func (o *outbox) idle() bool { return len(o.queue) == 0 && len(o.flying) == 0 && len(o.kept) == 0 }

// send has settle told when the server has taken all parts, or that it never will.
func (o *outbox) send(settle func(error), parts ...json.RawMessage) {
	if len(o.queue)+len(parts) > maxQueue {
		settle(later(ErrQueueFull, "256 messages wait to be sent"))
		return
	}
	left, failed := len(parts), false
	one := func(err error) {
		left--
		if failed || err == nil && left > 0 {
			return
		}
		failed = err != nil
		settle(err)
	}
	for _, data := range parts {
		o.sent++
		o.queue = append(o.queue, &sending{n: o.sent, data: data, at: -1, settle: one})
	}
	o.pump()
}

// pump sends what may be sent now.
func (o *outbox) pump() {
	for len(o.queue) > 0 && len(o.flying) < window && o.pause == nil && o.opt.ready(o.queue[0]) {
		full := len(o.kept)+len(o.flying) >= maxKeptLetters || o.keptSize >= maxKeptBytes
		// What has to be sent again is not among the kept, and goes ahead of what is new.
		if full && o.opt.answers() && o.queue[0].settle != nil {
			o.stall()
			return
		}
		next := o.queue[0]
		o.queue = o.queue[1:]
		o.transmit(next)
	}
}

// resume goes on at once: there is a connection again.
func (o *outbox) resume() {
	o.pause.stop()
	o.pause = nil
	o.attempt = 0
	o.pump()
}

// doubt says that what went past the server may be lost.
func (o *outbox) doubt() {
	for _, s := range o.inFlight() {
		s.hear(false)
	}
}

// confirm says that the receiver has everything up to got.
func (o *outbox) confirm(got int64) {
	for len(o.kept) > 0 && o.kept[0].n <= got {
		o.keptSize -= len(o.kept[0].data)
		o.kept = o.kept[1:]
	}
	for _, s := range o.inFlight() {
		if s.n <= got {
			s.hear(true)
		}
	}
}

func (o *outbox) inFlight() []*sending {
	return slices.SortedFunc(maps.Keys(o.flying), func(a, b *sending) int { return cmp.Compare(a.n, b.n) })
}

// acknowledge says that the receiver, whose page took its seat at revision seat, has everything up
// to got. What was taken by the server and is missing there is sent again: all of it, or what is
// below before.
func (o *outbox) acknowledge(seat, got, before int64) {
	for _, s := range o.inFlight() {
		s.hear(s.n <= got || s.at < seat)
	}
	kept := o.kept
	o.stalled.stop()
	o.stalled = nil
	o.stalls = 0
	o.kept = nil
	o.keptSize = 0
	o.unasked.letters, o.unasked.bytes = 0, 0
	for _, s := range kept {
		switch {
		case s.n <= got || s.at < seat:
		case s.n < before:
			o.enqueue(s)
		default:
			o.keep(s)
		}
	}
	o.pump()
}

// close is for when the receiver has left, or we have.
func (o *outbox) close(err error) {
	o.pause.stop()
	o.stalled.stop()
	for _, s := range o.queue {
		s.tell(err)
	}
	flying := o.inFlight()
	o.queue, o.kept = nil, nil
	clear(o.flying)
	for _, s := range flying {
		s.tell(err)
		s.hear(true) // nobody waits for it
	}
}

func (o *outbox) transmit(s *sending) {
	o.flying[s] = true
	if s.at < 0 {
		s.at = o.opt.rev()
	}
	o.opt.transmit(s, func(err error) {
		if !o.flying[s] {
			return
		}
		delete(o.flying, s)
		o.answered(s, err)
		o.askIfDue()
		o.pump()
	})
}

func (o *outbox) answered(s *sending, err error) {
	if err == nil {
		s.tell(nil)
		o.attempt = 0
		if o.opt.ask != nil && !s.arrived {
			o.keep(s)
		}
		return
	}
	unseated := false
	if reasonOf(err) == ErrNotInRoom {
		s.refusals++
		unseated = s.refusals < maxRefusals
	}
	if canRetry(err) || unseated {
		o.again(s, reasonOf(err) == ErrSocketClosed)
	} else {
		s.tell(err)
	}
}

func (o *outbox) again(s *sending, lost bool) {
	o.enqueue(s)
	s.byName = false
	if o.pause != nil || lost && !o.opt.ready(s) { // resume goes on
		return
	}
	o.pause = o.opt.loop.after(outboxRetry.wait(o.attempt), func() {
		o.pause = nil
		o.pump()
	})
	o.attempt++
}

func (o *outbox) enqueue(s *sending) {
	at := slices.IndexFunc(o.queue, func(other *sending) bool { return other.n > s.n })
	if at < 0 {
		at = len(o.queue)
	}
	o.queue = slices.Insert(o.queue, at, s)
}

func (o *outbox) keep(s *sending) {
	at := len(o.kept)
	for at > 0 && o.kept[at-1].n >= s.n {
		at--
	}
	o.kept = slices.Insert(o.kept, at, s)
	o.keptSize += len(s.data)
	o.unasked.letters++
	o.unasked.bytes += len(s.data)
	for (len(o.kept) > maxKeptLetters || o.keptSize > maxKeptBytes) && !o.opt.answers() {
		o.keptSize -= len(o.kept[0].data)
		o.kept = o.kept[1:]
	}
}

func (o *outbox) stall() {
	if o.stalled != nil {
		return
	}
	o.stalled = o.opt.loop.after(askAgain, func() {
		o.stalled = nil
		o.opt.ask(o.stalls == 0)
		o.stalls++
		o.pump()
	})
}

func (o *outbox) askIfDue() {
	if o.unasked.letters < askEveryLetters && o.unasked.bytes < askEveryBytes {
		return
	}
	o.unasked.letters, o.unasked.bytes = 0, 0
	if o.opt.ask != nil {
		o.opt.ask(false)
	}
}

// everything is a before that leaves nothing out.
const everything = math.MaxInt64
