package load

import (
	"context"
	"slices"
	"time"
)

// receive notes what arrives until ctx ends.
func (p *pair) receive(ctx context.Context) {
	for {
		f, err := p.to.Wait(ctx, "signal")
		if err != nil {
			return
		}
		now := time.Now()
		p.mu.Lock()
		p.seen[f.N]++
		if began, ok := p.sent[f.N]; ok && p.seen[f.N] == 1 {
			p.took = append(p.took, now.Sub(began))
		}
		if f.N < p.latest {
			p.late++
		}
		p.latest = max(p.latest, f.N)
		p.mu.Unlock()
		select {
		case p.arrived <- struct{}{}:
		default:
		}
	}
}

func (p *pair) missing() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := 0
	for id := range p.sent {
		if p.seen[id] == 0 {
			n++
		}
	}
	return n
}

// settle waits until all that was accepted has arrived, or nothing has come for as long as patience.
func settle(ctx context.Context, pairs []*pair, patience time.Duration) {
	for _, p := range pairs {
		for p.missing() > 0 {
			quiet := time.NewTimer(patience)
			select {
			case <-p.arrived:
				quiet.Stop()
				continue
			case <-quiet.C:
			case <-ctx.Done():
				quiet.Stop()
				return
			}
			break
		}
	}
}

func report(pairs []*pair, failed int) Report {
	r := Report{Failed: failed}
	var took []time.Duration
	for _, p := range pairs {
		r.Lost += p.missing()
		p.mu.Lock()
		r.Sent += len(p.sent)
		for _, n := range p.seen {
			r.Received++
			r.Doubled += n - 1
		}
		r.OutOfOrder += p.late
		took = append(took, p.took...)
		p.mu.Unlock()
	}
	r.Sent += failed
	slices.Sort(took)
	at := func(share float64) float64 {
		if len(took) == 0 {
			return 0
		}
		return float64(took[min(int(share*float64(len(took))), len(took)-1)].Microseconds()) / 1000
	}
	r.P50, r.P90, r.P99 = at(0.5), at(0.9), at(0.99)
	return r
}
