package ywebrtc

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/parley-rtc/parley/internal/dialect"
	"github.com/parley-rtc/parley/internal/directory"
	"github.com/parley-rtc/parley/internal/limit"
	"github.com/parley-rtc/parley/internal/signaling"
)

// The frame by which a client subscribes, and the one that it publishes next, may be handled side by
// side. So a sender that is not listed yet is looked for again after each of these, a second in all.
var looks = []time.Duration{
	20 * time.Millisecond, 40 * time.Millisecond, 80 * time.Millisecond,
	160 * time.Millisecond, 300 * time.Millisecond, 400 * time.Millisecond,
}

// publish sends the frame, as it is, to all others who have subscribed to its topic.
func (d *Dialect) publish(ctx context.Context, c *dialect.Conn, f frame) error {
	c.Room = meant(f.topic)
	others, err := d.others(ctx, c, named(f.topic))
	if err != nil || len(others) == 0 {
		return err
	}
	c.Relays++
	_, err = c.Directory.Publish(ctx, named(f.topic), others, f.raw, c.Time)
	c.Note(err)
	return nil
}

// others returns who else is listed, once the connection itself is.
func (d *Dialect) others(ctx context.Context, c *dialect.Conn, name directory.Name) ([]directory.Entry, error) {
	for look := 0; ; look++ {
		entries, err := c.Directory.Find(ctx, name, c.Time, true)
		if err != nil {
			return nil, refusal(err)
		}
		self := slices.IndexFunc(entries, func(e directory.Entry) bool { return e.Conn == c.ID })
		if self >= 0 {
			d.patience.restore(c.ID)
			return slices.Delete(entries, self, self+1), nil
		}
		if look == len(looks) {
			d.patience.wear(c.ID)
		}
		if look == len(looks) || d.patience.out(c.ID) {
			return nil, signaling.Errorf(signaling.CodeNotInRoom, "the sender has not subscribed to the topic")
		}
		if err := pause(ctx, looks[look]); err != nil {
			return nil, err
		}
	}
}

func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// patience is what keeps connections that publish where they have not subscribed from having the
// function wait for nothing time and again: it is paid for, and others may need it. It counts, in
// this process, the waits of each connection that were in vain since one was not.
type patience struct {
	mu    sync.Mutex
	waits *limit.Recent[signaling.ConnID, int]
}

const (
	maxVain = 3    // waits
	memory  = 4096 // connections
)

func (p *patience) wear(id signaling.ConnID)    { p.change(id, func(n int) int { return n + 1 }) }
func (p *patience) restore(id signaling.ConnID) { p.change(id, func(int) int { return 0 }) }
func (p *patience) out(id signaling.ConnID) bool {
	return p.change(id, func(n int) int { return n }) >= maxVain
}

func (p *patience) change(id signaling.ConnID, to func(n int) int) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.waits == nil {
		p.waits = limit.NewRecent[signaling.ConnID, int](memory)
	}
	n := p.waits.At(id)
	*n = to(*n)
	return *n
}
