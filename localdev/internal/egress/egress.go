// Package egress lets functions work unmodified that build https://{domainName}/{stage} from an
// event, or call DynamoDB without an endpoint of their own. It answers for the hosts of AWS that
// localdev emulates, with certificates that only the functions trust. There are two ways to it: an
// HTTPS proxy that programs are told of by HTTPS_PROXY, which passes all other hosts through
// untouched; and an address of its own, to which files that interpreters load first redirect each
// connection to these hosts.
package egress

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/parley-rtc/parley/localdev/internal/carried"
)

// Options are what a Proxy needs.
type Options struct {
	// Hosts are the hosts that are answered here, each with what is put in front of a request's path.
	Hosts    map[string]string
	Handler  http.Handler // answers for them
	Region   string       // in which the hosts are
	CacheDir string       // what interpreters load is written below it
	Log      *slog.Logger
}

// Proxy is the proxy of one localdev. Close ends it.
type Proxy struct {
	opt       Options
	authority *authority
	bundle    string   // path of a file with the authorities to trust
	java      string   // path of the same for Java, once it is asked for
	remove    []func() // take these files away
	preloads  string   // folder with what interpreters load
	notes     []note   // of hosts that are not answered here
	told      sync.Map // those of which something was said
	direct    net.Listener
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
	p := &Proxy{opt: opt, authority: a, accepted: make(chan net.Conn), notes: notes(opt.Region)}
	if p.preloads, err = carried.LayOut(filepath.Join(opt.CacheDir, "runtime"), preloads); err != nil {
		return nil, err
	}
	p.ctx, p.cancel = context.WithCancel(context.Background())
	if err := p.listen(); err != nil {
		return nil, err
	}
	var remove func()
	if p.bundle, remove, err = hidden("localdev-ca-*.pem", a.bundle()); err != nil {
		p.direct.Close()
		return nil, err
	}
	p.remove = append(p.remove, remove)
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

// Environ adds the variables that lead a function here, by the proxy at addr or past it, unless it
// has its own. AWS_CA_BUNDLE is not among them: SDKs read that file whenever they start, and all
// have another of these variables that is read only when needed.
func (p *Proxy) Environ(env map[string]string, addr string) {
	for name, value := range map[string]string{
		"HTTPS_PROXY": "http://" + addr, "NO_PROXY": "127.0.0.1,localhost,::1",
		"SSL_CERT_FILE": p.bundle, "REQUESTS_CA_BUNDLE": p.bundle, // Go, Rust, Ruby; Python
		"NODE_EXTRA_CA_CERTS": p.bundle, // Bun, Deno
	} {
		if _, ok := env[name]; !ok {
			env[name] = value
		}
	}
	if _, ok := env["AWS_CA_BUNDLE"]; !ok && (runtime.GOOS == "darwin" || runtime.GOOS == "windows") {
		env["AWS_CA_BUNDLE"] = p.bundle // there Go asks the system alone whom to trust
	}
	env["LOCALDEV_HOSTS"] = p.hosts("http://" + addr)
	p.preload(env)
}

// hosts is what interpreters are told: which hosts are answered where, by certificates of which
// authority, and which proxy they need no more.
func (p *Proxy) hosts(proxy string) string {
	told, err := json.Marshal(struct {
		Address   string   `json:"address"`
		Hosts     []string `json:"hosts"`
		Authority string   `json:"authority"`
		Proxy     string   `json:"proxy"`
		Notes     []note   `json:"notes"`
	}{
		Address: p.direct.Addr().String(), Hosts: slices.Sorted(maps.Keys(p.opt.Hosts)), Authority: p.authority.pem(),
		Proxy: proxy, Notes: p.notes,
	})
	if err != nil { // strings always marshal
		return ""
	}
	return string(told)
}

// ServeHTTP serves CONNECT, and requests that name another host, to programs on this machine only.
func (p *Proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	from, _, _ := net.SplitHostPort(r.RemoteAddr)
	if ip := net.ParseIP(from); ip == nil || !ip.IsLoopback() {
		http.Error(w, "localdev is a proxy for its functions only", http.StatusForbidden)
		return
	}
	if r.Method != http.MethodConnect {
		p.forward(w, r)
		return
	}
	host, _, err := net.SplitHostPort(r.Host)
	if err != nil {
		http.Error(w, "want CONNECT host:port", http.StatusBadRequest)
		return
	}
	var peer net.Conn
	_, here := p.prefix(host)
	if !here {
		p.tell(host)
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
	select {
	case p.accepted <- tls.Server(client, p.config(host)):
	case <-p.ctx.Done():
		conn.Close()
	}
}

// prefix is what is put in front of the paths of a host, however it is spelled, if that is answered
// here.
func (p *Proxy) prefix(host string) (prefix string, here bool) {
	prefix, here = p.opt.Hosts[strings.ToLower(host)]
	return prefix, here
}

// early is a connection of which some bytes were read already.
type early struct {
	net.Conn
	r io.Reader
}

func (e *early) Read(b []byte) (int, error) { return e.r.Read(b) }

// tunnel copies both ways until either side ends.
func (p *Proxy) tunnel(a, b net.Conn) {
	defer closeWith(p.ctx, a, b)()
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

// closeWith closes connections when ctx ends, unless the returned function was called before.
func closeWith(ctx context.Context, conns ...net.Conn) (stop func() bool) {
	return context.AfterFunc(ctx, func() {
		for _, c := range conns {
			c.Close()
		}
	})
}

// answer hands a request for a host of AWS to who emulates it.
func (p *Proxy) answer(w http.ResponseWriter, r *http.Request) {
	host, _, err := net.SplitHostPort(r.Host)
	if err != nil {
		host = r.Host
	}
	prefix, here := p.prefix(host)
	if !here {
		http.Error(w, fmt.Sprintf("localdev does not answer for %q", host), http.StatusMisdirectedRequest)
		return
	}
	r.URL.Path = prefix + r.URL.Path
	if r.URL.RawPath != "" {
		r.URL.RawPath = prefix + r.URL.RawPath
	}
	p.opt.Handler.ServeHTTP(w, r)
}

// Close ends all connections.
func (p *Proxy) Close() {
	p.cancel()
	p.direct.Close()
	p.server.Close()
	p.running.Wait()
	for _, remove := range p.remove {
		remove()
	}
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
