// Package signalingtest has an in-memory Store, a recording Pusher, and the contract that every Store must keep.
package signalingtest

import (
	"bytes"
	"context"
	"encoding/json"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/parley-rtc/parley/internal/signaling"
)

// Lifetime is how long a room lives after its last change.
const Lifetime = 2*time.Hour + 10*time.Minute

// Memory is a signaling.Store in memory. Make one with NewMemory.
type Memory struct {
	mu          sync.Mutex
	connections map[signaling.ConnID]connection
	rooms       map[signaling.RoomID]*room
	spent       map[string]float64 // by month
	items       map[itemKey]storedItem
}

type connection struct {
	signaling.Connection
	rooms map[signaling.RoomID]signaling.PeerName
	joins map[time.Time]int // by minute
	even  time.Time
	names map[string]int64 // that others noted, and at which revision
}

type room struct {
	rev     int64
	peers   map[signaling.PeerName]signaling.Peer
	expires time.Time
	locked  bool
	seats   int // as who opened it wanted
	waiting map[signaling.PeerName]signaling.Waiting
	mail    map[signaling.PeerName]*mailbox
}

var (
	_ signaling.Store  = (*Memory)(nil)
	_ signaling.Ledger = (*Memory)(nil)
)

// NewMemory returns an empty store.
func NewMemory() *Memory {
	return &Memory{
		connections: map[signaling.ConnID]connection{},
		rooms:       map[signaling.RoomID]*room{},
		spent:       map[string]float64{},
		items:       map[itemKey]storedItem{},
	}
}

// Connect implements signaling.Store.
func (m *Memory) Connect(_ context.Context, c signaling.Connection) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.connections[c.ID] = connection{
		Connection: c, rooms: map[signaling.RoomID]signaling.PeerName{}, joins: map[time.Time]int{}, names: map[string]int64{},
	}
	return nil
}

// Connection implements signaling.Store.
func (m *Memory) Connection(_ context.Context, conn signaling.ConnID, _ bool) (signaling.Connection, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	c, ok := m.connections[conn]
	if !ok {
		return signaling.Connection{}, signaling.ErrGone
	}
	return c.snapshot(), nil
}

// Disconnect implements signaling.Store.
func (m *Memory) Disconnect(_ context.Context, conn signaling.ConnID) (signaling.Connection, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	c, ok := m.connections[conn]
	if !ok {
		return signaling.Connection{}, nil
	}
	delete(m.connections, conn)
	return c.snapshot(), nil
}

// SetState implements signaling.Store.
func (m *Memory) SetState(_ context.Context, conn signaling.ConnID, was, state string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	c, ok := m.connections[conn]
	switch {
	case !ok:
		return signaling.ErrGone
	case c.State != was:
		return signaling.ErrChanged
	}
	c.State = state
	m.connections[conn] = c
	return nil
}

// SetRights implements signaling.Store.
func (m *Memory) SetRights(_ context.Context, conn signaling.ConnID, rights *signaling.Rights) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	c, ok := m.connections[conn]
	if !ok {
		return signaling.ErrGone
	}
	c.Rights = rights
	m.connections[conn] = c
	return nil
}

func (c connection) snapshot() signaling.Connection {
	c.Rooms, c.Names = maps.Clone(c.rooms), slices.Sorted(maps.Keys(c.names))
	return c.Connection
}

// Enter implements signaling.Store.
func (m *Memory) Enter(_ context.Context, conn signaling.ConnID, id signaling.RoomID, name signaling.PeerName, q signaling.Quota, now time.Time) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	c, ok := m.connections[conn]
	minute := now.Truncate(time.Minute)
	_, in := c.rooms[id]
	switch {
	case !ok:
		return false, signaling.ErrGone
	case q.Joins > 0 && c.joins[minute] >= q.Joins:
		return false, signaling.ErrTooManyJoins
	case q.Rooms > 0 && len(c.rooms) >= q.Rooms && !in:
		return false, signaling.ErrTooManyRooms
	}
	if q.Joins > 0 {
		c.joins[minute]++
	}
	c.rooms[id] = name
	return in, nil
}

// Debit implements signaling.Store.
func (m *Memory) Debit(_ context.Context, conn signaling.ConnID, by time.Duration, now time.Time) (time.Time, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	c, ok := m.connections[conn]
	if !ok {
		return time.Time{}, signaling.ErrGone
	}
	if c.even.Before(now) {
		c.even = now
	}
	c.even = c.even.Add(by)
	m.connections[conn] = c
	return c.even, nil
}

// Exit implements signaling.Store.
func (m *Memory) Exit(_ context.Context, conn signaling.ConnID, id signaling.RoomID) (signaling.PeerName, int, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	rooms := m.connections[conn].rooms
	name, ok := rooms[id]
	if !ok {
		return "", len(rooms), signaling.ErrNotInRoom
	}
	delete(rooms, id)
	return name, len(rooms), nil
}

