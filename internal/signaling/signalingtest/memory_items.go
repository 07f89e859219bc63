package signalingtest

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/parley-rtc/parley/internal/signaling"
)

var _ signaling.Items = (*Memory)(nil)

type itemKey struct {
	room signaling.RoomID
	name string
}

type storedItem struct {
	signaling.Item
	expires time.Time
}

// at returns the item, the zero one if it has expired.
func (m *Memory) at(id signaling.RoomID, name string, now time.Time) signaling.Item {
	stored := m.items[itemKey{id, name}]
	if !stored.expires.After(now) {
		return signaling.Item{}
	}
	return stored.Item
}

// Item implements signaling.Items.
func (m *Memory) Item(_ context.Context, id signaling.RoomID, name string, now time.Time) (signaling.Item, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.at(id, name, now), nil
}

// PutItem implements signaling.Items.
func (m *Memory) PutItem(_ context.Context, id signaling.RoomID, name string, values []json.RawMessage, rev int64, now time.Time) (int64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.write(id, name, values, rev, signaling.MaxItem, now)
}

// AppendItem implements signaling.Items.
func (m *Memory) AppendItem(_ context.Context, id signaling.RoomID, name string, value json.RawMessage, limit int, now time.Time) (int64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	values := append(slices.Clone(m.at(id, name, now).Values), value)
	return m.write(id, name, values, signaling.AnyRev, limit, now)
}

func (m *Memory) write(id signaling.RoomID, name string, values []json.RawMessage, rev int64, limit int, now time.Time) (int64, error) {
	if signaling.SizeOf(values) > limit {
		return 0, signaling.ErrFull
	}
	if rev != signaling.AnyRev && rev != m.at(id, name, now).Rev {
		return 0, signaling.ErrChanged
	}
	old := m.items[itemKey{id, name}].Rev
	m.items[itemKey{id, name}] = storedItem{signaling.Item{Rev: old + 1, Values: values}, now.Add(Lifetime)}
	return old + 1, nil
}
