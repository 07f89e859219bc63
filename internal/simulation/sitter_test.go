package simulation_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// sitter is a page with a client of Socket.IO.
type sitter struct {
	w       *strangers
	version int // Engine.IO's
	wire    *wire
	has     map[string]*stay // by namespace: what it is, or was when its connection was lost
	asks    int              // that are to be acknowledged, so far
}

func newSitter(w *strangers, version int) *sitter {
	return &sitter{w: w, version: version, has: map[string]*stay{}}
}

func (g *sitter) query() string { return fmt.Sprintf("EIO=%d&transport=websocket", g.version) }

func (g *sitter) opened(*wire) {} // the server speaks first

func (g *sitter) closed(l *wire) {
	for _, s := range l.sits {
		s.goes(g.w, g.version == 3 || l.code == pageLeft)
	}
	if l == g.wire {
		g.wire = nil
	}
}

// How a connection ends.
const (
	pageLeft   = 1001 // with no reason
	clientSaid = 1005
	cutCable   = 1006
)

func packetOf(kind, namespace, body string) string {
	if namespace == "/" {
		return kind + body
	}
	return kind + namespace + "," + body
}

// act implements guest.
func (g *sitter) act(roll int) bool {
	l := g.wire
	switch {
	case l == nil && roll >= 85:
		return g.w.lull()
	case l == nil:
		g.wire = g.w.dial(g)
		return true
	case !l.open || len(l.sits) == 0:
		return false
	}
	sits := slices.Sorted(maps.Keys(l.sits))
	s := l.sits[sits[g.w.random.IntN(len(sits))]]
	word := g.w.named(words[g.w.random.IntN(2)])
	switch {
	case s.again:
		return false
	case s.over && g.version == 3: // else it would have the same id again
		g.w.cut(l, true)
	case s.over:
		s.again = true
		g.connect(l, s.namespace)
	case roll < 15:
		g.wish(s, word, true)
	case roll < 23:
		g.wish(s, word, false)
	case roll < 42:
		g.say(s, "say", word)
	case roll < 54:
		g.say(s, "mine", "")
	case roll < 64:
		g.say(s, "to", g.w.stays[g.w.random.IntN(len(g.w.stays))].id)
	case roll < 68:
		s.named[word] = true
		g.emit(s, "name", word, 0)
	case roll < 72:
		g.say(s, "to", word)
	case roll < 75:
		s.queued = true
		g.emit(s, "pair", word, 0)
	case roll < 77:
		g.w.send(l, fmt.Sprint(6-g.version)) // a ping, or a pong
	case roll < 82:
		g.disconnect(s)
	case roll < 93:
		g.w.cut(l, true)
	case roll < 95:
		g.w.cut(l, g.w.calm) // else its $disconnect is lost
	case roll < 98:
		l.code = pageLeft
		for _, lost := range g.has {
			lost.over = lost.over || lost.on == nil // who was just coming back
		}
		g.has = map[string]*stay{}
		g.w.cut(l, true)
	default:
		g.twin()
	}
	return true
}

// twin has another page come with the same private ids, once.
func (g *sitter) twin() {
	if g.version == 3 || g.w.twins {
		return
	}
	g.w.twins = true
	other := newSitter(g.w, 4)
	other.has = maps.Clone(g.has)
	g.w.guests = append(g.w.guests, other)
	other.wire = g.w.dial(other)
}

// connect brings the private id of a socket that was lost.
func (g *sitter) connect(l *wire, namespace string) {
	s := g.has[namespace]
	if s == nil || s.pid == "" || s.over {
		g.w.send(l, packetOf("40", namespace, ""))
		return
	}
	body := fmt.Sprintf(`{"pid":%q,"offset":"x"}`, s.pid)
	g.w.sendWith(l, packetOf("40", namespace, body), func() { s.trying++ }, func() { s.trying-- })
}

func (g *sitter) emit(s *stay, kind, to string, n int) {
	g.w.send(s.on, packetOf("42", s.namespace, fmt.Sprintf(`[%q,%q,%d]`, kind, to, n)))
}

// wish joins or leaves a room, and wants to be told when that is done.
func (g *sitter) wish(s *stay, room string, wants bool) {
	r := s.rooms[room]
	if r == nil {
		r = &membership{}
		s.rooms[room] = r
	}
	r.since++
	s.wishes++
	r.wants, r.settled = wants, false
	kind := "leave"
	if wants {
		kind = "join"
	}
	g.asks++
	s.asked[g.asks] = plea{room, r.since}
	g.w.send(s.on, packetOf("42", s.namespace, fmt.Sprintf(`%d[%q,%q]`, g.asks, kind, room)))
}

// acknowledged: what was asked for last is settled when the client knows of it.
func (s *stay) acknowledged(w *strangers, body string) {
	i, err := strconv.Atoi(strings.TrimSuffix(body, "[]"))
	of, asked := s.asked[i]
	if delete(s.asked, i); asked && s.rooms[of.room].since == of.since {
		s.rooms[of.room].settled = true
	}
	if err != nil || !asked && i > s.page.asks {
		w.fail("%s hears an acknowledgement of nothing: %s", s.id, body)
	}
}

