package signaling

import (
	"context"
	"errors"
)

func (t *turn) leave(ctx context.Context, c Leave) (answer, error) {
	name, _, err := t.Store.Exit(ctx, t.from.Conn, c.Room)
	if errors.Is(err, ErrNotInRoom) {
		// An earlier leave may have failed half-way: then the room still knows.
		name, err = t.nameIn(ctx, c.Room)
	}
	if err != nil {
		return answer{}, err
	}
	if knock, waits := name.knock(); waits {
		return t.withdraw(ctx, c, knock)
	}
	return t.vacate(ctx, c, name)
}

// vacate frees the seat of that name, of which the connection knows no more.
func (t *turn) vacate(ctx context.Context, c Leave, name PeerName) (answer, error) {
	room, err := t.Store.RemovePeer(ctx, c.Room, name, t.from.Conn, t.from.Time)
	if errors.Is(err, ErrNoPeer) {
		// Somebody's push took it for gone, and the others know.
		return done(c.Request), nil
	}
	if err != nil {
		// The seat is still taken: the connection has to know of it, or neither leave nor $disconnect would free it.
		_, again := t.Store.Enter(ctx, t.from.Conn, c.Room, name, Quota{}, t.from.Time)
		t.note(again)
		return answer{}, err
	}
	return t.announced(c.Request, room, PeerLeft{room.ID, room.Rev, name, ReasonLeft}), nil
}

// announced answers a request that changed the room, and then tells the others.
func (t *turn) announced(r Request, room Room, ev Event) answer {
	a := done(r)
	a.then = func(ctx context.Context, _ error) { t.announce(ctx, room, func(Peer) Event { return ev }) }
	return a
}

// nameIn returns the name that the room has the connection under, as the connection's note should have it.
func (t *turn) nameIn(ctx context.Context, id RoomID) (PeerName, error) {
	room, err := t.Store.Room(ctx, id, t.from.Time, true)
	if err != nil {
		return "", err
	}
	if mine, seated := room.On(t.from.Conn); seated {
		return mine.Name, nil
	}
	for _, w := range room.Waiting {
		if w.Conn == t.from.Conn {
			return w.Name.asKnock(), nil
		}
	}
	return "", notInRoom(id)
}

func (t *turn) update(ctx context.Context, c Update) (answer, error) {
	if err := t.Limits.checkData(c.Data); err != nil {
		return answer{}, err
	}
	for attempt := range 3 {
		room, self, err := t.member(ctx, c.Room, need{latest: attempt > 0})
		if err != nil {
			return answer{}, err
		}
		room, err = t.setData(ctx, room, self, c.Data)
		if errors.Is(err, ErrNoPeer) { // another of its own came between, or the reading missed the last, or it has left
			continue
		}
		if err != nil {
			return answer{}, err
		}
		a := t.announced(c.Request, room, PeerUpdated{room.ID, room.Rev, self.Name, c.Data})
		if a.event != nil && c.Rev > 0 {
			a.event = Done{Request: c.Request, Rev: room.Rev} // nothing else tells the sender, who would miss a revision
		}
		return a, nil
	}
	return answer{}, errors.New("the peer's data change again and again")
}

// setData replaces what the peer has been seen to have, in a room that takes it: it fails with ErrNoPeer if it has other data
// by now. Others may write at the same time, and the reading may have missed the last writes, so what does not fit then is
// taken back. What does not grow always fits.
func (t *turn) setData(ctx context.Context, room Room, self Peer, data []byte) (Room, error) {
	grows := len(data) > len(self.Data)
	if grows && !t.fits(room.withData(self.Name, data)) {
		return room, outgrown(room.ID, "send less")
	}
	now, err := t.Store.SetData(ctx, room.ID, self.Name, t.from.Conn, data, self.Data, t.from.Time)
	if err != nil || !grows || t.fits(now) {
		return now, err
	}
	_, err = t.Store.SetData(ctx, room.ID, self.Name, t.from.Conn, self.Data, data, t.from.Time)
	if err != nil && !errors.Is(err, ErrNoPeer) {
		return now, err
	}
	return now, outgrown(room.ID, "send less")
}

// listRoster reads consistently: who asks has seen a gap, and a stale answer would leave it there.
func (t *turn) listRoster(ctx context.Context, c ListRoster) (answer, error) {
	room, err := t.Store.Room(ctx, c.Room, t.from.Time, true)
	if err != nil {
		return answer{}, err
	}
	self, ok := room.On(t.from.Conn)
	if !ok {
		return answer{}, notInRoom(c.Room)
	}
	if !self.Lost.IsZero() {
		if room, self, err = t.revive(ctx, c.Room, self); err != nil {
			return answer{}, err
		}
	}
	return answer{
		RosterListed{
			Request: c.Request, Room: room.ID, Role: t.role(room, self), Rev: room.Rev, Peers: t.view(room, self),
			Locked: room.Locked, Waiting: t.waiting(room, self),
		},
		t.orphanage(c.Room, self),
	}, nil
}
