// Package directorytest has an in-memory directory.Store, and the contract that every one must
// keep.
package directorytest

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/parley-rtc/parley/internal/directory"
	"github.com/parley-rtc/parley/internal/signaling"
	"github.com/parley-rtc/parley/internal/signaling/signalingtest"
)

// Memory is a directory.Store and a signaling.Store in memory. Make one with NewMemory.
type Memory struct {
	*signalingtest.Memory
	mu    sync.Mutex
	lists map[directory.Name]*list
}

type list struct {
	rev     int64
	entries map[signaling.ConnID]directory.Entry
	expires time.Time
}

var (
	_ directory.Store = (*Memory)(nil)
	_ signaling.Store = (*Memory)(nil)
)

// NewMemory returns an empty store.
func NewMemory() *Memory {
	return &Memory{Memory: signalingtest.NewMemory(), lists: map[directory.Name]*list{}}
}

// at returns what is listed under the name, whether or not it has expired by itself.
func (m *Memory) at(name directory.Name, now time.Time) *list {
	l, ok := m.lists[name]
	if !ok {
		l = &list{}
	}
	if !l.expires.After(now) {
		l = &list{rev: l.rev, entries: map[signaling.ConnID]directory.Entry{}}
	}
	return l
}

func (m *Memory) changed(name directory.Name, l *list, now time.Time) (rev int64) {
	l.rev++
	l.expires = now.Add(signalingtest.Lifetime)
	m.lists[name] = l
	return l.rev
}

// AddEntry implements directory.Store.
func (m *Memory) AddEntry(
	_ context.Context, name directory.Name, e directory.Entry, t directory.Terms, gone []signaling.ConnID, now time.Time,
) (directory.Listed, error) {
	if t.Rule == directory.Many && t.Amend != nil {
		return m.amend(name, e, t, gone, now)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	l := m.at(name, now)
	own, already := l.entries[e.Conn]
	old, heir := l.entries[t.Instead]
	heir = heir && t.Rule == directory.Many && t.Instead != e.Conn && !old.Over(now)
	if t.Rule == directory.Many && t.Again && !heir && (!already || own.Over(now)) {
		return directory.Listed{}, directory.ErrNotListed
	}
	switch later := already && own.Listed.After(e.Listed) && !own.Over(now); {
	case later && !heir:
		return directory.Listed{Already: true, Rev: l.rev, After: l.after(t, now)}, nil
	case later:
		e = own
	}
	var others []directory.Entry
	for _, other := range l.living(now) {
		if other.Conn != e.Conn && (!heir || other.Conn != t.Instead) {
			others = append(others, other)
		}
	}
	isGone := func(other directory.Entry) bool { return slices.Contains(gone, other.Conn) }
	left := slices.DeleteFunc(slices.Clone(others), isGone)
	listed := directory.Listed{Already: already && !own.Over(now)}
	switch t.Rule {
	case directory.One:
		if len(left) > 0 && (e.Claim == "" || e.Claim != left[0].Claim || left[0].Listed.After(e.Listed)) {
			return directory.Listed{Before: left}, directory.ErrTaken
		}
		listed.Before = others
		clear(l.entries)
	case directory.Newest:
		listed.Before = others
		clear(l.entries)
	case directory.Many:
		if len(left) >= t.Limit && !already && !heir {
			return directory.Listed{Before: left}, directory.ErrFull
		}
		maps.DeleteFunc(l.entries, func(_ signaling.ConnID, other directory.Entry) bool {
			return isGone(other) || other.Over(now)
		})
	}
	switch {
	case heir:
		listed.Before = []directory.Entry{old}
		delete(l.entries, t.Instead)
		e.Listed = old.Listed
	case t.Rule == directory.Many && t.Instead != "" && listed.Already:
		e.Listed = own.Listed
	}
	l.entries[e.Conn] = e
	listed.Rev, listed.After = m.changed(name, l, now), l.after(t, now)
	return listed, nil
}

// amend asks without the lock, as others may come between, and anew where they did.
func (m *Memory) amend(
	name directory.Name, e directory.Entry, t directory.Terms, gone []signaling.ConnID, now time.Time,
) (directory.Listed, error) {
	for {
		m.mu.Lock()
		l := m.at(name, now)
		rev, list := l.rev, l.living(now)
		m.mu.Unlock()
		list = slices.DeleteFunc(list, func(e directory.Entry) bool { return slices.Contains(gone, e.Conn) })
		listed, err := t.Apply(list, e, now)
		if err != nil {
			return listed, err
		}
		if len(listed.After) == len(list) && !listed.Already && listed.Before == nil {
			listed.Rev = rev // nobody was to be removed
			return listed, nil
		}
		if m.replace(name, rev, listed.After, now) {
			listed.Rev = rev + 1
			return listed, nil
		}
	}
}

// replace reports whether the name was still at that revision.
func (m *Memory) replace(name directory.Name, rev int64, entries []directory.Entry, now time.Time) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	l := m.at(name, now)
	if l.rev != rev {
		return false
	}
	clear(l.entries)
	for _, e := range entries {
		l.entries[e.Conn] = e
	}
	m.changed(name, l, now)
	return true
}

// after is what a listing says of who is listed now.
func (l *list) after(t directory.Terms, now time.Time) []directory.Entry {
	if t.Rule != directory.Many {
		return nil
	}
	return l.living(now)
}

// RemoveEntry implements directory.Store.
func (m *Memory) RemoveEntry(
	_ context.Context, name directory.Name, conn signaling.ConnID, last, now time.Time,
) (int64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	l := m.at(name, now)
	e, ok := l.entries[conn]
	if !ok || e.Over(now) || !last.IsZero() && e.Listed.After(last) {
		return 0, directory.ErrNotListed
	}
	delete(l.entries, conn)
	return m.changed(name, l, now), nil
}

// Entries implements directory.Store.
func (m *Memory) Entries(_ context.Context, name directory.Name, now time.Time, _ bool) ([]directory.Entry, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.at(name, now).living(now), nil
}

func (l *list) living(now time.Time) []directory.Entry {
	var living []directory.Entry
	for _, e := range l.entries {
		if !e.Over(now) {
			living = append(living, e)
		}
	}
	directory.Sort(living)
	return living
}

// NoteName implements directory.Store.
func (m *Memory) NoteName(
	_ context.Context, conn signaling.ConnID, dialect string, name directory.Name, most int, rev int64,
) ([]directory.Name, error) {
	keys, noted, err := m.Memory.NoteName(conn, dialect, name.Key(), most, rev)
	if err != nil {
		return nil, err
	}
	if !noted {
		return nil, directory.ErrTooManyNames
	}
	return directory.ParseKeys(keys)
}

// DropName implements directory.Store.
func (m *Memory) DropName(_ context.Context, conn signaling.ConnID, name directory.Name, rev int64) error {
	m.Memory.DropName(conn, name.Key(), rev)
	return nil
}

// TakeNames implements directory.Store.
func (m *Memory) TakeNames(_ context.Context, conn signaling.ConnID) ([]directory.Name, error) {
	return directory.ParseKeys(m.Memory.TakeNames(conn))
}
