package servertest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"

	"github.com/parley-rtc/parley/internal/socketio/server"
)

var _ server.Socket = (*view)(nil)

// phase is how far a socket has come when it is handed to the App.
type phase int

const (
	admitting phase = iota
	connecting
	connected
)

// view is a socket at one event.
type view struct {
	*Client
	phase phase
	event *server.Event // that is being handled; nil if there is none
	acked bool
}

var (
	errUnchanging = errors.New("name and data change after the socket connected, which the App does not say in Needs.Own")
	errNotYet     = errors.New("the socket is not connected yet: all that it may do is SetName and SetData")
)

// may returns an error if a socket cannot change anything, as it is not there.
func (v *view) may() error {
	switch {
	case v.s.over:
		return fmt.Errorf("%s: %w", v.s.id, server.ErrNoSocket)
	case v.phase == admitting:
		return errNotYet
	}
	return nil
}

// mayOwn is the same for what Needs.Own is about.
func (v *view) mayOwn() error {
	switch {
	case v.s.over:
		return fmt.Errorf("%s: %w", v.s.id, server.ErrNoSocket)
	case v.phase == connected && !v.w.app.Needs().Own:
		return errUnchanging
	}
	return nil
}

// checkName refuses the name of a room, a queue, a socket or a key that is too long.
func checkName(what, name string) error {
	if len(name) > server.MaxName {
		return fmt.Errorf("the name of a %s has %d bytes, the limit is %d", what, len(name), server.MaxName)
	}
	return nil
}

// lock locks the World until the method that calls it has returned.
func (v *view) lock() func() {
	v.w.mu.Lock()
	return v.w.mu.Unlock
}

func (v *view) Namespace() string     { return v.in.name }
func (v *view) Query() url.Values     { return v.s.query }
func (v *view) Auth() json.RawMessage { return v.s.auth }

func (v *view) Name(context.Context) (string, error) {
	defer v.lock()()
	return v.s.name, nil
}

func (v *view) SetName(_ context.Context, name string, exclusive bool) error {
	defer v.lock()()
	if err := errors.Join(v.mayOwn(), checkName("socket", name)); err != nil {
		return err
	}
	if name == "" {
		return errors.New("a socket cannot be called nothing")
	}
	other := v.in.byName(name)
	if other != nil && other != v.s && exclusive {
		return server.ErrTaken
	}
	if v.phase == admitting {
		v.s.name = name
		return nil
	}
	v.in.rename(v.s, name)
	return nil
}

func (v *view) Data(context.Context) (map[string]json.RawMessage, error) {
	defer v.lock()()
	data := maps.Clone(v.s.data)
	if data == nil {
		data = map[string]json.RawMessage{}
	}
	return data, nil
}

// Kept implements server.Socket.
func (v *view) Kept(ctx context.Context) (map[string]json.RawMessage, error) { return v.Data(ctx) }

func (v *view) SetData(_ context.Context, change map[string]json.RawMessage) error {
	defer v.lock()()
	if err := v.mayOwn(); err != nil {
		return err
	}
	data := maps.Clone(v.s.data)
	if data == nil {
		data = map[string]json.RawMessage{}
	}
	for k, value := range change {
		if data[k] = value; string(value) == "null" {
			delete(data, k)
		}
	}
	raw, err := encode(data)
	if err != nil {
		return err
	}
	if len(raw) > server.MaxData {
		return server.Complaint(fmt.Sprintf("the data of a socket would have %d bytes, the limit is %d", len(raw), server.MaxData))
	}
	v.s.data = data
	return nil
}

func (v *view) Other(_ context.Context, who string) (server.Socket, error) {
	defer v.lock()()
	other := v.in.byID(who)
	if other == nil {
		other = v.in.byName(who)
	}
	if other == nil {
		return nil, fmt.Errorf("%s: %w", who, server.ErrNoSocket)
	}
	return (&Client{w: v.w, in: v.in, s: other}).view(connected), nil
}

func (v *view) IsID(who string) bool {
	defer v.lock()()
	return v.in.ids[who]
}

func (v *view) Value(_ context.Context, room, key string) (server.Value, error) {
	defer v.lock()()
	return v.in.values[valueKey{room, key}], errors.Join(checkName("room", room), checkName("key", key))
}

func (v *view) SetValue(_ context.Context, room, key string, value json.RawMessage, rev int64) (int64, error) {
	defer v.lock()()
	if err := errors.Join(checkName("room", room), checkName("key", key)); err != nil {
		return 0, err
	}
	old := v.in.values[valueKey{room, key}]
	switch {
	case v.phase == admitting:
		return 0, errNotYet
	case rev != server.AnyRev && rev != old.Rev:
		return 0, server.ErrChanged
	case len(value) > server.MaxValue:
		return 0, fmt.Errorf("the value %s has %d bytes, the limit is %d", key, len(value), server.MaxValue)
	case value != nil && !json.Valid(value):
		return 0, fmt.Errorf("the value %s is no JSON", key)
	}
	if string(value) == "null" {
		value = nil
	}
	v.in.values[valueKey{room, key}] = server.Value{JSON: slices.Clone(value), Rev: old.Rev + 1}
	return old.Rev + 1, nil
}

func (v *view) Disconnect(ctx context.Context) error {
	v.w.mu.Lock()
	err := v.may()
	v.w.mu.Unlock()
	if err != nil {
		return err
	}
	return v.end(ctx, func() { v.w.records = append(v.w.records, Record{To: v.s.id, Kind: Disconnected}) })
}
