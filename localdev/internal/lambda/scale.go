package lambda

import (
	"runtime"
	"slices"
	"time"

	"github.com/parley-rtc/parley/localdev/internal/proc"
)

// How many instances run at once. Lambda starts one for every event that finds none idle. A laptop that did so would run
// hundreds of processes after one burst of short events, and be slower for it; so beyond a soft cap another instance
// starts only for one that is seen to wait, and not to compute, nor to want to on a machine that is busy.
const (
	patience  = 50 * time.Millisecond // between two looks at who waits, while events do
	looks     = 4                     // in a row at which an instance that waits has done nothing
	burst     = 8                     // instances in init at once where all others wait
	idleLimit = 5 * time.Minute       // an instance beyond the first is retired after
)

func softCap() int { return max(4, 2*runtime.NumCPU()) }

// quiet is what the looks at an instance have shown.
type quiet struct {
	inv    *invocation // that it worked on
	at     time.Time   // of the latest
	demand time.Duration
	looks  int // in a row at which it had done nothing since the one before
}

// grow starts instances for events that wait. Those that wait themselves leave room for others. The caller holds mu.
func (p *Pool) grow() {
	room := softCap()
	if p.waiting > 0 && p.waiting == p.live-p.starting {
		room = burst
	}
	for p.starting < p.queue.len() && p.live-p.waiting < room && len(p.instances) < p.opt.MaxInstances {
		p.launch(false)
	}
	if p.starting < p.queue.len() && !p.watching {
		p.watching = true
		time.AfterFunc(patience, p.review)
	}
}

// review looks which instances wait, as long as events do.
func (p *Pool) review() {
	seen := p.look()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.watching = false
	if p.closed || p.queue.len() == 0 {
		return
	}
	for in, q := range seen {
		if in.state == busy && in.current == q.inv && in.generation == p.generation {
			in.quiet = q
			p.waits(in, q.looks >= looks)
		}
	}
	p.grow()
}

// look looks at all instances that have worked on one event for a while. Where the system does not
// say what they do, they are taken to wait.
func (p *Pool) look() map[*instance]quiet {
	seen := map[*instance]quiet{}
	children := map[*instance]*proc.Child{}
	now := time.Now()
	p.mu.Lock()
	for in := range p.instances {
		if in.state != busy || in.child == nil || now.Sub(in.current.started) < patience {
			continue
		}
		if seen[in], children[in] = in.quiet, in.child; in.quiet.inv != in.current {
			seen[in] = quiet{inv: in.current, looks: -1}
		}
	}
	p.mu.Unlock()
	for in, last := range seen { // this takes a while
		demand, known := children[in].Demand()
		did := demand - last.demand // less than nothing, if a thread has ended
		q := quiet{inv: last.inv, at: now, demand: demand}
		if last.looks < 0 || !known || did >= 0 && did < now.Sub(last.at)/4 {
			q.looks = last.looks + 1
		}
		seen[in] = q
	}
	return seen
}

// waits notes whether an instance does. The caller holds mu.
func (p *Pool) waits(in *instance, so bool) {
	if in.waits == so {
		return
	}
	in.waits = so
	if so {
		p.waiting++
	} else {
		p.waiting--
	}
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
