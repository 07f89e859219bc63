package socketio_test

import (
	"context"
	"strings"
	"sync"
	"time"

	"github.com/parley-rtc/parley/internal/directory"
	"github.com/parley-rtc/parley/internal/directory/directorytest"
	"github.com/parley-rtc/parley/internal/signaling"
)

// reads counts what is read, in halves of a unit.
type reads struct {
	*directorytest.Memory
	mu   sync.Mutex
	half int
	// What happens once, before the next entry is written or name noted, and after the next connection
	// is forgotten or it is looked to which a socket has come.
	beforeAdd, beforeNote, forgotten, followed func()
}

func once(hook *func()) {
	if do := *hook; do != nil {
		*hook = nil
		do()
	}
}

func (r *reads) NoteName(
	ctx context.Context, conn signaling.ConnID, dialect string, n directory.Name, most int, rev int64,
) ([]directory.Name, error) {
	once(&r.beforeNote)
	return r.Memory.NoteName(ctx, conn, dialect, n, most, rev)
}

func (r *reads) Disconnect(ctx context.Context, conn signaling.ConnID) (signaling.Connection, error) {
	was, err := r.Memory.Disconnect(ctx, conn)
	once(&r.forgotten)
	return was, err
}

func (r *reads) AddEntry(
	ctx context.Context, n directory.Name, e directory.Entry, t directory.Terms, gone []signaling.ConnID, now time.Time,
) (directory.Listed, error) {
	once(&r.beforeAdd)
	return r.Memory.AddEntry(ctx, n, e, t, gone, now)
}

func (r *reads) count(consistent bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.half++
	if consistent {
		r.half++
	}
}

// take returns the units since it was last asked.
func (r *reads) take() float64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	defer func() { r.half = 0 }()
	return float64(r.half) / 2
}

func (r *reads) Connection(ctx context.Context, c signaling.ConnID, consistent bool) (signaling.Connection, error) {
	r.count(consistent)
	return r.Memory.Connection(ctx, c, consistent)
}

func (r *reads) Entries(ctx context.Context, n directory.Name, now time.Time, consistent bool) ([]directory.Entry, error) {
	r.count(consistent)
	entries, err := r.Memory.Entries(ctx, n, now, consistent)
	if strings.HasPrefix(n.Name, "m") {
		once(&r.followed)
	}
	return entries, err
}
