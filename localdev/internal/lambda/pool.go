package lambda

import (
	"bytes"
	"context"
	"errors"
	"sync"
	"time"
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
	queue      fifo[*invocation]
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
	return p.run(ctx, newInvocation(ctx, event))
}

// Start is Invoke by one who does not wait: done is told the answer, once, by any goroutine and
// perhaps before Start returns; the answer is good until done returns. Of ctx only the values
// count. Who calls leave does not care any more, though done will be called.
func (p *Pool) Start(ctx context.Context, event []byte, done func(answer []byte, err error)) (leave func()) {
	if p.opt.Weather.Active() {
		ctx, leave := context.WithCancel(context.WithoutCancel(ctx))
		go func() {
			defer leave()
			done(p.invokeInWeather(ctx, event))
		}()
		return leave
	}
	inv := newInvocation(ctx, event)
	inv.done = done
	if err := p.submit(inv); err != nil {
		done(nil, err)
	}
	return inv.leave
}

// run is Invoke in any weather.
func (p *Pool) run(ctx context.Context, inv *invocation) ([]byte, error) {
	type outcome struct {
		payload []byte
		err     error
	}
	done := make(chan outcome, 1)
	inv.done = func(payload []byte, err error) { done <- outcome{bytes.Clone(payload), err} }
	if err := p.submit(inv); err != nil {
		return nil, err
	}
	select {
	case out := <-done:
		if inv.logged != nil {
			select {
			case <-inv.logged:
			case <-ctx.Done():
			}
		}
		return out.payload, out.err
	case <-ctx.Done():
		inv.leave()
		return nil, ctx.Err()
	}
}

// maxQueue bounds the memory of events that wait.
const maxQueue = 50_000

func (p *Pool) submit(inv *invocation) error {
	in, err := p.place(inv)
	if in != nil {
		in.hand(inv)
	}
	return err
}

// place finds an instance that waits for an event, or lets the event wait.
func (p *Pool) place(inv *invocation) (*instance, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return nil, ErrClosed
	}
	if p.fn.Reserved != nil && p.queue.len()+p.busy() >= *p.fn.Reserved {
		return nil, ErrThrottled
	}
	if n := len(p.idle); n > 0 {
		in := p.idle[n-1]
		p.idle = p.idle[:n-1]
		p.assign(in, inv)
		inv.to = in.reply
		return in, nil
	}
	if p.queue.len() >= maxQueue {
		return nil, ErrThrottled
	}
	p.queue.push(inv)
	p.grow()
	return nil, nil
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
	in.expireAfter(p.fn.Timeout)
	p.opt.Meter.Invoked(p.fn.Folder)
	in.works(inv.span)
	in.output.starts(inv)
}

// settle ends the event that an instance works on. The caller holds mu, and has the event's caller
// told.
func (p *Pool) settle(in *instance, err error) {
	inv := in.current
	now := time.Now()
	p.scale.completed(now)
	p.opt.Meter.Ran(p.fn.MemoryMB, now.Sub(inv.started)+in.unbilledInit)
	p.traceRun(in, inv, now, err)
	p.reportEnd(in, inv, now, err)
	in.unbilledInit = 0
	var failed *Error
	if inv.left.Load() && errors.As(err, &failed) { // else whoever waits says it
		why, _, do := failed.Explain()
		p.opt.Log.Warn("function failed after its caller had left",
			"why", why, "function", p.fn.Name, "invocation", inv.id, "do", do)
	}
}

// fail settles an event that the function has not answered. The caller holds mu.
func (p *Pool) fail(in *instance, err error) {
	p.settle(in, err)
	go in.current.done(nil, err)
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
		p.forget(in)
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
		go p.queue.pop().done(nil, ErrClosed)
	}
	for in := range p.instances {
		if in.state == busy {
			p.fail(in, ErrClosed)
		}
		p.doom(in)
	}
	p.mu.Unlock()
	p.running.Wait()
}
