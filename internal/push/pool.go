package push

import (
	"context"
	"net"
	"net/url"
	"sync"
	"time"

	"github.com/parley-rtc/parley/internal/http1"
	"github.com/parley-rtc/parley/internal/roots"
	"github.com/parley-rtc/parley/internal/sigv4"
)

const (
	mostIdle = 32 // as many as an event pushes at once
	maxIdle  = 90 // seconds, as the SDK's client has it

	// patience is how long a push waits for a connection that another makes. A function may be
	// frozen in the midst of a handshake, and the server have gone by the time it goes on.
	patience = 500 * time.Millisecond
)

// pool keeps connections to the endpoint.
type pool struct {
	address string
	host    string // as requests name it
	region  string
	secure  bool
	name    string // of whom it is to show a certificate
	trusted *roots.Roots
	dialer  net.Dialer

	patience time.Duration
	clock    *clock

	mu    sync.Mutex
	idle  []*sender     // the last one was used last
	freed chan struct{} // has room for one: there may be an idle one for who waits
	turn  chan struct{} // of the one that dials
}

func newPool(u *url.URL, region string, trusted *roots.Roots, clock *clock) *pool {
	p := &pool{
		host: u.Host, region: region, secure: u.Scheme == "https", name: u.Hostname(), trusted: trusted,
		dialer: net.Dialer{KeepAlive: 30 * time.Second}, patience: patience, clock: clock,
		freed: make(chan struct{}, 1), turn: make(chan struct{}, 1),
	}
	usual := "80"
	if p.secure {
		usual = "443"
	}
	port := u.Port()
	if port == "" || port == usual {
		p.host, port = p.name, usual // a port that goes without saying is not said
	}
	p.address = net.JoinHostPort(p.name, port)
	return p
}

// take returns a connection that is not used: one that rests, or that somebody gives back
// meanwhile, or a new one. Those are made one after the other, unless one takes long: the next
// handshake is shorter for the last one, and by then a connection may be free.
func (p *pool) take(ctx context.Context, end time.Time) (*sender, error) {
	if s := p.rested(); s != nil {
		return s, nil
	}
	ctx, cancel := context.WithDeadline(ctx, end)
	defer cancel()
	impatient := time.NewTimer(p.patience)
	defer impatient.Stop()
	for {
		select {
		case <-p.freed:
			if s := p.rested(); s != nil {
				return s, nil
			}
		case p.turn <- struct{}{}:
			defer func() { <-p.turn }()
			if s := p.rested(); s != nil {
				return s, nil
			}
			return p.dial(ctx)
		case <-impatient.C:
			return p.dial(ctx)
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// open makes a connection and lets it rest, unless one does.
func (p *pool) open(ctx context.Context, end time.Time) {
	if s, err := p.take(ctx, end); err == nil {
		p.keep(s)
	}
}

// rested takes the connection that was used last, if its server has not ended it, nil if none is left.
func (p *pool) rested() *sender {
	old := time.Now().Unix() - maxIdle
	for {
		p.mu.Lock()
		last := len(p.idle) - 1
		if last < 0 {
			p.mu.Unlock()
			return nil
		}
		s := p.idle[last]
		p.idle[last] = nil
		p.idle = p.idle[:last]
		p.mu.Unlock()
		if last > 0 {
			p.wake()
		}
		if s.used > old && s.Idle() {
			return s
		}
		s.Close()
	}
}

// keep lets a connection rest until somebody needs it.
func (p *pool) keep(s *sender) {
	s.used = time.Now().Unix()
	p.mu.Lock()
	full := len(p.idle) == mostIdle
	if !full {
		p.idle = append(p.idle, s)
	}
	p.mu.Unlock()
	if full {
		s.Close()
	}
	p.wake()
}

// wake has one who waits look whether a connection rests.
func (p *pool) wake() {
	select {
	case p.freed <- struct{}{}:
	default:
	}
}

func (p *pool) dial(ctx context.Context) (*sender, error) {
	conn, err := p.dialer.DialContext(ctx, "tcp", p.address)
	if err != nil {
		return nil, err
	}
	s := &sender{pool: p, signer: sigv4.Signer{Region: p.region, Service: service}}
	if !p.secure {
		s.Conn = http1.New(conn)
		return s, nil
	}
	config := p.trusted.Config(p.name)
	config.NextProtos = []string{"http/1.1"}
	s.Conn, err = http1.NewTLS(ctx, conn, config)
	return s, err
}
