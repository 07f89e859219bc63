// Package ttl deletes items whose time to live is over, by the emulated clock. AWS does it some time later, which may be
// days: Delay is that lateness.
package ttl

import (
	"context"
	"encoding/json"
	"log/slog"
	"sync"
	"time"

	"github.com/parley-rtc/parley/localdev/internal/clock"
)

// Table is a table with a time to live.
type Table struct{ Name, Attribute string }

// Options are what a Sweeper needs.
type Options struct {
	Tables []Table
	Delay  time.Duration // how long after its end an item goes
	Clock  *clock.Clock
	Log    *slog.Logger
	// Expire deletes what was over at that time and calls deleting before each item.
	Expire func(ctx context.Context, table, attribute string, at time.Time, deleting func(key json.RawMessage)) (int, error)
}

// every is how often it looks by itself. When the clock is advanced it looks at once.
const every = time.Minute

// Sweeper sweeps tables.
type Sweeper struct {
	opt Options

	sweeping sync.Mutex
	mu       sync.Mutex
	taken    map[string]int // by table and key: deletions that nobody has asked Took about
}

// maxTaken bounds what is remembered for Took.
const maxTaken = 100_000

// New returns a Sweeper. It sweeps while Run runs, and whenever the clock is advanced before Run ends.
func New(opt Options) *Sweeper { return &Sweeper{opt: opt, taken: map[string]int{}} }

// Run sweeps until ctx ends. Whoever advances the clock meanwhile waits until what is over then is gone.
func (s *Sweeper) Run(ctx context.Context) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			s.Sweep(ctx)
		case <-ctx.Done():
			return
		}
	}
}

// Sweep deletes what is over.
func (s *Sweeper) Sweep(ctx context.Context) {
	s.sweeping.Lock()
	defer s.sweeping.Unlock()
	at := s.opt.Clock.Now().Add(-s.opt.Delay)
	for _, t := range s.opt.Tables {
		_, err := s.opt.Expire(ctx, t.Name, t.Attribute, at, func(key json.RawMessage) { s.take(t.Name, key) })
		if err != nil && ctx.Err() == nil {
			s.opt.Log.Warn("time to live", "err", err)
		}
	}
}

func (s *Sweeper) take(table string, key json.RawMessage) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.taken) >= maxTaken {
		clear(s.taken)
	}
	s.taken[table+canonical(key)]++
}

// Took reports whether the Sweeper deleted the item of that key, once for each time that it did.
func (s *Sweeper) Took(table string, key json.RawMessage) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	id := table + canonical(key)
	if s.taken[id] == 0 {
		return false
	}
	if s.taken[id]--; s.taken[id] == 0 {
		delete(s.taken, id)
	}
	return true
}

// canonical writes a key with its names in order.
func canonical(key json.RawMessage) string {
	var attributes map[string]map[string]string
	if json.Unmarshal(key, &attributes) != nil {
		return string(key)
	}
	b, err := json.Marshal(attributes)
	if err != nil {
		return string(key)
	}
	return string(b)
}
