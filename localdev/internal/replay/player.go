package replay

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Target is where a replay goes.
type Target struct {
	URLs   []string      // of the APIs that run: ws://host:port/stage
	Limit  time.Duration // for each wait for what localdev said in the recording; 0 is 5 s
	Linger time.Duration // for what it never said, at the end; 0 is 300 ms
	Out    io.Writer     // gets a line for each difference
}

// Result is what became of a replay.
type Result struct {
	Connections, Sent, Expected, Differences int
	Took                                     time.Duration
}

func (r Result) String() string {
	found := "no difference"
	switch {
	case r.Differences == 1:
		found = "1 difference"
	case r.Differences > 1:
		found = fmt.Sprintf("%d differences", r.Differences)
	}
	return fmt.Sprintf("replayed %d connections, %d messages sent, %d answers and pushes expected, in %.1f s: %s",
		r.Connections, r.Sent, r.Expected, r.Took.Seconds(), found)
}

// player drives one replay. All but the sockets is its one goroutine's.
type player struct {
	target   Target
	bind     *binder
	conns    map[int]*conn
	arrivals arrivals
	result   Result
	sent     int // line of the recording that was sent last
}

// Replay drives what clients did in the recording again, in its order. Each step waits until all that localdev had said
// before it has come again. It fails if it cannot be driven at all; what differs is in the Result.
func (s *Session) Replay(ctx context.Context, target Target) (Result, error) {
	if target.Limit == 0 {
		target.Limit = 5 * time.Second
	}
	if target.Linger == 0 {
		target.Linger = 300 * time.Millisecond
	}
	ctx, cancel := context.WithCancel(ctx)
	p := &player{
		target: target, bind: newBinder(s.events), conns: map[int]*conn{}, arrivals: arrivals{more: make(chan struct{}, 1)},
	}
	began := time.Now()
	defer func() {
		cancel()
		for _, c := range p.conns {
			c.cut()
		}
		p.arrivals.readers.Wait()
	}()
	for i := range s.events {
		e := &s.events[i]
		if e.fromServer() {
			p.result.Expected++
			if c := p.conns[e.Conn]; !c.over { // else that it is over has been said
				c.expected = append(c.expected, e)
			}
			continue
		}
		p.await(ctx)
		if err := ctx.Err(); err != nil {
			return p.result, fmt.Errorf("replay %s: %w", s.path, err)
		}
		if err := p.act(ctx, e); err != nil {
			return p.result, fmt.Errorf("%s:%d: %w", s.path, e.line, err)
		}
	}
	p.await(ctx)
	p.linger(ctx)
	for n := 1; n <= len(p.conns); n++ {
		if c := p.conns[n]; c != nil {
			p.surplus(c)
		}
	}
	p.result.Took = time.Since(began)
	if err := ctx.Err(); err != nil {
		return p.result, fmt.Errorf("replay %s: %w", s.path, err)
	}
	return p.result, nil
}

// act does what the client did.
func (p *player) act(ctx context.Context, e *event) error {
	p.sent = e.line
	if e.Kind == kindOpen {
		p.result.Connections++
		c := &conn{number: e.Conn}
		p.conns[e.Conn] = c
		to, err := p.url(e)
		if err != nil {
			return err
		}
		header := http.Header{}
		for name, values := range e.Headers {
			header[name] = p.bind.values(values)
		}
		p.dial(ctx, c, to, p.bind.values(e.Protocols), header)
		return nil
	}
	c := p.conns[e.Conn]
	switch {
	case c.over:
	case e.Kind == kindClient:
		p.result.Sent++
		c.send(ctx, p.bind.text(e.Text), p.target.Limit)
	case e.Kind == kindClose:
		c.over = true
		c.close(e)
	}
	return nil
}

