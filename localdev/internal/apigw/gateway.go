// Package apigw is one WebSocket API of API Gateway: handshakes, messages, routes, events for the functions, and the
// @connections management API. It behaves as AWS documents it and as others have seen it behave; where a choice looks
// odd, it is AWS's.
package apigw

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/parley-rtc/parley/localdev/internal/caller"
	"github.com/parley-rtc/parley/localdev/internal/clock"
	"github.com/parley-rtc/parley/localdev/internal/quiet"
	"github.com/parley-rtc/parley/localdev/internal/template"
	"github.com/parley-rtc/parley/localdev/internal/trace"
	"github.com/parley-rtc/parley/localdev/internal/weather"
)

// Limits of API Gateway.
const (
	maxFrame    = 32 * 1024  // bytes of a frame's payload, in both directions
	maxMessage  = 128 * 1024 // bytes of a message, and of a POST
	idleLimit   = 10 * time.Minute
	edgeLimit   = 10 * time.Minute // CloudFront's, for bytes to the client alone
	lifeLimit   = 2 * time.Hour
	maxURL      = 4096 // bytes of a handshake's path and query
	maxInFlight = 32   // messages of one connection in work at once; then its socket is read no further
)

// MaxPost is how many bytes a POST to @connections may have.
const MaxPost = maxMessage

// A Function runs events. *lambda.Pool is one.
type Function interface {
	// Invoke returns the function's answer. It fails with context.DeadlineExceeded when ctx's time is over and with
	// anything else when the function failed. event is not changed afterwards.
	Invoke(ctx context.Context, event []byte) ([]byte, error)
	// Start is Invoke without waiting. done gets the outcome, once, maybe before Start returns; the
	// answer is good until done returns. leave says that nobody waits any more. When ctx ends does
	// not matter.
	Start(ctx context.Context, event []byte, done func(answer []byte, err error)) (leave func())
}

// A Meter is told of what API Gateway would bill.
type Meter interface {
	Opened(connection string)
	Closed(connection string)
	MessageIn(bytes int)
	MessageOut(bytes int)
}

// Options are what a Gateway needs besides its API.
type Options struct {
	Region    string
	Mount     string // path of the stage on the local address, e.g. /prod
	Functions map[string]Function
	Clock     *clock.Clock
	Meter     Meter
	Log       *slog.Logger
	Serial    bool   // one message of a connection at a time
	Account   string // 12 digits
	Switches  Switches
	Caller    func(accessKey string) (caller.Caller, bool) // who may sign
	SignWith  string                                       // the keys that are for clients, in words
	Weather   *weather.Weather                             // nil is fair
	Trace     *trace.Log                                   // nil keeps nothing
	Record    Recorder                                     // nil records nothing
	// Span finds what a function works on by the Authorization header of its request; nil if it is no function's.
	Span func(authorization string) *trace.Span
	// Later takes an event for a function, by its logical ID, and runs it by itself.
	Later func(ctx context.Context, function string, event []byte)
	// DynamoDB carries out what an integration asks DynamoDB for.
	DynamoDB func(ctx context.Context, i template.Integration, request []byte) (status int, answer []byte)
	// Refuse says why the sender of a request to @connections may not have it, "" if it may; nil refuses nothing.
	Refuse func(authorization, method string) string
	// Sender is the function, by its logical ID, that a request with that Authorization header
	// comes from, "" if none; may be nil.
	Sender func(authorization string) string
}

// Gateway serves one API. Make it with New.
type Gateway struct {
	api      template.API
	opt      Options
	domain   string
	selector selector
	routes   map[string]*route
	stageVar []byte // ,"stageVariables":{…}, or nothing

	quit     chan struct{}
	sweeping chan struct{}
	ctx      context.Context //nolint:containedctx // of all invocations; ends with Close
	cancel   context.CancelFunc
	handlers sync.WaitGroup
	client   *http.Client // for HTTP back ends
	buffers  sync.Pool    // *[]byte, for one message on its way

	mu        sync.RWMutex
	conns     map[string]*conn
	opened    roll
	due       deadlines
	lingering map[*conn]struct{}  // ended, while the client has yet to close
	pending   map[string]struct{} // IDs of connections to be, whose $connect runs
	closed    bool

	held held

	slash, slashes sync.Once // for the log
	quiet          quiet.Log
}

// New returns a Gateway; it fails if the API refers to a function that is not there, or its route selection expression
// makes no sense. Close ends it.
func New(api template.API, opt Options) (*Gateway, error) {
	selector, err := parseSelector(api.RouteSelection)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", api.LogicalID, err)
	}
	g := &Gateway{
		api: api, opt: opt, selector: selector,
		domain: api.ID + ".execute-api." + opt.Region + "." + template.Suffix(opt.Region),
		routes: map[string]*route{}, conns: map[string]*conn{},
		lingering: map[*conn]struct{}{}, pending: map[string]struct{}{},
		client: newClient(), quit: make(chan struct{}), sweeping: make(chan struct{}),
	}
	for _, r := range api.Routes {
		rt, err := g.newRoute(r)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", api.LogicalID, err)
		}
		g.routes[r.Key] = rt
		if rt.iam {
			opt.Log.Info("sign requests to this API", "api", api.LogicalID, "with", opt.SignWith)
		}
	}
	g.stageVar = stageVariables(api.StageVariables)
	g.ctx, g.cancel = context.WithCancel(context.Background())
	advanced := make(chan struct{}, 1)
	opt.Clock.Watch(func() {
		select {
		case advanced <- struct{}{}:
		default:
		}
	})
	go g.sweep(advanced)
	return g, nil
}

