package lambda

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/parley-rtc/parley/localdev/internal/trace"
)

// Pool runs one function. Its methods may be called from any goroutine.
type Pool struct {
	fn  Function
	opt Options

	quit    chan struct{}
	running sync.WaitGroup // a goroutine for each instance, and the sweeper

	mu         sync.Mutex
	binary     string
	generation int // grows with every Swap; instances of an older one get no event
	closed     bool
	instances  map[*instance]struct{}
	idle       []*instance // the one used last is at the end
	queue      fifo
	live       int // instances of this generation
	starting   int // those of them that are still in init
	scale      scale
	condemned  int // instances that end when they have run their events, by the weather
}

// New returns a Pool that runs binary, a bootstrap. No process is started before the first event.
func New(fn Function, binary string, opt Options) *Pool {
	if opt.MaxInstances <= 0 {
		opt.MaxInstances = 100
	}
	if fn.Reserved != nil {
		opt.MaxInstances = min(opt.MaxInstances, *fn.Reserved)
	}
	p := &Pool{fn: fn, opt: opt, binary: binary, quit: make(chan struct{}), instances: map[*instance]struct{}{}}
	p.running.Add(1)
	go p.sweep()
	return p
}

// Invoke runs the function with one event and returns its answer. The error is an *Error if the function failed,
// ErrThrottled, ErrClosed, or that of ctx: then the function goes on, as on Lambda, and nobody hears of its answer.
// event must not be changed afterwards.
func (p *Pool) Invoke(ctx context.Context, event []byte) ([]byte, error) {
	if p.opt.Weather.Active() {
		return p.invokeInWeather(ctx, event)
	}
	return p.run(ctx, newInvocation(event))
}

func (p *Pool) run(ctx context.Context, inv *invocation) ([]byte, error) {
	inv.span = trace.From(ctx)
	inv.call = CallFrom(ctx)
	if err := p.submit(inv); err != nil {
		return nil, err
	}
	select {
	case out := <-inv.done:
		if inv.logged != nil {
			select {
			case <-inv.logged:
			case <-ctx.Done():
			}
		}
		return out.payload, out.err
	case <-ctx.Done():
		inv.left.Store(true)
		return nil, ctx.Err()
	}
}

// maxQueue bounds the memory of events that wait.
const maxQueue = 50_000

func (p *Pool) submit(inv *invocation) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return ErrClosed
	}
	if p.fn.Reserved != nil && p.queue.len()+p.busy() >= *p.fn.Reserved {
		return ErrThrottled
	}
	if n := len(p.idle); n > 0 {
		in := p.idle[n-1]
		p.idle = p.idle[:n-1]
		p.assign(in, inv)
		in.work <- inv
		return nil
	}
	if p.queue.len() >= maxQueue {
		return ErrThrottled
	}
	inv.queued = time.Now()
	p.queue.push(inv)
	p.grow()
	return nil
}

// busy is how many instances work on an event. The caller holds mu.
func (p *Pool) busy() int {
	n := 0
	for in := range p.instances {
		if in.state == busy {
			n++
		}
	}
	return n
}

// assign gives an event to an instance. The caller holds mu and hands it over.
func (p *Pool) assign(in *instance, inv *invocation) {
	in.state = busy
	in.current = inv
	inv.started = time.Now()
	inv.deadline = inv.started.Add(p.fn.Timeout)
	inv.timer = time.AfterFunc(p.fn.Timeout, func() { p.expire(in, inv) })
	p.opt.Meter.Invoked(p.fn.Folder)
	in.works(inv.span)
	in.output.starts(inv)
}

// settle ends the event that an instance works on. The caller holds mu.
func (p *Pool) settle(in *instance, out outcome) {
	inv := in.current
	inv.timer.Stop()
	now := time.Now()
	p.scale.completed(now)
	p.opt.Meter.Ran(p.fn.MemoryMB, now.Sub(inv.started)+in.unbilledInit)
	p.traceRun(in, inv, now, out.err)
	p.reportEnd(in, inv, now, out.err)
	in.unbilledInit = 0
	var failed *Error
	if inv.left.Load() && errors.As(out.err, &failed) { // else whoever waits says it
		why, _, do := failed.Explain()
		p.opt.Log.Warn("function failed after its caller had left",
			"why", why, "function", p.fn.Name, "invocation", inv.id, "do", do)
	}
	inv.done <- out
}

// expire ends an event that took too long, and its instance.
func (p *Pool) expire(in *instance, inv *invocation) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if in.current != inv || in.state != busy {
		return
	}
	p.settle(in, outcome{err: TimedOut(inv.id, p.fn.Timeout)})
	p.doom(in)
}

// Swap has later events run by another binary. Those that run now finish on the old one.
func (p *Pool) Swap(binary string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return
	}
	p.binary = binary
	p.generation++
	p.live, p.starting = 0, 0
	for in := range p.instances {
		if in.state == idle || in.state == starting {
			p.doom(in)
		}
	}
	p.idle = nil
	p.grow()
}

// Close kills all instances and waits until they are gone. Events that wait or run end with ErrClosed.
func (p *Pool) Close() {
	p.mu.Lock()
	if p.closed {
		p.mu.Unlock()
		return
	}
	p.closed = true
	close(p.quit)
	for p.queue.len() > 0 {
		p.queue.pop().done <- outcome{err: ErrClosed}
	}
	for in := range p.instances {
		if in.state == busy {
			p.settle(in, outcome{err: ErrClosed})
		}
		p.doom(in)
	}
	p.mu.Unlock()
	p.running.Wait()
}