// url is where a recorded handshake goes today: to the stage of that path, or to the only one.
func (p *player) url(e *event) (string, error) {
	query := ""
	if e.Query != "" {
		query = "?" + p.bind.query(e.Query)
	}
	for _, to := range p.target.URLs {
		if u, err := url.Parse(to); err == nil && (u.Path == e.Path || len(p.target.URLs) == 1) {
			return to + query, nil
		}
	}
	return "", fmt.Errorf("no API is at %s today", e.Path)
}

// await waits until all that is expected has come, and says what has not.
func (p *player) await(ctx context.Context) {
	limit := time.NewTimer(p.target.Limit)
	defer limit.Stop()
	var hurry *time.Timer // something else has come for all that is missing: it is likely to stay so
	var hurried <-chan time.Time
	for {
		p.take()
		missing, replaced := 0, true
		for _, c := range p.conns {
			missing += len(c.expected)
			replaced = replaced && len(c.held) >= len(c.expected)
		}
		if missing == 0 {
			return
		}
		if replaced && hurry == nil {
			hurry = time.NewTimer(p.target.Limit / 10)
			defer hurry.Stop()
			hurried = hurry.C
		}
		select {
		case <-p.arrivals.more:
			continue
		case <-limit.C:
		case <-hurried:
		case <-ctx.Done():
			return
		}
		p.take()
		for n := 1; n <= len(p.conns); n++ {
			if c := p.conns[n]; c != nil {
				p.giveUp(c)
			}
		}
		return
	}
}

// linger gives what was never recorded a moment to come.
func (p *player) linger(ctx context.Context) {
	timer := time.NewTimer(p.target.Linger)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
	p.take()
}

// take matches what has come with what is expected. What nobody expects is held: it may have come early.
func (p *player) take() {
	for _, a := range p.arrivals.all() {
		if !a.conn.over {
			a.after = p.sent
			a.conn.held = append(a.conn.held, a)
		}
	}
	for _, c := range p.conns {
		for again := true; again; { // a match may bind what another one needs
			again = p.matchOne(c)
		}
		if n := len(c.held); n > 0 && c.held[n-1].ends && len(c.expected) > 0 { // nothing can come any more
			p.giveUp(c)
		}
	}
}

func (p *player) matchOne(c *conn) bool {
	for i, got := range c.held {
		for j, want := range c.expected {
			if !p.matches(want, got) {
				continue
			}
			c.held = append(c.held[:i], c.held[i+1:]...)
			c.expected = append(c.expected[:j], c.expected[j+1:]...)
			c.over = c.over || got.ends
			return true
		}
	}
	return false
}

func (p *player) matches(want *event, got arrival) bool {
	switch {
	case want.Kind != got.Kind:
		return false
	case want.Kind == kindServer:
		return p.bind.same(want.Text, got.Text)
	case want.Kind == kindAnswer:
		return want.Status == got.Status && p.bind.value(want.Protocol) == got.Protocol
	}
	return want.Code == got.Code && want.Reason == got.Reason
}

// giveUp says what a connection misses, each with what came in its place.
func (p *player) giveUp(c *conn) {
	for _, want := range c.expected {
		got := "nothing"
		switch {
		case c.over: // said before
			continue
		case len(c.held) > 0:
			got = c.held[0].String()
			c.over = c.held[0].ends
			c.held = c.held[1:]
		}
		p.differs("connection %d, line %d: expected %s, got %s", c.number, want.line, want, got)
	}
	c.expected = nil
}

// surplus says what came and was never expected.
func (p *player) surplus(c *conn) {
	for _, got := range c.held {
		p.differs("connection %d, after line %d: expected nothing, got %s", c.number, got.after, got)
	}
}

func (p *player) differs(format string, args ...any) {
	p.result.Differences++
	fmt.Fprintf(p.target.Out, "replay: "+format+"\n", args...)
}

// String is the event as a difference shows it.
func (e *event) String() string {
	switch e.Kind {
	case kindAnswer:
		return strings.TrimSpace(fmt.Sprintf("the answer %d %s", e.Status, e.Protocol))
	case kindClose:
		return strings.TrimSpace(fmt.Sprintf("close %d %s", e.Code, e.Reason))
	}
	return e.Text
}
