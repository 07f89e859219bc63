package simulation_test

import (
	"math/rand/v2"
	"time"
)

// party is who plays, and by what chance.
type party struct {
	random  *rand.Rand
	clients []*client
	hangUp  func(c *client, told bool)
	pass    func(time.Duration) // time, if it can
}

// invite returns two to five clients of a room.
func invite(w surroundings, random *rand.Rand, room string) (list []*client) {
	for _, name := range []string{"alice", "bob", "carol", "dave", "eve"}[:2+random.IntN(4)] {
		list = append(list, newClient(w, room, name))
	}
	return list
}

func (p party) others(c *client) (list []string) {
	for _, other := range p.clients {
		if other != c {
			list = append(list, other.name)
		}
	}
	return list
}

// act lets a client do something. It reports whether it could.
func (p party) act(c *client) bool {
	roll := p.random.IntN(100)
	switch c.phase {
	case away:
		if roll < 60 && !c.ghost {
			c.dial()
			return true
		}
		return false
	case quit, dialing:
		return false
	case joining:
		if roll < 10 {
			p.hangUp(c, roll < 5)
		}
		return roll < 10
	}
	to := p.others(c)[p.random.IntN(len(p.clients)-1)]
	switch {
	case roll < 50:
		if len(c.unacked[to]) >= 4 {
			return false
		}
		c.next(to, roll < 30)
	case roll < 54:
		c.ask(request{action: "broadcast"}, `,"data":1`)
	case roll < 58:
		c.ask(request{action: "update"}, `,"data":%d`, p.random.IntN(9))
	case roll < 62:
		c.refresh()
	case roll < 66:
		c.ask(request{action: "report"}, `,"peer":%q`, to)
	case roll < 67:
		c.ask(request{action: "kick"}, `,"peer":%q`, to)
	case roll < 69:
		c.ask(request{action: []string{"lock", "unlock"}[p.random.IntN(2)]}, "")
	case roll < 71:
		c.ask(request{action: "no such action"}, "")
	case roll < 73 && !c.waits("leave"):
		c.ask(request{action: "join"}, `,"peer":%q`, c.name) // a second time
	case roll < 75 && !c.waits("join"):
		c.ask(request{action: "leave"}, "")
	case roll < 85:
		p.hangUp(c, true)
	case roll < 92:
		p.hangUp(c, false)
	case roll < 93:
		p.hangUp(c, false)
		c.ghost = true
	case roll < 97:
		c.dial() // before the one it has is lost
	default:
		p.pass(time.Duration(p.random.IntN(20)) * time.Second)
	}
	return true
}
