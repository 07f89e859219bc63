// Package clock is the emulated time: the machine's time plus what was skipped.
package clock

import (
	"sync"
	"sync/atomic"
	"time"
)

// A Clock tells the emulated time. The zero Clock shows the machine's.
type Clock struct {
	offset atomic.Int64 // nanoseconds ahead of the machine

	mu       sync.Mutex
	watchers []func()
}

// Now returns the emulated time.
func (c *Clock) Now() time.Time { return time.Now().Add(time.Duration(c.offset.Load())) }

// Milli returns the emulated time in milliseconds since the epoch.
func (c *Clock) Milli() int64 { return c.Now().UnixMilli() }

// Advance lets d pass at once, then calls the watchers one by one.
func (c *Clock) Advance(d time.Duration) {
	c.offset.Add(int64(d))
	c.mu.Lock()
	watchers := c.watchers
	c.mu.Unlock()
	for _, f := range watchers {
		f()
	}
}

// Watch has f called after every Advance.
func (c *Clock) Watch(f func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.watchers = append(c.watchers[:len(c.watchers):len(c.watchers)], f)
}