func (g *Gateway) buffer() *[]byte {
	if b, ok := g.buffers.Get().(*[]byte); ok {
		return b
	}
	b := make([]byte, 0, 2048)
	return &b
}

// ServeHTTP serves what is under the stage: the handshake and @connections.
func (g *Gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) { g.ServeAt(g.opt.Mount, w, r) }

// ServeAt is ServeHTTP where the stage is at another path: an API mapping, "" for one of a whole domain.
func (g *Gateway) ServeAt(mount string, w http.ResponseWriter, r *http.Request) {
	if !g.enter() {
		isEnding.write(w)
		return
	}
	defer g.handlers.Done()
	rest := strings.TrimPrefix(r.URL.EscapedPath(), mount)
	if !g.opt.Switches.DoubleSlash404 && strings.HasPrefix(unescape(rest), "//@connections/") {
		rest = rest[1:]
		g.slashes.Do(func() {
			g.opt.Log.Warn("two slashes before @connections are taken for one here, and nobody has seen AWS do so; "+
				"today's SDK for JavaScript sends them if its endpoint ends in a slash: leave that out",
				"api", g.api.LogicalID)
		})
	}
	switch segments := strings.Split(strings.TrimPrefix(rest, "/"), "/"); {
	case rest == "" || rest == "/":
		if !isUpgrade(r) {
			w.Header().Set("Upgrade", "websocket")
			w.Header().Set("Connection", "Upgrade")
			message(w, http.StatusUpgradeRequired, "Upgrade Required")
			return
		}
		if text := misled(r, mount); text != "" {
			g.tell(text, r)
		} else if rest == "/" && mount != "" {
			g.slash.Do(func() {
				g.opt.Log.Warn("a handshake with a slash at the end of its path is taken here, and nobody has seen AWS take one",
					"api", g.api.LogicalID, "path", mount+"/")
			})
		}
		g.connect(w, r, mount)
	case unescape(segments[0]) == "@connections" && len(segments) == 2:
		g.manage(w, r, unescape(segments[1]))
	case strings.Contains(unescape(rest), "@connections"):
		p := g.pushed(r, unescape(segments[len(segments)-1]))
		a := p.noMethod(rest)
		p.end(a)
		a.write(w)
	default:
		Forbidden(w)
	}
}

// enter counts a handler that Close waits for, unless the Gateway is closed.
func (g *Gateway) enter() bool {
	g.mu.RLock()
	defer g.mu.RUnlock()
	if g.closed {
		return false
	}
	g.handlers.Add(1)
	return true
}

// unescape decodes one segment of a path, once: SDKs send %40connections and %3D, people send @ and =.
func unescape(segment string) string {
	s, err := url.PathUnescape(segment)
	if err != nil {
		return segment
	}
	return s
}

// Forbidden is the answer for a stage or path that is not there.
func Forbidden(w http.ResponseWriter) {
	w.Header().Set("X-Amzn-ErrorType", "ForbiddenException")
	message(w, http.StatusForbidden, "Forbidden")
}

func message(w http.ResponseWriter, status int, text string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = fmt.Fprintf(w, `{"message":%q}`, text)
}

// Delete closes a connection as DELETE @connections does, and reports whether there was one.
func (g *Gateway) Delete(id string) bool {
	return g.end(id, ending{
		code: 1000, reason: "Connection Closed Normally", send: true, event: true, bare: g.opt.Switches.DeleteNoStatus, by: "server",
	})
}

// Drop makes a connection's socket vanish: no close frame, no $disconnect. It reports whether there was one.
func (g *Gateway) Drop(id string) bool { return g.end(id, ending{code: 1006, by: "fault"}) }

func (g *Gateway) end(id string, how ending) bool {
	if !g.enter() {
		return false
	}
	defer g.handlers.Done()
	c := g.find(id)
	return c != nil && c.end(how)
}

func (g *Gateway) find(id string) *conn {
	g.mu.RLock()
	defer g.mu.RUnlock()
	return g.conns[id]
}

// Ending has what fails from now on fail without a word, as everything is about to end.
func (g *Gateway) Ending() {
	g.cancel()
	for _, rt := range g.routes {
		rt.waiting.end()
	}
}

// Close ends all connections with 1001, without their $disconnect, and waits until nothing of the Gateway runs.
func (g *Gateway) Close() {
	g.mu.Lock()
	if g.closed {
		g.mu.Unlock()
		return
	}
	g.closed = true
	open := make([]*conn, 0, len(g.conns))
	for _, c := range g.conns {
		open = append(open, c)
	}
	g.mu.Unlock()
	g.Ending()
	close(g.quit)
	<-g.sweeping
	for _, c := range open {
		c.end(ending{code: 1001, reason: "Going away", send: true, hasty: true})
	}
	g.mu.Lock()
	for c := range g.lingering {
		_ = c.socket.Close()
	}
	g.mu.Unlock()
	g.handlers.Wait()
	g.client.CloseIdleConnections()
}
