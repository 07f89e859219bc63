package lambda

import (
	"cmp"
	"errors"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync/atomic"
	"time"

	"github.com/parley-rtc/parley/localdev/internal/proc"
	"github.com/parley-rtc/parley/localdev/internal/rawhttp"
	"github.com/parley-rtc/parley/localdev/internal/trace"
)

type state int

const (
	starting state = iota // in init
	idle                  // waits for an event
	busy                  // works on current
	answered              // has answered current, has not asked for the next
	doomed                // gets no event any more; its process is ending
)

// initLimit is what init may take. If it overruns, it is repeated within the function's own time-out.
const initLimit = 10 * time.Second

// instance is one process of the function. All but ready is guarded by the pool's lock, or set
// before it starts.
type instance struct {
	pool       *Pool
	generation int
	binary     string
	key        string
	ready      *atomic.Bool                // init is over
	span       *atomic.Pointer[trace.Span] // what it works on, or did last
	work       chan *invocation            // to a client of net/http that waits
	abandoned  func()                      // see Pool.abandon
	runs       chan struct{}               // closed when child is set
	gone       chan struct{}               // closed when the process is
	output     *output
	frost      frost

	state        state
	current      *invocation
	child        *proc.Child
	began        time.Time     // init
	unbilledInit time.Duration // goes on the bill with the first event
	initError    *Error        // what the runtime said, or that init took too long
	second       bool          // this init repeats one that overran
	idleSince    time.Time
	reply        *rawhttp.Reply // takes the event that it waits for; nil if work does
	late         *time.Timer    // calls Pool.expire
	timed        bool           // it will
	quiet        quiet
	waits        bool // as far as quiet shows; only while it is busy
}

// newInstance makes an instance of the pool's present binary. The caller holds the pool's lock.
func newInstance(p *Pool, second bool) *instance {
	key, known := p.opt.Keys.issue(p.fn.Name)
	in := &instance{
		pool: p, generation: p.generation, binary: p.binary, key: key, ready: &known.ready, span: &known.span,
		work: make(chan *invocation, 1), runs: make(chan struct{}), gone: make(chan struct{}),
		output: newOutput(p.fn.Label, p.opt.Output), began: time.Now(), second: second,
		quiet: quiet{looks: -1},
	}
	in.abandoned = func() { p.abandon(in) }
	return in
}

// run starts the process and its Runtime API, and returns when both are gone.
func (in *instance) run() {
	p := in.pool
	defer p.running.Done()
	defer p.opt.Keys.ended(in.key)
	go in.output.write()
	err := in.serve()
	close(in.gone)
	p.ended(in, err)
	in.output.close()
}

// serve returns how the process ended; a startError if it never ran.
func (in *instance) serve() error {
	p := in.pool
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return &startError{err}
	}
	defer in.serveAPI(listener)()

	out, stdout, err := os.Pipe()
	if err != nil {
		return &startError{err}
	}
	if err := in.output.attach(out); err != nil {
		out.Close()
		stdout.Close()
		return &startError{err}
	}
	forwarded := make(chan struct{})
	go func() { defer close(forwarded); in.output.forward() }()
	defer func() {
		<-in.output.reached() // all that the process wrote, a panic's trace at the end of it
		out.Close()           // somebody may hold the other end open
		<-forwarded
	}()

	cmd := exec.Command(in.binary, p.fn.Args...)
	cmd.Dir = cmp.Or(p.fn.Dir, filepath.Dir(in.binary))
	cmd.Env = environ(p.fn, cmd.Dir, in.key, listener.Addr().String())
	cmd.Stdout, cmd.Stderr = stdout, stdout
	child, err := p.opt.Starter.Start(cmd)
	stdout.Close()
	if err != nil {
		return &startError{err}
	}
	p.mu.Lock()
	in.child = child
	close(in.runs)
	if in.state == doomed || in.initError != nil {
		child.Kill()
	}
	p.mu.Unlock()

	overrun := time.AfterFunc(p.initLimit(in), func() { p.overrun(in) })
	defer overrun.Stop()
	<-child.Done()
	return child.Err()
}

