package signaling

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// report probes a peer that the sender cannot reach.
func (t *turn) report(ctx context.Context, c Report) (answer, error) {
	room, _, err := t.member(ctx, c.Room, need{peer: c.Peer})
	if err != nil {
		return answer{}, err
	}
	suspect, _ := room.Named(c.Peer)
	if suspect.Conn == t.from.Conn {
		return answer{}, Errorf(CodeBadRequest, "peer: %s is your own name", c.Peer)
	}
	var gone []Peer
	if suspect.Lost.IsZero() {
		gone = t.probe(ctx, []Peer{suspect})
	}
	a := done(c.Request)
	a.then = func(ctx context.Context, _ error) { t.note(t.bury(ctx, c.Room, gone)) }
	return a, nil
}

// drop takes note of one peer whose socket is gone, and returns what the others are told of it: its seat is kept for the
// grace, or freed where there is none.
func (t *turn) drop(ctx context.Context, id RoomID, ghost Peer) (Room, Event, error) {
	now := t.from.Time
	if t.Grace == 0 {
		room, err := t.Store.RemovePeer(ctx, id, ghost.Name, ghost.Conn, now)
		return room, PeerLeft{id, room.Rev, ghost.Name, ReasonLost}, err
	}
	until := now.Add(t.Grace).Truncate(time.Millisecond)
	room, err := t.Store.MarkLost(ctx, id, ghost.Name, ghost.Conn, until, now)
	return room, PeerLost{id, room.Rev, ghost.Name, until}, err
}

// pruneAtOnce bounds one Prune: an expression of DynamoDB has room for that many.
const pruneAtOnce = 40

// maxStale is how many stale connections a room's item may hold before they are worth a write of their own.
const maxStale = 16

// prune removes those whose seats are kept no longer and tells the others. Somebody else may have been faster: then
// they tell. It fails if they could not be removed.
func (t *turn) prune(ctx context.Context, room Room) error {
	t.note(t.endKnocks(ctx, room, room.strays(t.from.Time)))
	expired := room.Expired[:min(len(room.Expired), pruneAtOnce)]
	if len(expired) == 0 && len(room.Stale) <= maxStale {
		return nil
	}
	pruned, err := t.Store.Prune(ctx, room.ID, expired, room.Stale, t.from.Time)
	if errors.Is(err, ErrNoPeer) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("prune the room: %w", err)
	}
	var gone []Peer
	for _, p := range expired {
		found, err := t.tell(ctx, pruned.Reachable(""), func(Peer) Event {
			return PeerLeft{room.ID, pruned.Rev, p.Name, ReasonLost}
		})
		gone = append(gone, found...)
		t.note(err)
	}
	t.note(t.bury(ctx, room.ID, gone))
	return nil
}
