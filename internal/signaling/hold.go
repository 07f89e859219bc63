package signaling

import (
	"context"
	"sync"
	"time"
)

// Order is how a signal stands to the others of its sender and target.
type Order int

// The orders.
const (
	Unordered Order = iota // it may overtake and be overtaken
	Leads                  // others follow it
	Follows                // it must not overtake one that leads
)

const (
	holdMemory = 1024            // directions that an instance remembers
	holdBurst  = 5 * time.Second // for how long, by the events' time, one that passed opens the way for those that follow
)

// Hold keeps signals from overtaking the one that they follow. API Gateway may give two messages of one connection to two
// instances of the service at the same time, and nothing is written on their way by which one could know of the other. So
// who follows waits a moment, for the other to be through; but not where this very instance has just let through one that
// leads, or that has waited. It is safe for concurrent use; a nil Hold holds nothing.
type Hold struct {
	Wait func(ctx context.Context, d time.Duration) error // fails with that of ctx

	moment time.Duration
	mu     sync.Mutex
	passed *recent[direction, time.Time]
}

// direction is from one peer to another.
type direction struct {
	from ConnID
	room RoomID
	to   PeerName
}

// NewHold returns a Hold for so long, nil for no time.
func NewHold(moment time.Duration) *Hold {
	if moment <= 0 {
		return nil
	}
	return &Hold{Wait: wait, moment: moment, passed: newRecent[direction, time.Time](holdMemory)}
}

func wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// before returns when the signal may go.
func (h *Hold) before(ctx context.Context, from Origin, c Signal) error {
	if h == nil || c.Order != Follows {
		return nil
	}
	h.mu.Lock()
	open := from.Time.Sub(*h.passed.at(direction{from.Conn, c.Room, c.To})) < holdBurst
	h.mu.Unlock()
	if open {
		return nil
	}
	return h.Wait(ctx, h.moment)
}

// after notes that the signal went.
func (h *Hold) after(from Origin, c Signal) {
	if h == nil || c.Order == Unordered {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if at := h.passed.at(direction{from.Conn, c.Room, c.To}); from.Time.After(*at) {
		*at = from.Time
	}
}