// serveAPI serves the Runtime API until the function that it returns is called.
func (in *instance) serveAPI(listener net.Listener) (stop func()) {
	const head = time.Minute
	server := &http.Server{Handler: runtimeAPI{in}, ReadHeaderTimeout: head}
	go func() { // ends with Close
		_ = server.Serve(&rawhttp.Listener{Listener: listener, Handler: rawAPI{in}, MaxBody: maxRaw, Head: head})
	}()
	return func() { server.Close() }
}

// startError is a process that could not be started.
type startError struct{ error }

func (e *startError) Unwrap() error { return e.error }

func (p *Pool) initLimit(in *instance) time.Duration {
	if in.second {
		return p.fn.Timeout
	}
	return initLimit
}

// overrun ends an init that takes too long.
func (p *Pool) overrun(in *instance) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if in.state != starting {
		return
	}
	p.opt.Log.Warn("function init timed out", "function", p.fn.Name, "after", p.initLimit(in))
	in.initError = newError("Sandbox.Timedout", "")
	in.child.Kill()
}

// doom lets an instance get no event any more and ends its process. The caller holds mu.
func (p *Pool) doom(in *instance) {
	p.forget(in)
	if in.generation == p.generation && in.state != doomed {
		p.live--
		if in.state == starting {
			p.starting--
		}
	}
	in.state = doomed
	if in.child != nil {
		in.child.Kill()
	}
}

// ended takes an instance out whose process is gone; err is how it ended.
func (p *Pool) ended(in *instance, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.instances, in)
	if in.late != nil {
		in.late.Stop()
	}
	switch in.state {
	case doomed:
	case starting:
		p.doom(in)
		p.initFailed(in, err)
	case busy:
		p.fail(in, exitError(in.current.id, err))
		p.doom(in)
	case idle:
		p.opt.Log.Warn("function ended while idle", "function", p.fn.Name, "err", err)
		p.idle = slices.DeleteFunc(p.idle, func(i *instance) bool { return i == in })
		p.doom(in)
	case answered:
		p.doom(in)
	}
	if !p.closed {
		p.grow()
	}
}

// initFailed fails the event that has waited longest, so that a function that never starts answers each of its events,
// or tries a second time if init only took too long. The caller holds mu.
func (p *Pool) initFailed(in *instance, err error) {
	if p.closed || in.generation != p.generation {
		return
	}
	timedOut := in.initError != nil && in.initError.Type == "Sandbox.Timedout"
	p.reportInit(in, in.initError)
	if timedOut && !in.second {
		p.launch(true)
		return
	}
	var inv *invocation
	id := ""
	if p.queue.len() > 0 {
		inv = p.queue.pop()
		id = inv.id
	}
	failure := p.initFailure(in, id, err)
	if inv == nil || inv.left.Load() { // else whoever waits says it
		why, _, do := failure.Explain()
		p.opt.Log.Error("function did not start", "why", why, "function", p.fn.Name, "do", do)
	}
	if inv == nil {
		return
	}
	p.opt.Meter.Invoked(p.fn.Folder)
	p.opt.Meter.Ran(p.fn.MemoryMB, time.Since(in.began))
	p.traceRun(in, inv, time.Now(), failure)
	for _, line := range in.output.early { // why there is no function to run the event
		inv.span.Line(p.fn.Label, line)
		inv.call.add(line)
	}
	go inv.done(nil, failure)
}

// initFailure is what an event gets for an init that failed.
func (p *Pool) initFailure(in *instance, requestID string, err error) *Error {
	var notStarted *startError
	var failure Error
	switch {
	case in.initError != nil && in.initError.Type == "Sandbox.Timedout":
		failure = *TimedOut(requestID, p.fn.Timeout)
	case in.initError != nil:
		failure = *in.initError
	case errors.As(err, &notStarted):
		failure = *newError("Runtime.InvalidEntrypoint", "RequestId: "+requestID+" Error: "+err.Error())
	default:
		failure = *exitError(requestID, err)
	}
	failure.Init = true
	return &failure
}
