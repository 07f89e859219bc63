package metrics

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/parley-rtc/parley/internal/signaling"
)

// Store counts what passes through a signaling.Store.
type Store struct{ signaling.Store }

// AddPeer counts the seats of the room that took the peer.
func (s Store) AddPeer(ctx context.Context, id signaling.RoomID, p signaling.Peer, terms signaling.Terms, now time.Time) (signaling.Room, error) {
	room, err := s.Store.AddPeer(ctx, id, p, terms, now)
	if err == nil {
		From(ctx).add(func(c *Count) { c.Seated = len(room.Peers) })
	}
	return room, err
}

// Disconnect notes the rooms that the connection was in: nobody else names them.
func (s Store) Disconnect(ctx context.Context, conn signaling.ConnID) (signaling.Connection, error) {
	forgotten, err := s.Store.Disconnect(ctx, conn)
	From(ctx).add(func(c *Count) {
		for id := range forgotten.Rooms {
			c.Rooms = append(c.Rooms, id)
		}
		slices.Sort(c.Rooms)
	})
	return forgotten, err
}

// Pusher counts what passes through a signaling.Pusher.
type Pusher struct{ signaling.Pusher }

// Push counts what was accepted, and who was found gone.
func (p Pusher) Push(ctx context.Context, to signaling.ConnID, frame []byte) error {
	err := p.Pusher.Push(ctx, to, frame)
	if err == nil {
		From(ctx).add(func(c *Count) { c.Pushes++; c.PushUnits += Units(len(frame)) })
	}
	noteGone(ctx, err)
	return err
}

// Probe counts who was found gone.
func (p Pusher) Probe(ctx context.Context, conn signaling.ConnID) error {
	err := p.Pusher.Probe(ctx, conn)
	noteGone(ctx, err)
	return err
}

func noteGone(ctx context.Context, err error) {
	if errors.Is(err, signaling.ErrGone) {
		From(ctx).add(func(c *Count) { c.Gone++ })
	}
}
