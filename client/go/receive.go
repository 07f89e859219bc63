package parley

import (
	"bytes"
	"slices"
	"time"

	"github.com/parley-rtc/parley/client/go/wire"
)

const (
	strangerPatience = 2 * time.Second
	maxStrangers     = 64
)

// stranger is a frame from a name that is not in the roster: it may be a moment early, or its
// sender has left and is not to be heard.
type stranger struct {
	kind  string
	l     letter
	timer *timer
}

func (r *Room) receive(f wire.Frame) {
	switch f.Type {
	case "peer-joined", "peer-updated", "peer-left", "peer-lost", "peer-back", "room-locked", "room-unlocked":
		r.tell(r.roster.apply(f))
		if r.roster.gap() {
			r.refreshSoon(latePatience)
		}
	case "kicked":
		r.kicked(f)
	case "signal", "broadcast":
		l := letter{from: f.From, data: f.Data, n: f.N, hasN: f.HasN}
		if r.roster.has(f.From) {
			r.post.receive(f.Type, l)
		} else {
			r.hold(f.Type, l)
		}
	case "knocked":
		r.knocked(Knock{f.Peer, f.Data})
	case "knock-left":
		r.knockLeft(f.Peer, "")
	case "admitted", "denied":
		if f.Peer != "" {
			r.knockLeft(f.Peer, f.By)
		}
	case "joined", "roster", "ice", "ok", "pong": // answers that nobody waits for any more
	default:
		r.emit(Custom{Type: f.Type, From: f.From, Frame: f.Raw})
	}
}

// kicked says that the seat is gone, whatever becomes of the socket. Coming back by oneself would
// make a kick worth nothing, and two clients would take the seat from each other for ever.
func (r *Room) kicked(f wire.Frame) {
	if f.By == r.self && f.Reason == "replaced" {
		r.stop(fail(ErrReplaced, "a newer connection of yours has taken the seat"))
		return
	}
	message := f.By + " removed you"
	if f.Reason != "" {
		message += ": " + f.Reason
	}
	r.emit(Kicked{By: f.By, Reason: f.Reason})
	r.stop(fail(ErrKicked, message))
}

func (r *Room) deliver(kind string, l letter) {
	switch {
	case r.events.closed:
	case kind == "signal":
		r.events.push(Signal{From: l.from, Data: l.data}, l.n >= runSpan) // others are not sent again, nor asked for
	default:
		r.emit(Broadcast{From: l.from, Data: l.data})
	}
}

// hold keeps a frame of a stranger for a moment, and asks who is here for the first.
func (r *Room) hold(kind string, l letter) {
	if len(r.strangers) >= maxStrangers {
		return
	}
	var mine *timer
	mine = r.loop.after(strangerPatience, func() {
		r.strangers = slices.DeleteFunc(r.strangers, func(s stranger) bool { return s.timer == mine })
	})
	r.strangers = append(r.strangers, stranger{kind, l, mine})
	if len(r.strangers) == 1 && r.state == Joined {
		r.refreshSoon(latePatience)
	}
}

// hear gives out the frames of those who are known by now.
func (r *Room) hear() {
	held := r.strangers
	r.strangers = nil
	for _, s := range held {
		if !r.roster.has(s.l.from) {
			r.strangers = append(r.strangers, s)
			continue
		}
		s.timer.stop()
		r.post.receive(s.kind, s.l)
	}
}

func (r *Room) forgetStrangers() {
	for _, s := range r.strangers {
		s.timer.stop()
	}
	r.strangers = nil
}

func (r *Room) tell(changes []change) {
	if r.roster.known {
		r.rev = r.roster.rev
	}
	r.absences.watch(r.roster.peers)
	for _, c := range changes {
		r.tellOne(c)
	}
	r.hear()
}

func (r *Room) tellOne(c change) {
	name := c.peer.Name
	switch c.kind {
	case joined:
		r.post.arrived(name)
		r.emit(PeerJoined{c.peer, r.residents[name]})
	case updated:
		r.emit(PeerUpdated{c.peer})
	case left:
		r.post.left(name)
		if c.peer.Role == "host" && !r.hasHost() { // who comes after it, the server does not tell
			r.refreshSoon(latePatience)
		}
		r.emit(PeerLeft{name, c.reason})
	case lost:
		r.emit(PeerLost{name, time.UnixMilli(c.peer.until)})
	case back:
		r.emit(PeerBack{c.peer})
		r.post.back(name)
	case moved:
		r.post.back(name)
	case locked, unlocked:
		r.locked = c.kind == locked
		r.emit(Locked{r.locked, c.by})
	}
}

func (r *Room) hasHost() bool {
	if r.role == "host" {
		return true
	}
	for _, p := range r.roster.peers {
		if p.Role == "host" {
			return true
		}
	}
	return false
}

// seeKnocks takes these for all who wait, as an answer of the server says it.
func (r *Room) seeKnocks(waiting []wire.Knock) {
	for _, k := range slices.Clone(r.waiting) {
		if !slices.ContainsFunc(waiting, func(other wire.Knock) bool { return other.Peer == k.Name }) {
			r.knockLeft(k.Name, "")
		}
	}
	for _, k := range waiting {
		at := r.findKnock(k.Peer)
		if at < 0 || !bytes.Equal(r.waiting[at].Data, k.Data) {
			r.knocked(Knock{k.Peer, k.Data})
		}
	}
}

func (r *Room) findKnock(name string) int {
	return slices.IndexFunc(r.waiting, func(k Knock) bool { return k.Name == name })
}

func (r *Room) knocked(k Knock) {
	if at := r.findKnock(k.Name); at >= 0 {
		r.waiting[at] = k
	} else {
		r.waiting = append(r.waiting, k)
	}
	r.emit(Knocked{k})
}

func (r *Room) knockLeft(name, by string) {
	if at := r.findKnock(name); at >= 0 {
		r.waiting = slices.Delete(r.waiting, at, at+1)
		r.emit(KnockLeft{name, by})
	}
}
