package socketio

import (
	"context"
	"crypto/rand"
	"errors"
	"slices"
	"time"

	"github.com/parley-rtc/parley/internal/directory"
	"github.com/parley-rtc/parley/internal/signaling"
	"github.com/parley-rtc/parley/internal/socketio/server"
)

// The bounds of rooms.
const (
	maxEveryone = 250                  // sockets of a namespace where an App asks for all
	maxNames    = server.MaxRooms + 14 // rooms, and whatever else, that a connection is listed under
)

func roomName(namespace, room string) (directory.Name, error) {
	if len(room) > server.MaxName {
		return directory.Name{}, complaint("the name of a room is %d bytes long, the limit is %d", len(room), server.MaxName)
	}
	return named(inRoom, namespace, room), nil
}

// listAmong makes room for the socket where those are in its way whose connections are gone: they
// leave, and are told to have left. Nobody is there who is not.
func (s *socket) listAmong(
	ctx context.Context, name directory.Name, e directory.Entry, most int,
) (directory.Listed, error) {
	terms := directory.Terms{Rule: directory.Many, Limit: most, Names: maxNames, Unprobed: true}
	listed, err := s.c.Directory.List(ctx, name, e, terms, s.c.Time)
	if !errors.Is(err, directory.ErrFull) {
		return listed, err
	}
	gone := s.c.Directory.Probe(ctx, listed.Before)
	if len(gone) == 0 {
		return listed, err
	}
	for _, conn := range gone {
		i := slices.IndexFunc(listed.Before, func(e directory.Entry) bool { return e.Conn == conn })
		for _, t := range targets(name, listed.Before[i:i+1]) {
			s.log.Note(s.drop(ctx, t))
		}
	}
	return s.c.Directory.List(ctx, name, e, terms, s.c.Time)
}

// Join implements server.Socket: 2 WRU, and one more for each room from the second on.
func (s *socket) Join(ctx context.Context, room string, most int) ([]server.Member, error) {
	if s.over {
		return nil, errOver
	}
	if most <= 0 || most > server.MaxMembers {
		most = server.MaxMembers
	}
	name, err := roomName(s.namespace, room)
	if err != nil {
		return nil, err
	}
	if s.IsID(room) {
		return nil, complaint("the room is named as a socket's id, which has its own")
	}
	s.log.Room = signaling.RoomID(room)
	if err := s.may(ctx, func(r *signaling.Rights) bool { return r.MayEnter(signaling.RoomID(room)) }); err != nil {
		return nil, err
	}
	if err := s.refresh(ctx); err != nil {
		return nil, err
	}
	place, err := s.placeIn(ctx, name)
	if err != nil {
		return nil, err
	}
	listed, err := s.listAmong(ctx, name, s.entryAt(1, place), most)
	s.log.Note(listed.Aside)
	if err != nil {
		return members(targets(name, listed.Before)), refused(err)
	}
	s.log.Joined = s.log.Joined || !listed.Already
	s.see(name, targets(name, listed.After))
	if err := s.keepNames(ctx, listed.Names); err != nil {
		return nil, err
	}
	return members(s.found[name]), s.recount(ctx)
}

// placeIn returns since when the socket is in a room: it keeps its place there. It is listed again all
// the same, as of now: an earlier event by which it left may be handled only then.
func (s *socket) placeIn(ctx context.Context, name directory.Name) (int64, error) {
	conn, err := s.c.Remembered(ctx)
	if err != nil || !slices.Contains(conn.Names, name.Key()) {
		return 0, err
	}
	list, err := s.look(ctx, name)
	for _, t := range list {
		if t.conn == s.c.ID {
			return t.place(), err
		}
	}
	return 0, err
}

// keepNames has this process know under which names the connection is listed now.
func (s *socket) keepNames(ctx context.Context, names []directory.Name) error {
	conn, err := s.c.Remembered(ctx)
	if err != nil {
		return err
	}
	conn.Names = make([]string, len(names))
	for i, n := range names {
		conn.Names[i] = n.Key()
	}
	s.c.Keep(conn)
	return nil
}

