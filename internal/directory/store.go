package directory

import (
	"context"
	"time"

	"github.com/parley-rtc/parley/internal/signaling"
)

// A Store remembers what is listed under each name, and with each connection under which names it
// is. Every method is one atomic operation. Time is the event's: what has expired by then is as if
// it were not there.
type Store interface {
	// AddEntry lists the entry, which takes the place of what its connection was listed as, and
	// removes those of connections that are gone. It returns the name's new revision, and by Many
	// who is listed at it. It fails, and returns who is in the way, with ErrTaken or ErrFull, and
	// changes nothing then. If the connection is listed by a later event already, what that said
	// stays. It fails with ErrNotListed where only one that is listed was to be. Who is listed instead
	// of another has its time, whoever asks how often, and the limit is no matter. What t.Amend says
	// counts where nothing under the name has changed since it was asked, about all but those that are
	// gone; the entry is of this event then, or of a later one that has listed the connection.
	AddEntry(ctx context.Context, name Name, e Entry, t Terms, gone []signaling.ConnID, now time.Time) (Listed, error)
	// RemoveEntry removes the entry of that connection, if the event that listed it was no later
	// than last, or whenever it was if that is zero, and returns the name's new revision. It fails
	// with ErrNotListed.
	RemoveEntry(ctx context.Context, name Name, conn signaling.ConnID, last, now time.Time) (rev int64, err error)
	// Entries returns what is listed, in the order of listing. A read that is not consistent may
	// miss what was written a moment ago and costs half.
	Entries(ctx context.Context, name Name, now time.Time, consistent bool) ([]Entry, error)

	// NoteName notes with the connection that it is listed under the name since that revision of
	// it, and what it speaks if that is undecided. A later note stays. It returns all names that are
	// noted now, in the order of their keys. It fails with ErrTooManyNames, and with
	// signaling.ErrGone when the connection is not remembered any more.
	NoteName(ctx context.Context, conn signaling.ConnID, dialect string, name Name, most int, rev int64) ([]Name, error)
	// DropName undoes a NoteName of an earlier revision. That there is no such note is no error.
	DropName(ctx context.Context, conn signaling.ConnID, name Name, rev int64) error
	// TakeNames takes all notes away and returns them: of all who ask, one gets a name. That the
	// connection is not remembered any more is no error.
	TakeNames(ctx context.Context, conn signaling.ConnID) ([]Name, error)
}
