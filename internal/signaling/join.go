package signaling

import (
	"context"
	"errors"
	"fmt"
	"time"
)

func (t *turn) join(ctx context.Context, c Join) (answer, error) {
	if err := t.mayJoin(t.from); err != nil {
		return answer{}, err
	}
	if err := t.Limits.checkData(c.Data); err != nil {
		return answer{}, err
	}
	var claim seatClaim
	if c.Resume != "" {
		var err error
		if claim, err = t.claim(&c); err != nil {
			return answer{}, err
		}
	}
	var pass pass
	if c.Pass != "" && c.Resume == "" {
		var err error
		if pass, err = t.openPass(&c); err != nil {
			return answer{}, err
		}
	}
	rights, name, err := t.admit(ctx, c.Room, c.Peer)
	if err != nil {
		return answer{}, err
	}
	c.Peer = name
	self := Peer{
		Name: c.Peer, Role: rights.Role, User: rights.User, Conn: t.from.Conn, Dialect: t.from.Dialect, Data: c.Data,
		Joined: t.from.Time.Truncate(time.Millisecond),
	}
	// A string of this very connection is a request that came twice: it has its seat.
	if c.Resume != "" && claim.Conn != t.from.Conn {
		return t.resume(ctx, c, self, claim)
	}
	if pass.Conn != "" {
		if err := pass.check(t.from, rights.User); err != nil {
			return answer{}, err
		}
	}
	if self.Name == "" {
		self.Name = madeUp(t.from.Conn)
	}
	if err := t.afford(ctx, c.Room, self.Name); err != nil {
		return answer{}, err
	}
	terms := t.terms(rights, pass.Conn != "")
	for range 3 { // a seat that is to be taken over may be given up meanwhile
		room, err := t.seat(ctx, c.Room, self, terms)
		if err == nil {
			return t.settle(ctx, c, room, self)
		}
		if !errors.Is(err, ErrRefused) {
			t.note(t.undo(ctx, c.Room, self))
			return answer{}, err
		}
		a, err := t.refused(ctx, c, room, self, terms)
		if !errors.Is(err, ErrNoPeer) {
			return a, err
		}
	}
	return answer{}, errors.New("the seat that is to be taken over changes hands again and again")
}

// settle makes the seat that was just taken one that others may see, or takes it back.
func (t *turn) settle(ctx context.Context, c Join, room Room, self Peer) (answer, error) {
	if twin, lost := room.find(func(p Peer) bool { return p.Conn == t.from.Conn && p.Name != self.Name }); lost {
		// This connection was taken for lost, and has had a seat all the time.
		t.note(t.unseat(ctx, c.Room, self.Name))
		return answer{}, secondSeat(c.Room, twin.Name)
	}
	if !t.fits(room) {
		t.note(t.unseat(ctx, c.Room, self.Name))
		return answer{}, outgrown(c.Room, "join with less, or under a shorter name")
	}
	// The room first, then the connection, on condition that it still exists: whichever way a $disconnect of this
	// connection falls between the two, either it finds the room with the connection or this finds the connection gone.
	if _, err := t.enter(ctx, c.Room, self.Name); err != nil {
		t.note(t.unseat(ctx, c.Room, self.Name))
		return answer{}, err
	}
	return t.joinedRoom(c, room, self), nil
}

// joinedRoom answers a join and tells the others of the peer.
func (t *turn) joinedRoom(c Join, room Room, self Peer) answer {
	return answer{t.joined(c.Request, room, self), func(ctx context.Context, deafness error) {
		if errors.Is(deafness, ErrGone) {
			t.note(t.bury(ctx, c.Room, []Peer{self}))
			return
		}
		t.announce(ctx, room, func(p Peer) Event {
			return PeerJoined{room.ID, room.Rev, t.look(room, p, self)}
		})
	}}
}

// afford refuses a new peer once the month's budget is used up. Who is in the room, or comes back to a seat that is still
// in its name, is part of a call that goes on.
func (t *turn) afford(ctx context.Context, id RoomID, name PeerName) error {
	if t.Budget == nil {
		return nil
	}
	until, over := t.Budget.Over(ctx, t.from.Time)
	if !over {
		return nil
	}
	room, err := t.Store.Room(ctx, id, t.from.Time, true)
	if err != nil {
		return err
	}
	_, seated := room.On(t.from.Conn)
	if _, known := room.Named(name); known || seated {
		return nil
	}
	return overBudget(until)
}

func overBudget(until time.Time) *Error {
	return Errorf(CodeOverBudget, "this service has used up its budget of the month: joining works again from %s UTC; its operator can raise BUDGET_USD",
		until.Format("2 January 2006 15:04"))
}

// madeUp is the name of who gives none.
func madeUp(conn ConnID) PeerName { return PeerName("peer-" + pseudonym(conn)) }

