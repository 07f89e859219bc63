package simulation_test

import (
	"maps"
	"slices"
)

// word is something that was said.
type word struct {
	from         *stay
	kind, to     string
	heard        map[*stay]int
	due          []witness // who was there when it was handled
	begun, ended int
}

// begins notes who has to hear it: who is in the room, or is meant by id.
func (d *word) begins(w *strangers) {
	w.moment++
	d.begun = w.moment
	if !d.from.here() {
		return
	}
	if d.kind == "mine" && slices.ContainsFunc(slices.Collect(maps.Values(d.from.rooms)), func(r *membership) bool { return !r.settled }) {
		return
	}
	for _, s := range w.stays {
		if s.over || s.namespace != d.from.namespace || s == d.from {
			continue
		}
		switch {
		case d.kind == "say" && s.in(d.to):
			d.due = append(d.due, witness{s, d.to, s.since(d.to)})
		case d.kind == "mine":
			for room := range s.rooms {
				if s.in(room) && d.from.in(room) {
					d.due = append(d.due, witness{s, room, s.since(room)})
				}
			}
		case d.kind == "to" && s.id == d.to:
			d.due = append(d.due, witness{s, "", 0})
		}
	}
}

// hears: nobody hears what was not said to it, nor anything twice. What was through before something
// else was said is heard before that.
func (s *stay) hears(w *strangers, n int) {
	if n < 0 || n >= len(w.words) {
		w.fail("%s hears what nobody said: %d", s.id, n)
		return
	}
	d := w.words[n]
	d.heard[s]++
	if d.heard[s] > 1 || !d.means(w, s) {
		w.fail("%s hears, for the %dth time, what %s said by %s to %q: %d", s.id, d.heard[s], d.from.id, d.kind, d.to, n)
	}
	if w.calm && d.ended > 0 && d.ended < s.latest {
		w.fail("%s hears word %d of %s after what was said later", s.id, n, d.from.id)
	}
	s.latest = max(s.latest, d.begun)
}

// means reports whether something may be heard by a socket.
func (d *word) means(w *strangers, s *stay) bool {
	if s.namespace != d.from.namespace || s == d.from && d.kind != "to" {
		return false
	}
	switch d.kind {
	case "say":
		return s.rooms[d.to] != nil
	case "mine":
		for room := range s.rooms {
			if d.from.rooms[room] != nil {
				return true
			}
		}
		return s.queued && d.from.queued
	}
	sameConnection := slices.ContainsFunc(w.stays, func(o *stay) bool { return o.id == d.to && o.page == s.page })
	return s.id == d.to || s.named[d.to] || s.rooms[d.to] != nil || sameConnection
}

// compareStays: in fair weather, who was in a room all the while has heard all that was said there, and
// of each who has gone that it left.
func (w *strangers) compareStays() {
	if !w.calm {
		return
	}
	for n, d := range w.words {
		for _, m := range d.due {
			if m.here() && m.stay.since(m.room) == m.since && d.heard[m.stay] == 0 {
				w.fail("%s has not heard word %d, which %s said by %s to %q", m.id, n, d.from.id, d.kind, d.to)
			}
		}
	}
	for _, s := range w.stays {
		for _, m := range s.witnesses {
			if heard := m.left[parting{s, m.room}]; m.here() && m.stay.since(m.room) == m.since && heard != 1 {
				w.fail("%s has heard %d times that %s left %s", m.id, heard, s.id, m.room)
			}
		}
	}
}
