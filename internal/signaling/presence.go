package signaling

import (
	"context"
	"errors"
)

func (s *Service) leave(ctx context.Context, from Origin, c Leave) error {
	name, err := s.Store.Exit(ctx, from.Conn, c.Room)
	if errors.Is(err, ErrNotInRoom) {
		// An earlier leave may have failed half-way: then the room still knows.
		name, err = s.nameIn(ctx, from, c.Room)
	}
	if err != nil {
		return err
	}
	if knock, waits := name.knock(); waits {
		return s.withdraw(ctx, from, c, knock)
	}
	return s.vacate(ctx, from, c, name)
}

// vacate frees the seat of that name, of which the connection knows no more.
func (s *Service) vacate(ctx context.Context, from Origin, c Leave, name PeerName) error {
	room, err := s.Store.RemovePeer(ctx, c.Room, name, from.Conn, from.Time)
	if errors.Is(err, ErrNoPeer) {
		// Somebody's push took it for gone, and the others know.
		return s.done(ctx, from, c.Request)
	}
	if err != nil {
		// The seat is still taken: the connection has to know of it, or neither leave nor $disconnect would free it.
		return errors.Join(err, s.Store.Enter(ctx, from.Conn, c.Room, name, Quota{}, from.Time))
	}
	return s.announce(ctx, from, room, s.done(ctx, from, c.Request), func(Peer) Event {
		return PeerLeft{room.ID, room.Rev, name, ReasonLeft}
	})
}

// nameIn returns the name that the room has the connection under, as the connection's note should have it.
func (s *Service) nameIn(ctx context.Context, from Origin, id RoomID) (PeerName, error) {
	room, err := s.Store.Room(ctx, id, from.Time, true)
	if err != nil {
		return "", err
	}
	if mine, seated := room.On(from.Conn); seated {
		return mine.Name, nil
	}
	for _, w := range room.Waiting {
		if w.Conn == from.Conn {
			return w.Name.asKnock(), nil
		}
	}
	return "", notInRoom(id)
}

func (s *Service) update(ctx context.Context, from Origin, c Update) error {
	if err := s.Limits.checkData(c.Data); err != nil {
		return err
	}
	room, self, err := s.member(ctx, c.Room, from, "")
	if err != nil {
		return err
	}
	if room.Size()-len(self.Data)+len(c.Data) > MaxRoster {
		return Errorf(CodeTooLarge, "data: the roster of room %s would pass %d KB: send less", c.Room, MaxRoster>>10)
	}
	room, err = s.Store.SetData(ctx, c.Room, self.Name, from.Conn, c.Data, from.Time)
	if errors.Is(err, ErrNoPeer) {
		return notInRoom(c.Room)
	}
	if err != nil {
		return err
	}
	return s.announce(ctx, from, room, s.done(ctx, from, c.Request), func(Peer) Event {
		return PeerUpdated{room.ID, room.Rev, self.Name, c.Data}
	})
}

// listRoster reads consistently: who asks has seen a gap, and a stale answer would leave it there.
func (s *Service) listRoster(ctx context.Context, from Origin, c ListRoster) error {
	room, err := s.Store.Room(ctx, c.Room, from.Time, true)
	if err != nil {
		return err
	}
	self, ok := room.On(from.Conn)
	if !ok {
		return notInRoom(c.Room)
	}
	if !self.Lost.IsZero() {
		if room, self, err = s.revive(ctx, from, c.Room, self); tellable(err) {
			return err
		}
	}
	err = s.reply(ctx, from, RosterListed{c.Request, room.ID, room.Rev, s.view(room, self, from.Time), s.waiting(room, self, from.Time)})
	if orphaned(self, from.Time) {
		err = errors.Join(err, s.adopt(ctx, c.Room, self, from.Time))
	}
	return err
}
