package parley

import (
	"slices"
	"strings"
	"time"

	"github.com/parley-rtc/parley/client/go/wire"
)

var (
	// gapPatience is that with senders who have never answered.
	gapPatience = []time.Duration{
		500 * time.Millisecond, 2 * time.Second, 4 * time.Second, 8 * time.Second,
		15 * time.Second, 15 * time.Second, 15 * time.Second,
	}
	broadcastPatience = []time.Duration{2 * time.Second}
	syncRetry         = backoff{300 * time.Millisecond, 5 * time.Second}
	anyAddress        = strings.Repeat("x", 1024) // none is longer, and a longer one may be in use when it is sent
)

const (
	settling     = 400 * time.Millisecond  // after joining: mail and late pushes come within this
	backPatience = 1500 * time.Millisecond // who is back says so within this, if it can
	syncPause    = time.Second
	everybody    = "" // no peer has this name
	maxAbsent    = 1024
)

// answered is what becomes of a request.
type answered func(wire.Frame, error)

// postOptions are what a post needs of its room.
type postOptions struct {
	loop    *loop
	room    string
	request func(frame map[string]any, done answered)
	deliver func(kind string, l letter)
	fail    func(error) // a peer sent something that cannot be used
	roster  *roster
	rev     func() int64 // the last revision of the room that is known
	joined  func() bool
	full    func() bool       // whether the application lags behind
	refresh func(then func()) // the roster may be wrong
	silent  func(peer string) // a peer that is listed does not answer
}

var kinds = []string{"signal", "broadcast"}

// inboxKey tells apart what is counted apart.
type inboxKey struct {
	peer  string
	kind  string // signal or broadcast
	plain bool
}

// due is a comparison that is about to be sent.
type due struct {
	ask    bool
	before int64 // 0 when there is no bound
}

// post has the signals and broadcasts of one room: numbered, in order, once, whatever the server
// and the sockets lose. Quiet while nothing goes wrong; after a loss two peers compare what they
// have (sync.go, docs/protocol.md).
type post struct {
	opt       postOptions
	outboxes  map[string]*outbox
	inboxes   map[inboxKey]*sequence
	dues      map[string]*due
	told      map[string]time.Time // when we sent a comparison
	heard     map[string]time.Time // when one came
	answering map[string]bool      // who sends comparisons
	doubts    map[string]*timer
	refused   map[string]bool // whose signals found no place
	bypasses  map[string]func(Bypassed) bool
	parcels   *parcels
	absent    []string // whose inboxes are kept though they have left, the oldest first
	seat      int64
	nextRun   int64
	settling  *timer
	closed    bool
}

func newPost(opt postOptions) *post {
	p := &post{
		opt:       opt,
		outboxes:  map[string]*outbox{},
		inboxes:   map[inboxKey]*sequence{},
		dues:      map[string]*due{},
		told:      map[string]time.Time{},
		heard:     map[string]time.Time{},
		answering: map[string]bool{},
		doubts:    map[string]*timer{},
		refused:   map[string]bool{},
		bypasses:  map[string]func(Bypassed) bool{},
	}
	p.parcels = &parcels{loop: opt.loop, away: p.away, open: map[string]*parcel{}, fail: func(from, why string) {
		opt.fail(fail(ErrBadSignal, "a signal of "+from+" that came in parts "+why))
	}}
	return p
}

func (p *post) receive(kind string, l letter) {
	if own := reserved(l.data); own != nil && kind == "signal" && !l.hasN {
		if c, known := readComparison(own); known {
			p.compare(l.from, c)
		}
		return
	}
	switch {
	case !l.hasN:
		p.opt.deliver(kind, l)
	case kind == "signal" && l.n >= runSpan && p.opt.full():
		p.refused[l.from] = true // it does not count as received, so it comes again when it is asked for
	default:
		p.inbox(l.from, kind, l.n < runSpan).push(l)
		if kind == "signal" {
			p.confirm(l.from)
		}
	}
}

// drained asks those again for whose signals there was no place.
func (p *post) drained() {
	for peer := range p.refused {
		p.sync(peer, true, 0, 0)
	}
	clear(p.refused)
}

