package simulation_test

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/parley-rtc/parley/internal/dialect/ywebrtc"
	"github.com/parley-rtc/parley/internal/directory"
)

// editor is a page that shares documents with y-webrtc.
type editor struct {
	w    *strangers
	wire *wire
}

// subscription is what a socket has wanted of a topic.
type subscription struct {
	wants   bool    // by the last that it said
	since   int     // counts what it has said
	settled bool    // that is handled
	hello   *notice // its first announcement
}

// notice is one frame that was published.
type notice struct {
	from  *wire
	topic string
	heard map[*wire]int
	due   map[*wire]int // who was subscribed when it was handled, and since when
	done  bool
}

func (e *editor) query() string { return []string{"", "dialect=y-webrtc"}[e.w.random.IntN(2)] }

// opened implements guest: a page says two things at once.
func (e *editor) opened(l *wire) {
	if l == e.wire {
		for _, word := range words[:1+e.w.random.IntN(2)] {
			e.subscribe(e.w.named(word))
			e.publish(e.w.named(word))
		}
	}
}

func (e *editor) closed(l *wire) {
	if l == e.wire {
		e.wire = nil
	}
}

// act implements guest.
func (e *editor) act(roll int) bool {
	l, topic := e.wire, e.w.named(words[e.w.random.IntN(2)])
	switch {
	case l == nil:
		e.wire = e.w.dial(e)
	case !l.open:
		return false
	case roll < 40:
		if s := l.notes[topic]; s == nil || !s.wants {
			return false
		}
		e.publish(topic)
	case roll < 50:
		e.subscribe(topic)
	case roll < 60:
		e.unsubscribe(topic)
	case roll < 70: // a page that mounts, unmounts and mounts
		e.subscribe(topic)
		e.unsubscribe(topic)
		e.subscribe(topic)
	case roll < 80:
		e.w.send(l, `{"type":"ping"}`)
	case roll < 90:
		e.w.cut(l, true)
	default:
		e.w.cut(l, e.w.calm) // else its $disconnect is lost
	}
	return true
}

// wish notes what the socket says last, and when that is handled.
func (e *editor) wish(topic, kind string, wants bool) {
	s := e.wire.notes[topic]
	if s == nil {
		s = &subscription{}
		e.wire.notes[topic] = s
	}
	s.since++
	since := s.since
	s.wants, s.settled = wants, false
	e.w.sendWith(e.wire, fmt.Sprintf(`{"type":%q,"topics":[%q]}`, kind, topic), func() {}, func() {
		s.settled = s.settled || s.since == since
	})
}

func (e *editor) subscribe(topic string)   { e.wish(topic, "subscribe", true) }
func (e *editor) unsubscribe(topic string) { e.wish(topic, "unsubscribe", false) }

// publish says something to whoever else has the document open.
func (e *editor) publish(topic string) {
	n := &notice{from: e.wire, topic: topic, heard: map[*wire]int{}, due: map[*wire]int{}}
	e.w.notices = append(e.w.notices, n)
	if s := e.wire.notes[topic]; s.hello == nil {
		s.hello = n
	}
	own := e.wire.notes[topic].since
	frame := fmt.Sprintf(`{"type":"publish","topic":%q,"data":{"n":%d}}`, topic, len(e.w.notices)-1)
	e.w.sendWith(e.wire, frame, func() {
		for _, l := range e.w.wires {
			if s := l.notes[topic]; l != n.from && s != nil && l.open && s.wants && s.settled {
				n.due[l] = s.since
			}
		}
	}, func() {
		n.done = true
		if e.w.calm && n.from.open && n.from.notes[topic].since == own {
			n.check(e.w)
		}
	})
}

// check: who was subscribed all the while has heard it.
func (n *notice) check(w *strangers) {
	for _, l := range w.wires {
		if since, due := n.due[l]; due && l.open && l.notes[n.topic].since == since && n.heard[l] == 0 {
			w.fail("%s has subscribed to %s and not heard what %s said", l.conn, n.topic, n.from.conn)
		}
	}
}

// hear implements guest.
func (e *editor) hear(on *wire, raw []byte) {
	var f struct {
		Type, Topic string
		Data        struct{ N int }
	}
	err := json.Unmarshal(raw, &f)
	switch {
	case err == nil && f.Type == "pong":
	case err == nil && f.Type == "publish" && f.Data.N < len(e.w.notices):
		n := e.w.notices[f.Data.N]
		n.heard[on]++
		if on.notes[f.Topic] == nil || n.topic != f.Topic || n.from == on || n.heard[on] > 1 {
			e.w.fail("%s hears, for the %dth time, what %s said in %s: %s", on.conn, n.heard[on], n.from.conn, n.topic, raw)
		}
	default:
		e.w.fail("%s hears %s", on.conn, raw)
	}
}

// compareNotices holds what editors heard of each other, and that who wants to be listed is.
func (w *strangers) compareNotices() {
	if !w.calm {
		return
	}
	for _, word := range words {
		topic, listed := w.named(word), w.listed(ywebrtc.Name, word)
		var there []*wire
		for _, l := range w.wires {
			s := l.notes[topic]
			if !l.open || s == nil || !s.wants {
				continue
			}
			if !slices.ContainsFunc(listed, func(e directory.Entry) bool { return e.Conn == l.conn }) {
				w.fail("%s is not listed under %s, which was the last that it asked for", l.conn, topic)
			}
			if s.hello != nil && s.hello.done {
				there = append(there, l)
			}
		}
		for i, l := range there {
			for _, other := range there[i+1:] {
				a, b := l.notes[topic], other.notes[topic]
				if a.since+b.since == 2 && a.hello.heard[other]+b.hello.heard[l] == 0 {
					w.fail("neither of %s and %s has heard of the other in %s", l.conn, other.conn, topic)
				}
			}
		}
	}
}
