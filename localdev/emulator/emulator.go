// Package emulator runs a WebSocket API of API Gateway with its Lambda functions and DynamoDB tables on this machine, from
// its template: what `localdev` runs, and what tests start in its place.
//
//	e, err := emulator.Start(ctx, emulator.Options{Template: "template.yaml"})
//	…
//	defer e.Close()
//	socket, _, err := websocket.Dial(ctx, e.APIs[0].URL, nil)
package emulator

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/parley-rtc/parley/localdev/internal/apigw"
	"github.com/parley-rtc/parley/localdev/internal/bill"
	"github.com/parley-rtc/parley/localdev/internal/clock"
	"github.com/parley-rtc/parley/localdev/internal/console"
	"github.com/parley-rtc/parley/localdev/internal/dynamo"
	"github.com/parley-rtc/parley/localdev/internal/egress"
	"github.com/parley-rtc/parley/localdev/internal/gobuild"
	"github.com/parley-rtc/parley/localdev/internal/lambda"
	"github.com/parley-rtc/parley/localdev/internal/managed"
	"github.com/parley-rtc/parley/localdev/internal/proc"
	"github.com/parley-rtc/parley/localdev/internal/quiet"
	"github.com/parley-rtc/parley/localdev/internal/rawhead"
	"github.com/parley-rtc/parley/localdev/internal/rawhttp"
	"github.com/parley-rtc/parley/localdev/internal/replay"
	"github.com/parley-rtc/parley/localdev/internal/runner"
	"github.com/parley-rtc/parley/localdev/internal/site"
	"github.com/parley-rtc/parley/localdev/internal/template"
	"github.com/parley-rtc/parley/localdev/internal/trace"
	"github.com/parley-rtc/parley/localdev/internal/ttl"
	"github.com/parley-rtc/parley/localdev/internal/weather"
	"github.com/parley-rtc/parley/localdev/rates"
)

// API is one WebSocket API that runs.
type API struct {
	Name  string `json:"name"`
	ID    string `json:"id"`
	Stage string `json:"stage"`
	URL   string `json:"url"` // ws://host:port/stage
}

// Emulator is a running localdev. Close ends it.
type Emulator struct {
	Addr string // host:port of everything
	APIs []API

	opt       Options
	log       *slog.Logger
	stack     *template.Stack
	found     found
	clock     clock.Clock
	meter     *bill.Meter
	starter   *proc.Starter
	early     *early
	engine    engine
	tables    *dynamo.Client
	proxy     *dynamo.Proxy
	http      *http.Transport // to the engine
	keys      lambda.Keys
	builder   *gobuild.Builder
	machine   *managed.Machine
	weather   *weather.Weather
	egress    *egress.Proxy
	ttl       *ttl.Sweeper
	trace     trace.Log
	rates     rates.Rates
	billed    atomic.Int64              // ms, emulated time, since when the bill counts
	page      http.Handler              // the console's
	programs  map[string]program        // by logical ID
	pools     map[string]*lambda.Pool   // by logical ID
	elsewhere map[string]apigw.Function // by logical ID, those without a pool
	unbuilt   map[string]*unbuilt       // by logical ID, those whose first build failed
	remote    *runner.Endpoint          // nil without Options.Lambda
	gateways  []*apigw.Gateway
	recorder  *replay.Recorder // nil without Options.Record
	site      *site.Site
	server    *http.Server

	background  context.Context    //nolint:containedctx // of what outlives requests; ends with Close
	stop        context.CancelFunc // of what runs in the background
	tasks       sync.WaitGroup
	closed      sync.Once
	serving     sync.RWMutex // read-locked by each request that is being served
	permissions permissions
	callers     callers
	quiet       quiet.Log
}

// Start runs the template and returns when all of it can serve. The emulator then runs until Close; ctx only bounds the
// start. An error of the template or of a function's code names its place.
func Start(ctx context.Context, opt Options) (*Emulator, error) {
	if opt.Log == nil {
		opt.Log = slog.New(slog.DiscardHandler)
	}
	if opt.Output == nil {
		opt.Output = io.Discard
	}
	if opt.Listen == "" {
		opt.Listen = "127.0.0.1:0"
	}
	found, with, err := choose(&opt)
	if err != nil {
		return nil, err
	}
	e := &Emulator{opt: opt, log: opt.Log, found: found, starter: proc.NewStarter()}
	e.background, e.stop = context.WithCancel(context.WithoutCancel(ctx))
	e.early = startEarly(ctx, e.starter, opt)
	if err := e.open(ctx, with); err != nil {
		e.Close()
		return nil, err
	}
	return e, nil
}

