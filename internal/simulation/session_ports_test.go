package simulation_test

import (
	"context"
	"slices"
	"time"

	"github.com/parley-rtc/parley/internal/dialect/socketio"
	"github.com/parley-rtc/parley/internal/signaling"
)

// turnSessions is a socketio.Store whose every request waits for its turn and may go wrong.
type turnSessions struct {
	*turnStore
	inner socketio.Store
	keys  []socketio.SessionKey // of whom anything was ever kept
}

var _ socketio.Store = (*turnSessions)(nil)

func (s *turnSessions) see(key socketio.SessionKey) {
	if !slices.Contains(s.keys, key) {
		s.keys = append(s.keys, key)
	}
}

func (s *turnSessions) Save(ctx context.Context, key socketio.SessionKey, session string, until, now time.Time) error {
	_, err := stepped(ctx, s.turnStore, "Save "+string(key.Conn)+key.Namespace, writeFaults, func() (struct{}, error) {
		s.see(key)
		return only(s.inner.Save(ctx, key, session, until, now))
	})
	return err
}

func (s *turnSessions) Append(
	ctx context.Context, key socketio.SessionKey, frames []string, create bool, until, now time.Time,
) (time.Time, error) {
	return stepped(ctx, s.turnStore, "Append "+string(key.Conn)+key.Namespace, writeFaults, func() (time.Time, error) {
		s.see(key)
		return s.inner.Append(ctx, key, frames, create, until, now)
	})
}

// claimed is what Claim returns.
type claimed struct {
	session string
	frames  []string
}

func (s *turnSessions) Claim(ctx context.Context, key socketio.SessionKey, now time.Time) (string, []string, error) {
	c, err := stepped(ctx, s.turnStore, "Claim "+string(key.Conn)+key.Namespace, writeFaults, func() (c claimed, err error) {
		c.session, c.frames, err = s.inner.Claim(ctx, key, now)
		return c, err
	})
	return c.session, c.frames, err
}

func (s *turnSessions) Drain(ctx context.Context, key socketio.SessionKey, now time.Time) ([]string, error) {
	return stepped(ctx, s.turnStore, "Drain "+string(key.Conn)+key.Namespace, writeFaults, func() ([]string, error) {
		return s.inner.Drain(ctx, key, now)
	})
}

// pieces is what AddPiece returns.
type pieces struct {
	all []socketio.Piece
	rev int64
}

func (s *turnSessions) AddPiece(
	ctx context.Context, conn signaling.ConnID, p socketio.Piece, until, now time.Time,
) ([]socketio.Piece, int64, error) {
	k, err := stepped(ctx, s.turnStore, "AddPiece "+string(conn), writeFaults, func() (k pieces, err error) {
		k.all, k.rev, err = s.inner.AddPiece(ctx, conn, p, until, now)
		return k, err
	})
	return k.all, k.rev, err
}

func (s *turnSessions) TakePieces(
	ctx context.Context, conn signaling.ConnID, rev int64, rest []socketio.Piece, now time.Time,
) error {
	_, err := stepped(ctx, s.turnStore, "TakePieces "+string(conn), writeFaults, func() (struct{}, error) {
		return only(s.inner.TakePieces(ctx, conn, rev, rest, now))
	})
	return err
}

// engineSessions are those on a real engine, asked from outside of the bubble.
type engineSessions struct {
	engineStore
	sessions socketio.Store
}

func (s engineSessions) Save(_ context.Context, key socketio.SessionKey, session string, until, now time.Time) error {
	_, err := fetch(s.engineStore, func(ctx context.Context) (struct{}, error) {
		return only(s.sessions.Save(ctx, key, session, until, now))
	})
	return err
}

func (s engineSessions) Append(
	_ context.Context, key socketio.SessionKey, frames []string, create bool, until, now time.Time,
) (time.Time, error) {
	return fetch(s.engineStore, func(ctx context.Context) (time.Time, error) {
		return s.sessions.Append(ctx, key, frames, create, until, now)
	})
}

func (s engineSessions) Claim(_ context.Context, key socketio.SessionKey, now time.Time) (string, []string, error) {
	c, err := fetch(s.engineStore, func(ctx context.Context) (c claimed, err error) {
		c.session, c.frames, err = s.sessions.Claim(ctx, key, now)
		return c, err
	})
	return c.session, c.frames, err
}

func (s engineSessions) Drain(_ context.Context, key socketio.SessionKey, now time.Time) ([]string, error) {
	return fetch(s.engineStore, func(ctx context.Context) ([]string, error) { return s.sessions.Drain(ctx, key, now) })
}

func (s engineSessions) AddPiece(
	_ context.Context, conn signaling.ConnID, p socketio.Piece, until, now time.Time,
) ([]socketio.Piece, int64, error) {
	k, err := fetch(s.engineStore, func(ctx context.Context) (k pieces, err error) {
		k.all, k.rev, err = s.sessions.AddPiece(ctx, conn, p, until, now)
		return k, err
	})
	return k.all, k.rev, err
}

func (s engineSessions) TakePieces(
	_ context.Context, conn signaling.ConnID, rev int64, rest []socketio.Piece, now time.Time,
) error {
	_, err := fetch(s.engineStore, func(ctx context.Context) (struct{}, error) {
		return only(s.sessions.TakePieces(ctx, conn, rev, rest, now))
	})
	return err
}
