package signaling

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// MaxWaiting bounds who may wait for one room at a time.
const MaxWaiting = 32

// Door says for which rooms somebody may wait; for a locked one everybody may.
type Door struct {
	Empty bool // in which nobody is
	Open  bool // in which somebody is, though it is not locked
}

// knockMark comes before the name that a connection waits as, where its rooms are noted. No name has it, and releases that
// know no lobby find no peer of such a name.
const knockMark = "?"

func (n PeerName) asKnock() PeerName { return knockMark + n }

func (n PeerName) knock() (PeerName, bool) {
	name, waits := strings.CutPrefix(string(n), knockMark)
	return PeerName(name), waits
}

// asPeer is how events reach who waits.
func (w Waiting) asPeer() Peer { return Peer{Name: w.Name, Conn: w.Conn, Dialect: w.Dialect} }

// overdue reports whether the socket of who waits has ended for certain by then.
func (w Waiting) overdue(now time.Time) bool { return !w.At.Add(AddressTTL).After(now) }

// strays are those in the room's item who wait no more.
func (r Room) strays(now time.Time) []Waiting {
	var list []Waiting
	for _, w := range r.Waiting {
		if mine, seated := r.On(w.Conn); w.overdue(now) || seated && mine.Lost.IsZero() {
			list = append(list, w)
		}
	}
	return list
}

// waitingOverhead is what one who waits takes in a frame beside name and data, in bytes.
const waitingOverhead = 24

// lobbySize is what those who wait take in a host's roster, in bytes.
func (r Room) lobbySize() int {
	n := 0
	for _, w := range r.Waiting {
		n += waitingOverhead + len(w.Name) + len(w.Data)
	}
	return n
}

// waiting is how those who wait look to a peer: they do to hosts only. What they say about themselves is left out where the
// roster has grown so much that both do not fit a frame.
func (s *Service) waiting(room Room, self Peer, now time.Time) []WaitingView {
	if len(room.Waiting) == 0 || s.role(room, self) != RoleHost {
		return nil
	}
	brief := room.Size()+room.lobbySize() > MaxRoster
	var views []WaitingView
	for _, w := range room.Waiting {
		switch {
		case w.overdue(now):
		case brief:
			views = append(views, WaitingView{w.Name, nil})
		default:
			views = append(views, WaitingView{w.Name, w.Data})
		}
	}
	return views
}

// knock writes the room first, then the connection, as a join does, and only then do hosts learn of it.
func (s *Service) knock(ctx context.Context, from Origin, c Knock) error {
	if err := s.mayJoin(from); err != nil {
		return err
	}
	if err := s.Limits.checkData(c.Data); err != nil {
		return err
	}
	rights, name, err := s.admit(ctx, from, c.Room, c.Peer)
	if err != nil {
		return err
	}
	if name == "" {
		name = madeUp(from.Conn)
	}
	if err := s.afford(ctx, from, c.Room, name); err != nil {
		return err
	}
	self := Waiting{name, from.Conn, from.Dialect, c.Data, rights.User, from.Time.Truncate(time.Millisecond)}
	door := Door{Empty: s.shut(s.terms(rights, false)), Open: s.mustKnock(rights)}
	room, err := s.wait(ctx, from, c.Room, self, door)
	if errors.Is(err, ErrRefused) {
		return turnedAway(room, self, rights)
	}
	if err != nil {
		return err
	}
	if len(room.Peers) == 0 && !door.Empty { // they were all lost for too long
		return errors.Join(s.endKnocks(ctx, room, []Waiting{self}, from.Time), s.prune(ctx, room, from.Time), turnedAway(room, self, rights))
	}
	if c.Data != nil && room.Size()+room.lobbySize() > MaxRoster { // who says nothing always finds room
		return errors.Join(s.endKnocks(ctx, room, []Waiting{self}, from.Time),
			Errorf(CodeTooLarge, "data: the roster of room %s would pass %d KB: knock with less, or without", c.Room, MaxRoster>>10))
	}
	if err := s.enter(ctx, from, c.Room, name.asKnock()); err != nil {
		if overLimits(err) { // hosts may know of an earlier knock
			return both(err, s.endKnocks(ctx, room, []Waiting{self}, from.Time))
		}
		_, undo := s.Store.EndKnock(ctx, c.Room, name, from.Conn, from.Time)
		return both(err, logOnly(undo))
	}
	answered := s.done(ctx, from, c.Request)
	earlier := slices.DeleteFunc(slices.Clone(room.Waiting), func(w Waiting) bool { return w.Conn != from.Conn || w.Name == name })
	return errors.Join(logOnly(answered), s.tellHosts(ctx, room, from, Knocked{c.Room, name, c.Data}),
		s.endKnocks(ctx, room, earlier, from.Time), s.prune(ctx, room, from.Time))
}

// wait adds somebody to those who wait. As when a seat is taken, sockets that are gone are found first if the name, or every
// place, is taken.
func (s *Service) wait(ctx context.Context, from Origin, id RoomID, self Waiting, door Door) (Room, error) {
	room, err := s.Store.AddKnock(ctx, id, self, door, from.Time)
	if !errors.Is(err, ErrRefused) {
		return room, err
	}
	if len(room.Expired) > 0 {
		if err := s.prune(ctx, room, from.Time); tellable(err) {
			return room, err
		}
		if room, err = s.Store.AddKnock(ctx, id, self, door, from.Time); !errors.Is(err, ErrRefused) {
			return room, err
		}
	}
	if holder, taken := room.Named(self.Name); taken {
		if holder.Conn == self.Conn || holder.User != "" && holder.User == self.User {
			return room, err
		}
		gone := s.probe(ctx, (Room{Peers: []Peer{holder}}).Reachable(self.Conn))
		if len(gone) == 0 {
			return room, err
		}
		if err := s.bury(ctx, id, gone, from.Time); tellable(err) {
			return room, err
		}
		return s.Store.AddKnock(ctx, id, self, door, from.Time)
	}
	rivals := room.Waiting
	if rival, taken := room.Waits(self.Name); taken {
		rivals = []Waiting{rival}
	} else if len(rivals) < MaxWaiting {
		return room, err
	}
	gone := s.vanished(ctx, rivals)
	if len(gone) == 0 {
		return room, err
	}
	ended := s.endKnocks(ctx, room, gone, from.Time)
	room, err = s.Store.AddKnock(ctx, id, self, door, from.Time)
	if err != nil {
		err = errors.Join(err, ended)
	}
	return room, err
}

