package parley

import (
	"bytes"
	"slices"

	"github.com/parley-rtc/parley/client/go/wire"
)

// changeKind is what changed for those who watch a room.
type changeKind int

const (
	joined changeKind = iota
	updated
	left
	lost
	back  // it was lost
	moved // it was not: it only has another connection
	locked
	unlocked
)

type change struct {
	kind   changeKind
	peer   Peer
	reason LeaveReason // of left
	by     string      // of locked and unlocked
}

// presence is a frame that changes the roster.
type presence = wire.Frame

// More frames out of turn than this are no reordering: the roster is asked for anyway, so the
// excess is let go.
const maxHeldPresence = 64

// roster is who is in a room, without oneself, at the revision rev. Frames are applied strictly in
// order of their rev, whatever the order of arrival; those after a gap are held until it is filled
// by late frames or by the whole roster. One write of the server may send several frames of one
// rev.
type roster struct {
	peers    map[string]Peer
	order    []string // names, as they joined
	held     []presence
	rev      int64 // the last revision applied
	known    bool  // whether there is one
	complete int64 // up to this revision everything is known from a whole roster
	seated   map[string]bool
}

func newRoster() *roster { return &roster{peers: map[string]Peer{}, seated: map[string]bool{}} }

func (r *roster) list() []Peer {
	peers := make([]Peer, len(r.order))
	for i, name := range r.order {
		peers[i] = r.peers[name]
	}
	return peers
}

func (r *roster) has(name string) bool {
	_, there := r.peers[name]
	return there
}

// gap says whether frames wait for others that have not come.
func (r *roster) gap() bool { return r.known && len(r.held) > 0 }

// apply applies a frame and those it unlocks, or holds it.
func (r *roster) apply(f presence) []change {
	if !r.known || f.Rev > r.rev+1 {
		if len(r.held) < maxHeldPresence {
			r.held = append(r.held, f)
		}
		return nil
	}
	return append(r.take(f), r.release()...)
}

// replace sets the whole roster as of rev; an older one than what is known changes nothing.
func (r *roster) replace(rev int64, entries []wire.Entry) []change {
	if r.known && rev < r.rev {
		return nil
	}
	r.rev, r.complete, r.known = rev, rev, true
	clear(r.seated)
	var changes []change
	for _, name := range slices.Clone(r.order) {
		if !slices.ContainsFunc(entries, func(e wire.Entry) bool { return e.Peer == name }) {
			changes = append(changes, r.remove(name, ReasonLost)...)
		}
	}
	for _, e := range entries {
		p := peerOf(e)
		before, there := r.peers[p.Name]
		r.set(p)
		switch {
		case !there:
			changes = append(changes, change{kind: joined, peer: p})
			continue
		case p.Lost && !before.Lost:
			changes = append(changes, change{kind: lost, peer: p})
		case !p.Lost && before.Lost:
			changes = append(changes, change{kind: back, peer: p})
		}
		changes = append(changes, compare(before, p)...)
	}
	return append(changes, r.release()...)
}

// giveUp takes a lost peer for left.
func (r *roster) giveUp(name string) []change {
	if !r.peers[name].Lost {
		return nil
	}
	return r.remove(name, ReasonLost)
}

// dismiss takes a peer for left that we have removed: the server tells the others only.
func (r *roster) dismiss(name string) []change { return r.remove(name, ReasonKicked) }

// suspend forgets the revision, but not the peers, for the time between losing a connection and
// joining again.
func (r *roster) suspend() { r.rev, r.complete, r.known, r.held = 0, 0, false, nil }

func (r *roster) release() []change {
	var changes []change
	// Departures come before arrivals of the same revision, as the server sent them.
	slices.SortStableFunc(r.held, func(a, b presence) int { return int(a.Rev - b.Rev) })
	for len(r.held) > 0 && r.held[0].Rev <= r.rev+1 {
		next := r.held[0]
		r.held = r.held[1:]
		changes = append(changes, r.take(next)...)
	}
	return changes
}

func (r *roster) take(f presence) []change {
	if f.Rev < r.rev || f.Rev <= r.complete {
		return nil
	}
	if f.Rev > r.rev {
		clear(r.seated)
	}
	r.rev = f.Rev
	p := peerOf(wire.Entry{Peer: f.Peer, Address: f.Address, Role: f.Role, Data: f.Data})
	before, there := r.peers[f.Peer]
	switch f.Type {
	case "peer-left":
		// Departures come first within a revision: one that arrives after the arrival of that name
		// is of its former holder.
		if r.seated[f.Peer] {
			return nil
		}
		return r.remove(f.Peer, leaveReason(f.Reason))
	case "peer-updated":
		if !there {
			return nil
		}
		before.Data = f.Data
		r.set(before)
		return []change{{kind: updated, peer: before}}
	case "peer-lost":
		if !there {
			return nil
		}
		was := before.Lost
		before.Lost, before.until = true, f.Lost
		r.set(before)
		if was {
			return nil
		}
		return []change{{kind: lost, peer: before}}
	case "peer-back":
		r.set(p)
		switch {
		case !there: // its absence was over by our clock
			return []change{{kind: joined, peer: p}}
		case before.Lost:
			return append([]change{{kind: back, peer: p}}, compare(before, p)...)
		}
		return append([]change{{kind: moved, peer: p}}, compare(before, p)...)
	case "peer-joined":
		if r.seated[f.Peer] {
			return nil
		}
		r.seated[f.Peer] = true
		gone := r.remove(f.Peer, ReasonLost) // its peer-left was lost or is late
		r.set(p)
		return append(gone, change{kind: joined, peer: p})
	case "room-locked":
		return []change{{kind: locked, by: f.By}}
	case "room-unlocked":
		return []change{{kind: unlocked, by: f.By}}
	}
	return nil
}

func (r *roster) set(p Peer) {
	if !r.has(p.Name) {
		r.order = append(r.order, p.Name)
	}
	r.peers[p.Name] = p
}

func (r *roster) remove(name string, reason LeaveReason) []change {
	p, there := r.peers[name]
	if !there {
		return nil
	}
	delete(r.peers, name)
	r.order = slices.DeleteFunc(r.order, func(n string) bool { return n == name })
	return []change{{kind: left, peer: p, reason: reason}}
}

func peerOf(e wire.Entry) Peer {
	lost := e.Lost != 0
	return Peer{Name: e.Peer, Role: roleOf(e.Role), Data: e.Data, Lost: lost, address: e.Address, until: e.Lost}
}

func roleOf(said string) string {
	if said == "host" || said == "guest" {
		return said
	}
	return ""
}

func leaveReason(said string) LeaveReason {
	if r := LeaveReason(said); r == ReasonLost || r == ReasonKicked {
		return r
	}
	return ReasonLeft
}

func compare(before, p Peer) []change {
	if before.Role == p.Role && bytes.Equal(before.Data, p.Data) {
		return nil
	}
	return []change{{kind: updated, peer: p}}
}
