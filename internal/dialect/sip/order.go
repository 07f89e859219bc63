package sip

import (
	"context"
	"sync"

	"github.com/parley-rtc/parley/internal/dialect"
	"github.com/parley-rtc/parley/internal/limit"
	"github.com/parley-rtc/parley/internal/signaling"
	"github.com/parley-rtc/parley/internal/sip"
)

// order keeps what a phone sends in one dialog from overtaking itself: API Gateway may give two frames
// of one socket to two processes at the same time. What must not go first is held until a moment after
// API Gateway took it (signaling.Hold), unless this process knows that what it follows has gone:
//
//	CANCEL                   follows its INVITE, of which the phone says 481 while it has not come
//	a request in a dialog    follows the one with the CSeq before it, which comes too late else: 500
//	                         (12.2.2), and the 2xx by which its sender has made the dialog: 481
//	INVITE, BYE in a dialog  follow the ACK of the INVITE before them
//
// Of several that are sent at once, and that wait in several processes of which none knows of the others,
// each waits for a little longer than the one with the CSeq before it (places).
//
// A callee's first request waits, too: that none of its own is on the way elsewhere, only it knows.
//
// Others go at once: an ACK is of something that has arrived, and a response to something likewise. If
// 180 comes behind its 200, nobody minds.
type order struct {
	mu    sync.Mutex
	sides *limit.Recent[side, progress]
}

const orderMemory = 4096 // sides that a process remembers

// places are how many waits of different length there are, up to twice the moment. A phone that was
// transferred tells of it in three NOTIFYs at once. The first of a round may go before the last of the
// round before it.
const places = 16

// side is one of a call.
type side struct {
	conn      signaling.ConnID
	call, tag string
}

// progress is what has gone from one side through this process, or is known to have gone.
type progress struct {
	sent bool   // a request,
	cseq uint32 // the highest of them
	open bool   // it is an INVITE, and its ACK has not gone
}

func newOrder() *order { return &order{sides: limit.NewRecent[side, progress](orderMemory)} }

// before returns when a request may go. It is to be asked last: what is refused must not wait first.
func (o *order) before(ctx context.Context, c *dialect.Conn, m *sip.Message) error {
	if o.ready(c.ID, m) {
		return nil
	}
	cseq, _ := m.CSeq()
	place := float64(cseq % places)
	if m.Method == "CANCEL" { // of the same CSeq as its INVITE
		place += 0.5
	}
	return c.Hold.Until(ctx, c.ID, c.Time, place/places)
}

func (o *order) ready(from signaling.ConnID, m *sip.Message) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	cseq, _ := m.CSeq()
	p := *o.sides.At(senderOf(from, m))
	switch {
	case m.Method == "CANCEL":
		return p.sent && p.cseq >= cseq
	case m.Method == "ACK" || !m.InDialog():
		return true
	case !p.sent: // the callee's first, maybe, or one that is behind others elsewhere
		return false
	case p.open && (m.Method == "INVITE" || m.Method == "BYE"):
		return false
	}
	return cseq <= p.cseq+1
}

// senderOf is the side that has sent a request, or that a response is for.
func senderOf(conn signaling.ConnID, m *sip.Message) side {
	return side{conn, m.Header.Get("Call-ID"), m.From().Params.Get("tag")}
}

// went notes that a request of the connection has gone.
func (o *order) went(from signaling.ConnID, m *sip.Message) {
	o.mu.Lock()
	defer o.mu.Unlock()
	cseq, method := m.CSeq()
	o.sides.At(senderOf(from, m)).reach(cseq, method)
}

// reach notes that a request has gone, or has been answered, which comes to the same.
func (p *progress) reach(cseq uint32, method string) {
	switch {
	case method == "CANCEL" || p.sent && cseq < p.cseq:
	case !p.sent || cseq > p.cseq:
		p.sent, p.cseq, p.open = true, cseq, method == "INVITE"
	case method == "ACK":
		p.open = false
	}
}

// answered notes that a response to a request of the connection has gone.
func (o *order) answered(to signaling.ConnID, m *sip.Message) {
	o.mu.Lock()
	defer o.mu.Unlock()
	cseq, method := m.CSeq()
	caller := o.sides.At(senderOf(to, m))
	caller.reach(cseq, method)
	if m.Status >= 300 && caller.cseq == cseq {
		caller.open = false
	}
}
