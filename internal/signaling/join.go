package signaling

import (
	"context"
	"errors"
	"fmt"
	"time"
)

func (s *Service) join(ctx context.Context, from Origin, c Join) error {
	if err := s.mayJoin(from); err != nil {
		return err
	}
	if err := s.Limits.checkData(c.Data); err != nil {
		return err
	}
	var claim seatClaim
	if c.Resume != "" {
		var err error
		if claim, err = s.claim(&c); err != nil {
			return err
		}
	}
	var pass pass
	if c.Pass != "" && c.Resume == "" {
		var err error
		if pass, err = s.openPass(&c); err != nil {
			return err
		}
	}
	rights, name, err := s.admit(ctx, from, c.Room, c.Peer)
	if err != nil {
		return err
	}
	c.Peer = name
	self := Peer{
		Name: c.Peer, Role: rights.Role, User: rights.User, Conn: from.Conn, Dialect: from.Dialect, Data: c.Data,
		Joined: from.Time.Truncate(time.Millisecond),
	}
	// A string of this very connection is a request that came twice: it has its seat.
	if c.Resume != "" && claim.Conn != from.Conn {
		return s.resume(ctx, from, c, self, claim)
	}
	if pass.Conn != "" {
		if err := pass.check(from, rights.User); err != nil {
			return err
		}
	}
	if self.Name == "" {
		self.Name = madeUp(from.Conn)
	}
	if err := s.afford(ctx, from, c.Room, self.Name); err != nil {
		return err
	}
	terms := s.terms(rights, pass.Conn != "")
	room, err := s.seat(ctx, from, c.Room, self, terms)
	if errors.Is(err, ErrRefused) {
		return s.refused(ctx, from, c, room, self, terms)
	}
	if err != nil {
		return errors.Join(err, s.undo(ctx, from, c.Room, self))
	}
	if twin, lost := room.find(func(p Peer) bool { return p.Conn == from.Conn && p.Name != self.Name }); lost {
		// This connection was taken for lost, and has had a seat all the time.
		return errors.Join(s.unseat(ctx, from, c.Room, self.Name), secondSeat(c.Room, twin.Name))
	}
	frame, err := s.Encoder.Encode(from.Dialect, s.joined(from, c.Request, room, self))
	if err != nil {
		return errors.Join(err, s.unseat(ctx, from, c.Room, self.Name))
	}
	// What others see of the room differs from this frame by one entry; it has to fit into a push as well.
	if room.Size() > MaxRoster || len(frame)+entryOverhead+len(self.Data) > MaxFrame {
		return errors.Join(s.unseat(ctx, from, c.Room, self.Name),
			Errorf(CodeTooLarge, "data: the roster of room %s would pass %d KB: join with less", c.Room, MaxRoster>>10))
	}
	// The room first, then the connection, on condition that it still exists: whichever way a $disconnect of this
	// connection falls between the two, either it finds the room with the connection or this finds the connection gone.
	if err := s.enter(ctx, from, c.Room, self.Name); err != nil {
		return both(err, s.unseat(ctx, from, c.Room, self.Name))
	}
	var answered error
	if frame != nil {
		answered = s.Pusher.Push(ctx, from.Conn, frame)
	}
	if errors.Is(answered, ErrGone) {
		return s.bury(ctx, c.Room, []Peer{self}, from.Time)
	}
	return s.announce(ctx, from, room, answered, func(p Peer) Event {
		return PeerJoined{room.ID, room.Rev, s.look(room, p, self, from.Time)}
	})
}

// afford refuses a new peer once the month's budget is used up. Who is in the room, or comes back to a seat that is still
// in its name, is part of a call that goes on.
func (s *Service) afford(ctx context.Context, from Origin, id RoomID, name PeerName) error {
	if s.Budget == nil {
		return nil
	}
	until, over := s.Budget.Over(ctx, from.Time)
	if !over {
		return nil
	}
	room, err := s.Store.Room(ctx, id, from.Time, true)
	if err != nil {
		return err
	}
	_, seated := room.On(from.Conn)
	if _, known := room.Named(name); known || seated {
		return nil
	}
	return Errorf(CodeOverBudget, "this service has used up its budget of the month: joining works again from %s UTC; its operator can raise BUDGET_USD",
		until.Format("2 January 2006 15:04"))
}

// madeUp is the name of who gives none.
func madeUp(conn ConnID) PeerName { return PeerName("peer-" + pseudonym(conn)) }

