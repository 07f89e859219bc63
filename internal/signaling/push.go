package signaling

import (
	"context"
	"errors"
	"fmt"

	"github.com/parley-rtc/parley/internal/rescue"
)

// fanOut is how many pushes of one event run at once.
const fanOut = 32

// send encodes an event for one peer and pushes it.
func (t *turn) send(ctx context.Context, to Peer, ev Event) error {
	frame, err := t.Encoder.Encode(to.Dialect, ev)
	if err != nil || frame == nil {
		return err
	}
	if len(frame) > MaxFrame {
		return Errorf(CodeTooLarge, "data: the message for %s would be %d bytes, the limit is %d", to.Name, len(frame), MaxFrame)
	}
	return t.Pusher.Push(ctx, to.Conn, frame)
}

// tell sends each peer its event, many at a time. It returns the peers whose connection is gone, and an error for those
// that could not be reached.
func (t *turn) tell(ctx context.Context, peers []Peer, event func(Peer) Event) (gone []Peer, err error) {
	var failed []error
	for i, e := range atOnce(peers, func(p Peer) error { return t.send(ctx, p, event(p)) }) {
		switch {
		case errors.Is(e, ErrGone):
			gone = append(gone, peers[i])
		case e != nil:
			failed = append(failed, e)
		}
	}
	if len(failed) == 0 {
		return gone, nil
	}
	if e, ok := errors.AsType[*Error](failed[0]); ok {
		return gone, e
	}
	told := len(peers) - len(failed) - len(gone)
	return gone, errors.Join(append(failed,
		&Error{CodeInternal, fmt.Sprintf("%d of %d peers could not be reached, %d were", len(failed), len(peers), told), false})...)
}

// atOnce does the same for every peer, many at a time, and returns the errors in the order of the peers.
func atOnce(peers []Peer, do func(Peer) error) []error {
	return rescue.AtOnce(len(peers), fanOut, func(i int) error { return do(peers[i]) })
}

// announce tells the others of a change that is made and answered. What goes wrong from here on is not the sender's: who could
// not be told sees the gap in rev.
func (t *turn) announce(ctx context.Context, room Room, event func(Peer) Event) {
	gone, err := t.tell(ctx, room.Reachable(t.from.Conn), event)
	t.note(err)
	t.note(t.bury(ctx, room.ID, gone))
	t.note(t.prune(ctx, room))
}

// probe returns those of the peers whose connection is gone.
func (t *turn) probe(ctx context.Context, peers []Peer) (gone []Peer) {
	for i, err := range atOnce(peers, func(p Peer) error { return t.Pusher.Probe(ctx, p.Conn) }) {
		if errors.Is(err, ErrGone) {
			gone = append(gone, peers[i])
		}
	}
	return gone
}

// bury drops peers whose sockets are gone and tells the others, once: the write is conditional, so of all who notice
// the same ghost only one gets to tell. Telling may find more of them. It fails if one could not be dropped.
func (t *turn) bury(ctx context.Context, id RoomID, dead []Peer) error {
	var errs []error
	for len(dead) > 0 {
		ghost := dead[0]
		dead = dead[1:]
		room, event, err := t.drop(ctx, id, ghost)
		if errors.Is(err, ErrNoPeer) {
			continue
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("drop a lost peer: %w", err))
			continue
		}
		living := room.Reachable(ghost.Conn)
		for _, d := range dead {
			living = (Room{Peers: living}).Others(d.Conn)
		}
		gone, err := t.tell(ctx, living, func(Peer) Event { return event })
		dead = append(dead, gone...)
		t.note(err)
	}
	return errors.Join(errs...)
}
