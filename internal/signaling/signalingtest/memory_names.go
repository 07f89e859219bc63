package signalingtest

import (
	"maps"
	"slices"

	"github.com/parley-rtc/parley/internal/signaling"
)

// NoteName notes a name with a connection, unless that has so many others, and reports whether it
// has it, and which it has, in order. A most of 0 is no limit. A note at a later revision stays. It
// fails with signaling.ErrGone.
func (m *Memory) NoteName(
	conn signaling.ConnID, dialect, name string, most int, rev int64,
) (names []string, noted bool, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	c, ok := m.connections[conn]
	if !ok {
		return nil, false, signaling.ErrGone
	}
	last, has := c.names[name]
	if !has && most > 0 && len(c.names) >= most {
		return nil, false, nil
	}
	if c.Dialect == "" {
		c.Dialect = dialect
		m.connections[conn] = c
	}
	c.names[name] = max(last, rev)
	return slices.Sorted(maps.Keys(c.names)), true, nil
}

// DropName undoes a NoteName at an earlier revision.
func (m *Memory) DropName(conn signaling.ConnID, name string, rev int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	c := m.connections[conn]
	if noted, has := c.names[name]; has && noted < rev {
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
