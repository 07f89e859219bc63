package signalingtest

import (
	"maps"
	"slices"
	"time"

	"github.com/parley-rtc/parley/internal/signaling"
)

// NoteName notes a name with a connection, unless that has so many others, and reports whether it has it. A most of 0 is no
// limit. A note by a later event stays. It fails with signaling.ErrGone.
func (m *Memory) NoteName(conn signaling.ConnID, dialect, name string, most int, at time.Time) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	c, ok := m.connections[conn]
	if !ok {
		return false, signaling.ErrGone
	}
	noted, has := c.names[name]
	if !has && most > 0 && len(c.names) >= most {
		return false, nil
	}
	if c.Dialect == "" {
		c.Dialect = dialect
		m.connections[conn] = c
	}
	if !has || noted.Before(at) {
		c.names[name] = at
	}
	return true, nil
}

// DropName undoes NoteName, unless that was by an event later than last.
func (m *Memory) DropName(conn signaling.ConnID, name string, last time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	c := m.connections[conn]
	if at, has := c.names[name]; has && !at.After(last) {
		delete(c.names, name)
	}
}

// TakeNames takes the names away that are noted with a connection.
func (m *Memory) TakeNames(conn signaling.ConnID) []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	c := m.connections[conn]
	names := slices.Sorted(maps.Keys(c.names))
	clear(c.names)
	return names
}