// vanished returns those of whom wait whose connection is gone.
func (s *Service) vanished(ctx context.Context, list []Waiting) []Waiting {
	peers := make([]Peer, len(list))
	for i, w := range list {
		peers[i] = w.asPeer()
	}
	gone := s.probe(ctx, peers)
	return slices.DeleteFunc(slices.Clone(list), func(w Waiting) bool {
		return !slices.ContainsFunc(gone, func(p Peer) bool { return p.Conn == w.Conn })
	})
}

// turnedAway says why the room did not let somebody wait.
func turnedAway(room Room, self Waiting, rights Rights) *Error {
	id := room.ID
	if mine, seated := room.On(self.Conn); seated {
		return Errorf(CodeBadRequest, "room: you are in room %s already, as %s", id, mine.Name)
	}
	if holder, taken := room.Named(self.Name); taken {
		if self.User != "" && holder.User == self.User {
			return Errorf(CodeBadRequest, "peer: %s in room %s is you: join, and the seat is yours", self.Name, id)
		}
		return Errorf(CodeNameTaken, "peer: %s is taken in room %s: choose another name", self.Name, id)
	}
	rival, waits := room.Waits(self.Name)
	switch {
	case waits && rival.Conn != self.Conn:
		return Errorf(CodeNameTaken, "peer: another %s waits for room %s already: choose another name", self.Name, id)
	case !waits && len(room.Waiting) >= MaxWaiting:
		return &Error{CodeRoomFull, fmt.Sprintf("%d wait for room %s already: try again later", len(room.Waiting), id), true}
	case len(room.Peers) == 0 && rights.OnlyJoins:
		return nobodyThere(id)
	}
	return Errorf(CodeBadRequest, "room: nobody has to let you into room %s now: join it", id)
}

func nobodyThere(id RoomID) *Error {
	return &Error{CodeForbidden, fmt.Sprintf("nobody is in room %s yet and your token may not open it: try again when somebody is", id), true}
}

// tellHosts tells the hosts of a room, but not the sender.
func (s *Service) tellHosts(ctx context.Context, room Room, from Origin, ev Event) error {
	hosts := slices.DeleteFunc(room.Reachable(from.Conn), func(p Peer) bool { return s.role(room, p) != RoleHost })
	gone, err := s.tell(ctx, hosts, func(Peer) Event { return ev })
	return errors.Join(logOnly(err), s.bury(ctx, room.ID, gone, from.Time))
}

// endKnocks ends the waiting of some and tells the hosts, once: the write is conditional, so of all who notice the same only
// one gets to tell.
func (s *Service) endKnocks(ctx context.Context, room Room, list []Waiting, now time.Time) error {
	var errs []error
	for _, w := range list {
		after, err := s.Store.EndKnock(ctx, room.ID, w.Name, w.Conn, now)
		switch {
		case errors.Is(err, ErrNoPeer):
		case err != nil:
			errs = append(errs, fmt.Errorf("end a knock: %w", err))
		default:
			errs = append(errs, s.tellHosts(ctx, after, Origin{Time: now}, KnockLeft{room.ID, w.Name}))
		}
	}
	return logOnly(errors.Join(errs...))
}

// gaveUp ends what a connection that is gone waited for. A join, or a knock under another name, that ran beside the last knock
// may have left the connection's note behind what the room has: the room is right.
func (s *Service) gaveUp(ctx context.Context, from Origin, id RoomID, name PeerName) error {
	room, err := s.Store.EndKnock(ctx, id, name, from.Conn, from.Time)
	switch {
	case err == nil:
		return s.tellHosts(ctx, room, from, KnockLeft{id, name})
	case !errors.Is(err, ErrNoPeer):
		return err
	}
	others := slices.DeleteFunc(room.Waiting, func(w Waiting) bool { return w.Conn != from.Conn })
	err = s.endKnocks(ctx, room, others, from.Time)
	if mine, seated := room.On(from.Conn); seated {
		err = errors.Join(err, s.bury(ctx, id, []Peer{mine}, from.Time))
	}
	return err
}

// withdraw is a leave of somebody who only waits.
func (s *Service) withdraw(ctx context.Context, from Origin, c Leave, name PeerName) error {
	room, err := s.Store.EndKnock(ctx, c.Room, name, from.Conn, from.Time)
	if mine, seated := room.On(from.Conn); errors.Is(err, ErrNoPeer) && seated {
		return s.vacate(ctx, from, c, mine.Name)
	}
	if errors.Is(err, ErrNoPeer) { // it has been answered
		return s.done(ctx, from, c.Request)
	}
	if err != nil {
		return errors.Join(err, s.Store.Enter(ctx, from.Conn, c.Room, name.asKnock(), Quota{}, from.Time))
	}
	return errors.Join(logOnly(s.done(ctx, from, c.Request)), s.tellHosts(ctx, room, from, KnockLeft{c.Room, name}), s.prune(ctx, room, from.Time))
}
