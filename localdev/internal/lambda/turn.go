package lambda

import (
	"time"

	"github.com/parley-rtc/parley/localdev/internal/rawhttp"
)

// next moves an instance on that asks for an event: it returns one that waited, or nil if the
// instance is to wait. Then an event is written to reply, or sent to work if that is nil.
func (p *Pool) next(in *instance, reply *rawhttp.Reply) (*invocation, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch in.state {
	case doomed:
		return nil, errDoomed
	case idle, busy:
		return nil, errState
	case starting:
		in.ready.Store(true)
		in.unbilledInit = time.Since(in.began)
		if in.generation == p.generation {
			p.starting--
		}
	case answered:
	}
	ran := in.state == answered
	in.current = nil
	in.state = idle
	if in.generation != p.generation || ran && p.condemn() {
		p.doom(in)
		return nil, errDoomed
	}
	if p.queue.len() > 0 {
		inv := p.queue.pop()
		p.assign(in, inv)
		return inv, nil
	}
	in.reply = reply
	in.idleSince = time.Now()
	in.frost.wait()
	p.forget(in)
	p.idle = append(p.idle, in)
	return nil, nil
}

// abandon ends an instance that no longer listens for its event.
func (p *Pool) abandon(in *instance) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i, other := range p.idle {
		if other == in {
			p.idle = append(p.idle[:i], p.idle[i+1:]...)
			break
		}
	}
	if in.state == busy {
		p.fail(in, exitError(in.current.id, nil))
	}
	p.doom(in)
}

// answering tells whether an instance may answer that event now.
func (p *Pool) answering(in *instance, id []byte) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return in.allows(id)
}

func (in *instance) allows(id []byte) error {
	switch {
	case in.state == doomed:
		return errDoomed
	case in.current == nil:
		return errState
	case in.current.id != string(id):
		return errRequestID
	case in.state != busy:
		return errState
	}
	return nil
}

// answer settles an event, which failed if failure is not nil, and returns it so that its caller is
// told.
func (p *Pool) answer(in *instance, id []byte, failure error) (*invocation, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := in.allows(id); err != nil {
		return nil, err
	}
	inv := in.current
	p.settle(in, failure)
	in.state = answered
	if inv.dies {
		p.doom(in)
	}
	return inv, nil
}

// kill ends the process of an instance that failed to start; how it ends is then settled as init's failure.
func (p *Pool) kill(in *instance) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if in.child != nil {
		in.child.Kill()
	}
}

func (p *Pool) failInit(in *instance, failure *Error) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if in.state != starting {
		return errState
	}
	in.initError = failure
	return nil
}