// seat adds the peer to the room. If the name, or every seat, is taken, or the room is locked, sockets that are gone are
// found and their seats freed first: $disconnect is best effort, and who comes back at once may be faster than it.
func (t *turn) seat(ctx context.Context, id RoomID, self Peer, terms Terms) (Room, error) {
	if t.shut(terms) { // only the seat it may have already counts: a read, to see that, is the cheaper refusal
		room, err := t.Store.Room(ctx, id, t.from.Time, true)
		if err == nil {
			err = ErrRefused
		}
		return room, err
	}
	room, err := t.Store.AddPeer(ctx, id, self, terms, t.from.Time)
	if !errors.Is(err, ErrRefused) {
		return room, err
	}
	if _, seated := room.On(t.from.Conn); seated {
		return room, err
	}
	if len(room.Expired) > 0 {
		if err := t.prune(ctx, room); err != nil {
			return room, err
		}
		if room, err = t.Store.AddPeer(ctx, id, self, terms, t.from.Time); !errors.Is(err, ErrRefused) {
			return room, err
		}
	}
	suspects := room.Reachable(t.from.Conn)
	if holder, taken := room.Named(self.Name); taken {
		suspects = (Room{Peers: []Peer{holder}}).Reachable(t.from.Conn)
	}
	gone := t.probe(ctx, suspects)
	if len(gone) == 0 {
		return room, err
	}
	if err := t.bury(ctx, id, gone); err != nil {
		return room, err
	}
	return t.Store.AddPeer(ctx, id, self, terms, t.from.Time)
}

// refused says why the room did not take the peer, or takes the seat that it has already. It fails with ErrNoPeer if the
// room may take it now.
func (t *turn) refused(ctx context.Context, c Join, room Room, self Peer, terms Terms) (answer, error) {
	if mine, ok := room.On(t.from.Conn); ok {
		if c.Peer != "" && c.Peer != mine.Name {
			return answer{}, secondSeat(c.Room, mine.Name)
		}
		return t.seated(ctx, c, room, mine)
	}
	if holder, taken := room.Named(self.Name); taken {
		if self.User != "" && holder.User == self.User {
			return t.take(ctx, c, room, self, holder)
		}
		return answer{}, Errorf(CodeNameTaken, "peer: %s is taken in room %s: choose another name", self.Name, c.Room)
	}
	switch {
	case terms.Vacant && (len(room.Peers) > 0 || t.shut(terms)):
		return answer{}, mustKnock(c.Room)
	case terms.Inhabited && len(room.Peers) == 0:
		return answer{}, nobodyThere(c.Room)
	case room.Locked && !terms.Passed:
		return answer{}, lockedOut(c.Room)
	}
	return answer{}, &Error{
		Code:  CodeRoomFull,
		Msg:   fmt.Sprintf("room %s has no free seat (%d of %d taken)", c.Room, len(room.Peers), room.Capacity(t.Seats)),
		Retry: true,
	}
}

func mustKnock(id RoomID) *Error {
	return &Error{CodeRoomLocked, fmt.Sprintf("a host has to let you into room %s: knock, and join with the pass that you get", id), true}
}

func lockedOut(id RoomID) *Error {
	return &Error{CodeRoomLocked, fmt.Sprintf("room %s is locked: knock, so that a host lets you in, or try again when it is unlocked", id), true}
}

// seated answers a join of a connection that has a seat already.
func (t *turn) seated(ctx context.Context, c Join, room Room, mine Peer) (answer, error) {
	// The room knows; that the connection does too is made sure, should an earlier request have failed half-way.
	noted, err := t.enter(ctx, c.Room, mine.Name)
	if err != nil {
		return answer{}, err
	}
	if !mine.Lost.IsZero() {
		if room, mine, err = t.revive(ctx, c.Room, mine); err != nil {
			return answer{}, err
		}
		noted = true // the others were told that it is back
	}
	if !noted { // then nobody has heard of the seat
		if room, err = t.Store.Touch(ctx, c.Room, mine.Name, mine.Conn, t.from.Time); err != nil {
			_, _, forget := t.Store.Exit(ctx, t.from.Conn, c.Room)
			t.note(forget)
			return answer{}, err
		}
		return t.joinedRoom(c, room, mine), nil
	}
	return answer{t.joined(c.Request, room, mine), t.orphanage(c.Room, mine)}, nil
}

// orphanage is what comes after an answer to a peer whose mail nobody delivers any more.
func (t *turn) orphanage(id RoomID, p Peer) func(context.Context, error) {
	if !orphaned(p, t.from.Time) {
		return nil
	}
	return func(ctx context.Context, _ error) { t.adopt(ctx, id, p) }
}

// unseat takes back a seat nobody has been told of.
func (t *turn) unseat(ctx context.Context, id RoomID, name PeerName) error {
	_, err := t.Store.RemovePeer(ctx, id, name, t.from.Conn, t.from.Time)
	if errors.Is(err, ErrNoPeer) {
		return nil
	}
	return err
}

// undo takes back the seat of a join that failed, should it have been taken all the same: nobody knows what became of a
// write that was not answered.
func (t *turn) undo(ctx context.Context, id RoomID, self Peer) error {
	room, err := t.Store.Room(ctx, id, t.from.Time, true)
	if err != nil {
		return err
	}
	if mine, seated := room.On(t.from.Conn); !seated || mine.Name != self.Name || !mine.Joined.Equal(self.Joined) {
		return nil
	}
	return t.unseat(ctx, id, self.Name)
}

func secondSeat(id RoomID, name PeerName) *Error {
	return Errorf(CodeBadRequest, "peer: this connection is in room %s as %s: leave it first", id, name)
}

func (t *turn) joined(r Request, room Room, self Peer) Joined {
	servers, _ := t.ICE.For(t.from.Conn, t.from.Time)
	return Joined{
		Request: r, Room: room.ID, Peer: self.Name, Role: t.role(room, self), Rev: room.Rev, Peers: t.view(room, self),
		ICE: servers, Resume: t.resumeString(room.ID, self), Seats: room.Capacity(t.Seats), Locked: room.Locked, Waiting: t.waiting(room, self),
	}
}