// seat adds the peer to the room. If the name, or every seat, is taken, or the room is locked, sockets that are gone are found and their seats
// freed first: $disconnect is best effort, and who comes back at once may be faster than it.
func (s *Service) seat(ctx context.Context, from Origin, id RoomID, self Peer, terms Terms) (Room, error) {
	if s.shut(terms) { // only the seat it may have already counts: a read, to see that, is the cheaper refusal
		room, err := s.Store.Room(ctx, id, from.Time, true)
		if err == nil {
			err = ErrRefused
		}
		return room, err
	}
	room, err := s.Store.AddPeer(ctx, id, self, terms, from.Time)
	if !errors.Is(err, ErrRefused) {
		return room, err
	}
	if _, seated := room.On(from.Conn); seated {
		return room, err
	}
	if len(room.Expired) > 0 {
		if err := s.prune(ctx, room, from.Time); tellable(err) {
			return room, err
		}
		if room, err = s.Store.AddPeer(ctx, id, self, terms, from.Time); !errors.Is(err, ErrRefused) {
			return room, err
		}
	}
	suspects := room.Reachable(from.Conn)
	if holder, taken := room.Named(self.Name); taken {
		suspects = (Room{Peers: []Peer{holder}}).Reachable(from.Conn)
	}
	gone := s.probe(ctx, suspects)
	if len(gone) == 0 {
		return room, err
	}
	if err := s.bury(ctx, id, gone, from.Time); err != nil {
		return room, err
	}
	return s.Store.AddPeer(ctx, id, self, terms, from.Time)
}

// refused says why the room did not take the peer.
func (s *Service) refused(ctx context.Context, from Origin, c Join, room Room, self Peer, terms Terms) error {
	if mine, ok := room.On(from.Conn); ok {
		if c.Peer != "" && c.Peer != mine.Name {
			return secondSeat(c.Room, mine.Name)
		}
		return s.seated(ctx, from, c, room, mine)
	}
	if holder, taken := room.Named(self.Name); taken {
		if self.User != "" && holder.User == self.User {
			return s.take(ctx, from, c, room, self, holder)
		}
		return Errorf(CodeNameTaken, "peer: %s is taken in room %s: choose another name", self.Name, c.Room)
	}
	switch {
	case terms.Vacant && (len(room.Peers) > 0 || s.shut(terms)):
		return &Error{CodeRoomLocked, fmt.Sprintf("a host has to let you into room %s: knock, and join with the pass that you get", c.Room), true}
	case terms.Inhabited && len(room.Peers) == 0:
		return nobodyThere(c.Room)
	case room.Locked && !terms.Passed:
		return &Error{CodeRoomLocked, fmt.Sprintf("room %s is locked: knock, so that a host lets you in, or try again when it is unlocked", c.Room), true}
	}
	return &Error{CodeRoomFull, fmt.Sprintf("room %s has no free seat (%d of %d taken)", c.Room, len(room.Peers), room.Capacity(s.Seats)), true}
}

// seated answers a join of a connection that has a seat already.
func (s *Service) seated(ctx context.Context, from Origin, c Join, room Room, mine Peer) error {
	// The room knows; that the connection does too is made sure, should an earlier request have failed half-way.
	if err := s.enter(ctx, from, c.Room, mine.Name); err != nil {
		return err
	}
	if !mine.Lost.IsZero() {
		var err error
		if room, mine, err = s.revive(ctx, from, c.Room, mine); tellable(err) {
			return err
		}
	}
	err := s.reply(ctx, from, s.joined(from, c.Request, room, mine))
	if orphaned(mine, from.Time) {
		err = errors.Join(err, s.adopt(ctx, c.Room, mine, from.Time))
	}
	return err
}

// unseat takes back a seat nobody has been told of.
func (s *Service) unseat(ctx context.Context, from Origin, id RoomID, name PeerName) error {
	_, err := s.Store.RemovePeer(ctx, id, name, from.Conn, from.Time)
	if errors.Is(err, ErrNoPeer) {
		return nil
	}
	return err
}

// undo takes back the seat of a join that failed, should it have been taken all the same: nobody knows what became of a
// write that was not answered.
func (s *Service) undo(ctx context.Context, from Origin, id RoomID, self Peer) error {
	room, err := s.Store.Room(ctx, id, from.Time, true)
	if err != nil {
		return err
	}
	if mine, seated := room.On(from.Conn); !seated || mine.Name != self.Name || !mine.Joined.Equal(self.Joined) {
		return nil
	}
	return s.unseat(ctx, from, id, self.Name)
}

func secondSeat(id RoomID, name PeerName) *Error {
	return Errorf(CodeBadRequest, "peer: this connection is in room %s as %s: leave it first", id, name)
}

func (s *Service) joined(from Origin, r Request, room Room, self Peer) Joined {
	servers, _ := s.ICE.For(from.Conn, from.Time)
	return Joined{
		r, room.ID, self.Name, room.Rev, s.view(room, self, from.Time), servers, s.resumeString(room.ID, self, from.Time), room.Capacity(s.Seats),
		s.waiting(room, self, from.Time),
	}
}
