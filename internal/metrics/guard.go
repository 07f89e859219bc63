package metrics

import (
	"context"
	"sync"
	"time"

	"github.com/parley-rtc/parley/internal/signaling"
)

// An environment holds back what it spent until that is this share of the limit, or until a minute has passed by the
// events' time: a bound on what is lost when it dies, and on how old the total is that joins are judged by.
const (
	heldShare = 1.0 / 1000
	heldFor   = time.Minute
)

// Guard is a signaling.Budget: it adds up what this environment's events cost, settles it with all others in a ledger, and
// says when the calendar month (UTC) has used its limit up. It is safe for concurrent use.
type Guard struct {
	ledger signaling.Ledger
	limit  float64

	mu      sync.Mutex
	month   time.Time // its first instant; zero before the first event
	total   float64   // of all environments, as last heard
	held    float64   // of this one, not in total yet
	settled time.Time // when the ledger was last asked, whatever came of it
	down    bool      // the ledger did not answer then: it is not asked with each event
	failure error     // why, until it has been reported
}

var _ signaling.Budget = (*Guard)(nil)

// NewGuard returns a Guard of so many USD a month.
func NewGuard(ledger signaling.Ledger, limit float64) *Guard {
	return &Guard{ledger: ledger, limit: limit}
}

// Spent adds what an event has cost. price is asked again after the ledger has been, as that costs too. An error says that
// the ledger could not be reached, in this event: what was spent stays held, and the guard goes by what it last knew.
func (g *Guard) Spent(ctx context.Context, now time.Time, price func() float64) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.turn(ctx, now)
	before := price()
	g.held += before
	if g.held > g.limit*heldShare && !g.down || g.stale(now) {
		g.settle(ctx, now)
	}
	g.held += price() - before
	failure := g.failure
	g.failure = nil
	return failure
}

// Over implements signaling.Budget.
func (g *Guard) Over(ctx context.Context, now time.Time) (until time.Time, over bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.turn(ctx, now)
	if g.stale(now) {
		g.settle(ctx, now)
	}
	return g.month.AddDate(0, 1, 0), g.total+g.held > g.limit
}

// turn begins a new month, after what is left of the old one has been booked there.
func (g *Guard) turn(ctx context.Context, now time.Time) {
	now = now.UTC()
	month := time.Date(now.Year(), now.Month(), 1, 0, 0, 0, 0, time.UTC)
	if !month.After(g.month) {
		return // the same, or an event that was overtaken at midnight
	}
	if g.held > 0 {
		g.settle(ctx, g.month)
	}
	g.month, g.total, g.held, g.settled = month, 0, 0, time.Time{}
}

func (g *Guard) stale(now time.Time) bool { return now.Sub(g.settled) >= heldFor }

func (g *Guard) settle(ctx context.Context, now time.Time) {
	g.settled = now
	total, err := g.ledger.Spend(ctx, g.month, g.held)
	g.down, g.failure = err != nil, err
	if err == nil {
		g.total, g.held = total, 0
	}
}
