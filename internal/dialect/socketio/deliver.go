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
	key := SessionKey{Conn: t.origin(), Namespace: s.namespace}
	keep := make([]string, 0, len(frames))
	if t.version() == packet.V4 { // others do not come back
		for _, f := range frames {
			keep = append(keep, string(f))
		}
	}
	until := s.c.Time.Add(keptFor)
	since, err := s.Store.Append(ctx, key, keep, false, until, s.c.Time)
	if !errors.Is(err, ErrNoSession) {
		return s.stale(ctx, key, t, conn, since, err)
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
	// Its $disconnect is still to come, or just now forgets its connection and then keeps it. Whether it
	// has ended instead, and is to be found nowhere but here, shows when nobody comes for that.
	since, err = s.Store.Append(ctx, key, keep, true, until, s.c.Time)
	if err = s.stale(ctx, key, t, conn, since, err); err != nil {
		return err
	}
	if to, err = s.movedTo(ctx, t.origin()); err == nil && to != "" && to != conn {
		return s.forward(ctx, key, to)
	}
	return err
}

// forward sends what was kept for a socket to the connection to which it had come meanwhile, unless
// whoever took it up there finds that yet.
func (s *socket) forward(ctx context.Context, key SessionKey, to signaling.ConnID) error {
	text, frames, err := s.Store.Claim(ctx, key, s.c.Time)
	if errors.Is(err, ErrNoSession) {
		return nil
	}
	if err == nil && text != "" { // it is lost there, too
		return s.keep(ctx, key, text, frames, s.c.Time)
	}
	for err == nil && len(frames) > 0 {
		for _, f := range frames {
			if err := s.c.Pusher.Push(ctx, to, []byte(f)); err != nil {
				return err
			}
		}
		frames, err = s.Store.Drain(ctx, key, s.c.Time)
	}
	return err
}

// stale ends a socket that should have been ended by somebody long ago: its $disconnect never came, or
// who was to handle the end of it died.
func (s *socket) stale(
	ctx context.Context, key SessionKey, t target, conn signaling.ConnID, since time.Time, err error,
) error {
	if errors.Is(err, ErrFull) { // with a part of it missing it is as good as none
		return s.expire(ctx, s.c, key)
	}
	if err != nil {
		return err
	}
	if s.c.Time.Sub(since) < 2*s.Grace || s.over {
		return nil
	}
	return errors.Join(s.bury(ctx, s.c, conn), s.expire(ctx, s.c, key), s.drop(ctx, t))
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
