package lambda

import "time"

// expireAfter bounds the event that an instance works on from now on. An instance has one timer,
// which is not moved for each event: when it rings it is set for the one that runs then. The caller
// holds the pool's lock.
func (in *instance) expireAfter(d time.Duration) {
	switch {
	case in.timed:
		return
	case in.late == nil:
		in.late = time.AfterFunc(d, func() { in.pool.expire(in) })
	default:
		in.late.Reset(d)
	}
	in.timed = true
}

// expire ends an event that took too long, and its instance.
func (p *Pool) expire(in *instance) {
	p.mu.Lock()
	defer p.mu.Unlock()
	in.timed = false
	if in.state != busy {
		return
	}
	if left := time.Until(in.current.deadline); left > 0 {
		in.expireAfter(left)
		return
	}
	p.fail(in, TimedOut(in.current.id, p.fn.Timeout))
	p.doom(in)
}
