package socketio

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/url"

	"github.com/parley-rtc/parley/internal/dialect"
	"github.com/parley-rtc/parley/internal/directory"
	"github.com/parley-rtc/parley/internal/signaling"
	"github.com/parley-rtc/parley/internal/socketio/packet"
	"github.com/parley-rtc/parley/internal/socketio/server"
)

type rawArg = json.RawMessage

func contains(arg rawArg, any ...string) bool {
	for _, text := range any {
		if bytes.Contains(arg, []byte(text)) {
			return true
		}
	}
	return false
}

// socket is a client in a namespace, at one event. It implements server.Socket.
type socket struct {
	*Dialect
	c         *dialect.Conn // its own, which another socket may act on
	log       *dialect.Conn // of the event that is handled: what is to be told of it is noted there
	app       server.App
	namespace string
	version   packet.Version
	query     string
	final     bool // as in state
	self      self

	ackID       int64 // of the event that is being handled
	acks        bool  // and it has one, which is not answered yet
	attachments []string
	describes   bool // the event carries a description, which must reach who has just come
	connecting  bool // its CONNECT is not answered yet: what is set is written when it is
	exclusive   bool // and nobody else may have its name
	looked      bool // that it is in no room has been read for the event
	posts       int  // messages that the event has come to
	over        bool // it has ended: what it does is emit
	current     bool // what is known of its name and data is so now
	found       map[directory.Name][]target
}

var _ server.Socket = (*socket)(nil)

// complaint says of a client what it asked for in vain.
func complaint(format string, args ...any) error {
	return server.Complaint(fmt.Sprintf(format, args...))
}

// errOver: a socket that has ended can only emit.
var errOver = errors.New("the socket has disconnected: it can only emit")

// ID implements server.Socket.
func (s *socket) ID() string { return s.self.ID }

// Namespace implements server.Socket.
func (s *socket) Namespace() string { return s.namespace }

// Query implements server.Socket.
func (s *socket) Query() url.Values { return parsedQuery(s.query) }

// Auth implements server.Socket.
func (s *socket) Auth() json.RawMessage { return s.self.Auth }

// Name implements server.Socket.
func (s *socket) Name(ctx context.Context) (string, error) {
	err := s.refresh(ctx)
	return s.self.Name, err
}

// Data implements server.Socket.
func (s *socket) Data(ctx context.Context) (map[string]json.RawMessage, error) {
	err := s.refresh(ctx)
	return maps.Clone(s.self.Data), err
}

// Kept implements server.Socket: 1 RRU where nothing is known of any.
func (s *socket) Kept(ctx context.Context) (map[string]json.RawMessage, error) {
	if len(s.self.Data) == 0 {
		return s.Data(ctx)
	}
	return maps.Clone(s.self.Data), nil
}

// refresh makes sure that what is known of the socket's name and data is so, where an App changes
// them after it has connected: once an event, 1 RRU.
func (s *socket) refresh(ctx context.Context) error {
	if s.current || s.over || !s.app.Needs().Own {
		return nil
	}
	conn, err := s.c.Reread(ctx)
	if err != nil {
		return err
	}
	st, err := decodeState(conn.State)
	if err == nil && st.Sockets[s.namespace] != nil {
		s.self, s.current = *st.Sockets[s.namespace], true
	}
	return err
}

// amend changes what is remembered of the socket, wherever it is listed.
func (s *socket) amend(ctx context.Context, do func(*self) error) error {
	switch {
	case s.over:
		return errOver
	case s.connecting:
		return do(&s.self)
	}
	_, err := change(ctx, s.c, func(st *state) error {
		kept := st.Sockets[s.namespace]
		if kept == nil {
			return signaling.ErrGone
		}
		amended := *kept
		amended.Data = maps.Clone(kept.Data)
		if err := do(&amended); err != nil {
			return err
		}
		s.self = amended
		st.Sockets[s.namespace] = &amended
		return nil
	})
	if err != nil {
		return err
	}
	s.current = true
	return s.relist(ctx)
}