// see keeps for the event what was read.
func (s *socket) see(name directory.Name, list []target) {
	if s.found == nil {
		s.found = map[directory.Name][]target{}
	}
	s.found[name] = list
}

// look returns who is listed under a name, as the event has seen it, or reads it: 0.5 RRU, or 1 if
// it carries a description, which is never sent again to who was missed.
func (s *socket) look(ctx context.Context, name directory.Name) ([]target, error) {
	if list, seen := s.found[name]; seen {
		return list, nil
	}
	entries, err := s.c.Directory.Find(ctx, name, s.c.Time, s.describes || s.over)
	if err != nil {
		return nil, err
	}
	s.see(name, targets(name, entries))
	return s.found[name], nil
}

// recount has each room of the socket know how many rooms it is in, by which other processes see
// whether they know of all of them, without a reading more.
func (s *socket) recount(ctx context.Context) error {
	rooms, err := s.Rooms(ctx)
	if err != nil || len(rooms) < 2 {
		return err
	}
	return s.relist(ctx)
}

// relist rewrites the socket wherever others find it: 1 WRU each.
func (s *socket) relist(ctx context.Context) error {
	conn, err := s.c.Remembered(ctx)
	if err != nil {
		return err
	}
	rooms := len(listedAs(conn, inRoom, s.namespace))
	for _, name := range allOf(conn, s.namespace) {
		kind, _, _ := parts(name)
		if kind == moved {
			continue
		}
		list, err := s.look(ctx, name)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(list, func(t target) bool { return t.conn == s.c.ID })
		if i < 0 {
			continue
		}
		e := s.entryAt(rooms, list[i].Place)
		if e.Tag == list[i].raw {
			continue
		}
		e.Listed = list[i].opened // it keeps its place
		_, err = s.c.Directory.Store.AddEntry(ctx, name, e, directory.Terms{Rule: directory.Many, Again: true}, nil, s.c.Time)
		if err != nil && !errors.Is(err, directory.ErrNotListed) { // its connection may end meanwhile
			return err
		}
		delete(s.found, name)
	}
	return nil
}

// Leave implements server.Socket: 2 WRU, and one for each room that is left.
func (s *socket) Leave(ctx context.Context, room string) (bool, error) {
	if s.over {
		return false, errOver
	}
	name, err := roomName(s.namespace, room)
	if err != nil {
		return false, err
	}
	delete(s.found, name)
	err = s.unlist(ctx, inRoom, room)
	if errors.Is(err, directory.ErrNotListed) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return true, s.relist(ctx)
}

func (s *socket) unlist(ctx context.Context, kind, of string) error {
	name := named(kind, s.namespace, of)
	if err := s.c.Directory.Unlist(ctx, name, s.c.ID, s.c.Time); err != nil {
		return err
	}
	return s.forgetName(ctx, name)
}

// forgetName has this process know that the connection is not listed under the name.
func (s *socket) forgetName(ctx context.Context, name directory.Name) error {
	conn, err := s.c.Remembered(ctx)
	if err != nil {
		return err
	}
	conn.Names = slices.DeleteFunc(slices.Clone(conn.Names), func(key string) bool { return key == name.Key() })
	s.c.Keep(conn)
	return nil
}

// Rooms implements server.Socket.
func (s *socket) Rooms(ctx context.Context) ([]string, error) {
	if s.over {
		return nil, nil
	}
	conn, err := s.c.Remembered(ctx)
	if rooms := listedAs(conn, inRoom, s.namespace); err != nil || len(rooms) > 0 || s.looked || s.current {
		return rooms, err
	}
	s.looked = true // in no room, as far as this process knows: it may have joined elsewhere
	return s.reread(ctx)
}

// Members implements server.Socket.
func (s *socket) Members(ctx context.Context, room string) ([]server.Member, error) {
	if s.IsID(room) {
		return s.alone(ctx, room)
	}
	name, err := roomName(s.namespace, room)
	if err != nil {
		return nil, nil //nolint:nilerr // nobody can be in such a room
	}
	list, err := s.look(ctx, name)
	return members(list), err
}

