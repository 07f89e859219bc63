package signaling

import (
	"context"
	"errors"
	"fmt"
)

// host is member for what only a host of the room may do.
func (t *turn) host(ctx context.Context, id RoomID, n need) (Room, Peer, error) {
	room, self, err := t.member(ctx, id, n)
	if err == nil && t.role(room, self) != RoleHost {
		return room, self, Errorf(CodeForbidden, "only a host of room %s may do that", id)
	}
	return room, self, err
}

// kick frees the seat first: after that, whatever comes of the connection, the others know why the peer went.
func (t *turn) kick(ctx context.Context, c Kick) (answer, error) {
	room, self, err := t.host(ctx, c.Room, need{peer: c.Peer})
	if err != nil {
		return answer{}, err
	}
	target, _ := room.Named(c.Peer)
	if target.Conn == t.from.Conn {
		return answer{}, Errorf(CodeBadRequest, "peer: %s is your own name: leave instead", c.Peer)
	}
	room, err = t.Store.RemovePeer(ctx, c.Room, target.Name, target.Conn, t.from.Time)
	if errors.Is(err, ErrNoPeer) {
		return answer{}, noSuchPeer(c.Room, c.Peer)
	}
	if err != nil {
		if room, err = t.removed(ctx, c.Room, self, target, err); err != nil {
			return answer{}, err
		}
	}
	a := t.announced(c.Request, room, PeerLeft{room.ID, room.Rev, target.Name, ReasonKicked})
	if err := t.unseated(ctx, c.Room, target, Kicked{c.Room, self.Name, c.Reason}); err != nil {
		t.note(err)
		return answer{then: a.then}, &Error{CodeInternal, fmt.Sprintf("%s lost its seat, but its connection could not be closed", c.Peer), false}
	}
	return a, nil
}

// removed returns the room if a removal of p that failed was carried out all the same, under a revision of the sender's own: a
// repetition of the request would find nobody to remove, and nobody would be told. Otherwise it returns the failure.
func (t *turn) removed(ctx context.Context, id RoomID, self, p Peer, failure error) (Room, error) {
	room, err := t.Store.Room(ctx, id, t.from.Time, true)
	if err != nil {
		t.note(err)
		return room, failure
	}
	if now, there := room.Named(p.Name); there && now.Conn == p.Conn {
		return room, failure
	}
	t.note(failure)
	touched, err := t.Store.Touch(ctx, id, self.Name, t.from.Conn, t.from.Time)
	if err != nil { // who is not told sees the gap that the removal has left
		t.note(err)
		room.Peers = nil
		return room, nil
	}
	return touched, nil
}

// unseated tells a connection that the seat of p there is no longer its own, and closes it if it has no other. It fails if the
// connection should have been closed and was not.
func (t *turn) unseated(ctx context.Context, id RoomID, p Peer, why Kicked) error {
	_, left, err := t.Store.Exit(ctx, p.Conn, id) // before it hears, and perhaps joins again
	told := t.send(ctx, p, why)
	if errors.Is(told, ErrGone) { // nothing is left to close
		return nil
	}
	t.note(told)
	switch {
	case err != nil && !errors.Is(err, ErrNotInRoom):
		t.note(err) // and it is closed: what it holds for this room by addresses must not outlive its seat
	case left > 0:
		return nil
	}
	return t.Pusher.Close(ctx, p.Conn)
}

func (t *turn) setLock(ctx context.Context, c SetLock) (answer, error) {
	_, self, err := t.host(ctx, c.Room, need{})
	if err != nil {
		return answer{}, err
	}
	room, err := t.Store.SetLocked(ctx, c.Room, self.Name, t.from.Conn, c.Locked, t.from.Time)
	if errors.Is(err, ErrNoPeer) {
		return answer{}, notInRoom(c.Room)
	}
	if err != nil {
		return answer{}, err
	}
	return t.announced(c.Request, room, LockChanged{room.ID, room.Rev, self.Name, c.Locked}), nil
}
