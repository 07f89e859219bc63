// Package socketiotest has an in-memory socketio.Store, and the contract that every one must keep.
package socketiotest

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/parley-rtc/parley/internal/dialect/socketio"
	"github.com/parley-rtc/parley/internal/signaling"
)

// Memory is a socketio.Store in memory. Make one with NewMemory.
type Memory struct {
	mu       sync.Mutex
	sessions map[socketio.SessionKey]session
	pieces   map[signaling.ConnID]pieces
}

type session struct {
	saved   string
	frames  []string
	since   time.Time
	until   time.Time
	claimed bool
}

type pieces struct {
	all   []socketio.Piece
	rev   int64
	until time.Time
}

var _ socketio.Store = (*Memory)(nil)

// NewMemory returns an empty store.
func NewMemory() *Memory {
	return &Memory{sessions: map[socketio.SessionKey]session{}, pieces: map[signaling.ConnID]pieces{}}
}

// at returns what is kept of a socket at that time.
func (m *Memory) at(key socketio.SessionKey, now time.Time) (session, bool) {
	s, ok := m.sessions[key]
	if !ok || !s.until.After(now) {
		return session{}, false
	}
	return s, true
}

// Save implements socketio.Store.
func (m *Memory) Save(_ context.Context, key socketio.SessionKey, saved string, until, now time.Time) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	s, ok := m.at(key, now)
	if !ok || s.claimed {
		s.since = now
	}
	s.saved, s.until, s.claimed = saved, until, false
	m.sessions[key] = s
	return nil
}

// Append implements socketio.Store.
func (m *Memory) Append(
	_ context.Context, key socketio.SessionKey, frames []string, create bool, until, now time.Time,
) (time.Time, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	s, ok := m.at(key, now)
	if !ok {
		if !create {
			return time.Time{}, socketio.ErrNoSession
		}
		s = session{since: now, until: until}
	}
	all := slices.Concat(s.frames, frames)
	if len(all) > socketio.MaxFrames || socketio.SizeOf(all) > socketio.MaxKept {
		return s.since, socketio.ErrFull
	}
	s.frames = all
	m.sessions[key] = s
	return s.since, nil
}

// Claim implements socketio.Store.
func (m *Memory) Claim(_ context.Context, key socketio.SessionKey, now time.Time) (string, []string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	s, ok := m.at(key, now)
	if !ok || s.claimed {
		return "", nil, socketio.ErrNoSession
	}
	frames := s.frames
	s.frames, s.claimed = nil, true
	m.sessions[key] = s
	return s.saved, frames, nil
}

// Drain implements socketio.Store.
func (m *Memory) Drain(_ context.Context, key socketio.SessionKey, now time.Time) ([]string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	s, ok := m.at(key, now)
	if !ok || !s.claimed {
		return nil, socketio.ErrNoSession
	}
	frames := s.frames
	if len(frames) == 0 {
		delete(m.sessions, key)
		return nil, nil
	}
	s.frames = nil
	m.sessions[key] = s
	return frames, nil
}

// AddPiece implements socketio.Store.
func (m *Memory) AddPiece(
	_ context.Context, conn signaling.ConnID, p socketio.Piece, until, now time.Time,
) ([]socketio.Piece, int64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	k := m.pieces[conn]
	if !k.until.After(now) {
		k.all = nil
	}
	k.all = append(slices.Clone(k.all), p)
	k.rev++
	k.until = until
	n := 0
	for _, piece := range k.all {
		n += piece.Size()
	}
	if n > socketio.MaxPieces {
		k.all = nil
		m.pieces[conn] = k
		return nil, 0, socketio.ErrFull
	}
	m.pieces[conn] = k
	return slices.Clone(k.all), k.rev, nil
}

// TakePieces implements socketio.Store.
func (m *Memory) TakePieces(
	_ context.Context, conn signaling.ConnID, rev int64, rest []socketio.Piece, now time.Time,
) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	k := m.pieces[conn]
	if k.rev != rev || !k.until.After(now) {
		return signaling.ErrChanged
	}
	k.all = slices.Clone(rest)
	k.rev++
	m.pieces[conn] = k
	return nil
}
