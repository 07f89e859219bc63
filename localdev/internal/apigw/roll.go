package apigw

import "container/heap"

// place is where a connection stands among the open ones, so that nobody has to look for it.
type place struct {
	before, behind *conn // that opened just before and after it
	due            int64 // ms, emulated time, when it is to be looked at
	slot           int   // in the heap by that; -1 once it was taken out
}

// roll is the open connections in the order in which they opened.
type roll struct{ first, last *conn }

func (r *roll) add(c *conn) {
	c.at.before = r.last
	if r.last == nil {
		r.first = c
	} else {
		r.last.at.behind = c
	}
	r.last = c
}

func (r *roll) remove(c *conn) {
	before, behind := c.at.before, c.at.behind
	if before == nil {
		r.first = behind
	} else {
		before.at.behind = behind
	}
	if behind == nil {
		r.last = before
	} else {
		behind.at.before = before
	}
	c.at.before, c.at.behind = nil, nil
}

// enlist takes in a connection that opens. The caller holds mu.
func (g *Gateway) enlist(c *conn) {
	g.conns[c.id] = c
	g.opened.add(c)
	c.at.due = c.deadline()
	heap.Push(&g.due, c)
}

// delist takes out one that has ended. The caller holds mu.
func (g *Gateway) delist(c *conn) {
	delete(g.conns, c.id)
	g.opened.remove(c)
	if c.at.slot >= 0 {
		heap.Remove(&g.due, c.at.slot)
	}
}

// Info describes an open connection.
type Info struct {
	ConnectionID string `json:"connectionId"`
	ConnectedAt  string `json:"connectedAt"`
	LastActiveAt string `json:"lastActiveAt"`
	SourceIP     string `json:"sourceIp"`
	UserAgent    string `json:"userAgent"`
}

// Connections returns how many connections are open, and those that opened first, at most so many.
func (g *Gateway) Connections(most int) (open int, first []Info) {
	g.mu.RLock()
	defer g.mu.RUnlock()
	open = len(g.conns)
	first = make([]Info, 0, min(most, open))
	for c := g.opened.first; c != nil && len(first) < most; c = c.at.behind {
		first = append(first, Info{
			ConnectionID: c.id, ConnectedAt: rfc3339(c.connectedAt), LastActiveAt: rfc3339(c.lastActive.Load()),
			SourceIP: c.sourceIP, UserAgent: c.userAgent,
		})
	}
	return open, first
}