// say says something to others.
func (g *sitter) say(s *stay, kind, to string) {
	d := &word{from: s, kind: kind, to: to, heard: map[*stay]int{}}
	frame := packetOf("42", s.namespace, fmt.Sprintf(`[%q,%q,%d]`, kind, to, len(g.w.words)))
	g.w.words = append(g.w.words, d)
	l, wishes := s.on, 0
	g.w.sendWith(l, frame, func() {
		wishes = s.wishes
		d.begins(g.w)
	}, func() {
		g.w.moment++
		d.ended = g.w.moment
		if s.on != l || !s.here() || s.wishes != wishes {
			d.due = nil // nobody knows whether that was before or after
		}
	})
}

// disconnect is the client's own, which closes the connection with the last socket.
func (g *sitter) disconnect(s *stay) {
	l := s.on
	g.w.send(l, packetOf("41", s.namespace, ""))
	s.goes(g.w, true)
	for _, other := range l.sits {
		if !other.over {
			return
		}
	}
	l.code = clientSaid
	g.w.cut(l, true)
}

// hear implements guest.
func (g *sitter) hear(on *wire, raw []byte) {
	frame := string(raw)
	switch {
	case strings.HasPrefix(frame, "0{"):
		g.greeted(on, raw[1:])
	case frame == "2":
		g.w.send(on, "3")
	case frame == "3":
	case len(frame) > 1 && frame[0] == '4':
		namespace, body := "/", frame[2:]
		if strings.HasPrefix(body, "/") {
			namespace, body, _ = strings.Cut(body, ",")
		}
		g.hearIn(on, frame[:2], namespace, body)
	default:
		g.w.fail("%s hears %s", on.conn, raw)
	}
}

// greeted: a client of Engine.IO 3 is connected to / as soon as its connection is open.
func (g *sitter) greeted(on *wire, raw []byte) {
	var hello struct{ Sid string }
	if err := json.Unmarshal(raw, &hello); err != nil {
		g.w.fail("%s hears %s", on.conn, raw)
	}
	if on.engine != "" && !g.w.twice {
		return
	}
	if on.engine = hello.Sid; g.version == 4 {
		g.connect(on, "/")
	}
	if _, second := g.has["/b"]; second || g.w.random.IntN(3) == 0 {
		g.connect(on, "/b")
	}
}

func (g *sitter) hearIn(on *wire, kind, namespace, body string) {
	s := on.sits[namespace]
	if s == nil {
		s = g.has[namespace] // what was kept for it comes before it is told that it is connected
	}
	switch kind {
	case "40":
		g.connected(on, namespace, body)
	case "44":
		if g.w.calm {
			g.w.fail("%s hears %s in %s", on.conn, body, namespace)
		}
	case "42":
		if s == nil {
			g.w.fail("%s hears %s in %s, where it is not", on.conn, body, namespace)
			return
		}
		g.event(s, body)
	case "43":
		if s != nil {
			s.acknowledged(g.w, body)
		}
	default:
		g.w.fail("%s hears %s in %s: %s", on.conn, kind, namespace, body)
	}
}

func (g *sitter) event(s *stay, body string) {
	var e []json.RawMessage
	var name string
	var n int
	var left []string
	switch err := json.Unmarshal([]byte(body), &e); {
	case err != nil || len(e) == 0 || json.Unmarshal(e[0], &name) != nil:
		g.w.fail("%s hears %s", s.id, body)
	case name == "said" && len(e) == 2 && json.Unmarshal(e[1], &n) == nil:
		s.hears(g.w, n)
	case name == "left" && len(e) == 2 && json.Unmarshal(e[1], &left) == nil && len(left) == 2:
		s.hearsLeft(g.w, left[0], left[1])
	case name == "paired" && s.queued:
	default:
		g.w.fail("%s hears %s", s.id, body)
	}
}

// connected: who comes back in time is who it was, once.
func (g *sitter) connected(on *wire, namespace, body string) {
	var as struct{ Sid, Pid string }
	if g.version == 3 {
		if as.Sid = on.engine; namespace != "/" {
			as.Sid = namespace + "#" + on.engine
		}
	} else if err := json.Unmarshal([]byte(body), &as); err != nil || as.Sid == "" || as.Pid == "" {
		g.w.fail("%s hears that it is connected as %s", on.conn, body)
	}
	was := g.has[namespace]
	if was != nil && was.id == as.Sid {
		was.comesBack(g.w, g, on)
		return
	}
	if s := on.sits[namespace]; s != nil && !s.over && g.w.calm {
		g.w.fail("%s is connected to %s again", on.conn, namespace)
	}
	if was != nil && g.w.calm && !was.over && was.on == nil && was.trying == 1 && time.Since(was.lost) < ioGrace && !g.w.twins {
		g.w.fail("%s has come back in time and is a new socket", was.id)
	}
	s := &stay{
		id: as.Sid, pid: as.Pid, namespace: namespace, page: g, on: on,
		rooms: map[string]*membership{}, asked: map[int]plea{}, named: map[string]bool{}, left: map[parting]int{},
	}
	g.w.stays = append(g.w.stays, s)
	g.has[namespace], on.sits[namespace] = s, s
	if !on.open {
		s.goes(g.w, g.version == 3)
		return
	}
	g.wish(s, g.w.named(words[0]), true)
	if g.w.random.IntN(2) == 0 {
		g.say(s, "mine", "")
	}
}
