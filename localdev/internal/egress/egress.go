// Package egress lets functions work unmodified that build https://{domainName}/{stage} from an event, or call DynamoDB
// without an endpoint of their own: an HTTPS proxy that functions are told of by HTTPS_PROXY. It answers for the hosts of
// AWS that localdev emulates, with certificates that only the functions trust, and passes all others through untouched.
package egress

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"
)

// Options are what a Proxy needs.
type Options struct {
	// Hosts are the hosts that are answered here, each with what is put in front of a request's path.
	Hosts   map[string]string
	Handler http.Handler // answers for them
	Log     *slog.Logger
}

// Proxy is the proxy of one localdev. Close ends it.
type Proxy struct {
	opt       Options
	authority *authority
	bundle    string // path of a file with the authorities to trust
	remove    func() // takes the bundle away
	server    *http.Server
	ctx       context.Context //nolint:containedctx // of all connections; ends with Close
	cancel    context.CancelFunc
	accepted  chan net.Conn
	running   sync.WaitGroup
}

// New returns a Proxy.
func New(opt Options) (*Proxy, error) {
	a, err := newAuthority()
	if err != nil {
		return nil, err
	}
	p := &Proxy{opt: opt, authority: a, accepted: make(chan net.Conn)}
	if p.bundle, p.remove, err = a.bundle(); err != nil {
		return nil, err
	}
	p.ctx, p.cancel = context.WithCancel(context.Background())
	p.server = &http.Server{
		Handler: http.HandlerFunc(p.answer), ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 3 * time.Minute,
		ErrorLog: slog.NewLogLogger(opt.Log.Handler(), slog.LevelDebug),
	}
	p.running.Go(func() {
		if err := p.server.Serve(listener{p}); !errors.Is(err, http.ErrServerClosed) && p.ctx.Err() == nil {
			opt.Log.Error("serve functions", "err", err)
		}
	})
	return p, nil
}

// Environ adds the variables that lead a function to the proxy at addr, unless it has its own. AWS_CA_BUNDLE is not among
// them: SDKs read that file whenever they start, and all have another of these variables that is read only when needed.
func (p *Proxy) Environ(env map[string]string, addr string) {
	for name, value := range map[string]string{
		"HTTPS_PROXY": "http://" + addr, "NO_PROXY": "127.0.0.1,localhost,::1",
		"SSL_CERT_FILE": p.bundle, "REQUESTS_CA_BUNDLE": p.bundle, // Go, Rust, Ruby; Python
		"NODE_EXTRA_CA_CERTS": p.bundle, "NODE_USE_ENV_PROXY": "1",
	} {
		if _, ok := env[name]; !ok {
			env[name] = value
		}
	}
}

// ServeHTTP serves CONNECT, to programs on this machine only.
func (p *Proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	from, _, _ := net.SplitHostPort(r.RemoteAddr)
	if ip := net.ParseIP(from); ip == nil || !ip.IsLoopback() {
		http.Error(w, "localdev is a proxy for its functions only", http.StatusForbidden)
		return
	}
	host, _, err := net.SplitHostPort(r.Host)
	if err != nil {
		http.Error(w, "want CONNECT host:port", http.StatusBadRequest)
		return
	}
	var peer net.Conn
	_, here := p.opt.Hosts[host]
	if !here {
		dialer := net.Dialer{Timeout: 30 * time.Second}
		if peer, err = dialer.DialContext(r.Context(), "tcp", r.Host); err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
	}
	conn, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		p.opt.Log.Error("take over the socket", "err", err)
		return
	}
	client := &early{Conn: conn, r: io.MultiReader(io.LimitReader(buffered, int64(buffered.Reader.Buffered())), conn)}
	_ = conn.SetDeadline(time.Time{})
	if _, err := io.WriteString(conn, "HTTP/1.1 200 Connection Established\r\n\r\n"); err != nil {
		conn.Close()
		return
	}
	if !here {
		p.running.Go(func() { p.tunnel(client, peer) })
		return
	}
	secure := tls.Server(client, &tls.Config{
		NextProtos: []string{"http/1.1"}, MinVersion: tls.VersionTLS12,
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return p.authority.leaf(host) },
	})
	select {
	case p.accepted <- secure:
	case <-p.ctx.Done():
		conn.Close()
	}
}

// early is a connection of which some bytes were read already.
type early struct {
	net.Conn
	r io.Reader
}

func (e *early) Read(b []byte) (int, error) { return e.r.Read(b) }

// tunnel copies both ways until either side ends.
func (p *Proxy) tunnel(a, b net.Conn) {
	stop := context.AfterFunc(p.ctx, func() { a.Close(); b.Close() })
	defer stop()
	var back sync.WaitGroup
	back.Go(func() {
		_, _ = io.Copy(a, b)
		a.Close()
		b.Close()
	})
	_, _ = io.Copy(b, a)
	a.Close()
	b.Close()
	back.Wait()
}

// answer hands a request for a host of AWS to who emulates it.
func (p *Proxy) answer(w http.ResponseWriter, r *http.Request) {
	host, _, err := net.SplitHostPort(r.Host)
	if err != nil {
		host = r.Host
	}
	prefix := p.opt.Hosts[host]
	r.URL.Path = prefix + r.URL.Path
	if r.URL.RawPath != "" {
		r.URL.RawPath = prefix + r.URL.RawPath
	}
	p.opt.Handler.ServeHTTP(w, r)
}

// Close ends all connections.
func (p *Proxy) Close() {
	p.cancel()
	p.server.Close()
	p.running.Wait()
	p.remove()
}

// listener gives the server what ServeHTTP has accepted.
type listener struct{ p *Proxy }

func (l listener) Accept() (net.Conn, error) {
	select {
	case c := <-l.p.accepted:
		return c, nil
	case <-l.p.ctx.Done():
		return nil, net.ErrClosed
	}
}

func (l listener) Close() error   { return nil }
func (l listener) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)} }
