package simulation_test

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/parley-rtc/parley/internal/dialect/socketio"
	"github.com/parley-rtc/parley/internal/directory"
)

// stay is a socket of Socket.IO: what has one id, on one wire after another.
type stay struct {
	id, pid, namespace string
	page               *sitter
	on                 *wire // nil while it is lost, and when it is over
	lost               time.Time
	over               bool // it will not come back
	wishes             int  // counts what it has asked for
	rooms              map[string]*wish2
	name               string
	named              map[string]bool // what it has ever wanted to be called
	queued             bool
	trying             int // CONNECTs with its private id that are being handled
	latest             int // when the last thing that it has heard was said
	left               map[parting]int
	mourners           []mourner
}

// wish2 is what a socket has wanted of a room.
type wish2 struct {
	wants   bool
	since   int  // counts what it has said of it
	settled bool // the last of that is handled
}

// parting is what others hear of one who has gone.
type parting struct {
	who  *stay
	room string
}

// mourner is who has to hear of a parting.
type mourner struct {
	*stay
	room  string
	since int
}

func (s *stay) in(room string) bool {
	r := s.rooms[room]
	return r != nil && r.wants && r.settled
}

func (s *stay) since(room string) int {
	if r := s.rooms[room]; r != nil {
		return r.since
	}
	return 0
}

func (s *stay) here() bool { return s.on != nil && s.on.open && !s.over }

// goes notes who has to hear that the socket is out, if it does not come back.
func (s *stay) goes(w *strangers, over bool) {
	if s.over {
		return
	}
	s.on, s.over, s.lost, s.mourners = nil, over, time.Now(), nil
	for room := range s.rooms {
		if !s.in(room) {
			continue
		}
		for _, other := range w.stays {
			if other != s && other.namespace == s.namespace && other.in(room) && !other.over {
				s.mourners = append(s.mourners, mourner{other, room, other.since(room)})
			}
		}
	}
}

// comesBack: nobody has heard that it was gone.
func (s *stay) comesBack(w *strangers, page *sitter, on *wire) {
	if w.calm && s.on != nil && s.on != on {
		w.fail("%s is had by %s and %s", s.id, s.on.conn, on.conn)
	}
	s.on, s.page, s.mourners = on, page, nil
	on.sits[s.namespace] = s
	for _, other := range w.stays {
		for p := range other.left {
			if w.calm && p.who == s {
				w.fail("%s has come back, and %s has heard that it left %s", s.id, other.id, p.room)
			}
		}
	}
}

// hearsLeft: of one that is there, or may still come, nobody hears that it left. Of one that has gone
// each hears it once, in a room that it has asked for.
func (s *stay) hearsLeft(w *strangers, id, room string) {
	i := slices.IndexFunc(w.stays, func(o *stay) bool { return o.id == id })
	if i < 0 || w.stays[i] == s || w.stays[i].namespace != s.namespace {
		w.fail("%s hears that %s left %s, who is not of this namespace", s.id, id, room)
		return
	}
	who := w.stays[i]
	if s.rooms[room] == nil && !s.queued {
		w.fail("%s hears that %s left %s, for which it has not asked", s.id, id, room)
	}
	p := parting{who, room}
	if s.left[p]++; s.left[p] > 1 && (w.calm || who.since(room) == 1) {
		w.fail("%s hears for the %dth time that %s left %s", s.id, s.left[p], id, room)
	}
	if w.calm && !who.over && (who.on != nil || time.Since(who.lost) < grace6) {
		w.fail("%s hears that %s left %s, which is there or may still come back", s.id, id, room)
	}
}

// grace6 is for how long a lost socket can come back.
const grace6 = 6 * time.Second

// word is something that was said.
type word struct {
	from         *stay
	kind, to     string
	heard        map[*stay]int
	due          []mourner // who was there when it was handled
	begun, ended int
}

// begins notes who has to hear it: who is in the room, or is meant by id, or alone has the name.
func (d *word) begins(w *strangers) {
	w.moment++
	d.begun = w.moment
	if !d.from.here() {
		return
	}
	if d.kind == "mine" && slices.ContainsFunc(slices.Collect(maps.Values(d.from.rooms)), func(r *wish2) bool { return !r.settled }) {
		return
	}
	for _, s := range w.stays {
		if s.over || s.namespace != d.from.namespace || s == d.from {
			continue
		}
		switch {
		case d.kind == "say" && s.in(d.to):
			d.due = append(d.due, mourner{s, d.to, s.since(d.to)})
		case d.kind == "mine":
			for room := range s.rooms {
				if s.in(room) && d.from.in(room) {
					d.due = append(d.due, mourner{s, room, s.since(room)})
				}
			}
		case d.kind == "to" && s.id == d.to:
			d.due = append(d.due, mourner{s, "", 0})
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
		for _, m := range s.mourners {
			if heard := m.left[parting{s, m.room}]; m.here() && m.stay.since(m.room) == m.since && heard != 1 {
				w.fail("%s has heard %d times that %s left %s", m.id, heard, s.id, m.room)
			}
		}
	}
}

// emptyHall: after the last has gone nobody is listed, and nothing is kept for anybody beyond its time.
func (w *strangers) emptyHall() {
	for _, name := range w.hallNames() {
		list, err := w.store.inner.Entries(context.Background(), name, w.now, true)
		if err != nil || len(list) > 0 {
			w.fail("the last socket has gone, and listed under %s are %+v, %v", name.Key(), list, err)
		}
	}
	later := w.now.Add(time.Minute)
	for _, key := range w.sessions.keys {
		_, err := w.sessions.inner.Append(context.Background(), key, nil, false, later, later)
		if !errors.Is(err, socketio.ErrNoSession) {
			w.fail("something is kept for %s in %s for ever: %v", key.Conn, key.Namespace, err)
		}
	}
}

// hallNames are the rooms, names and queues that anybody was ever in.
func (w *strangers) hallNames() []directory.Name {
	var names []directory.Name
	for name := range w.store.past {
		if name.Space == socketio.Name && strings.ContainsAny(name.Name[:1], "rnq") {
			names = append(names, name)
		}
	}
	slices.SortFunc(names, func(a, b directory.Name) int { return strings.Compare(a.Name, b.Name) })
	return names
}
