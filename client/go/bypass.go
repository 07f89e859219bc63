package parley

import (
	"encoding/json"
	"time"
)

// bypassPatience is how long the receiver may take to confirm what went past the server.
const bypassPatience = 3 * time.Second

// Bypassed is what goes past the server: a signal with its number, or up to which number those of the
// other side have come.
type Bypassed struct {
	N    int64           `json:"n,omitempty"`
	Data json.RawMessage `json:"data,omitempty"`
	Got  int64           `json:"got,omitempty"`
}

// Bypass has signals to a peer go by send while that returns true, such as over a data channel, also
// while the connection is lost: in one order with those that go by the server, and what the peer does
// not confirm within three seconds goes by the server too. The other side gives what comes to Passed.
// It holds until the peer leaves, or until nil is given; send is called with the room locked, so it
// must neither wait nor call the room.
func (r *Room) Bypass(peer string, send func(Bypassed) bool) {
	r.loop.do(func() {
		if r.state != Left && (send == nil || r.roster.has(peer)) {
			r.post.bypass(peer, send)
		}
	})
}

// Passed takes what the send of that peer's Bypass was given.
func (r *Room) Passed(peer string, b Bypassed) {
	r.loop.do(func() {
		if r.state != Left && r.roster.has(peer) {
			r.post.passed(peer, b)
		}
	})
}

func (p *post) bypass(peer string, send func(Bypassed) bool) {
	if send != nil {
		p.bypasses[peer] = send
		p.confirm(peer)
		return
	}
	delete(p.bypasses, peer)
	if o := p.outboxes[peer]; o != nil {
		o.doubt()
	}
}

func (p *post) passed(from string, b Bypassed) {
	if o := p.outboxes[from]; o != nil && b.Got > 0 {
		o.confirm(b.Got)
	}
	if b.N >= runSpan {
		p.receive("signal", letter{from: from, data: b.Data, n: b.N, hasN: true})
	}
}

// confirm says past the server what has come.
func (p *post) confirm(peer string) {
	send, in := p.bypasses[peer], p.inboxes[inboxKey{peer, "signal", false}]
	if send != nil && in != nil && in.got() > 0 {
		send(Bypassed{Got: in.got()})
	}
}

// pass sends a letter past the server, once, and has done told whether it has arrived, or may not
// have. It is false where there is no such way.
func (p *post) pass(to string, s *sending, done func(arrived bool)) bool {
	send := p.bypasses[to]
	if send == nil || s.passed {
		return false
	}
	s.passed = true
	if !send(Bypassed{N: s.n, Data: s.data}) {
		return false
	}
	late := p.opt.loop.after(bypassPatience, func() { s.hear(false) })
	s.heard = func(arrived bool) {
		late.stop()
		done(arrived)
	}
	return true
}
