package parley

import (
	"time"

	"github.com/parley-rtc/parley/client/go/wire"
)

// compare takes what a peer says of what it has and can send.
func (p *post) compare(peer string, c comparison) {
	p.clearDoubt(peer)
	p.answering[peer] = true
	// Whoever says it more often than we would must not have us send everything again each time.
	hasty := time.Since(p.heard[peer]) < syncPause/2
	p.heard[peer] = time.Now()
	if o := p.outboxes[peer]; o != nil {
		before := c.before
		switch {
		case hasty:
			before = 0
		case before == 0:
			before = everything
		}
		o.acknowledge(c.seat, c.got, before)
	}
	if hasty {
		p.doubt(peer)
	}
	if c.first > 0 {
		p.inbox(peer, "signal", false).skipTo(c.first)
	}
	if c.ask {
		p.sync(peer, false, 0, 0)
	}
}

// sync tells a peer what has come from it, a moment after the last time, so that what is due
// several times goes once.
func (p *post) sync(peer string, ask bool, before int64, attempt int) {
	if d := p.dues[peer]; d != nil {
		d.ask = d.ask || ask
		if d.before == 0 || before == 0 {
			d.before = 0
		} else {
			d.before = max(d.before, before)
		}
		return
	}
	p.dues[peer] = &due{ask, before}
	p.opt.loop.after(time.Until(p.told[peer].Add(syncPause)), func() { p.tell(peer, attempt) })
}

func (p *post) tell(peer string, attempt int) {
	d := p.dues[peer]
	delete(p.dues, peer)
	if d == nil || p.closed || !p.opt.roster.has(peer) || p.away(peer) { // there will be another when we are both here
		return
	}
	p.told[peer] = time.Now()
	said := comparison{seat: p.seat, before: d.before, ask: d.ask}
	if in := p.inboxes[inboxKey{peer, "signal", false}]; in != nil {
		said.got = in.got()
	}
	if o := p.outboxes[peer]; o != nil {
		said.first = o.first()
	}
	frame := map[string]any{"action": "signal", "to": peer, "data": said.data()}
	p.address(peer, frame)
	p.opt.request(frame, func(_ wire.Frame, err error) {
		again := func() {
			p.opt.loop.after(syncRetry.wait(attempt), func() { p.sync(peer, d.ask, d.before, attempt+1) })
		}
		switch {
		case reasonOf(err) == ErrForbidden:
			p.opt.refresh(again) // for a new address
		case canRetry(err):
			again()
		}
	})
}
