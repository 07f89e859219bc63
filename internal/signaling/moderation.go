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
		return answer{}, err
	}
	a := t.announced(c.Request, room, PeerLeft{room.ID, room.Rev, target.Name, ReasonKicked})
	if err := t.unseated(ctx, c.Room, target, Kicked{c.Room, self.Name, c.Reason}); err != nil {
		t.note(err)
		return answer{then: a.then}, &Error{CodeInternal, fmt.Sprintf("%s lost its seat, but its connection could not be closed", c.Peer), false}
	}
	return a, nil
}

// unseated tells a connection that the seat of p there is no longer its own, and closes it if it has no other. It fails if the
// connection should have been closed and was not.
func (t *turn) unseated(ctx context.Context, id RoomID, p Peer, why Kicked) error {
	told := t.send(ctx, p, why)
	if errors.Is(told, ErrGone) { // nothing is left to close
		return nil
	}
	t.note(told)
	_, left, err := t.Store.Exit(ctx, p.Conn, id)
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
