package signaling

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// report probes a peer that the sender cannot reach.
func (s *Service) report(ctx context.Context, from Origin, c Report) error {
	room, _, err := s.member(ctx, c.Room, from, c.Peer)
	if err != nil {
		return err
	}
	suspect, _ := room.Named(c.Peer)
	if suspect.Conn == from.Conn {
		return Errorf(CodeBadRequest, "peer: %s is your own name", c.Peer)
	}
	var gone []Peer
	if suspect.Lost.IsZero() {
		gone = s.probe(ctx, []Peer{suspect})
	}
	answered := s.done(ctx, from, c.Request)
	return errors.Join(logOnly(answered), s.bury(ctx, c.Room, gone, from.Time))
}

// drop takes note of one peer whose socket is gone, and returns what the others are told of it: its seat is kept for the
// grace, or freed where there is none.
func (s *Service) drop(ctx context.Context, id RoomID, ghost Peer, now time.Time) (Room, Event, error) {
	if s.Grace == 0 {
		room, err := s.Store.RemovePeer(ctx, id, ghost.Name, ghost.Conn, now)
		return room, PeerLeft{id, room.Rev, ghost.Name, ReasonLost}, err
	}
	until := now.Add(s.Grace).Truncate(time.Millisecond)
	room, err := s.Store.MarkLost(ctx, id, ghost.Name, ghost.Conn, until, now)
	return room, PeerLost{id, room.Rev, ghost.Name, until}, err
}

// pruneAtOnce bounds one Prune: an expression of DynamoDB has room for that many.
const pruneAtOnce = 40

// maxStale is how many stale connections a room's item may hold before they are worth a write of their own.
const maxStale = 16

// prune removes those whose seats are kept no longer and tells the others. Somebody else may have been faster: then
// they tell.
func (s *Service) prune(ctx context.Context, room Room, now time.Time) error {
	errStrays := s.endKnocks(ctx, room, room.strays(now), now)
	expired := room.Expired[:min(len(room.Expired), pruneAtOnce)]
	if len(expired) == 0 && len(room.Stale) <= maxStale {
		return errStrays
	}
	pruned, err := s.Store.Prune(ctx, room.ID, expired, room.Stale, now)
	if errors.Is(err, ErrNoPeer) {
		return errStrays
	}
	if err != nil {
		return errors.Join(errStrays, logOnly(fmt.Errorf("prune the room: %w", err)))
	}
	var gone []Peer
	errs := []error{errStrays}
	for _, p := range expired {
		found, err := s.tell(ctx, pruned.Reachable(""), func(Peer) Event {
			return PeerLeft{room.ID, pruned.Rev, p.Name, ReasonLost}
		})
		gone, errs = append(gone, found...), append(errs, err)
	}
	return errors.Join(logOnly(errors.Join(errs...)), s.bury(ctx, room.ID, gone, now))
}
