package metrics

import (
	"context"
	"sync"

	"github.com/parley-rtc/parley/internal/signaling"
)

// Tally counts what one event does. It is safe for concurrent use; a nil Tally counts nothing.
type Tally struct {
	mu    sync.Mutex
	count Count
}

// Count is what an event has done so far.
type Count struct {
	WRU, RRU  float64 // of DynamoDB, as it reports them, or charges for what a condition refused
	Pushes    int     // frames that API Gateway accepted
	PushUnits int     // their metered units, of 32 KB
	Gone      int     // connections found gone
	Seated    int     // seats taken in the room after a peer was added; 0 if none was
	Rooms     []signaling.RoomID
}

type key struct{}

// counted is a context that carries a Tally.
type counted struct {
	context.Context //nolint:containedctx // it is one
	tally           Tally
}

func (c *counted) Value(k any) any {
	if k == (key{}) {
		return &c.tally
	}
	return c.Context.Value(k)
}

// With returns a context that carries a new Tally.
func With(ctx context.Context) (context.Context, *Tally) {
	c := &counted{Context: ctx}
	return c, &c.tally
}

// From returns the Tally of the event that ctx belongs to, nil if there is none.
func From(ctx context.Context) *Tally {
	t, _ := ctx.Value(key{}).(*Tally)
	return t
}

// Count returns what was counted so far.
func (t *Tally) Count() Count {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.count
}

// Used adds units of DynamoDB.
func (t *Tally) Used(wru, rru float64) {
	t.add(func(c *Count) { c.WRU += wru; c.RRU += rru })
}

func (t *Tally) add(change func(*Count)) {
	if t == nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	change(&t.count)
}