// joined says that there is a seat, on a new connection perhaps: what was pushed to the former one
// may be lost.
func (p *post) joined(rev, lastRev int64) {
	if lastRev == 0 || rev < lastRev {
		// The first seat; or the room was forgotten meanwhile and counts anew, and so do the
		// numbers of who comes anew.
		p.seat = rev
		for key := range p.inboxes {
			p.forget(key)
		}
		p.absent = nil
		p.parcels.clear()
	}
	clear(p.dues)
	for _, o := range p.outboxes {
		o.resume()
	}
	p.settling.stop()
	if lastRev == 0 {
		return
	}
	p.settling = p.opt.loop.after(settling, func() {
		for _, name := range p.opt.roster.order {
			unsure := p.unsure(name)
			if unsure || p.inboxes[inboxKey{name, "signal", false}] != nil {
				p.sync(name, unsure, 0, 0)
			}
		}
	})
}

func (p *post) unsure(peer string) bool {
	o := p.outboxes[peer]
	return o != nil && o.unsure()
}

// back says that a peer has another connection: what was pushed to the former one may be lost.
func (p *post) back(peer string) {
	if o := p.outboxes[peer]; o != nil {
		o.doubt()
		o.resume()
	}
	p.doubt(peer)
}

// doubt says that a peer may have had another connection since.
func (p *post) doubt(peer string) {
	if !p.unsure(peer) || p.doubts[peer] != nil {
		return
	}
	p.doubts[peer] = p.opt.loop.after(backPatience, func() {
		delete(p.doubts, peer)
		if p.unsure(peer) {
			p.sync(peer, true, 0, 0)
		}
	})
}

func (p *post) clearDoubt(peer string) {
	p.doubts[peer].stop()
	delete(p.doubts, peer)
}

// arrived says that a peer has a new seat.
func (p *post) arrived(peer string) {
	p.absent = slices.DeleteFunc(p.absent, func(name string) bool { return name == peer })
	p.forgetClient(peer)
}

// forgetClient is for when a peer may be another client: one that only counts, counts anew.
func (p *post) forgetClient(peer string) {
	delete(p.answering, peer)
	p.forget(inboxKey{peer, "signal", true})
	p.forget(inboxKey{peer, "broadcast", true})
}

func (p *post) left(peer string) {
	p.clearDoubt(peer)
	delete(p.dues, peer)
	delete(p.told, peer)
	delete(p.heard, peer)
	delete(p.refused, peer)
	delete(p.bypasses, peer)
	p.parcels.forget(peer)
	if o := p.outboxes[peer]; o != nil {
		p.closeOutbox(peer, o)
	}
	// What was delivered is remembered: after an absence that was too long the same page comes
	// back, and goes on counting.
	remembered := false
	for _, kind := range kinds {
		if in := p.inboxes[inboxKey{peer, kind, false}]; in != nil {
			in.close()
			remembered = true
		}
	}
	p.forgetClient(peer)
	if remembered {
		p.absent = append(p.absent, peer)
	}
	if len(p.absent) > maxAbsent {
		for _, kind := range kinds {
			p.forget(inboxKey{p.absent[0], kind, false})
		}
		p.absent = p.absent[1:]
	}
}

// close says that the seat is given up.
func (p *post) close(err error) {
	p.closed = true
	p.settling.stop()
	for _, t := range p.doubts {
		t.stop()
	}
	for _, in := range p.inboxes {
		in.close()
	}
	for _, o := range p.outboxes {
		o.close(err)
	}
	clear(p.dues)
	clear(p.refused)
	clear(p.bypasses)
	p.parcels.clear()
	clear(p.outboxes)
}

func (p *post) inbox(from, kind string, plain bool) *sequence {
	key := inboxKey{from, kind, plain}
	if in := p.inboxes[key]; in != nil {
		return in
	}
	opt := sequenceOptions{
		loop: p.opt.loop, patience: broadcastPatience,
		deliver: func(l letter) { p.deliver(kind, l) },
		paused:  func() bool { return p.away(from) || kind == "signal" && p.opt.full() },
	}
	if kind == "signal" {
		opt.patience = gapPatience
		opt.ask = func(before int64) { p.sync(from, true, before, 0) }
		opt.answers = func() bool { return p.answering[from] }
	}
	in := newSequence(opt)
	p.inboxes[key] = in
	return in
}

func (p *post) deliver(kind string, l letter) {
	if kind == "signal" {
		whole, ok := p.parcels.take(l.from, l.data)
		if !ok {
			return
		}
		l.data = whole
	}
	p.opt.deliver(kind, l)
}

// away says whether nothing can come from a peer just now.
func (p *post) away(peer string) bool { return !p.opt.joined() || p.opt.roster.peers[peer].Lost }

func (p *post) forget(key inboxKey) {
	if in := p.inboxes[key]; in != nil {
		in.close()
		delete(p.inboxes, key)
	}
}