// open reads the template and starts all of it.
func (e *Emulator) open(ctx context.Context, with template.Options) error {
	var err error
	if e.stack, err = template.Load(e.opt.Template, with); err != nil {
		if bad := (*template.Error)(nil); errors.As(err, &bad) {
			warn(e.log, bad.Notices)
		}
		return err
	}
	listener, err := net.Listen("tcp", e.opt.Listen)
	if err != nil {
		if _, _, wrong := net.SplitHostPort(e.opt.Listen); wrong != nil || !errors.Is(err, syscall.EADDRINUSE) {
			return fmt.Errorf("cannot listen on %s: %w; -listen wants an address of this machine and a port: "+
				"127.0.0.1:3000, or 127.0.0.1:0 for a free port", e.opt.Listen, reason(err))
		}
		return fmt.Errorf("cannot listen on %s: %w; end what listens there, perhaps another localdev, or "+
			"choose another address: -listen 127.0.0.1:0 takes a free port", e.opt.Listen, reason(err))
	}
	e.Addr = reachable(listener.Addr())
	e.builder, e.machine = gobuild.New(e.cacheDir(), e.stack.BuildTags...), managed.On(e.cacheDir())
	if err := e.start(ctx, listener); err != nil {
		listener.Close()
		return err
	}
	return nil
}

// reason drops the address that net puts in front of an error, as it is in our own text.
func reason(err error) error {
	var op *net.OpError
	if errors.As(err, &op) {
		return op.Err
	}
	return err
}

// reachable is the address that clients on this machine use.
func reachable(addr net.Addr) string {
	tcp, ok := addr.(*net.TCPAddr)
	if ok && tcp.IP.IsUnspecified() {
		return net.JoinHostPort("127.0.0.1", fmt.Sprint(tcp.Port))
	}
	return addr.String()
}

func (e *Emulator) start(ctx context.Context, listener net.Listener) error {
	if err := e.makeCache(); err != nil {
		return err
	}
	programs, err := e.prebuilt(ctx)
	if err != nil {
		return err
	}
	e.site = site.Handler(filepath.Join(filepath.Dir(e.stack.Path), "web"))
	if err := e.show(programs); err != nil {
		return err
	}
	warn(e.log, e.stack.Notices)
	if tcp, ok := listener.Addr().(*net.TCPAddr); ok && !tcp.IP.IsLoopback() {
		e.log.Warn("localdev can be reached from other machines, and it asks nobody for a password", "address", listener.Addr())
	}
	prices, err := rates.USEast1()
	if err != nil {
		return err
	}
	folders := make([]string, 0, len(e.stack.Functions))
	for _, f := range e.stack.Functions {
		folders = append(folders, f.Folder)
	}
	e.meter = bill.New(prices, e.clock.Now, folders)
	e.rates = prices
	e.billed.Store(e.clock.Milli())
	e.page = console.Handler()
	mounts := e.mounts()
	stages, err := e.stagePaths(mounts)
	if err != nil {
		return err
	}

	if err := e.startWeather(); err != nil {
		return err
	}
	if err := e.startCallers(); err != nil {
		return err
	}
	var noDatabase error
	group, groupCtx := errgroup.WithContext(ctx)
	group.Go(func() error {
		noDatabase = e.startDynamoDB(groupCtx)
		return noDatabase
	})
	group.Go(func() error { return e.build(groupCtx, programs) })
	group.Go(func() error { return e.startEgress(mounts) })
	if err := group.Wait(); err != nil {
		if noDatabase != nil && !errors.Is(noDatabase, context.Canceled) { // of two reasons always the same is told
			return noDatabase
		}
		return err
	}
	if e.opt.Lambda != "" {
		if e.remote, err = runner.NewEndpoint(e.opt.Lambda); err != nil {
			return err
		}
	}
	if err := e.startFunctions(programs, mounts); err != nil {
		return err
	}
	e.startPermissions()
	e.startTTL(e.background)
	if err := e.startSources(ctx, e.background); err != nil {
		return err
	}
	if err := e.startRecorder(); err != nil {
		return err
	}
	if err := e.startAPIs(mounts); err != nil {
		return err
	}
	front := &front{e: e, paths: stages, door: e.frontDoor()}
	e.serve(listener, front, posts{front})
	if e.opt.Watch {
		e.watch(e.background)
	}
	return nil
}

