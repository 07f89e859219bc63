package ywebrtc

import (
	"context"
	"slices"
	"time"

	"github.com/parley-rtc/parley/internal/dialect"
	"github.com/parley-rtc/parley/internal/directory"
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
	name := named(f.topic)
	entries, err := d.subscribers(ctx, c, name)
	if err != nil {
		return err
	}
	self := indexOf(entries, c.ID)
	now, later := slices.Delete(slices.Clone(entries), self, self+1), []directory.Entry(nil)
	if f.announces() && c.Time.Sub(entries[self].Listed) < arrival {
		now, later = entries[:self], entries[self+1:]
	}
	if len(entries) > 1 {
		c.Relays++
	}
	c.Note(send(ctx, c, name, now, f))
	if len(later) == 0 {
		return nil
	}
	later, err = stillThere(ctx, c, name, later)
	if err != nil {
		return err
	}
	c.Note(send(ctx, c, name, later, f))
	return nil
}

func send(ctx context.Context, c *dialect.Conn, name directory.Name, to []directory.Entry, f frame) error {
	_, err := c.Directory.Publish(ctx, name, to, f.raw, c.Time)
	return err
}

// subscribers returns who is listed, in order, once the connection itself is.
func (d *Dialect) subscribers(ctx context.Context, c *dialect.Conn, name directory.Name) ([]directory.Entry, error) {
	for look := 0; ; look++ {
		entries, err := c.Directory.Find(ctx, name, c.Time, true)
		if err != nil {
			return nil, refusal(err)
		}
		if indexOf(entries, c.ID) >= 0 {
			d.patience.restore(c.ID)
			return entries, nil
		}
		if look == len(looks) {
			d.patience.wear(c.ID)
		}
		if look == len(looks) || d.patience.out(c.ID) {
			return nil, signaling.Errorf(signaling.CodeNotInRoom, "the sender has not subscribed to the topic")
		}
		if err := dialect.Pause(ctx, looks[look]); err != nil {
			return nil, err
		}
	}
}

func indexOf(entries []directory.Entry, conn signaling.ConnID) int {
	return slices.IndexFunc(entries, func(e directory.Entry) bool { return e.Conn == conn })
}