// Room implements signaling.Store.
func (m *Memory) Room(_ context.Context, id signaling.RoomID, now time.Time, _ bool) (signaling.Room, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	r, ok := m.rooms[id]
	if !ok || !r.expires.After(now) {
		return signaling.Room{ID: id}, nil
	}
	return r.snapshot(id).At(now), nil
}

// AddPeer implements signaling.Store.
func (m *Memory) AddPeer(_ context.Context, id signaling.RoomID, p signaling.Peer, terms signaling.Terms, now time.Time) (signaling.Room, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	r, ok := m.rooms[id]
	if !ok {
		r = &room{}
		m.rooms[id] = r
	}
	if !r.expires.After(now) {
		r.peers, r.waiting = map[signaling.PeerName]signaling.Peer{}, nil
	}
	_, taken := r.peers[p.Name]
	was := r.snapshot(id).At(now)
	mine, seated := r.snapshot(id).On(p.Conn)
	seated = seated && mine.Lost.IsZero()
	opens := len(r.peers) == 0
	if opens {
		r.locked, was.Seats = false, terms.Seats
	}
	full := len(r.peers) >= was.Capacity(terms.Default)
	over := !opens && len(was.Peers) == 0 && r.seats != terms.Seats // who is lost for too long goes first: then p opens the room
	if terms.Inhabited && !r.expires.After(now) {
		return signaling.Room{ID: id}, signaling.ErrRefused
	}
	if taken || seated || full || over || r.locked && !terms.Passed || terms.Vacant && !opens || terms.Inhabited && len(was.Peers) == 0 {
		return r.snapshot(id).At(now), signaling.ErrRefused
	}
	r.peers[p.Name], r.seats = p, was.Seats
	return r.changed(id, now), nil
}

// RemovePeer implements signaling.Store.
func (m *Memory) RemovePeer(_ context.Context, id signaling.RoomID, name signaling.PeerName, conn signaling.ConnID, now time.Time) (signaling.Room, error) {
	return m.change(id, name, conn, now, func(r *room, _ signaling.Peer) { delete(r.peers, name) })
}

// SetData implements signaling.Store.
func (m *Memory) SetData(
	_ context.Context, id signaling.RoomID, name signaling.PeerName, conn signaling.ConnID, data, former json.RawMessage, now time.Time,
) (signaling.Room, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	r, ok := m.rooms[id]
	p := signaling.Peer{}
	if ok {
		p = r.peers[name]
	}
	if !ok || !r.expires.After(now) || p.Conn != conn || !bytes.Equal(p.Data, former) {
		return signaling.Room{}, signaling.ErrNoPeer
	}
	p.Data = nil
	if len(data) > 0 {
		p.Data = data
	}
	r.peers[name] = p
	return r.changed(id, now), nil
}

// Touch implements signaling.Store.
func (m *Memory) Touch(_ context.Context, id signaling.RoomID, name signaling.PeerName, conn signaling.ConnID, now time.Time) (signaling.Room, error) {
	return m.change(id, name, conn, now, func(*room, signaling.Peer) {})
}

// SetLocked implements signaling.Store.
func (m *Memory) SetLocked(_ context.Context, id signaling.RoomID, name signaling.PeerName, conn signaling.ConnID, locked bool, now time.Time) (signaling.Room, error) {
	return m.change(id, name, conn, now, func(r *room, _ signaling.Peer) { r.locked = locked })
}

// Spend implements signaling.Ledger.
func (m *Memory) Spend(_ context.Context, now time.Time, usd float64) (float64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	month := now.UTC().Format("2006-01")
	m.spent[month] += usd
	return m.spent[month], nil
}

func (m *Memory) change(id signaling.RoomID, name signaling.PeerName, conn signaling.ConnID, now time.Time, edit func(*room, signaling.Peer)) (signaling.Room, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	r, ok := m.rooms[id]
	if !ok || !r.expires.After(now) || r.peers[name].Conn != conn {
		return signaling.Room{}, signaling.ErrNoPeer
	}
	edit(r, r.peers[name])
	return r.changed(id, now), nil
}

func (r *room) changed(id signaling.RoomID, now time.Time) signaling.Room {
	r.rev++
	r.expires = now.Add(Lifetime)
	return r.snapshot(id).At(now)
}

func (r *room) snapshot(id signaling.RoomID) signaling.Room {
	s := signaling.NewRoom(id, r.rev, slices.Collect(maps.Values(r.peers)))
	s.Locked = r.locked && len(r.peers) > 0
	s.Seats = r.seats
	s.Waiting = slices.Collect(maps.Values(r.waiting))
	signaling.SortWaiting(s.Waiting)
	return s
}
