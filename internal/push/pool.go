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

	mu     sync.Mutex
	idle   []*sender // the last one was used last
	handed chan *sender
	turn   chan struct{} // of the one that dials
}

func newPool(u *url.URL, region string, trusted *roots.Roots) *pool {
	p := &pool{
		host: u.Host, region: region, secure: u.Scheme == "https", name: u.Hostname(), trusted: trusted,
		dialer: net.Dialer{KeepAlive: 30 * time.Second},
		handed: make(chan *sender), turn: make(chan struct{}, 1),
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

// take returns a connection that is not used: one that rests, or that somebody gives back meanwhile, or
// a new one. Those are made one after the other: the next handshake is shorter for the last one, and
// by then a connection may be free.
func (p *pool) take(ctx context.Context, end time.Time) (*sender, error) {
	if s := p.rested(); s != nil {
		return s, nil
	}
	ctx, cancel := context.WithDeadline(ctx, end)
	defer cancel()
	for {
		select {
		case s := <-p.handed:
			if s.Idle() {
				return s, nil
			}
			s.Close()
		case p.turn <- struct{}{}:
			defer func() { <-p.turn }()
			if s := p.rested(); s != nil {
				return s, nil
			}
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
		if s.used > old && s.Idle() {
			return s
		}
		s.Close()
	}
}

// keep gives a connection to who waits for one, or lets it rest.
func (p *pool) keep(s *sender) {
	s.used = time.Now().Unix()
	select {
	case p.handed <- s:
		return
	default:
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.idle) < mostIdle {
		p.idle = append(p.idle, s)
	} else {
		s.Close()
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
