package simulation_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/parley-rtc/parley/internal/signaling"
)

// play lets clients act at random, then lets all come to rest in fair weather and compares.
func (w *world) play(actions int) {
	for _, name := range []string{"alice", "bob", "carol", "dave", "eve"}[:2+w.random.IntN(4)] {
		c := newClient(w, w.room, name)
		c.calm = w.calm
		w.clients = append(w.clients, c)
	}
	for acted := 0; acted < actions; {
		switch roll := w.random.IntN(12); {
		case roll == 11:
			w.recall()
		case roll < 3:
			w.act(w.clients[w.random.IntN(len(w.clients))])
			acted++
		case roll < 6 && w.deal():
		default:
			if !w.advance() {
				w.deal()
			}
		}
	}
	w.rest()
	w.compare()
}

func (w *world) others(c *client) []string {
	list := []string{}
	for _, other := range w.clients {
		if other != c {
			list = append(list, other.name)
		}
	}
	return list
}

// act lets a client do something.
func (w *world) act(c *client) {
	roll := w.random.IntN(100)
	switch c.phase {
	case away:
		if roll < 60 && !c.ghost {
			c.dial()
		}
		return
	case quit, dialing:
		return
	case joining:
		if roll < 10 {
			w.hangUp(c, roll < 5)
		}
		return
	}
	to := w.others(c)[w.random.IntN(len(w.clients)-1)]
	switch {
	case roll < 50:
		if len(c.unacked[to]) < 4 {
			c.next(to, roll < 30)
		}
	case roll < 54:
		c.ask(request{action: "broadcast"}, `,"data":1`)
	case roll < 58:
		c.ask(request{action: "update"}, `,"data":%d`, w.random.IntN(9))
	case roll < 62:
		c.refresh()
	case roll < 66:
		c.ask(request{action: "report"}, `,"peer":%q`, to)
	case roll < 67:
		c.ask(request{action: "kick"}, `,"peer":%q`, to)
	case roll < 69:
		c.ask(request{action: []string{"lock", "unlock"}[w.random.IntN(2)]}, "")
	case roll < 71:
		c.ask(request{action: "again"}, "") // no such action
	case roll < 73 && !c.waits("leave"):
		c.ask(request{action: "join"}, `,"peer":%q`, c.name) // a second time
	case roll < 75 && !c.waits("join"):
		c.ask(request{action: "leave"}, "")
	case roll < 85:
		w.hangUp(c, true)
	case roll < 92:
		w.hangUp(c, false)
	case roll < 93:
		w.hangUp(c, false)
		c.ghost = true
	case roll < 97:
		c.dial() // before the one it has is lost
	case len(w.events) == 0:
		w.now = w.now.Add(time.Duration(w.random.IntN(20)) * time.Second)
	}
}

// rest: no more faults, everybody who means to comes back in time, and what the lost ones leave behind is pruned.
func (w *world) rest() {
	w.faults = 0
	w.drain()
	for range 60 {
		idle := true
		for _, c := range w.clients {
			switch {
			case c.ghost || c.phase == quit:
			case c.phase == away:
				c.dial()
				idle = false
			case c.phase != seated:
				idle = false
			}
		}
		w.now = w.now.Add(time.Second)
		w.recall()
		w.drain()
		if idle && len(w.delayed) == 0 && !slices.ContainsFunc(w.clients, (*client).pending) {
			break
		}
	}
	for range 3 { // find ghosts, by pushes; prune them; tell all who is left
		w.now = w.now.Add(grace + time.Second)
		for _, c := range w.clients {
			if c.phase == seated {
				c.ask(request{action: "update"}, `,"data":1`)
				w.drain()
			}
		}
	}
	for _, c := range w.clients { // one that was falsely taken for lost learns of it
		c.refresh()
	}
	w.drain()
}

// compare holds what clients know against what is stored.
func (w *world) compare() {
	table := w.table()
	holders := map[string]bool{}
	if !slices.ContainsFunc(w.clients, func(c *client) bool { return c.phase == seated }) {
		return // nobody is left who could notice anything
	}
	for _, p := range table.Peers {
		if !p.Lost.IsZero() {
			w.fail("%s is still lost", p.Name)
		}
		holders[string(p.Name)] = true
	}
	for _, c := range w.clients {
		p, has := table.Named(signaling.PeerName(c.name))
		switch {
		case c.phase == seated && !has:
			w.fail("%s thinks it has a seat", c.name)
		case c.phase == seated && p.Conn != c.conn:
			w.fail("%s is on %s and its seat on %s", c.name, c.conn, p.Conn)
		case c.phase != seated && has:
			w.fail("%s has a seat on %s and does not know, phase %d", c.name, p.Conn, c.phase)
		}
		if c.phase != seated {
			continue
		}
		others := maps.Clone(holders)
		delete(others, c.name)
		if want := strings.Join(slices.Sorted(maps.Keys(others)), " "); c.sees() != want || len(c.lost) > 0 {
			w.fail("%s sees %q and lost %v, there are %q", c.name, c.sees(), c.lost, want)
		}
		w.compareMail(c)
	}
}

// compareMail holds what the service accepted for c against what it got.
func (w *world) compareMail(c *client) {
	seat := w.seat(c.name)
	for _, sender := range w.clients {
		for n, promise := range sender.accepted[c.name] {
			if got := c.got[sender.name][n]; got == 0 && promise.seat == seat {
				w.fail("%s never got message %d of %s, which was accepted", c.name, n, sender.name)
			}
		}
		for n, times := range c.got[sender.name] {
			if w.calm && times > sender.tries[c.name][n] {
				w.fail("%s got message %d of %s %d times", c.name, n, sender.name, times)
			}
		}
	}
}

func (w *world) story() string {
	return fmt.Sprintf("%s\n\n%s", strings.Join(w.trace, "\n"), strings.Join(w.wrong, "\n"))
}
