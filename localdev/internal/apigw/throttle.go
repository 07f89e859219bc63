package apigw

import (
	"sync"
	"time"

	"github.com/parley-rtc/parley/localdev/internal/template"
)

// bucket is a token bucket on the emulated clock.
type bucket struct {
	rate, burst float64

	mu     sync.Mutex
	tokens float64
	last   time.Time
}

// newBucket returns nil if there is no limit. A rate or a burst of 0 lets nothing through.
func newBucket(t template.Throttle) *bucket {
	if !t.Set {
		return nil
	}
	b := &bucket{rate: t.Rate, burst: float64(t.Burst)}
	if t.Rate == 0 {
		b.burst = 0
	}
	b.tokens = b.burst
	return b
}

// take takes a token, if there is one. A nil bucket has no end of them.
func (b *bucket) take(now time.Time) bool {
	if b == nil {
		return true
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if passed := now.Sub(b.last).Seconds(); passed > 0 {
		if !b.last.IsZero() {
			b.tokens = min(b.burst, b.tokens+passed*b.rate)
		}
		b.last = now
	}
	if b.tokens < 1 {
		return false
	}
	b.tokens--
	return true
}
