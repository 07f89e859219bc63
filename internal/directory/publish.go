package directory

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/parley-rtc/parley/internal/rescue"
	"github.com/parley-rtc/parley/internal/signaling"
)

// Publish pushes a frame to entries that were found under the name. It returns those whose sockets
// are gone, which are not listed anywhere any more, and an error about the others that could not be
// reached.
func (d *Directory) Publish(
	ctx context.Context, name Name, entries []Entry, frame []byte, now time.Time,
) (gone []Entry, err error) {
	var failed []error
	errs := rescue.AtOnce(len(entries), atOnce, func(i int) error { return d.Pusher.Push(ctx, entries[i].Conn, frame) })
	for i, err := range errs {
		switch {
		case errors.Is(err, signaling.ErrGone):
			gone = append(gone, entries[i])
		case err != nil:
			failed = append(failed, err)
		}
	}
	if len(failed) > 0 {
		failed = slices.Insert(failed, 0, fmt.Errorf("%d of %d could not be reached", len(failed), len(entries)))
	}
	for _, e := range gone {
		failed = append(failed, d.bury(ctx, name, e.Conn, now))
	}
	return gone, errors.Join(failed...)
}

// Send pushes a frame to one entry that was found under the name. It fails with signaling.ErrGone
// if the socket is gone, which then is not listed anywhere any more.
func (d *Directory) Send(ctx context.Context, name Name, e Entry, frame []byte, now time.Time) error {
	err := d.Pusher.Push(ctx, e.Conn, frame)
	if errors.Is(err, signaling.ErrGone) {
		err = errors.Join(err, d.bury(ctx, name, e.Conn, now))
	}
	return err
}

// bury unlists a connection whose socket was found gone. Who is not the first to find that has
// nothing to do.
func (d *Directory) bury(ctx context.Context, name Name, conn signaling.ConnID, now time.Time) error {
	_, err := d.Store.RemoveEntry(ctx, name, conn, time.Time{}, now)
	switch {
	case errors.Is(err, ErrNotListed):
		return nil
	case err != nil:
		return err // the note stays, for $disconnect to find
	}
	return d.unlistElsewhere(ctx, conn, name, now)
}
