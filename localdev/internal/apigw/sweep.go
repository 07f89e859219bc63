package apigw

import (
	"container/heap"
	"time"
)

// sweep closes connections that are idle or old. One goroutine looks after all of them, as a timer
// for each would cost memory, and only at those whose time may be over.
func (g *Gateway) sweep(advanced <-chan struct{}) {
	defer close(g.sweeping)
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-advanced:
		case <-g.quit:
			return
		}
		over, quiet := g.overdue(g.opt.Clock.Milli())
		for _, c := range over {
			c.end(ending{code: 1001, reason: "Going away", send: true, event: true, by: "limit"})
		}
		for _, c := range quiet {
			c.end(ending{code: 1006, event: true, by: "limit"})
		}
	}
}

// overdue takes out the connections whose time is over: those that API Gateway ends, and those that
// CloudFront cuts.
func (g *Gateway) overdue(now int64) (over, quiet []*conn) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for len(g.due) > 0 && g.due[0].at.due <= now {
		c := g.due[0]
		switch {
		case c.expires() <= now:
			over = append(over, c)
		case c.quiets() <= now:
			quiet = append(quiet, c)
		default: // it was active since
			c.at.due = c.deadline()
			heap.Fix(&g.due, 0)
			continue
		}
		heap.Pop(&g.due)
	}
	return over, quiet
}

// expires is when API Gateway ends the connection unless something comes or goes.
func (c *conn) expires() int64 {
	return min(c.connectedAt+lifeLimit.Milliseconds(), c.lastActive.Load()+idleLimit.Milliseconds())
}

// deadline is when the connection is to be looked at. It only ever moves on, so whoever uses the
// connection need not tell.
func (c *conn) deadline() int64 { return min(c.expires(), c.quiets()) }

// deadlines is a heap of connections, the one that is to be looked at next in front.
type deadlines []*conn

func (d deadlines) Len() int           { return len(d) }
func (d deadlines) Less(i, j int) bool { return d[i].at.due < d[j].at.due }

func (d deadlines) Swap(i, j int) {
	d[i], d[j] = d[j], d[i]
	d[i].at.slot, d[j].at.slot = i, j
}

// Push implements heap.Interface.
func (d *deadlines) Push(x any) {
	c := x.(*conn)
	c.at.slot = len(*d)
	*d = append(*d, c)
}

// Pop implements heap.Interface.
func (d *deadlines) Pop() any {
	last := len(*d) - 1
	c := (*d)[last]
	(*d)[last] = nil
	*d = (*d)[:last]
	c.at.slot = -1
	return c
}