// SetData implements server.Socket: 1 WRU, and one for each room.
func (s *socket) SetData(ctx context.Context, changes map[string]json.RawMessage) error {
	return s.amend(ctx, func(kept *self) error {
		if kept.Data == nil {
			kept.Data = map[string]json.RawMessage{}
		}
		for k, v := range changes {
			if v == nil || string(trimmed(v)) == "null" {
				delete(kept.Data, k)
				continue
			}
			kept.Data[k] = v
		}
		if raw, err := json.Marshal(kept.Data); err != nil || len(raw) > server.MaxData {
			return complaint("a socket's data would be %d bytes long, the limit is %d", len(raw), server.MaxData)
		}
		return nil
	})
}

// SetName implements server.Socket: 3 WRU, and one for each room.
func (s *socket) SetName(ctx context.Context, name string, exclusive bool) error {
	switch {
	case s.over:
		return errOver
	case name == "" || len(name) > server.MaxName:
		return complaint("a name of %d bytes: want 1 to %d", len(name), server.MaxName)
	}
	if err := s.may(ctx, func(r *signaling.Rights) bool { return r.MayBe(name) }); err != nil {
		return err
	}
	if s.connecting {
		s.self.Name, s.exclusive = name, exclusive
		return nil
	}
	before := s.self.Name
	if err := s.listName(ctx, name, exclusive); err != nil {
		return err
	}
	if err := s.amend(ctx, func(kept *self) error { kept.Name = name; return nil }); err != nil {
		return err
	}
	if before != "" && before != name {
		s.log.Note(s.unlist(ctx, byName, before))
	}
	return nil
}

// listName has others reach the socket by the name.
func (s *socket) listName(ctx context.Context, name string, exclusive bool) error {
	terms := directory.Terms{Rule: directory.Newest, Names: maxNames}
	if exclusive {
		terms.Rule, terms.Unprobed = directory.One, true
	}
	named := named(byName, s.namespace, name)
	as := *s
	as.self.Name = name
	listed, err := s.c.Directory.List(ctx, named, as.entry(1), terms, s.c.Time)
	if errors.Is(err, directory.ErrTaken) {
		var way bool
		if way, err = s.makeWay(ctx, named, listed.Before); err == nil && !way {
			err = directory.ErrTaken
		} else if err == nil {
			listed, err = s.c.Directory.List(ctx, named, as.entry(1), terms, s.c.Time)
		}
	}
	s.log.Note(listed.Aside)
	if errors.Is(err, directory.ErrTaken) {
		return server.ErrTaken
	}
	if err != nil {
		return refused(err)
	}
	return s.keepNames(ctx, listed.Names)
}

// may asks the socket's rights, if it needs any.
func (s *socket) may(ctx context.Context, covered func(*signaling.Rights) bool) error {
	rights, err := s.c.Rights(ctx)
	if err != nil {
		return err
	}
	if rights != nil && !covered(rights) {
		return signaling.Errorf(signaling.CodeForbidden, "the token does not name it")
	}
	return s.c.MayList(ctx)
}

// refused returns what the directory refused, in the words of an App.
func refused(err error) error {
	switch {
	case errors.Is(err, directory.ErrFull):
		return server.ErrFull
	case errors.Is(err, directory.ErrTooManyNames):
		return server.ErrTooMany
	}
	return err
}

// Disconnect implements server.Socket.
func (s *socket) Disconnect(ctx context.Context) error {
	if s.over {
		return nil
	}
	if err := s.c.Push(ctx, packet.Disconnect(s.namespace)); err != nil {
		return err
	}
	err := s.disconnect(ctx, s.c, s.namespace)
	s.over = true
	clear(s.found)
	return err
}

// IsID implements server.Socket.
func (s *socket) IsID(who string) bool {
	_, ok := s.byID(who)
	return ok
}
func trimmed(raw []byte) []byte { return bytes.TrimSpace(raw) }
