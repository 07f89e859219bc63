package simulation_test

import (
	"slices"
	"time"
)

// stay is a socket of Socket.IO: what has one id, on one wire after another.
type stay struct {
	id, pid, namespace string
	page               *sitter
	on                 *wire // nil while it is lost, and when it is over
	lost               time.Time
	over               bool         // it will not come back
	again              bool         // its client connects once more on the same connection
	wishes             int          // counts what it has asked for
	asked              map[int]plea // by the ids of their acknowledgements
	rooms              map[string]*membership
	named              map[string]bool // what it has ever wanted to be called
	queued             bool
	trying             int // CONNECTs with its private id that are being handled
	latest             int // when the last thing that it has heard was said
	left               map[parting]int
	witnesses          []witness
}

// membership is what a socket has wanted of a room.
type membership struct {
	wants   bool
	since   int  // counts what it has said of it
	settled bool // the last of that is handled
}

// plea is what a socket waits for an acknowledgement of.
type plea struct {
	room  string
	since int
}

// parting is what others hear of one who has gone.
type parting struct {
	who  *stay
	room string
}

// witness is who has to hear of something that happens in a room, if it is there all the while.
type witness struct {
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
	s.on, s.over, s.lost, s.witnesses = nil, over, time.Now(), nil
	for room := range s.rooms {
		if !s.in(room) {
			continue
		}
		for _, other := range w.stays {
			if other != s && other.namespace == s.namespace && other.in(room) && !other.over {
				s.witnesses = append(s.witnesses, witness{other, room, other.since(room)})
			}
		}
	}
}

// comesBack: nobody has heard that it was gone.
func (s *stay) comesBack(w *strangers, page *sitter, on *wire) {
	if w.calm && s.on != nil && s.on != on {
		w.fail("%s is had by %s and %s", s.id, s.on.conn, on.conn)
	}
	s.on, s.page, s.over, s.witnesses = on, page, false, nil
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
	if i < 0 {
		return // who has gone before it heard its id
	}
	if w.stays[i] == s || w.stays[i].namespace != s.namespace {
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
	if w.calm && !who.over && (who.on != nil || time.Since(who.lost) < ioGrace) {
		w.fail("%s hears that %s left %s, which is there or may still come back", s.id, id, room)
	}
}

// ioGrace is for how long a lost socket can come back.
const ioGrace = 6 * time.Second
