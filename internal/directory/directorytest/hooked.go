package directorytest

import (
	"context"
	"time"

	"github.com/parley-rtc/parley/internal/directory"
	"github.com/parley-rtc/parley/internal/signaling"
)

// Hooked is a Store with something happening just before one of its operations: it forces an
// interleaving. Each hook runs once.
type Hooked struct {
	Store
	BeforeAddEntry    func()
	BeforeRemoveEntry func()
	BeforeNoteName    func()
	BeforeDropName    func()
	BeforeTakeNames   func()
}

func once(hook *func()) {
	if f := *hook; f != nil {
		*hook = nil
		f()
	}
}

// AddEntry implements directory.Store.
func (h *Hooked) AddEntry(
	ctx context.Context, name directory.Name, e directory.Entry, t directory.Terms, gone []signaling.ConnID, now time.Time,
) (directory.Listed, error) {
	once(&h.BeforeAddEntry)
	return h.Store.AddEntry(ctx, name, e, t, gone, now)
}

// RemoveEntry implements directory.Store.
func (h *Hooked) RemoveEntry(
	ctx context.Context, name directory.Name, conn signaling.ConnID, last, now time.Time,
) (int64, error) {
	once(&h.BeforeRemoveEntry)
	return h.Store.RemoveEntry(ctx, name, conn, last, now)
}

// NoteName implements directory.Store.
func (h *Hooked) NoteName(
	ctx context.Context, conn signaling.ConnID, dialect string, name directory.Name, most int, rev int64,
) ([]directory.Name, error) {
	once(&h.BeforeNoteName)
	return h.Store.NoteName(ctx, conn, dialect, name, most, rev)
}

// DropName implements directory.Store.
func (h *Hooked) DropName(ctx context.Context, conn signaling.ConnID, name directory.Name, rev int64) error {
	once(&h.BeforeDropName)
	return h.Store.DropName(ctx, conn, name, rev)
}

// TakeNames implements directory.Store.
func (h *Hooked) TakeNames(ctx context.Context, conn signaling.ConnID) ([]directory.Name, error) {
	once(&h.BeforeTakeNames)
	return h.Store.TakeNames(ctx, conn)
}
