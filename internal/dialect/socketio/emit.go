package socketio

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/parley-rtc/parley/internal/dialect"
	"github.com/parley-rtc/parley/internal/rescue"
	"github.com/parley-rtc/parley/internal/signaling"
	"github.com/parley-rtc/parley/internal/socketio/packet"
	"github.com/parley-rtc/parley/internal/socketio/server"
)

// atOnce is how many pushes of one emit run at once.
const atOnce = 32

// maxPosts is how many messages one event may come to, whatever its App does with it: each is paid for.
const maxPosts = 1024

// Emit implements server.Socket. To a socket's id it costs no read, to a room 0.5 RRU.
func (s *socket) Emit(ctx context.Context, to server.Target, e server.Event) error {
	if to.Kind == server.Self {
		if s.over {
			return nil
		}
		return s.send(ctx, target{tag: tag{ID: s.self.ID, Origin: s.self.Origin, Version: s.version}, conn: s.c.ID}, s.parcel(e))
	}
	list, err := s.reach(ctx, to)
	if err != nil || len(list) == 0 {
		return err
	}
	if s.posts += len(list); s.posts > maxPosts {
		return server.Complaint(fmt.Sprintf("an event comes to more than %d messages", maxPosts))
	}
	way := signaling.Direction{From: s.c.ID, Space: Name, To: s.namespace + "\x00" + to.To + strings.Join(to.IDs, "\x00")}
	stands := order(e.Args)
	if err := s.c.Hold.Before(ctx, way, stands, s.c.Time); err != nil {
		return err
	}
	p := s.parcel(e)
	s.log.Relays++
	errs := rescue.AtOnce(len(list), atOnce, func(i int) error { return s.send(ctx, list[i], p) })
	s.c.Hold.After(way, stands, s.c.Time)
	return failures(errs)
}

func failures(errs []error) error {
	err := errors.Join(errs...)
	if err == nil {
		return nil
	}
	n := 0
	for _, e := range errs {
		if e != nil {
			n++
		}
	}
	return fmt.Errorf("%d of %d could not be reached: %w", n, len(errs), err)
}

// reach returns whom a target names.
func (s *socket) reach(ctx context.Context, to server.Target) ([]target, error) {
	switch to.Kind {
	case server.Room, server.Others:
		if t, ok := s.byID(to.To); ok { // a socket's own room
			if to.Kind == server.Others {
				return s.without([]target{t}), nil
			}
			return []target{t}, nil
		}
		name, err := roomName(s.namespace, to.To)
		if err != nil {
			return nil, nil //nolint:nilerr // nobody can be in such a room
		}
		list, err := s.look(ctx, name)
		if to.Kind == server.Others {
			list = s.without(list)
		}
		return list, err
	case server.Mine:
		return s.mine(ctx)
	case server.All, server.Rest:
		list, err := s.look(ctx, named(everyone, s.namespace, ""))
		if to.Kind == server.Rest {
			list = s.without(list)
		}
		return list, err
	case server.One:
		return s.one(ctx, to.To)
	case server.Some:
		return s.some(to.IDs), nil
	}
	return nil, fmt.Errorf("no target of kind %d", to.Kind)
}

// without returns the others of a list. This process may know the one before it on its connection.
func (s *socket) without(list []target) []target {
	var others []target
	for _, t := range list {
		if t.ID != s.self.ID && t.conn != s.c.ID {
			others = append(others, t)
		}
	}
	return others
}

// one returns whom a name names: a socket's id, or else an app's, or else a room.
func (s *socket) one(ctx context.Context, to string) ([]target, error) {
	if t, ok := s.byID(to); ok {
		return []target{t}, nil
	}
	if to == "" || len(to) > server.MaxName {
		return nil, nil
	}
	if len(to) <= server.MaxName {
		if list, err := s.look(ctx, named(byName, s.namespace, to)); err != nil || len(list) > 0 {
			return list, err
		}
	}
	return s.look(ctx, named(inRoom, s.namespace, to))
}

// byID returns the socket of the namespace that an id names, with no look into a table. Whether it is
// still there, a push shows.
func (s *socket) byID(id string) (target, bool) {
	h, ok := s.open(sids, id)
	if !ok || h.space != mark(s.namespace) && !h.all {
		return target{}, false
	}
	return target{tag: tag{ID: id, Version: h.version}, conn: h.origin, opened: h.opened}, true
}

