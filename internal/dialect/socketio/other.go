package socketio

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/parley-rtc/parley/internal/dialect"
	"github.com/parley-rtc/parley/internal/directory"
	"github.com/parley-rtc/parley/internal/signaling"
	"github.com/parley-rtc/parley/internal/socketio/server"
)

// Other implements server.Socket: 1 RRU, and for a name 0.5 more.
func (s *socket) Other(ctx context.Context, who string) (server.Socket, error) {
	t, ok := s.byID(who)
	if !ok {
		if who == "" || len(who) > server.MaxName {
			return nil, server.ErrNoSocket
		}
		list, err := s.look(ctx, named(byName, s.namespace, who))
		if err != nil {
			return nil, err
		}
		if len(list) == 0 {
			return nil, server.ErrNoSocket
		}
		t = list[0]
	}
	if t.ID == s.self.ID && !s.over {
		return s, nil
	}
	conn, st, err := s.recallOf(ctx, t.conn)
	if errors.Is(err, signaling.ErrGone) {
		to, findErr := s.movedTo(ctx, t.origin())
		if findErr != nil {
			return nil, findErr
		}
		if to == "" {
			return nil, server.ErrNoSocket
		}
		conn, st, err = s.recallOf(ctx, to)
	}
	if errors.Is(err, signaling.ErrGone) || err == nil && st.Sockets[s.namespace] == nil {
		return nil, server.ErrNoSocket
	}
	if err != nil {
		return nil, err
	}
	c := &dialect.Conn{House: s.c.House, ID: conn.ID, Time: s.c.Time, Opened: conn.Opened}
	other, err := s.socket(c, s.namespace, st)
	if err != nil {
		return nil, err
	}
	other.log, other.current = s.log, true
	if s.found == nil {
		s.found = map[directory.Name][]target{}
	}
	other.found = s.found // one event: what it changes of a room this socket sees
	return other, nil
}

func (s *socket) recallOf(ctx context.Context, id signaling.ConnID) (signaling.Connection, state, error) {
	c := &dialect.Conn{House: s.c.House, ID: id, Time: s.c.Time}
	conn, err := c.Reread(ctx)
	if err != nil {
		return conn, state{}, err
	}
	st, err := decodeState(conn.State)
	return conn, st, err
}

// shelf is where the values of a room are kept.
func (s *socket) shelf(room string) signaling.RoomID {
	return signaling.RoomID(named(inRoom, s.namespace, room).Key())
}

// Value implements server.Socket: 1 RRU.
func (s *socket) Value(ctx context.Context, room, key string) (server.Value, error) {
	item, err := s.Items.Item(ctx, s.shelf(room), key, s.c.Time)
	v := server.Value{Rev: item.Rev}
	if len(item.Values) > 0 {
		v.JSON = item.Values[0]
	}
	return v, err
}

// SetValue implements server.Socket: 1 WRU a KB.
func (s *socket) SetValue(ctx context.Context, room, key string, value json.RawMessage, rev int64) (int64, error) {
	var values []json.RawMessage
	if value != nil && string(trimmed(value)) != "null" {
		values = append(values, value)
	}
	rev, err := s.Items.PutItem(ctx, s.shelf(room), key, values, rev, s.c.Time)
	if errors.Is(err, signaling.ErrChanged) {
		err = server.ErrChanged
	}
	return rev, err
}
