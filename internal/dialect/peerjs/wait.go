package peerjs

import (
	"context"
	"sync"
	"time"

	"github.com/parley-rtc/parley/internal/dialect"
	"github.com/parley-rtc/parley/internal/limit"
	"github.com/parley-rtc/parley/internal/signaling"
)

// pauses are those before further tries: two seconds in all. A page that is loaded anew, or whose
// connection was lost, is back within that.
var pauses = []time.Duration{
	100 * time.Millisecond, 200 * time.Millisecond, 400 * time.Millisecond, 600 * time.Millisecond, 700 * time.Millisecond,
}

// keepTrying tries until it is done or fails, and after the pauses no more.
func keepTrying(ctx context.Context, try func() (done bool, err error)) (done bool, err error) {
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

const (
	waitMemory = 1024 // senders that are remembered
	waitSender = 8    // messages of one sender that wait for somebody in a minute: those beyond do not
)

// waits counts for whom something has waited. An execution that waits is paid for, and is one that
// others cannot have, so a flood of messages for nobody must not make a flood of these.
type waits struct {
	mu      sync.Mutex
	senders *limit.Recent[signaling.ConnID, minute]
}

type minute struct {
	of    time.Time
	count int
}

// may reports whether a message may wait, and counts it.
func (w *waits) may(c *dialect.Conn) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	sent := w.senders.At(c.ID)
	if of := c.Time.Truncate(time.Minute); of.After(sent.of) {
		*sent = minute{of: of}
	}
	sent.count++
	return sent.count <= waitSender
}
