package lambda

import (
	"runtime"
	"slices"
	"time"

	"github.com/parley-rtc/parley/localdev/internal/proc"
)

// How many instances run at once. Lambda starts one for every event that finds none idle. A laptop
// that did so would run hundreds of processes after one burst of short events, and be slower for
// it; so beyond a soft cap another instance starts only for one that is seen to wait, and not to
// compute, nor to want to on a machine that is busy.
const (
	patience  = 50 * time.Millisecond  // between two looks at who waits, while events do
	looks     = 4                      // in a row at which an instance that waits has done nothing
	slowCount = 10                     // fewer ends of events than this …
	slowSpan  = 250 * time.Millisecond // … within this is slow: 40 a second
	burst     = 8                      // instances in init at once where all others wait
	idleLimit = 5 * time.Minute        // an instance beyond the first is retired after
)

func softCap() int { return max(4, 2*runtime.NumCPU()) }

// scale remembers what the decision needs.
type scale struct {
	ends     [slowCount]time.Time // of the latest events, a ring
	at       int
	waiting  int  // instances that are seen to wait
	watching bool // review is due
}

func (s *scale) completed(now time.Time) {
	s.ends[s.at] = now
	s.at = (s.at + 1) % slowCount
}

func (s *scale) slow(now time.Time) bool { return now.Sub(s.ends[s.at]) > slowSpan }

// quiet is what the looks at an instance have shown since it was idle.
type quiet struct {
	child  *proc.Child
	inv    *invocation // that it worked on at the latest one
	at     time.Time   // of that
	demand time.Duration
	looks  int // in a row at which it had done nothing since the one before; less than 0 before the first
}

// grow starts instances for events that wait. Those that wait themselves leave room for others. The
// caller holds mu.
func (p *Pool) grow() {
	room := softCap()
	if p.scale.waiting > 0 && p.scale.waiting == p.live-p.starting {
		room = burst
	}
	for p.starting < p.queue.len() && p.live-p.scale.waiting < room && len(p.instances) < p.opt.MaxInstances {
		p.launch(false)
	}
	if p.starting < p.queue.len() && !p.scale.watching {
		p.scale.watching = true
		time.AfterFunc(patience, p.review)
	}
}

// review looks which instances wait, as long as events do.
func (p *Pool) review() {
	seen := p.candidates(time.Now())
	for in, q := range seen { // this takes a while
		seen[in] = q.look(time.Now())
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.scale.watching = false
	if p.closed || p.queue.len() == 0 {
		return
	}
	for in := range p.instances {
		q, found := seen[in]
		if !found || in.state != busy || in.generation != p.generation {
			q = quiet{looks: -1}
		}
		in.quiet = q
		p.waits(in, q.looks >= looks)
	}
	p.grow()
}

// candidates are the instances that work on one event for a while, or all that work if few events
// come to an end: else it is at short ones that they work, and wait for localdev at most.
func (p *Pool) candidates(now time.Time) map[*instance]quiet {
	p.mu.Lock()
	defer p.mu.Unlock()
	found := map[*instance]quiet{}
	slow := p.scale.slow(now)
	for in := range p.instances {
		if in.state != busy || in.child == nil || !slow && now.Sub(in.current.started) < patience {
			continue
		}
		q := in.quiet
		if !slow && q.inv != in.current {
			q = quiet{looks: -1}
		}
		q.child, q.inv = in.child, in.current
		found[in] = q
	}
	return found
}

// look looks once more. Where the system does not say what a process does, it is taken to wait.
func (q quiet) look(now time.Time) quiet {
	demand, known := q.child.Demand()
	did := demand - q.demand // less than nothing, if a thread has ended
	if q.looks >= 0 && known && (did < 0 || did >= now.Sub(q.at)/4) {
		q.looks = -1
	}
	q.looks++
	q.at, q.demand = now, demand
	return q
}

// waits notes whether an instance does. The caller holds mu.
func (p *Pool) waits(in *instance, so bool) {
	if in.waits == so {
		return
	}
	in.waits = so
	if so {
		p.scale.waiting++
	} else {
		p.scale.waiting--
	}
}

// forget lets go of what is known of an instance that is idle, or gets no event any more. The
// caller holds mu.
func (p *Pool) forget(in *instance) {
	in.quiet = quiet{looks: -1}
	p.waits(in, false)
}

func (p *Pool) launch(second bool) {
	in := newInstance(p, second)
	p.instances[in] = struct{}{}
	p.live++
	p.starting++
	p.running.Add(1)
	go in.run()
}

// sweep retires instances that nobody has needed for a while, until the pool is closed. One stays warm.
func (p *Pool) sweep() {
	defer p.running.Done()
	tick := time.NewTicker(idleLimit / 5)
	defer tick.Stop()
	for {
		select {
		case now := <-tick.C:
			p.retire(now)
		case <-p.quit:
			return
		}
	}
}

func (p *Pool) retire(now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := 0 // idle is in order of use, so those to retire are in front
	for n < len(p.idle)-1 && now.Sub(p.idle[n].idleSince) > idleLimit {
		p.doom(p.idle[n])
		n++
	}
	p.idle = slices.Delete(p.idle, 0, n)
}
