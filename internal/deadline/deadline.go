// Package deadline has contexts that end at a time and need no timer until somebody waits for their
// end. An event whose work only looks at its deadline, as a relay does, saves a timer and what hangs
// on it: some microseconds for each context.
package deadline

import (
	"context"
	"sync"
	"time"
)

// With is context.WithDeadline. Where nobody has looked until the parent was cancelled and the time is
// over, it cannot say which came first.
func With(parent context.Context, at time.Time) (context.Context, context.CancelFunc) {
	if earlier, ok := parent.Deadline(); ok && earlier.Before(at) {
		at = earlier
	}
	c := &timed{Context: parent, at: at}
	return c, c.cancel
}

type timed struct {
	context.Context //nolint:containedctx // it is one
	at              time.Time

	mu   sync.Mutex
	full context.Context    //nolint:containedctx // what it is once somebody waits
	end  context.CancelFunc // of full
	err  error              // before there is full: why it has ended
}

func (c *timed) Deadline() (time.Time, bool) { return c.at, true }

func (c *timed) Done() <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.full == nil && c.err == context.Canceled { //nolint:errorlint // the very error, which is why from now on
		c.full, c.end = context.WithCancel(c.Context)
		c.end()
	}
	if c.full == nil {
		c.full, c.end = context.WithDeadline(c.Context, c.at)
	}
	return c.full.Done()
}

func (c *timed) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err == nil && c.full != nil {
		return c.full.Err()
	}
	c.look()
	return c.err
}

// look notes that it has ended by itself. From then on that is why.
func (c *timed) look() {
	if c.err == nil {
		c.err = c.Context.Err()
	}
	if c.err == nil && !time.Now().Before(c.at) {
		c.err = context.DeadlineExceeded
	}
}

func (c *timed) cancel() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.full != nil {
		c.end()
		return
	}
	if c.look(); c.err == nil {
		c.err = context.Canceled
	}
}

// Value lets package context find what it knows of full, so that the end of children needs no
// goroutine.
func (c *timed) Value(key any) any {
	c.mu.Lock()
	full := c.full
	c.mu.Unlock()
	if full != nil {
		return full.Value(key)
	}
	return c.Context.Value(key)
}
