package socketio

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"github.com/parley-rtc/parley/internal/dialect"
	"github.com/parley-rtc/parley/internal/directory"
	"github.com/parley-rtc/parley/internal/signaling"
	"github.com/parley-rtc/parley/internal/socketio/packet"
)

// comeBack takes up the socket that a private id names, if it is lost and nobody has taken it. It
// reports whether it did: else the client gets a new one.
func (d *Dialect) comeBack(ctx context.Context, s *socket, cred credentials) (bool, error) {
	h, ok := d.open(pids, cred.pid)
	if !ok || h.space != mark(s.namespace) {
		return false, nil
	}
	key := SessionKey{Conn: h.origin, Namespace: s.namespace}
	text, frames, others, err := d.claimLost(ctx, s, key)
	if err != nil || text == "" {
		return false, err
	}
	var kept session
	if err := json.Unmarshal([]byte(text), &kept); err != nil {
		return false, err
	}
	s.c.Action = "recover"
	back, err := s.takeUp(ctx, key, kept, cred, frames)
	return true, errors.Join(err, d.await(ctx, s.c, append(others, back...)))
}

// looks is how often somebody who comes back is looked for. Another process may just be about to keep
// what it has forgotten the connection of.
const looks = 3

// claimLost takes a lost socket, "" if there is none. Others that were lost with it are returned if
// nobody else is to wait for them.
func (d *Dialect) claimLost(
	ctx context.Context, s *socket, key SessionKey,
) (text string, frames []string, others []loss, err error) {
	for i := range looks {
		var more []string
		text, more, err = d.Store.Claim(ctx, key, s.c.Time)
		frames = append(frames, more...)
		if err == nil && text != "" || err != nil && !errors.Is(err, ErrNoSession) {
			return text, frames, others, err
		}
		if i > 0 {
			if err := dialect.Pause(ctx, pauses[i-1]); err != nil {
				return "", nil, nil, err
			}
			continue
		}
		gone := false
		if others, gone, err = d.cutOff(ctx, s, key.Conn); err != nil || !gone {
			return "", nil, nil, err
		}
	}
	return "", nil, nil, d.await(ctx, s.c, others)
}

// cutOff reports whether API Gateway says that a connection is gone. Its $disconnect may not have been
// handled yet, and then has nothing left to do: its sockets are kept as lost, and the others are
// returned.
func (d *Dialect) cutOff(
	ctx context.Context, s *socket, conn signaling.ConnID,
) (others []loss, gone bool, err error) {
	to, err := s.movedTo(ctx, conn)
	if err != nil {
		return nil, false, err
	}
	if to != "" {
		conn = to
	}
	if err := s.c.Pusher.Probe(ctx, conn); !errors.Is(err, signaling.ErrGone) {
		return nil, false, err
	}
	was, err := s.c.Connections.Disconnect(ctx, conn)
	if err != nil || was.ID == "" {
		return nil, err == nil, err
	}
	st, err := decodeState(was.State)
	if err != nil {
		return nil, false, err
	}
	others, err = d.save(ctx, s.c, was, st)
	return slices.DeleteFunc(others, func(l loss) bool { return l.Namespace == s.namespace }), true, err
}

// takeUp connects a lost socket to this connection. What was kept for it comes first, and what is sent
// to it meanwhile behind that: until all of it is through, it is found where it was. That it may be
// found here is noted before all else, so that however soon this connection is lost, too, whoever
// keeps the socket then knows where it is listed.
//
// It returns the socket if it is lost still, and nobody else waits for it.
func (s *socket) takeUp(
	ctx context.Context, key SessionKey, kept session, cred credentials, frames []string,
) (back []loss, err error) {
	s.self = kept.Self
	s.self.Auth = cred.kept()
	if s.c.ID != key.Conn {
		s.self.Origin = key.Conn
	}
	names, err := directory.ParseKeys(kept.Names)
	if err == nil {
		err = s.noteHere(ctx, names)
	}
	if err != nil {
		back, giving := s.giveBack(ctx, key, kept, names, frames, err)
		return back, errors.Join(err, giving)
	}
	if err := s.carryOver(ctx, key, frames); err != nil {
		return nil, err
	}
	if err := s.moveAll(ctx, names, kept.Conn); err != nil {
		return nil, err
	}
	s.c.Joined = true
	err = s.c.Pusher.Push(ctx, s.c.ID, packet.Connect(s.version, s.namespace, s.self.ID, cred.pid))
	if errors.Is(err, signaling.ErrGone) {
		return nil, s.leftMeanwhile(ctx, key, kept)
	}
	return nil, err
}

