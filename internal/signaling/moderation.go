package signaling

import (
	"context"
	"errors"
	"fmt"
)

// host reads the room and finds the sender in it, who must be its host, and to as well if it is not empty.
func (s *Service) host(ctx context.Context, id RoomID, from Origin, to PeerName) (Room, Peer, error) {
	room, self, err := s.member(ctx, id, from, to)
	if err == nil && s.role(room, self) != RoleHost {
		return room, self, Errorf(CodeForbidden, "only a host of room %s may do that", id)
	}
	return room, self, err
}

// kick frees the seat first: after that, whatever comes of the connection, the others know why the peer went.
func (s *Service) kick(ctx context.Context, from Origin, c Kick) error {
	room, self, err := s.host(ctx, c.Room, from, c.Peer)
	if err != nil {
		return err
	}
	target, _ := room.Named(c.Peer)
	if target.Conn == from.Conn {
		return Errorf(CodeBadRequest, "peer: %s is your own name: leave instead", c.Peer)
	}
	room, err = s.Store.RemovePeer(ctx, c.Room, target.Name, target.Conn, from.Time)
	if errors.Is(err, ErrNoPeer) {
		return noSuchPeer(c.Room, c.Peer)
	}
	if err != nil {
		return err
	}
	told := s.send(ctx, target, Kicked{c.Room, self.Name, c.Reason})
	if errors.Is(told, ErrGone) {
		told = nil
	}
	closed := s.Pusher.Close(ctx, target.Conn)
	if closed != nil {
		closed = errors.Join(&Error{CodeInternal, fmt.Sprintf("%s lost its seat, but its connection could not be closed", c.Peer), false}, closed)
	} else {
		closed = s.done(ctx, from, c.Request)
	}
	return errors.Join(closed, logOnly(told), s.announce(ctx, from, room, nil, func(Peer) Event {
		return PeerLeft{room.ID, room.Rev, target.Name, ReasonKicked}
	}))
}

func (s *Service) setLock(ctx context.Context, from Origin, c SetLock) error {
	_, self, err := s.host(ctx, c.Room, from, "")
	if err != nil {
		return err
	}
	room, err := s.Store.SetLocked(ctx, c.Room, self.Name, from.Conn, c.Locked, from.Time)
	if errors.Is(err, ErrNoPeer) {
		return notInRoom(c.Room)
	}
	if err != nil {
		return err
	}
	return s.announce(ctx, from, room, s.done(ctx, from, c.Request), func(Peer) Event {
		return LockChanged{room.ID, room.Rev, self.Name, c.Locked}
	})
}
