// Package load drives pairs of peers through a service and measures how their messages fare.
package load

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/parley-rtc/parley/client/go/wire"
)

// Options are the load.
type Options struct {
	URL      string
	Token    string // its claim peer has to be a prefix: every peer takes a name of its own
	Pairs    int
	Rate     float64 // messages a second, all pairs together
	Duration time.Duration
	Size     int // bytes of data of each message
	Timeout  time.Duration
}

// Report is what came of it.
type Report struct {
	Sent       int     `json:"sent"`
	Received   int     `json:"received"`
	Lost       int     `json:"lost"`
	Doubled    int     `json:"doubled"`
	OutOfOrder int     `json:"outOfOrder"` // arrived after one that was sent later
	Failed     int     `json:"failed"`     // refused or unanswered
	P50        float64 `json:"p50Ms"`      // from sending to arriving
	P90        float64 `json:"p90Ms"`
	P99        float64 `json:"p99Ms"`
}

// pair is a sender and a receiver in a room of their own.
type pair struct {
	from, to *wire.Conn
	room     string
	name     string // of the receiver
	address  string

	mu      sync.Mutex
	sent    map[int64]time.Time
	seen    map[int64]int
	latest  int64
	late    int
	took    []time.Duration
	arrived chan struct{} // one for each arrival
}

// Run connects the pairs, sends for the duration, waits for what is under way, and reports. tell hears of progress.
func Run(ctx context.Context, opt Options, tell func(string)) (Report, error) {
	pairs := make([]*pair, opt.Pairs)
	defer func() {
		for _, p := range pairs {
			if p != nil {
				p.from.Close()
				p.to.Close()
			}
		}
	}()
	for i := range pairs {
		var err error
		if pairs[i], err = open(ctx, opt); err != nil {
			return Report{}, fmt.Errorf("pair %d: %w", i+1, err)
		}
		if (i+1)%10 == 0 || i+1 == opt.Pairs {
			tell(fmt.Sprintf("%d of %d pairs are connected", i+1, opt.Pairs))
		}
	}
	listening, stop := context.WithCancel(ctx)
	var receivers sync.WaitGroup
	for _, p := range pairs {
		receivers.Go(func() { p.receive(listening) })
	}
	failed := send(ctx, opt, pairs, tell)
	settle(ctx, pairs, opt.Timeout)
	stop()
	receivers.Wait()
	return report(pairs, failed), ctx.Err()
}

func open(ctx context.Context, opt Options) (*pair, error) {
	p := &pair{room: "load-" + rand.Text()[:12], sent: map[int64]time.Time{}, seen: map[int64]int{}, arrived: make(chan struct{}, 1<<16)}
	names := [2]string{"from-" + rand.Text()[:6], "to-" + rand.Text()[:6]}
	var joined wire.Frame
	for i := range names {
		step, cancel := context.WithTimeout(ctx, opt.Timeout)
		one, err := wire.Dial(step, opt.URL, wire.Options{Token: opt.Token})
		if err == nil {
			joined, err = one.Request(step, map[string]any{"action": "join", "room": p.room, "peer": names[i]})
		}
		cancel()
		if err != nil {
			return nil, err
		}
		if i == 0 {
			p.to = one
		} else {
			p.from = one
		}
	}
	if len(joined.Peers) != 1 {
		return nil, errors.New("the two peers do not see each other")
	}
	p.address = joined.Peers[0].Address
	p.name = joined.Peers[0].Peer
	return p, nil
}

// send keeps the rate for the duration and returns how many requests failed. A pair's messages go out one after the other,
// each when the one before it has been written: an order that is lost is lost by the service.
func send(ctx context.Context, opt Options, pairs []*pair, tell func(string)) int {
	tick := time.NewTicker(time.Duration(float64(time.Second) / opt.Rate))
	defer tick.Stop()
	end := time.NewTimer(opt.Duration)
	defer end.Stop()
	progress := time.NewTicker(5 * time.Second)
	defer progress.Stop()
	data := strings.Repeat("x", opt.Size)
	var wg sync.WaitGroup
	var failed atomic.Int64
	for n := int64(1); ; {
		select {
		case <-tick.C:
			p, id := pairs[int(n)%len(pairs)], n
			n++
			answered := p.signal(ctx, id, data, opt.Timeout)
			wg.Go(func() {
				if answered() != nil {
					failed.Add(1)
				}
			})
		case <-progress.C:
			tell(fmt.Sprintf("%d messages sent", n-1))
		case <-end.C:
			wg.Wait()
			return int(failed.Load())
		case <-ctx.Done():
			wg.Wait()
			return int(failed.Load())
		}
	}
}

// signal sends a message and returns what waits for its answer.
func (p *pair) signal(ctx context.Context, n int64, data string, patience time.Duration) func() error {
	p.mu.Lock()
	p.sent[n] = time.Now()
	p.mu.Unlock()
	ctx, cancel := context.WithTimeout(ctx, patience)
	answer := p.from.Start(ctx, map[string]any{"action": "signal", "room": p.room, "to": p.name, "address": p.address, "data": data, "n": n})
	return func() error {
		defer cancel()
		_, err := answer()
		if err != nil {
			p.mu.Lock()
			delete(p.sent, n) // never accepted
			p.mu.Unlock()
		}
		return err
	}
}
