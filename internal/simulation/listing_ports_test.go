package simulation_test

import (
	"context"
	"errors"
	"time"

	"github.com/parley-rtc/parley/internal/directory"
	"github.com/parley-rtc/parley/internal/signaling"
)

// directoryStore is the directory's store with all others in it.
type directoryStore interface {
	directory.Store
	signaling.Store
}

// turnDirectory is a directory.Store whose every request waits for its turn and may go wrong.
type turnDirectory struct {
	*turnStore
	inner directoryStore
	past  map[directory.Name][][]directory.Entry // what was listed before, for stale reads
}

var _ directory.Store = (*turnDirectory)(nil)

func (s *turnDirectory) write(ctx context.Context, what string, do func() error) error {
	_, err := stepped(ctx, s.turnStore, what, writeFaults, func() (struct{}, error) { return only(do()) })
	return err
}

func (s *turnDirectory) remember(name directory.Name, now time.Time) {
	if list, err := s.inner.Entries(context.Background(), name, now, true); err == nil {
		s.past[name] = append(s.past[name], list)
	}
}

func (s *turnDirectory) AddEntry(
	ctx context.Context, name directory.Name, e directory.Entry, t directory.Terms, gone []signaling.ConnID, now time.Time,
) (listed directory.Listed, err error) {
	var refused directory.Listed
	listed, err = stepped(ctx, s.turnStore, "AddEntry "+name.Name, writeFaults, func() (directory.Listed, error) {
		s.remember(name, now)
		refused, err = s.inner.AddEntry(ctx, name, e, t, gone, now)
		return refused, err
	})
	if errors.Is(err, directory.ErrTaken) || errors.Is(err, directory.ErrFull) {
		return refused, err
	}
	return listed, err
}

func (s *turnDirectory) RemoveEntry(
	ctx context.Context, name directory.Name, conn signaling.ConnID, last, now time.Time,
) (int64, error) {
	return stepped(ctx, s.turnStore, "RemoveEntry "+name.Name+" "+string(conn), writeFaults, func() (int64, error) {
		s.remember(name, now)
		return s.inner.RemoveEntry(ctx, name, conn, last, now)
	})
}

func (s *turnDirectory) Entries(
	ctx context.Context, name directory.Name, now time.Time, consistent bool,
) ([]directory.Entry, error) {
	kinds := readFaults
	if !consistent {
		kinds = []verdict{failBefore, crash, stale, stale, stale}
	}
	switch s.wait(ctx, "Entries "+name.Name, kinds...) {
	case failBefore:
		return nil, errFault
	case crash:
		return nil, errors.New("the function is dead")
	case stale:
		if past := s.past[name]; len(past) > 0 {
			return past[len(past)-1], nil
		}
	}
	return s.inner.Entries(ctx, name, now, consistent)
}

func (s *turnDirectory) NoteName(
	ctx context.Context, conn signaling.ConnID, dialect string, name directory.Name, most int, rev int64,
) ([]directory.Name, error) {
	return stepped(ctx, s.turnStore, "NoteName "+name.Name, writeFaults, func() ([]directory.Name, error) {
		return s.inner.NoteName(ctx, conn, dialect, name, most, rev)
	})
}

func (s *turnDirectory) DropName(ctx context.Context, conn signaling.ConnID, name directory.Name, rev int64) error {
	return s.write(ctx, "DropName "+name.Name, func() error { return s.inner.DropName(ctx, conn, name, rev) })
}

func (s *turnDirectory) TakeNames(ctx context.Context, conn signaling.ConnID) ([]directory.Name, error) {
	return stepped(ctx, s.turnStore, "TakeNames "+string(conn), writeFaults, func() ([]directory.Name, error) {
		return s.inner.TakeNames(ctx, conn)
	})
}

// engineDirectory is the directory on a real engine, asked from outside of the bubble.
type engineDirectory struct {
	engineStore
	directory directory.Store
}

func (s engineDirectory) AddEntry(
	_ context.Context, name directory.Name, e directory.Entry, t directory.Terms, gone []signaling.ConnID, now time.Time,
) (directory.Listed, error) {
	return fetch(s.engineStore, func(ctx context.Context) (directory.Listed, error) {
		return s.directory.AddEntry(ctx, name, e, t, gone, now)
	})
}

func (s engineDirectory) RemoveEntry(
	_ context.Context, name directory.Name, conn signaling.ConnID, last, now time.Time,
) (int64, error) {
	return fetch(s.engineStore, func(ctx context.Context) (int64, error) {
		return s.directory.RemoveEntry(ctx, name, conn, last, now)
	})
}

func (s engineDirectory) Entries(
	_ context.Context, name directory.Name, now time.Time, consistent bool,
) ([]directory.Entry, error) {
	return fetch(s.engineStore, func(ctx context.Context) ([]directory.Entry, error) {
		return s.directory.Entries(ctx, name, now, consistent)
	})
}

func (s engineDirectory) NoteName(
	_ context.Context, conn signaling.ConnID, dialect string, name directory.Name, most int, rev int64,
) ([]directory.Name, error) {
	return fetch(s.engineStore, func(ctx context.Context) ([]directory.Name, error) {
		return s.directory.NoteName(ctx, conn, dialect, name, most, rev)
	})
}

func (s engineDirectory) DropName(_ context.Context, conn signaling.ConnID, name directory.Name, rev int64) error {
	return s.write(func(ctx context.Context) error { return s.directory.DropName(ctx, conn, name, rev) })
}

func (s engineDirectory) TakeNames(_ context.Context, conn signaling.ConnID) ([]directory.Name, error) {
	return fetch(s.engineStore, func(ctx context.Context) ([]directory.Name, error) {
		return s.directory.TakeNames(ctx, conn)
	})
}

func (s engineDirectory) write(ask func(context.Context) error) error {
	_, err := fetch(s.engineStore, func(ctx context.Context) (struct{}, error) { return only(ask(ctx)) })
	return err
}
