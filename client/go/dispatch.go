package parley

import (
	"encoding/json"

	"github.com/parley-rtc/parley/client/go/wire"
)

// signal has settle told when the server has taken it, in parts if it has to, or that it never
// will.
func (p *post) signal(to string, data json.RawMessage, settle func(error)) {
	parts := []json.RawMessage{data}
	if p.size(map[string]any{"action": "signal", "to": to, "data": data, "address": anyAddress}) > wire.MaxFrame {
		var err error
		if parts, err = cut(data); err != nil {
			settle(err)
			return
		}
	}
	p.outbox(to).send(settle, parts...)
}

func (p *post) broadcast(data json.RawMessage, settle func(error)) {
	// Before it has a number: what never goes out would be missed by the others.
	if p.size(map[string]any{"action": "broadcast", "data": data}) > wire.MaxFrame {
		settle(fail(ErrTooLarge, "a frame may have 32768 bytes"))
		return
	}
	p.outbox(everybody).send(settle, data)
}

// size is that of a frame, with the longest numbers that it may get.
func (p *post) size(frame map[string]any) int {
	frame["room"], frame["n"], frame["rev"], frame["id"] = p.opt.room, int64(maxNumber), int64(maxNumber), "zzzzzzzz"
	raw, err := wire.Encode(frame)
	if err != nil {
		return wire.MaxFrame + 1
	}
	return len(raw)
}

func (p *post) outbox(to string) *outbox {
	if o := p.outboxes[to]; o != nil {
		return o
	}
	opt := outboxOptions{
		loop: p.opt.loop, rev: p.opt.rev,
		ready: func(s *sending) bool { return p.opt.joined() || !s.passed && p.bypasses[to] != nil },
		// Above the numbers of the clients before this one that had the seat: they saw lower
		// revisions.
		start:   max(p.opt.rev(), p.nextRun) * runSpan,
		answers: func() bool { return p.answering[to] },
	}
	if to == everybody {
		opt.transmit = func(s *sending, done func(error)) {
			frame := map[string]any{"action": "broadcast", "data": s.data, "n": s.n, "rev": p.opt.rev()}
			p.opt.request(frame, func(_ wire.Frame, err error) { done(err) })
		}
	} else {
		opt.transmit = func(s *sending, done func(error)) { p.transmit(to, s, done) }
		opt.ask = func(silent bool) {
			if silent {
				p.opt.silent(to)
			}
			p.sync(to, true, 0, 0)
		}
	}
	o := newOutbox(opt)
	p.outboxes[to] = o
	return o
}

// forgetOutbox lets go of what was for somebody who is not there: no departure of theirs will be
// told.
func (p *post) forgetOutbox(to string) {
	if o := p.outboxes[to]; o != nil && o.idle() && !p.opt.roster.has(to) {
		p.closeOutbox(to, o)
	}
}

func (p *post) closeOutbox(to string, o *outbox) {
	p.nextRun = max(p.nextRun, o.sent/runSpan+1)
	o.close(fail(ErrNoSuchPeer, to+" has left"))
	delete(p.outboxes, to)
}

func (p *post) transmit(to string, s *sending, done func(error)) {
	passed := p.pass(to, s, func(arrived bool) {
		if arrived {
			done(nil)
		} else {
			p.transmit(to, s, done)
		}
	})
	if passed {
		return
	}
	frame := map[string]any{"action": "signal", "to": to, "data": s.data, "n": s.n}
	byName := s.byName
	if !byName {
		p.address(to, frame)
	}
	p.opt.request(frame, func(_ wire.Frame, err error) {
		switch reasonOf(err) {
		case ErrForbidden:
			if frame["address"] != nil && !byName {
				// The address was made for a connection that one of us no longer has.
				s.byName = true
				p.opt.refresh(func() { p.transmit(to, s, done) })
				return
			}
		case ErrNoSuchPeer:
			p.opt.refresh(func() { p.forgetOutbox(to) })
		}
		done(err)
	})
}

// address adds that of a peer: it is of a socket, and of no use while there is none.
func (p *post) address(to string, frame map[string]any) {
	if peer := p.opt.roster.peers[to]; peer.address != "" && !peer.Lost {
		frame["address"] = peer.address
	}
}
