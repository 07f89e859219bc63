package socketio

import (
	"context"
	"sync"
	"time"

	"github.com/parley-rtc/parley/internal/dialect"
	"github.com/parley-rtc/parley/internal/limit"
	"github.com/parley-rtc/parley/internal/signaling"
)

// pauses are those before further looks at what another process may just be writing: two seconds in
// all.
var pauses = []time.Duration{
	50 * time.Millisecond, 100 * time.Millisecond, 150 * time.Millisecond, 300 * time.Millisecond,
	400 * time.Millisecond, 500 * time.Millisecond, 500 * time.Millisecond,
}

// briefly are the first of them, half a second or so.
var briefly = pauses[:4]

// keepTrying tries until it is done or fails, and after the pauses no more.
func keepTrying(ctx context.Context, try func() (done bool, err error)) (done bool, err error) {
	return keepTryingFor(ctx, pauses, try)
}

func keepTryingFor(
	ctx context.Context, pauses []time.Duration, try func() (done bool, err error),
) (done bool, err error) {
	for i := 0; ; i++ {
		if done, err = try(); done || err != nil || i == len(pauses) {
			return done, err
		}
		if err := pause(ctx, pauses[i]); err != nil {
			return false, err
		}
	}
}

func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// waitSender is how many events of one sender wait in vain in a minute, in one process: those beyond
// do not wait.
const waitSender = 3

// waits counts who has waited in vain. An execution that waits is paid for, and is one that others
// cannot have.
type waits struct {
	mu      sync.Mutex
	senders *limit.Recent[signaling.ConnID, minute]
}

type minute struct {
	of    time.Time
	count int
}

// may reports whether an event may wait.
func (w *waits) may(c *dialect.Conn) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.at(c).count < waitSender
}

// vain counts an event that has waited for nothing.
func (w *waits) vain(c *dialect.Conn) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.at(c).count++
}

func (w *waits) at(c *dialect.Conn) *minute {
	waited := w.senders.At(c.ID)
	if of := c.Time.Truncate(time.Minute); of.After(waited.of) {
		*waited = minute{of: of}
	}
	return waited
}
