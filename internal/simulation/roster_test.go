package simulation_test

import (
	"maps"
	"slices"
	"strings"
)

// replace sets the whole roster.
func (c *client) replace(f frame) {
	if f.Rev < c.rev {
		return
	}
	c.rev, c.whole = f.Rev, f.Rev
	c.roster, c.lost = map[string]string{}, map[string]bool{}
	for _, p := range f.Peers {
		if p.Lost != 0 {
			c.lost[p.Peer] = true
		} else {
			c.roster[p.Peer] = p.Address
		}
	}
	held := c.ahead
	c.ahead = nil
	for _, f := range held {
		if f.Rev > c.rev {
			c.apply(f)
		}
	}
}

// apply takes one change, if it is the next.
func (c *client) apply(f frame) {
	switch {
	case c.phase != seated, f.Rev < c.rev, f.Rev <= c.whole:
		return
	case f.Rev > c.rev+1:
		c.ahead = append(c.ahead, f)
		c.refresh()
		return
	}
	c.rev = f.Rev
	switch f.Type {
	case "peer-joined", "peer-back":
		c.roster[f.Peer] = f.Address
		delete(c.lost, f.Peer)
	case "peer-lost":
		delete(c.roster, f.Peer)
		c.lost[f.Peer] = true
	case "peer-left":
		delete(c.roster, f.Peer)
		delete(c.lost, f.Peer)
	}
}

// sees is its roster, for a comparison.
func (c *client) sees() string { return strings.Join(slices.Sorted(maps.Keys(c.roster)), " ") }

// pending reports whether it has sent what was neither accepted nor refused.
func (c *client) pending() bool {
	return c.phase == seated && slices.ContainsFunc(slices.Collect(maps.Values(c.unacked)), func(m map[int]bool) bool { return len(m) > 0 })
}

func (c *client) waits(action string) bool {
	for _, r := range c.requests {
		if r.action == action {
			return true
		}
	}
	return false
}

// missing are the messages of another that were accepted for the seat that c still has, and never came.
func (c *client) missing(sender *client) (list []int) {
	seat := c.w.seat(c.name)
	for _, n := range slices.Sorted(maps.Keys(sender.accepted[c.name])) {
		if sender.accepted[c.name][n] == seat && c.got[sender.name][n] == 0 {
			list = append(list, n)
		}
	}
	return list
}
