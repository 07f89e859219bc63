package simulation_test

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"

	"github.com/parley-rtc/parley/internal/dialect/peerjs"
)

// caller is a page with a client of PeerJS. Others may want the same id.
type caller struct {
	w     *strangers
	id    string
	token string // another each time the page is loaded
	loads int
	wire  *wire
	over  bool // its Peer is destroyed: the page has to be loaded again
}

// callState is what a caller knows of a socket.
type callState struct {
	token   string
	open    bool // OPEN has come
	refused bool
	expired map[string]int // by id
}

// parcel is one frame for another caller.
type parcel struct {
	from     *wire
	src, dst string
	offers   bool
	heard    int
}

func newCaller(w *strangers, id string) *caller {
	c := &caller{w: w, id: id}
	c.load()
	return c
}

func (c *caller) load() {
	c.loads++
	c.token, c.over = fmt.Sprintf("token-%d-%d", c.w.random.IntN(1<<30), c.loads), false
}

func (c *caller) query() string { return "key=peerjs&id=" + c.id + "&version=1.5.5&token=" + c.token }

func parameters(query string) map[string]string {
	values, _ := url.ParseQuery(query)
	all := map[string]string{}
	for name := range values {
		all[name] = values.Get(name)
	}
	return all
}

func (c *caller) dial() {
	c.wire = c.w.dial(c)
	c.wire.call = callState{token: c.token, expired: map[string]int{}}
}

func (c *caller) opened(*wire) {}

func (c *caller) closed(l *wire) {
	if l == c.wire {
		c.wire = nil
	}
}

// act implements guest.
func (c *caller) act(roll int) bool {
	switch l := c.wire; {
	case c.over:
		c.load()
	case l == nil:
		c.dial()
	case !l.open:
		return false
	case roll < 50:
		c.offer(c.w.named([]string{"ann", "ben", "nobody"}[c.w.random.IntN(3)]))
	case roll < 60:
		c.w.send(l, `{"type":"HEARTBEAT"}`)
	case roll < 65:
		c.send("LEAVE", c.w.named("ben"))
	case roll < 75:
		c.w.cut(l, true)
	case roll < 80:
		c.w.cut(l, c.w.calm) // else its $disconnect is lost
	case roll < 90:
		c.dial() // before the one it has is lost
	default:
		c.load()
		if roll < 95 {
			c.w.cut(l, true)
			return true
		}
		c.dial() // and the one of before is never closed
	}
	return true
}

// offer calls somebody. A candidate follows at once.
func (c *caller) offer(to string) {
	c.send("OFFER", to)
	c.send("CANDIDATE", to)
}

func (c *caller) send(kind, to string) {
	number := fmt.Sprint("c", len(c.w.parcels))
	c.w.parcels[number] = &parcel{from: c.wire, src: c.id, dst: to, offers: kind == "OFFER"}
	frame := fmt.Sprintf(`{"type":%q,"src":"mallory","dst":%q,"payload":{"connectionId":%q}}`, kind, to, number)
	c.w.send(c.wire, frame)
}

// hear implements guest.
func (c *caller) hear(on *wire, raw []byte) {
	var f struct {
		Type, Src, Dst string
		Payload        struct{ ConnectionID, Msg string }
	}
	if err := json.Unmarshal(raw, &f); err != nil {
		c.w.fail("%s hears %s: %v", on.conn, raw, err)
		return
	}
	if f.Type != "OPEN" && f.Type != "ID-TAKEN" && f.Type != "ERROR" && f.Dst != c.id {
		c.w.fail("%s, which is %s, hears %s", on.conn, c.id, raw)
	}
	switch f.Type {
	case "OPEN":
		c.hasOpened(on)
	case "ID-TAKEN", "ERROR":
		if c.w.calm && (on == c.wire && on.call.open || f.Type == "ERROR") {
			c.w.fail("%s hears %s", on.conn, raw)
		}
		if on.call.refused = true; on == c.wire {
			c.over = true
		}
	case "OFFER", "ANSWER", "CANDIDATE", "LEAVE":
		p := c.w.parcels[f.Payload.ConnectionID]
		if p == nil {
			if f.Type != "LEAVE" { // of the server's own there may be some
				c.w.fail("%s hears what nobody sent: %s", on.conn, raw)
			}
			return
		}
		if p.heard++; p.heard > 1 || p.dst != c.id || p.src != f.Src {
			c.w.fail("%s hears, for the %dth time, what %s sent to %s: %s", on.conn, p.heard, p.src, p.dst, raw)
		}
		if f.Type == "OFFER" && on == c.wire && on.open {
			c.send("ANSWER", f.Src)
		}
	case "EXPIRE":
		on.call.expired[f.Src]++
	default:
		c.w.fail("%s hears %s", on.conn, raw)
	}
}

// hasOpened holds against who else has the id: no other page does, by the socket that it goes by. One
// that it has left for another may be open for a moment more. Of a page with a socket in doubt nothing
// is held: it may have lost the id, and who should have told it so does not know.
func (c *caller) hasOpened(on *wire) {
	if c.w.calm && on.call.open {
		c.w.fail("%s is opened a second time", on.conn)
	}
	on.call.open = true
	for _, l := range c.w.wires {
		other, same := l.of.(*caller)
		if l == on || !same || other.wire != l || other.id != c.id || !l.open || !l.call.open {
			continue
		}
		if !c.w.inDoubt(l.call.token) && !c.w.inDoubt(on.call.token) {
			c.w.fail("%s is opened as %s, which %s is", on.conn, c.id, l.conn)
		}
	}
}

func (w *strangers) inDoubt(token string) bool {
	return slices.ContainsFunc(w.wires, func(l *wire) bool { return l.call.token == token && l.doubt })
}

// compareCalls holds what callers were told against what they asked for, and against the directory.
func (w *strangers) compareCalls() {
	type way struct {
		from *wire
		to   string
	}
	offers, heard := map[way]int{}, map[way]int{}
	for _, p := range w.parcels {
		if p.offers {
			offers[way{p.from, p.dst}]++
			heard[way{p.from, p.dst}] += p.heard
		}
	}
	for _, l := range w.wires {
		c, calls := l.of.(*caller)
		if !calls {
			continue
		}
		if w.calm && l.open && !l.call.open && !l.call.refused {
			w.fail("%s waits for ever to be opened as %s", l.conn, c.id)
		}
		for _, word := range []string{"ann", "ben", "nobody"} {
			to := way{l, w.named(word)}
			expired := l.call.expired[to.to]
			sent, arrived := offers[to], heard[to]
			if expired > sent || w.calm && l.open && l.call.open && expired+arrived != sent {
				w.fail("%s called %s %d times: %d were heard and %d expired", l.conn, to.to, sent, arrived, expired)
			}
		}
	}
	for _, word := range words {
		listed := w.listed(peerjs.Name, word)
		if len(listed) > 1 {
			w.fail("%s is had by %+v", word, listed)
		}
		if w.calm && len(listed) == 1 && (!w.at(listed[0].Conn).open || !w.at(listed[0].Conn).call.open) {
			w.fail("%s is had by %s, which is not open", word, listed[0].Conn)
		}
		for _, l := range w.wires {
			c, calls := l.of.(*caller)
			has := len(listed) > 0 && listed[0].Conn == l.conn
			if w.calm && calls && c.id == w.named(word) && l.open && l.call.open && !has {
				w.fail("%s is open as %s, which is had by %+v", l.conn, c.id, listed)
			}
		}
	}
}