func (e *Emulator) startAPIs(mounts []string) error {
	functions := make(map[string]apigw.Function, len(e.stack.Functions))
	for _, f := range e.stack.Functions {
		functions[f.LogicalID] = e.callable(f.LogicalID)
	}
	for i, api := range e.stack.APIs {
		g, err := apigw.New(api, apigw.Options{
			Region: e.stack.Region, Mount: mounts[i], Functions: functions, Clock: &e.clock,
			Meter: e.meter, Log: e.log, Serial: e.opt.Serial, Weather: e.weather,
			Trace: &e.trace, Later: e.later(api.Name), Record: e.recording(), Span: e.keys.Span,
			Refuse: e.refuseConnections(api.ID, api.Stage), Sender: e.sender,
			Account: e.stack.AccountID, Caller: e.caller, SignWith: e.signWith(), Switches: e.opt.Switches.Switches,
			DynamoDB: e.integrateDynamoDB,
		})
		if err != nil {
			return fmt.Errorf("%s:%d: %w", e.stack.Path, api.Line, err)
		}
		e.gateways = append(e.gateways, g)
		e.APIs = append(e.APIs, API{Name: api.Name, ID: api.ID, Stage: api.Stage, URL: "ws://" + e.Addr + mounts[i]})
	}
	return nil
}

// mounts returns the path of each API's stage. Two APIs with one stage name are told apart by the API's ID in front.
func (e *Emulator) mounts() []string {
	taken := map[string]bool{}
	mounts := make([]string, len(e.stack.APIs))
	for i, api := range e.stack.APIs {
		mounts[i] = "/" + api.Stage
		if taken[mounts[i]] {
			mounts[i] = "/" + api.ID + "/" + api.Stage
		}
		taken[mounts[i]] = true
	}
	return mounts
}

// serve starts the one HTTP server, with raw in front of it.
func (e *Emulator) serve(listener net.Listener, handler http.Handler, raw rawhttp.Handler) {
	e.server = &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: 10 * time.Second,
		IdleTimeout:       3 * time.Minute, // longer than the AWS SDKs keep an idle connection
		ErrorLog:          slog.NewLogLogger(e.log.Handler(), slog.LevelDebug),
		ConnContext:       rawhead.Context,
		ConnState:         rawhead.State,
	}
	plain := &rawhttp.Listener{
		Listener: listener, Handler: raw, MaxBody: apigw.MaxPost,
		Head: e.server.ReadHeaderTimeout, Idle: e.server.IdleTimeout,
	}
	e.tasks.Go(func() {
		if err := e.server.Serve(rawhead.Listener{Listener: plain}); !errors.Is(err, http.ErrServerClosed) {
			e.log.Error("serve", "err", err)
		}
	})
}

// served waits until no request is being served any more, so that nothing is logged after Close. What still is after a second
// hangs on somebody else.
func (e *Emulator) served() {
	done := make(chan struct{})
	go func() {
		e.serving.Lock()
		e.serving.Unlock() //nolint:staticcheck // it was only waited for
		close(done)
	}()
	select {
	case <-done:
	case <-time.After(time.Second):
	}
}

// Close ends the emulator and all its processes. Clients see their sockets close with 1001. It may be called again.
func (e *Emulator) Close() {
	e.closed.Do(func() {
		if e.recorder != nil {
			e.recorder.Close() // first: what the end does to clients is no part of what they did
		}
		e.stop()
		if e.server != nil {
			e.server.Close()
		}
		for _, g := range e.gateways {
			g.Ending()
		}
		var closing sync.WaitGroup
		for _, g := range e.gateways {
			closing.Go(g.Close)
		}
		for _, p := range e.pools {
			closing.Go(p.Close)
		}
		for _, u := range e.unbuilt {
			closing.Go(u.Close)
		}
		if e.remote != nil {
			closing.Go(e.remote.Close)
		}
		closing.Wait()
		e.tasks.Wait()
		if e.egress != nil {
			e.egress.Close()
		}
		e.early.Close()
		e.engine.Close()
		if e.http != nil {
			e.http.CloseIdleConnections()
		}
		e.served()
		e.starter.Close()
	})
}
