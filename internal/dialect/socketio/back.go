package socketio

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/parley-rtc/parley/internal/directory"
	"github.com/parley-rtc/parley/internal/signaling"
	"github.com/parley-rtc/parley/internal/socketio/packet"
	"github.com/parley-rtc/parley/internal/socketio/server"
)

// comeBack takes up the socket that a private id names, if it is lost and nobody has taken it. It
// reports whether it did: else the client gets a new one.
func (d *Dialect) comeBack(ctx context.Context, s *socket, cred credentials) (bool, error) {
	h, ok := d.open(pids, cred.pid)
	if !ok || h.space != mark(s.namespace) {
		return false, nil
	}
	key := SessionKey{Conn: h.origin, Namespace: s.namespace}
	text, frames, err := d.Store.Claim(ctx, key, s.c.Time)
	if err == nil && text == "" || errors.Is(err, ErrNoSession) {
		// Its $disconnect may not have been handled yet.
		var old bool
		if old, err = d.cutOff(ctx, s, h.origin); err != nil || !old {
			return false, err
		}
		var more []string
		text, more, err = d.Store.Claim(ctx, key, s.c.Time)
		frames = append(frames, more...)
	}
	if errors.Is(err, ErrNoSession) || err == nil && text == "" {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	var kept session
	if err := json.Unmarshal([]byte(text), &kept); err != nil {
		return false, err
	}
	s.c.Action = "recover"
	return true, s.takeUp(ctx, key, kept, cred, frames)
}

// cutOff has the sockets of a connection kept as lost, if API Gateway says that it is gone while it is
// still remembered.
func (d *Dialect) cutOff(ctx context.Context, s *socket, conn signaling.ConnID) (bool, error) {
	to, err := s.movedTo(ctx, conn)
	if err != nil {
		return false, err
	}
	if to != "" {
		conn = to
	}
	if err := s.c.Pusher.Probe(ctx, conn); !errors.Is(err, signaling.ErrGone) {
		return false, err
	}
	was, err := s.c.Connections.Disconnect(ctx, conn)
	if err != nil || was.ID == "" {
		return false, err
	}
	st, err := decodeState(was.State)
	if err != nil {
		return false, err
	}
	return true, d.save(ctx, s.c, was, st)
}

// takeUp connects a lost socket to this connection. What was kept for it comes first, and what is sent
// to it meanwhile behind that: it is found here once all of it is through.
func (s *socket) takeUp(ctx context.Context, key SessionKey, kept session, cred credentials, frames []string) error {
	s.self = kept.Self
	s.self.Auth = cred.kept()
	if s.c.ID != key.Conn {
		s.self.Origin = key.Conn
	}
	if err := s.note(ctx); err != nil {
		return err
	}
	if err := s.moveHere(ctx, kept); err != nil {
		return err
	}
	for first := true; first || len(frames) > 0; first = false {
		for _, f := range frames {
			if err := s.c.Push(ctx, []byte(f)); err != nil {
				return err
			}
		}
		var err error
		if frames, err = s.Store.Drain(ctx, key, s.c.Time); err != nil && !errors.Is(err, ErrNoSession) {
			return err
		}
	}
	s.c.Joined = true
	return s.c.Push(ctx, packet.Connect(s.version, s.namespace, s.self.ID, cred.pid))
}

// moveHere lists the socket with this connection wherever it was listed with the other, in its place.
func (s *socket) moveHere(ctx context.Context, kept session) error {
	names, err := directory.ParseKeys(kept.Names)
	if err != nil {
		return err
	}
	rooms := 0
	for _, name := range names {
		if kind, _, _ := parts(name); kind == inRoom {
			rooms++
		}
	}
	names = append(names, named(moved, s.namespace, string(s.self.Origin)))
	var last directory.Listed
	for _, name := range names {
		terms := directory.Terms{Rule: directory.Many, Limit: server.MaxMembers + 1, Names: maxNames, Instead: kept.Conn, Unprobed: true}
		if kind, _, _ := parts(name); kind == byName || kind == moved || kind == inQueue {
			terms = directory.Terms{Rule: directory.Newest, Names: maxNames}
		}
		listed, err := s.c.Directory.List(ctx, name, s.entry(rooms), terms, s.c.Time)
		s.c.Note(listed.Aside)
		if err != nil {
			return err
		}
		last = listed
	}
	return s.keepNames(ctx, last.Names)
}
