package socketio

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/parley-rtc/parley/internal/dialect"
	"github.com/parley-rtc/parley/internal/directory"
	"github.com/parley-rtc/parley/internal/limit"
	"github.com/parley-rtc/parley/internal/signaling"
	"github.com/parley-rtc/parley/internal/socketio/packet"
)

// moves knows to which connections sockets have come, which saves what is looked for when a push
// finds the earlier one gone.
type moves struct {
	mu sync.Mutex
	to *limit.Recent[string, signaling.ConnID]
}

func (m *moves) of(id string, conn signaling.ConnID) signaling.ConnID {
	m.mu.Lock()
	defer m.mu.Unlock()
	if to := *m.to.At(id); to != "" {
		return to
	}
	return conn
}

func (m *moves) note(id string, to signaling.ConnID) {
	m.mu.Lock()
	defer m.mu.Unlock()
	*m.to.At(id) = to
}

// send sends an event to one socket. What becomes of it where the socket is lost, see missed.
func (s *socket) send(ctx context.Context, t target, p parcel) error {
	frames, err := p.frames(t.version())
	if err != nil {
		return err
	}
	conn := s.moves.of(t.ID, t.conn)
	err = pushAll(ctx, s.c, conn, frames)
	switch {
	case errors.Is(err, signaling.ErrGone):
		return s.missed(ctx, t, conn, frames)
	case err == nil && t.version() == packet.V4 && !t.opened.IsZero():
		_ = s.ping(ctx, s.c, conn, t.opened) // the next one comes with the next event
	}
	return err
}

// missed is what becomes of frames for a socket whose connection is gone. It is kept for it, if the
// client may yet come back; it follows the socket to another connection; or the socket has ended.
func (s *socket) missed(ctx context.Context, t target, conn signaling.ConnID, frames [][]byte) error {
	keep := make([]string, 0, len(frames))
	if t.version() == packet.V4 { // others do not come back
		for _, f := range frames {
			keep = append(keep, string(f))
		}
	}
	err := s.follow(ctx, t, conn, frames, keep)
	// Who handles the end of a connection forgets it first, and keeps the lost socket a moment later; and
	// one that is just taken up again is neither here nor there.
	if s.over && errors.Is(err, errEnded) {
		return nil // many may leave at once, and all of them would tell of each other
	}
	if errors.Is(err, errEnded) && len(keep) > 0 && s.waits.may(s.c) {
		for _, moment := range pauses[:3] {
			if waited := pause(ctx, moment); waited != nil {
				return waited
			}
			if err = s.follow(ctx, t, conn, frames, keep); !errors.Is(err, errEnded) {
				break
			}
		}
	}
	if errors.Is(err, errEnded) {
		return s.drop(ctx, t)
	}
	return err
}

// errEnded: nothing is known of the socket.
var errEnded = errors.New("the socket has ended")

// follow looks once for where a socket is whose connection is gone, or fails with errEnded.
func (s *socket) follow(ctx context.Context, t target, conn signaling.ConnID, frames [][]byte, keep []string) error {
	key := SessionKey{Conn: t.origin(), Namespace: s.namespace}
	until := s.c.Time.Add(keptFor)
	since, err := s.Store.Append(ctx, key, keep, false, until, s.c.Time)
	if !errors.Is(err, ErrNoSession) {
		return s.stale(ctx, key, conn, since, err)
	}
	to, err := s.movedTo(ctx, t.origin())
	if err == nil && to != "" && to != conn {
		conn = to
		if err = pushAll(ctx, s.c, conn, frames); err == nil {
			s.moves.note(t.ID, conn)
			return nil
		}
	}
	if err != nil && !errors.Is(err, signaling.ErrGone) {
		return err
	}
	_, err = s.c.Connections.Connection(ctx, conn, true)
	switch {
	case err == nil: // its $disconnect is still to come
		since, err = s.Store.Append(ctx, key, keep, true, until, s.c.Time)
		return s.stale(ctx, key, conn, since, err)
	case errors.Is(err, signaling.ErrGone):
		return errEnded
	}
	return err
}

// stale ends a socket that should have been ended by somebody long ago: its $disconnect never came, or
// who was to handle the end of it died.
func (s *socket) stale(ctx context.Context, key SessionKey, conn signaling.ConnID, since time.Time, err error) error {
	if errors.Is(err, ErrFull) { // with a part of it missing it is as good as none
		return s.expire(ctx, s.c, key)
	}
	if err != nil {
		return err
	}
	if s.c.Time.Sub(since) < 2*s.Grace || s.over {
		return nil
	}
	return errors.Join(s.bury(ctx, s.c, conn), s.expire(ctx, s.c, key))
}

// movedTo returns to which connection a socket has come that was made on another, "" if to none.
func (s *socket) movedTo(ctx context.Context, origin signaling.ConnID) (signaling.ConnID, error) {
	return movedTo(ctx, s.c, SessionKey{Conn: origin, Namespace: s.namespace})
}

func movedTo(ctx context.Context, c *dialect.Conn, key SessionKey) (signaling.ConnID, error) {
	found, err := c.Directory.Find(ctx, named(moved, key.Namespace, string(key.Conn)), c.Time, true)
	if err != nil || len(found) == 0 {
		return "", err
	}
	return found[0].Conn, nil
}

// drop takes a socket that has ended off the name under which it was found, and tells those who are
// to be told: whoever takes it off does.
func (s *socket) drop(ctx context.Context, t target) error {
	if t.under == (directory.Name{}) {
		return nil // by its id: it is just not there
	}
	_, err := s.c.Directory.Store.RemoveEntry(ctx, t.under, t.conn, time.Time{}, s.c.Time)
	if errors.Is(err, directory.ErrNotListed) {
		return nil
	}
	kind, _, room := parts(t.under)
	if err != nil || kind != inRoom {
		return err
	}
	ghost := &socket{
		Dialect: s.Dialect, app: s.app, namespace: s.namespace, version: t.version(), over: true,
		c:    &dialect.Conn{House: s.c.House, ID: t.conn, Time: s.c.Time, Opened: t.opened},
		self: self{ID: t.ID, Origin: t.Origin, Name: t.Name, Data: t.Data},
	}
	ghost.log = ghost.c
	return errors.Join(s.app.Left(ctx, ghost, room), ghost.c.Aside)
}
