package lambda

import (
	"runtime"
	"slices"
	"time"
)

// How many instances run at once. Lambda starts one for every event that finds none idle. A laptop that did so would run
// hundreds of processes after one burst of short events, and be slower for it; so beyond a soft cap another instance
// starts only if those that run are evidently busy waiting, not busy computing: few events come to an end, and one has
// been waiting for a while.
const (
	patience  = 50 * time.Millisecond  // how long an event waits before it counts
	slowCount = 10                     // fewer ends than this …
	slowSpan  = 250 * time.Millisecond // … within this is slow: 40 a second
	burst     = 8                      // instances in init at once beyond the soft cap
	idleLimit = 5 * time.Minute        // an instance beyond the first is retired after
)

func softCap() int { return max(4, 2*runtime.NumCPU()) }

// scale remembers what the decision needs.
type scale struct {
	ends     [slowCount]time.Time // of the latest events, a ring
	at       int
	launched time.Time // when the latest instance was
	watching bool      // review is due
}

func (s *scale) completed(now time.Time) {
	s.ends[s.at] = now
	s.at = (s.at + 1) % slowCount
}

func (s *scale) slow(now time.Time) bool { return now.Sub(s.ends[s.at]) > slowSpan }

// grow starts instances for events that wait. The caller holds mu.
func (p *Pool) grow() {
	for p.starting < p.queue.len() && p.live < softCap() && len(p.instances) < p.opt.MaxInstances {
		p.launch(false)
	}
	if p.starting < p.queue.len() && !p.scale.watching {
		p.scale.watching = true
		time.AfterFunc(patience, p.review)
	}
}

// review starts instances beyond the soft cap, and looks again as long as events wait.
func (p *Pool) review() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.scale.watching = false
	if p.closed || p.queue.len() == 0 {
		return
	}
	now := time.Now()
	settled := p.starting == 0 || now.Sub(p.scale.launched) > slowSpan
	if settled && p.scale.slow(now) && now.Sub(p.queue.oldest().queued) >= patience {
		for p.starting < min(burst, p.queue.len()) && len(p.instances) < p.opt.MaxInstances {
			p.launch(false)
		}
	}
	p.grow()
}

func (p *Pool) launch(second bool) {
	in := newInstance(p, second)
	p.instances[in] = struct{}{}
	p.live++
	p.starting++
	p.scale.launched = time.Now()
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