// alone returns the member of a socket's own room.
func (s *socket) alone(ctx context.Context, id string) ([]server.Member, error) {
	other, err := s.Other(ctx, id)
	if errors.Is(err, server.ErrNoSocket) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	of := other.(*socket).self //nolint:forcetypeassert // it is ours
	return []server.Member{{ID: of.ID, Name: of.Name, Data: server.Public(of.Data)}}, nil
}

// Everyone implements server.Socket.
func (s *socket) Everyone(ctx context.Context) ([]server.Member, error) {
	list, err := s.look(ctx, named(everyone, s.namespace, ""))
	return members(list), err
}

// pairTries bounds how often somebody else may be quicker.
const pairTries = 8

// Pair implements server.Socket. Whoever takes the one who waits out of the queue has it: of all who
// try, one does.
func (s *socket) Pair(ctx context.Context, queue string) (string, error) {
	if s.over {
		return "", errOver
	}
	if len(queue) > server.MaxName {
		return "", complaint("the name of a queue is %d bytes long, the limit is %d", len(queue), server.MaxName)
	}
	name := named(inQueue, s.namespace, queue)
	terms := directory.Terms{Rule: directory.One, Names: maxNames, Unprobed: true}
	for range pairTries {
		listed, err := s.c.Directory.List(ctx, name, s.entry(1), terms, s.c.Time)
		s.log.Note(listed.Aside)
		if err == nil {
			return "", s.keepNames(ctx, listed.Names)
		}
		if !errors.Is(err, directory.ErrTaken) {
			return "", refused(err)
		}
		if way, err := s.makeWay(ctx, name, listed.Before); way || err != nil {
			if err != nil {
				return "", err
			}
			continue
		}
		waiting := targets(name, listed.Before)
		if len(waiting) == 0 {
			return "", errors.New("a queue holds what is no socket")
		}
		rev, err := s.c.Directory.Store.RemoveEntry(ctx, name, waiting[0].conn, listed.Before[0].Listed, s.c.Time)
		if errors.Is(err, directory.ErrNotListed) {
			continue
		}
		if err != nil {
			return "", err
		}
		s.log.Note(s.c.Directory.Store.DropName(ctx, waiting[0].conn, name, rev))
		return s.pairWith(ctx, waiting[0])
	}
	return "", errors.New("others were always quicker at the queue")
}

// makeWay takes those off a name whose connections are gone, and reports whether there were any. Their
// sockets may come back, so they stay wherever else they are.
func (s *socket) makeWay(ctx context.Context, name directory.Name, inTheWay []directory.Entry) (bool, error) {
	gone := s.c.Directory.Probe(ctx, inTheWay)
	for _, conn := range gone {
		rev, err := s.c.Directory.Store.RemoveEntry(ctx, name, conn, time.Time{}, s.c.Time)
		if errors.Is(err, directory.ErrNotListed) {
			continue
		}
		if err != nil {
			return false, err
		}
		s.log.Note(s.c.Directory.Store.DropName(ctx, conn, name, rev))
	}
	return len(gone) > 0, nil
}

func (s *socket) pairWith(ctx context.Context, other target) (string, error) {
	room := rand.Text()
	if err := s.joinOther(ctx, other, room); err != nil {
		return "", err
	}
	_, err := s.Join(ctx, room, 2)
	return room, err
}

// joinOther has another socket join a room.
func (s *socket) joinOther(ctx context.Context, other target, room string) error {
	name, err := roomName(s.namespace, room)
	if err != nil {
		return err
	}
	_, err = s.c.Directory.List(ctx, name, directory.Entry{Conn: other.conn, Dialect: Name, Tag: other.raw}, directory.Terms{
		Rule: directory.Many, Limit: server.MaxMembers, Names: maxNames, Unprobed: true,
	}, s.c.Time)
	return refused(err)
}
