package signaling

import (
	"context"
	"sync"
	"time"

	"github.com/parley-rtc/parley/internal/limit"
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
	holdMemory = 1024            // directions, and senders, that an instance remembers
	holdBurst  = 5 * time.Second // for how long, by the events' time, one that passed opens the way for those that follow
	holdAtOnce = 4               // signals that an instance holds back at a time: those beyond go as they come

	// holdSender is for how long in a minute it holds back what one sender sends, likewise: in a call of
	// fifty, each once at 250 ms.
	holdSender = 15 * time.Second
)

// Hold keeps signals from overtaking the one that they follow. API Gateway may give two messages of one connection to two
// instances of the service at the same time, and nothing is written on their way by which one could know of the other. So
// who follows waits a moment, for the other to be through; but not where this very instance has just let through one that
// leads, or that has waited. An execution that waits is paid for, so what one sender and what one instance may hold back is
// bounded. It is safe for concurrent use; a nil Hold holds nothing.
type Hold struct {
	Wait func(ctx context.Context, d time.Duration) error // fails with that of ctx

	moment time.Duration
	mu     sync.Mutex
	passed *limit.Recent[Direction, time.Time]
	held   *limit.Recent[ConnID, holds]
	now    int // that wait
}

// holds is for how long signals of one sender were held back in a minute.
type holds struct {
	minute time.Time
	time   time.Duration
}

// Direction is from one sender to one target.
type Direction struct {
	From  ConnID
	Space string // of the target's name: its room, or whatever its protocol has instead
	To    string
}

// NewHold returns a Hold for so long, nil for no time.
func NewHold(moment time.Duration) *Hold {
	if moment <= 0 {
		return nil
	}
	return &Hold{
		Wait: wait, moment: moment,
		passed: limit.NewRecent[Direction, time.Time](holdMemory), held: limit.NewRecent[ConnID, holds](holdMemory),
	}
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

// Before returns when a signal that was sent at that time may go. It is to be asked last: what is refused anyway must not
// wait first.
func (h *Hold) Before(ctx context.Context, d Direction, o Order, at time.Time) error {
	if h == nil || o != Follows || h.open(d, at) || !h.begin(d.From, at, h.moment) {
		return nil
	}
	defer h.end()
	if err := h.Wait(ctx, h.moment); err != nil {
		return err
	}
	h.After(d, o, at) // whatever becomes of it: its description has had its chance
	return nil
}

// Until returns when a moment, and that share of another, has passed since the time at which something was sent. It is for what
// may follow something that only other instances know of: if both wait so, both go in the order in which they were sent, whichever
// instance is slow; and what was sent at one time goes in the order of the shares, 0 to 1.
func (h *Hold) Until(ctx context.Context, from ConnID, sent time.Time, share float64) error {
	if h == nil {
		return nil
	}
	moment := h.moment + time.Duration(share*float64(h.moment))
	left := min(moment-time.Since(sent), moment) // API Gateway's clock may be ahead
	if left <= 0 || !h.begin(from, sent, left) {
		return nil
	}
	defer h.end()
	return h.Wait(ctx, left)
}

// open reports whether what leads has passed in that direction, a while ago at most.
func (h *Hold) open(d Direction, at time.Time) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return at.Sub(*h.passed.At(d)) < holdBurst
}

// begin reports whether something of the sender's may wait for so long.
func (h *Hold) begin(from ConnID, at time.Time, long time.Duration) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.now >= holdAtOnce {
		return false
	}
	held := h.held.At(from)
	if minute := at.Truncate(time.Minute); minute.After(held.minute) {
		*held = holds{minute: minute}
	}
	if held.time+long > holdSender {
		return false
	}
	held.time += long
	h.now++
	return true
}

func (h *Hold) end() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.now--
}

// After notes that the signal went.
func (h *Hold) After(d Direction, o Order, at time.Time) {
	if h == nil || o == Unordered {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if last := h.passed.At(d); at.After(*last) {
		*last = at
	}
}