// some returns the sockets of these ids, each once.
func (s *socket) some(ids []string) []target {
	var list []target
	seen := map[string]bool{}
	for _, id := range ids {
		if t, ok := s.byID(id); ok && !seen[id] {
			seen[id] = true
			list = append(list, t)
		}
	}
	return list
}

// mine returns the others in the rooms of the socket, each once.
func (s *socket) mine(ctx context.Context) ([]target, error) {
	if s.over {
		return nil, nil
	}
	rooms, err := s.RoomsNow(ctx)
	if err != nil {
		return nil, err
	}
	list, err := s.union(ctx, rooms)
	return s.without(list), err
}

// RoomsNow implements server.Socket: 0.5 RRU a room, or 1 if the event carries a description, and 1
// more if this process did not know.
func (s *socket) RoomsNow(ctx context.Context) ([]string, error) {
	rooms, err := s.Rooms(ctx)
	if err != nil || s.over {
		return nil, err
	}
	if len(rooms) == 0 {
		return s.awaitRoom(ctx)
	}
	if _, err := s.union(ctx, rooms); err != nil || s.inAll(rooms) {
		return rooms, err
	}
	for _, room := range rooms {
		delete(s.found, named(inRoom, s.namespace, room))
	}
	return s.reread(ctx)
}

func (s *socket) reread(ctx context.Context) ([]string, error) {
	conn, err := s.c.Reread(ctx)
	return listedAs(conn, inRoom, s.namespace), err
}

// young is a connection whose client has just begun, and says much in one go.
const young = 10 * time.Second

// awaitRoom waits until the socket is in a room, for two seconds at most, or half a second where the
// connection is not young: who is in no room may just be in none.
func (s *socket) awaitRoom(ctx context.Context) (rooms []string, err error) {
	rooms, err = s.reread(ctx)
	if err != nil || len(rooms) > 0 || !s.waits.May(s.c) {
		return rooms, err
	}
	moments := briefly
	if s.c.Time.Sub(s.c.Opened) < young {
		moments = pauses
	}
	found, err := dialect.KeepTrying(ctx, moments, func() (bool, error) {
		rooms, err = s.reread(ctx)
		return len(rooms) > 0, err
	})
	if !found {
		s.waits.Count(s.c)
	}
	return rooms, err
}

// union returns who is in one of these rooms, each once.
func (s *socket) union(ctx context.Context, rooms []string) ([]target, error) {
	var list []target
	seen := map[string]bool{}
	for _, room := range rooms {
		found, err := s.look(ctx, named(inRoom, s.namespace, room))
		if err != nil {
			return nil, err
		}
		for _, t := range found {
			if !seen[t.ID] {
				seen[t.ID] = true
				list = append(list, t)
			}
		}
	}
	return list, nil
}

// inAll reports whether the socket is in all these rooms, and in no other.
func (s *socket) inAll(rooms []string) bool {
	for _, room := range rooms {
		there := false
		for _, t := range s.found[named(inRoom, s.namespace, room)] {
			if t.ID == s.self.ID {
				there = max(t.Rooms, 1) == len(rooms)
			}
		}
		if !there {
			return false
		}
	}
	return true
}

// Ack implements server.Socket.
func (s *socket) Ack(ctx context.Context, args []json.RawMessage, attachments []string) error {
	if !s.acks || s.over {
		return nil
	}
	s.acks = false
	frames, err := packet.Ack(s.version, s.namespace, s.ackID, args, attachments)
	if err != nil {
		return err
	}
	return pushAll(ctx, s.c, s.c.ID, frames)
}

// parcel is an event on its way, in the frames of each version once.
type parcel struct {
	namespace string
	event     server.Event
}

func (s *socket) parcel(e server.Event) parcel { return parcel{s.namespace, e} }

func (p parcel) frames(v packet.Version) ([][]byte, error) {
	id := int64(-1)
	if p.event.Ask > 0 {
		id = int64(p.event.Ask)
	}
	frames, err := packet.Event(v, p.namespace, id, p.event.Name, p.event.Args, p.event.Attachments)
	for _, f := range frames {
		if len(f) > signaling.MaxFrame {
			return nil, signaling.Errorf(signaling.CodeTooLarge, "the event gets %d bytes long, the limit is %d", len(f), signaling.MaxFrame)
		}
	}
	return frames, err
}

// pushAll pushes frames to a connection, one after the other.
func pushAll(ctx context.Context, c *dialect.Conn, to signaling.ConnID, frames [][]byte) error {
	for _, f := range frames {
		if err := c.Pusher.Push(ctx, to, f); err != nil {
			return err
		}
	}
	return nil
}
