package servertest

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/parley-rtc/parley/internal/socketio/server"
)

func (v *view) Join(_ context.Context, room string, most int) ([]server.Member, error) {
	defer v.lock()()
	if err := errors.Join(v.may(), checkName("room", room)); err != nil {
		return nil, err
	}
	here := v.in.rooms[room]
	if most <= 0 || most > server.MaxMembers {
		most = server.MaxMembers
	}
	switch {
	case slices.Contains(here, v.s):
	case v.in.byID(room) != nil:
		return nil, fmt.Errorf("the room %s is that of one socket", room)
	case len(here) >= most:
		return list(here), server.ErrFull
	case len(v.in.roomsOf(v.s)) >= server.MaxRooms:
		return nil, server.ErrTooMany
	default:
		v.in.rooms[room] = append(slices.Clone(here), v.s)
	}
	return list(v.in.rooms[room]), nil
}

func (v *view) Leave(_ context.Context, room string) (bool, error) {
	defer v.lock()()
	if err := v.may(); err != nil {
		return false, err
	}
	return v.in.leave(v.s, room), nil
}

func (v *view) Rooms(context.Context) ([]string, error) {
	defer v.lock()()
	return v.in.roomsOf(v.s), nil
}

// RoomsNow implements server.Socket.
func (v *view) RoomsNow(ctx context.Context) ([]string, error) { return v.Rooms(ctx) }

func (v *view) Members(_ context.Context, room string) ([]server.Member, error) {
	defer v.lock()()
	return list(v.in.members(room)), nil
}

func (v *view) Everyone(context.Context) ([]server.Member, error) {
	defer v.lock()()
	return list(v.everyone()), nil
}

// everyone returns whom an App that does not need everybody does not see.
func (v *view) everyone() []*socket {
	if !v.w.app.Needs().Everyone {
		return nil
	}
	return v.in.sockets
}

func (v *view) Pair(_ context.Context, queue string) (string, error) {
	defer v.lock()()
	if err := errors.Join(v.may(), checkName("queue", queue)); err != nil {
		return "", err
	}
	waiting := v.in.queues[queue]
	switch {
	case slices.Contains(waiting, v.s):
		return "", nil
	case len(v.in.roomsOf(v.s)) >= server.MaxRooms:
		return "", server.ErrTooMany
	}
	for i, other := range waiting {
		if len(v.in.roomsOf(other)) < server.MaxRooms {
			v.in.queues[queue] = slices.Delete(waiting, i, i+1)
			v.w.pairs++
			room := fmt.Sprintf("pair-%d", v.w.pairs)
			v.in.rooms[room] = []*socket{other, v.s}
			return room, nil
		}
	}
	v.in.queues[queue] = append(waiting, v.s)
	return "", nil
}

func list(sockets []*socket) []server.Member {
	members := make([]server.Member, len(sockets))
	for i, s := range sockets {
		members[i] = server.Member{ID: s.id, Name: s.name, Data: server.Public(s.data)}
	}
	return members
}
