package dialect

import (
	"context"
	"sync"
	"time"

	"github.com/parley-rtc/parley/internal/limit"
	"github.com/parley-rtc/parley/internal/signaling"
)

// KeepTrying tries until it is done or fails, and after the pauses no more: for what another process
// may just be writing.
func KeepTrying(
	ctx context.Context, pauses []time.Duration, try func() (done bool, err error),
) (done bool, err error) {
	for i := 0; ; i++ {
		if done, err = try(); done || err != nil || i == len(pauses) {
			return done, err
		}
		if err := Pause(ctx, pauses[i]); err != nil {
			return false, err
		}
	}
}

// Pause returns after that time, or fails with the context's error.
func Pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Waits counts, in one process, how often each connection has had something wait. An execution that
// waits is paid for, and is one that others cannot have, so a flood of frames for nobody must not make
// a flood of these. It is safe for concurrent use.
type Waits struct {
	most    int
	mu      sync.Mutex
	senders *limit.Recent[signaling.ConnID, minute]
}

type minute struct {
	of    time.Time
	count int
}

// NewWaits returns one by which each connection may have so many in a minute.
func NewWaits(most int) *Waits {
	return &Waits{most: most, senders: limit.NewRecent[signaling.ConnID, minute](memory)}
}

// May reports whether the connection may have something wait.
func (w *Waits) May(c *Conn) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.at(c).count < w.most
}

// Count counts something that waits, or has waited in vain.
func (w *Waits) Count(c *Conn) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.at(c).count++
}

func (w *Waits) at(c *Conn) *minute {
	waited := w.senders.At(c.ID)
	if of := c.Time.Truncate(time.Minute); of.After(waited.of) {
		*waited = minute{of: of}
	}
	return waited
}
