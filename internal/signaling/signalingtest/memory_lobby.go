package signalingtest

import (
	"context"
	"time"

	"github.com/parley-rtc/parley/internal/signaling"
)

// AddKnock implements signaling.Store.
func (m *Memory) AddKnock(_ context.Context, id signaling.RoomID, w signaling.Waiting, door signaling.Door, now time.Time) (signaling.Room, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	r, ok := m.rooms[id]
	there := ok && r.expires.After(now)
	if !there && !door.Empty {
		return signaling.Room{ID: id}, signaling.ErrRefused
	}
	if !ok {
		r = &room{rev: 1}
		m.rooms[id] = r
	}
	if !there {
		r.peers, r.waiting = map[signaling.PeerName]signaling.Peer{}, nil
	}
	open := door.Empty
	if len(r.peers) > 0 {
		open = door.Open || r.locked
	}
	_, taken := r.peers[w.Name]
	rival, waits := r.waiting[w.Name]
	mine, seated := r.snapshot(id).On(w.Conn)
	seated = seated && mine.Lost.IsZero()
	if !open || taken || seated || waits && rival.Conn != w.Conn || !waits && len(r.waiting) >= signaling.MaxWaiting {
		return r.snapshot(id).At(now), signaling.ErrRefused
	}
	if r.waiting == nil {
		r.waiting = map[signaling.PeerName]signaling.Waiting{}
	}
	r.waiting[w.Name] = w
	r.expires = now.Add(Lifetime)
	return r.snapshot(id).At(now), nil
}

// EndKnock implements signaling.Store.
func (m *Memory) EndKnock(_ context.Context, id signaling.RoomID, name signaling.PeerName, conn signaling.ConnID, now time.Time) (signaling.Room, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	r, ok := m.rooms[id]
	if !ok || !r.expires.After(now) {
		return signaling.Room{ID: id}, signaling.ErrNoPeer
	}
	if w, waits := r.waiting[name]; !waits || w.Conn != conn {
		return r.snapshot(id).At(now), signaling.ErrNoPeer
	}
	delete(r.waiting, name)
	return r.snapshot(id).At(now), nil
}
