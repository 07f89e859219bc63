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
	w.clients = invite(w, w.random, w.room)
	for _, c := range w.clients {
		c.calm = w.calm
	}
	for acted, tried := 0, 0; acted < actions; {
		switch roll := w.random.IntN(12); {
		case roll == 11:
			w.recall()
		case roll < 3:
			if tried++; w.party().act(w.clients[w.random.IntN(len(w.clients))]) || tried > 10*actions {
				acted++
			}
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
	if len(table.Expired) > 0 {
		w.fail("seats kept no longer are in the room: %v", table.Expired)
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
	for _, sender := range w.clients {
		for _, n := range c.missing(sender) {
			w.fail("%s never got message %d of %s, which was accepted", c.name, n, sender.name)
		}
		for n, times := range c.got[sender.name] {
			if w.calm && times > sender.tries[c.name][n] {
				w.fail("%s got message %d of %s %d times", c.name, n, sender.name, times)
			}
		}
	}
}

// party is how the game lets a world know what it wants.
func (w *world) party() party {
	return party{w.random, w.clients, func(c *client, told bool) { w.hangUp(c, told) }, func(d time.Duration) {
		if len(w.events) == 0 {
			w.now = w.now.Add(d)
		}
	}}
}

// story is what happened, and what was wrong with it.
func story(trace, wrong []string) string {
	return fmt.Sprintf("%s\n\n%s", strings.Join(trace, "\n"), strings.Join(wrong, "\n"))
}