// carryOver sends the client what was kept for it, until there is no more: from then on what finds the
// other connection gone follows the socket here.
func (s *socket) carryOver(ctx context.Context, key SessionKey, frames []string) error {
	if err := s.pushKept(ctx, frames); err != nil {
		return err
	}
	here := directory.Terms{Rule: directory.Newest}
	if _, err := s.moveHere(ctx, named(moved, s.namespace, string(key.Conn)), 1, here); err != nil {
		return err
	}
	for {
		frames, err := s.Store.Drain(ctx, key, s.c.Time)
		if errors.Is(err, ErrNoSession) || err == nil && len(frames) == 0 {
			return nil
		}
		if err == nil {
			err = s.pushKept(ctx, frames)
		}
		if err != nil {
			return err
		}
	}
}

// leftMeanwhile takes a socket off its names whose client has left while it was taken up: its
// $disconnect may have been handled before it was listed here. If it is lost once more, it is kept.
func (s *socket) leftMeanwhile(ctx context.Context, key SessionKey, kept session) error {
	if _, err := s.c.Reread(ctx); !errors.Is(err, signaling.ErrGone) {
		return err // $disconnect is still to come, and finds it
	}
	lost, err := keepTrying(ctx, func() (bool, error) {
		text, frames, err := s.Store.Claim(ctx, key, s.c.Time)
		switch {
		case errors.Is(err, ErrNoSession) || err == nil && text == "":
			return false, nil
		case err != nil:
			return false, err
		}
		return true, s.keep(ctx, key, text, frames, s.c.Time)
	})
	if lost || err != nil {
		return err
	}
	s.over = true
	here := named(moved, s.namespace, string(key.Conn))
	return s.leaveAll(ctx, signaling.Connection{ID: s.c.ID, Names: append(kept.Names, here.Key())}, time.Time{})
}

func (s *socket) pushKept(ctx context.Context, frames []string) error {
	for _, f := range frames {
		if err := s.c.Push(ctx, []byte(f)); err != nil {
			return err
		}
	}
	return nil
}

// noteHere notes with this connection the socket, and under which names it is listed: that it is so
// with another connection yet does not matter to who ends it.
func (s *socket) noteHere(ctx context.Context, names []directory.Name) error {
	var noted []directory.Name
	for _, name := range append(slices.Clone(names), named(moved, s.namespace, string(s.self.Origin))) {
		var err error
		if noted, err = s.c.Directory.Store.NoteName(ctx, s.c.ID, Name, name, maxNames, 0); err != nil {
			return err
		}
	}
	if err := s.keepNames(ctx, noted); err != nil {
		return err
	}
	return s.note(ctx)
}

// giveBack keeps a socket as lost again that cannot be taken up here, because this connection has gone,
// or has connected to the namespace meanwhile. It is to be waited for as it was, once more.
func (s *socket) giveBack(
	ctx context.Context, key SessionKey, kept session, names []directory.Name, frames []string, because error,
) (back []loss, err error) {
	for _, name := range names {
		s.c.Note(s.dropName(ctx, name))
	}
	since, err := s.Store.Drain(ctx, key, s.c.Time)
	if err != nil && !errors.Is(err, ErrNoSession) {
		return nil, err
	}
	err = s.keep(ctx, key, kept.encode(), append(frames, since...), s.c.Time)
	if err != nil || !errors.Is(because, signaling.ErrGone) && !errors.Is(because, errConnected) {
		return nil, err
	}
	s.c.Note(s.c.Close(ctx))
	return []loss{{key, kept.Conn}}, nil
}

// moveAll lists the socket with this connection wherever it is still listed with the other, in its
// place.
func (s *socket) moveAll(ctx context.Context, names []directory.Name, from signaling.ConnID) error {
	rooms := 0
	for _, name := range names {
		if kind, _, _ := parts(name); kind == inRoom {
			rooms++
		}
	}
	there := directory.Terms{Rule: directory.Many, Again: true, Instead: from}
	for _, name := range names {
		if kind, _, _ := parts(name); kind == moved {
			continue
		}
		was, err := s.moveHere(ctx, name, rooms, there)
		if err != nil {
			return err
		}
		if !was {
			s.c.Note(s.dropName(ctx, name))
		}
	}
	return nil
}

// dropName notes that the socket is not listed under the name.
func (s *socket) dropName(ctx context.Context, name directory.Name) error {
	if err := s.c.Directory.Store.DropName(ctx, s.c.ID, name, maxRev); err != nil {
		return err
	}
	if err := s.forgetName(ctx, name); !errors.Is(err, signaling.ErrGone) {
		return err
	}
	return nil
}

// moveHere lists the socket with this connection. It reports whether the terms let it.
func (s *socket) moveHere(ctx context.Context, name directory.Name, rooms int, terms directory.Terms) (bool, error) {
	e := s.entry(rooms)
	e.Listed = s.c.Time.Truncate(time.Millisecond)
	_, err := s.c.Directory.Store.AddEntry(ctx, name, e, terms, nil, s.c.Time)
	if errors.Is(err, directory.ErrNotListed) {
		return false, nil
	}
	return err == nil, err
}
