package apigw

import (
	"errors"
	"io"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/parley-rtc/parley/localdev/internal/weather"
)

// held are messages that wait until the next one of their connection is through.
type held struct {
	mu     sync.Mutex
	passed map[*conn]chan struct{} // closed when it is
}

// hit asks the weather about an event and does to the connection what it says.
func (c *conn) hit(ev weather.Event) *weather.Rule {
	rule := c.g.opt.Weather.Hit(ev)
	if rule == nil {
		return nil
	}
	switch rule.Fault {
	case weather.Cut:
		c.g.cut(c)
	case weather.Gone:
		c.end(ending{code: 1006, by: "fault"})
	}
	return rule
}

// Cut cuts the cable of a connection: its client hears nothing more and is not heard, pushes to it are accepted and lost,
// and it ends as AWS would end it, by the idle limit. Cut reports whether there was such a connection.
func (g *Gateway) Cut(id string) bool {
	c := g.find(id)
	if c == nil {
		return false
	}
	g.cut(c)
	return true
}

func (g *Gateway) cut(c *conn) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.ended {
		c.cut.Store(true)
		_ = c.socket.SetReadDeadline(time.Unix(1, 0)) // wakes the reader, which then is deaf
	}
}

// errCut says that the reader of a cut connection has nothing left to do.
var errCut = errors.New("cable is cut")

// deaf throws away what the client still sends, until the socket is over. The connection stays.
func (c *conn) deaf() error {
	c.mu.Lock()
	if !c.ended { // else the end of the connection has set the deadline
		_ = c.socket.SetReadDeadline(time.Time{})
	}
	c.mu.Unlock()
	_, _ = io.Copy(io.Discard, c.socket)
	return errCut
}

// receivedInWeather takes a message whose order the weather changes, and reports whether it did. It is called by the
// reader, so it sees messages in the order in which the client sent them.
func (c *conn) receivedInWeather(body []byte, came time.Time) bool {
	g := c.g
	key, _ := g.route(body)
	rule := c.hit(weather.Event{Kind: weather.Message, Route: key, Connection: c.id})
	g.held.mu.Lock()
	defer g.held.mu.Unlock()
	if passed, ok := g.held.passed[c]; ok {
		delete(g.held.passed, c)
		body = slices.Clone(body)
		g.handlers.Go(func() { g.message(c, body, came, func() { close(passed) }) })
		return true
	}
	if rule == nil || rule.Fault != weather.Reorder || g.opt.Serial {
		return false
	}
	passed := make(chan struct{})
	if g.held.passed == nil {
		g.held.passed = map[*conn]chan struct{}{}
	}
	g.held.passed[c] = passed
	body = slices.Clone(body)
	g.handlers.Go(func() {
		alone := time.NewTimer(rule.Wait())
		defer alone.Stop()
		select {
		case <-passed:
		case <-alone.C:
			g.held.release(c, passed)
		case <-g.quit:
		}
		g.message(c, body, came, nil)
	})
	return true
}

// release gives up waiting for a next message.
func (h *held) release(c *conn, passed chan struct{}) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.passed[c] == passed {
		delete(h.passed, c)
	}
}

// inWeather answers a POST that the weather hits, and reports whether it did.
func (p *push) inWeather(c *conn) (reply, bool) {
	g := p.g
	rule := c.hit(weather.Event{Kind: weather.Push, Connection: c.id})
	if rule == nil {
		return reply{}, false
	}
	switch rule.Fault {
	case weather.Push410, weather.Push429, weather.Push500:
		p.why = "the weather: " + rule.Name
	}
	a := reply{status: http.StatusOK}
	switch rule.Fault {
	case weather.PushDelay:
		late := slices.Clone(p.data) // the caller reuses it
		g.handlers.Go(func() {
			if g.wait(rule.Wait()) {
				c.deliver(late, sendTry)
			}
		})
	case weather.PushSlow:
		g.wait(rule.Wait())
		return reply{}, false
	case weather.PushDrop:
		c.active(g.opt.Clock.Milli())
		g.opt.Meter.MessageOut(len(p.data))
	case weather.Push410:
		a = isGone
	case weather.Push429:
		a = failure(http.StatusTooManyRequests, "LimitExceededException", "")
	case weather.Push500:
		a = failure(http.StatusInternalServerError, "InternalServerErrorException", "Internal server error")
	default: // what happened to the connection decides
		return reply{}, false
	}
	return a, true
}

// wait waits, and reports whether the Gateway still runs then.
func (g *Gateway) wait(d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-g.quit:
		return false
	}
}

// loses says whether the $disconnect of a connection is lost.
func (g *Gateway) loses(c *conn) bool {
	rule := g.opt.Weather.Hit(weather.Event{Kind: weather.Disconnect, Connection: c.id})
	return rule != nil && rule.Fault == weather.LoseDisconnect
}
