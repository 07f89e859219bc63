package directory

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"slices"
	"time"

	"github.com/parley-rtc/parley/internal/rescue"
	"github.com/parley-rtc/parley/internal/signaling"
)

// A name that is taken or full is worth so many rounds of so many probes, and so much time for each
// round. Those who have been listed for longest come first.
const (
	probeRounds = 2
	probes      = 16
	probeTime   = 2 * time.Second
)

// atOnce is how many pushes, probes or removals of one event run at once.
const atOnce = 32

// Directory is safe for concurrent use.
type Directory struct {
	Store  Store
	Pusher signaling.Pusher
}

// List lists a connection under a name, at the time of the event that asked for it. Where somebody
// is in the way whose socket is gone, that is no obstacle. It fails with ErrTaken or ErrFull, and
// returns who is there; with ErrTooManyNames; with signaling.ErrGone if the connection has gone
// meanwhile; and as t.Amend does, which leaves things as they were. After any other error the connection
// is not listed under the name, as far as the store could be reached, and whom it displaced is returned
// all the same.
func (d *Directory) List(ctx context.Context, name Name, e Entry, t Terms, now time.Time) (Listed, error) {
	if err := name.check(); err != nil {
		return Listed{}, err
	}
	if err := checkTag(e.Tag); err != nil {
		return Listed{}, err
	}
	e.Listed, e.Until = now.Truncate(time.Millisecond), e.Until.Truncate(time.Millisecond)
	if e.Claim != "" {
		e.Claim = hash(e.Claim)
	}
	last := &amendment{ask: t.Amend}
	if t.Amend != nil {
		t.Amend = last.decide
	}
	listed, err := d.add(ctx, name, e, t, now)
	switch {
	case errors.Is(err, ErrTaken), errors.Is(err, ErrFull), last.refused(err):
		return listed, err
	case err == nil && last.Remove:
		// A listing that comes between the two writes has a later revision, and its note stays.
		return listed, d.Store.DropName(ctx, e.Conn, name, listed.Rev)
	case err == nil:
		// The name first, then the connection, on condition that it still exists: as a join does.
		listed.Names, err = d.Store.NoteName(ctx, e.Conn, e.Dialect, name, t.Names, listed.Rev)
	}
	if err != nil {
		listed.Aside = errors.Join(listed.Aside, d.undo(ctx, name, e, err, now))
	}
	return listed, err
}

// add writes the entry, over those whose sockets a probe finds gone.
func (d *Directory) add(ctx context.Context, name Name, e Entry, t Terms, now time.Time) (Listed, error) {
	listed, err := d.Store.AddEntry(ctx, name, e, t, nil, now)
	var gone []signaling.ConnID
	for round := 0; round < probeRounds && !t.Unprobed && (errors.Is(err, ErrTaken) || errors.Is(err, ErrFull)); round++ {
		found := d.Probe(ctx, listed.Before)
		if len(found) == 0 {
			break
		}
		gone = append(gone, found...)
		listed, err = d.Store.AddEntry(ctx, name, e, t, gone, now)
	}
	if err != nil {
		return listed, err
	}
	for _, conn := range gone {
		listed.Aside = errors.Join(listed.Aside, d.unlistElsewhere(ctx, conn, name, now))
	}
	return listed, err
}

// Probe returns those connections that are gone, of the first few entries.
func (d *Directory) Probe(ctx context.Context, entries []Entry) (gone []signaling.ConnID) {
	ctx, cancel := context.WithTimeout(ctx, probeTime)
	defer cancel()
	entries = entries[:min(len(entries), probes)]
	errs := rescue.AtOnce(len(entries), atOnce, func(i int) error { return d.Pusher.Probe(ctx, entries[i].Conn) })
	for i, err := range errs {
		if errors.Is(err, signaling.ErrGone) {
			gone = append(gone, entries[i].Conn)
		}
	}
	return gone
}

// undo takes back a listing that failed, should it have happened all the same: nobody knows what
// became of a write that was not answered.
func (d *Directory) undo(ctx context.Context, name Name, e Entry, because error, now time.Time) error {
	rev, err := d.Store.RemoveEntry(ctx, name, e.Conn, e.Listed, now)
	switch {
	case errors.Is(err, ErrNotListed):
		return nil
	case err != nil:
		return err
	case errors.Is(because, signaling.ErrGone), errors.Is(because, ErrTooManyNames):
		return nil // there is no note
	}
	return d.Store.DropName(ctx, e.Conn, name, rev)
}

// Unlist ends a listing. It fails with ErrNotListed if there is none, or one by a later event than
// that of now.
func (d *Directory) Unlist(ctx context.Context, name Name, conn signaling.ConnID, now time.Time) error {
	if err := name.check(); err != nil {
		return err
	}
	rev, err := d.Store.RemoveEntry(ctx, name, conn, now, now)
	if err != nil {
		return err // should there be a note, it stays for $disconnect
	}
	// A listing that comes between the two writes has a later revision, and its note stays.
	return d.Store.DropName(ctx, conn, name, rev)
}

// Find returns who is to be reached under a name, in the order in which they were listed. A reading
// that is not consistent may miss who was listed a moment ago, and costs half.
func (d *Directory) Find(ctx context.Context, name Name, now time.Time, consistent bool) ([]Entry, error) {
	if err := name.check(); err != nil {
		return nil, err
	}
	return d.Store.Entries(ctx, name, now, consistent)
}

// Forget unlists a connection that $disconnect has forgotten, and returned.
func (d *Directory) Forget(ctx context.Context, forgotten signaling.Connection, now time.Time) error {
	names, bad := ParseKeys(forgotten.Names)
	return errors.Join(bad, d.removeAll(ctx, forgotten.ID, names, now))
}

// unlistElsewhere unlists a connection that is gone under all names but that one, where it is off
// already. Its $disconnect may come yet and then finds nothing left to do.
func (d *Directory) unlistElsewhere(ctx context.Context, conn signaling.ConnID, but Name, now time.Time) error {
	names, err := d.Store.TakeNames(ctx, conn)
	names = slices.DeleteFunc(names, func(n Name) bool { return n == but })
	return errors.Join(err, d.removeAll(ctx, conn, names, now))
}

// removeAll removes what is left of a connection under these names.
func (d *Directory) removeAll(ctx context.Context, conn signaling.ConnID, names []Name, now time.Time) error {
	errs := rescue.AtOnce(len(names), atOnce, func(i int) error {
		_, err := d.Store.RemoveEntry(ctx, names[i], conn, time.Time{}, now)
		if errors.Is(err, ErrNotListed) {
			return nil
		}
		return err
	})
	return errors.Join(errs...)
}

// hash is what is kept of a claim: it may be a credential, and of any length.
func hash(claim string) string {
	sum := sha256.Sum256([]byte(claim))
	return base64.RawURLEncoding.EncodeToString(sum[:16])
}
