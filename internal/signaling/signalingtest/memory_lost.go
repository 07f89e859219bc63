package signalingtest

import (
	"context"
	"time"

	"github.com/parley-rtc/parley/internal/signaling"
)

// MarkLost implements signaling.Store.
func (m *Memory) MarkLost(_ context.Context, id signaling.RoomID, name signaling.PeerName, conn signaling.ConnID, until, now time.Time) (signaling.Room, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	r, ok := m.rooms[id]
	if !ok || !r.expires.After(now) || r.peers[name].Conn != conn || !r.peers[name].Lost.IsZero() {
		return signaling.Room{}, signaling.ErrNoPeer
	}
	p := r.peers[name]
	p.Lost, p.Loss = until, r.rev+1
	r.peers[name] = p
	return r.changed(id, now), nil
}

// Resume implements signaling.Store.
func (m *Memory) Resume(_ context.Context, id signaling.RoomID, p, old signaling.Peer, now time.Time) (signaling.Room, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	r, ok := m.rooms[id]
	if !ok || !r.expires.After(now) {
		return signaling.Room{ID: id}, signaling.ErrNoPeer
	}
	was := r.snapshot(id).At(now)
	seat, kept := was.Named(p.Name)
	mine, seated := was.On(p.Conn)
	other := seated && mine.Lost.IsZero() && p.Conn != old.Conn
	if !kept || seat.Conn != old.Conn || !seat.Lost.Equal(old.Lost) || !old.Lost.IsZero() && seat.Loss != old.Loss || other {
		return was, signaling.ErrNoPeer
	}
	seat.Conn, seat.Dialect, seat.Role, seat.Busy, seat.Loss, seat.Lost = p.Conn, p.Dialect, p.Role, p.Busy, p.Loss, time.Time{}
	if p.Data != nil {
		seat.Data = p.Data
	}
	r.peers[p.Name] = seat
	return r.changed(id, now), nil
}

// Restore implements signaling.Store.
func (m *Memory) Restore(_ context.Context, id signaling.RoomID, p, old signaling.Peer, now time.Time) (signaling.Room, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	r, ok := m.rooms[id]
	if !ok || !r.expires.After(now) || r.peers[p.Name].Conn != p.Conn || !r.peers[p.Name].Lost.IsZero() {
		return signaling.Room{}, signaling.ErrNoPeer
	}
	old.Busy = time.Time{}
	r.peers[p.Name] = old
	return r.changed(id, now), nil
}

// Prune implements signaling.Store.
func (m *Memory) Prune(_ context.Context, id signaling.RoomID, expired []signaling.Peer, _ []signaling.ConnID, now time.Time) (signaling.Room, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	r, ok := m.rooms[id]
	if !ok || !r.expires.After(now) {
		return signaling.Room{}, signaling.ErrNoPeer
	}
	for _, p := range expired {
		if is := r.peers[p.Name]; is.Conn != p.Conn || !is.Lost.Equal(p.Lost) {
			return signaling.Room{}, signaling.ErrNoPeer
		}
	}
	for _, p := range expired {
		delete(r.peers, p.Name)
	}
	return r.changed(id, now), nil
}
