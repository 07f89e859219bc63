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

// crowded reports whether what those who wait say about themselves does not fit beside the roster.
func (t *turn) crowded(room Room) bool {
	return room.Size()+room.lobbySize() > MaxRoster || t.largest(room)+room.lobbySize() > MaxFrame
}

// waiting is how those who wait look to a peer: they do to hosts only. What they say about themselves is left out where the
// roster has grown so much that both do not fit a frame.
func (t *turn) waiting(room Room, self Peer) []WaitingView {
	if len(room.Waiting) == 0 || t.role(room, self) != RoleHost {
		return nil
	}
	brief := t.crowded(room)
	var views []WaitingView
	for _, w := range room.Waiting {
		switch {
		case w.overdue(t.from.Time):
		case brief:
			views = append(views, WaitingView{w.Name, nil})
		default:
			views = append(views, WaitingView{w.Name, w.Data})
		}
	}
	return views
}

// knock writes the room first, then the connection, as a join does, and only then do hosts learn of it.
func (t *turn) knock(ctx context.Context, c Knock) (answer, error) {
	if err := t.mayJoin(t.from); err != nil {
		return answer{}, err
	}
	if err := t.Limits.checkData(c.Data); err != nil {
		return answer{}, err
	}
	rights, name, err := t.admit(ctx, c.Room, c.Peer)
	if err != nil {
		return answer{}, err
	}
	if name == "" {
		name = madeUp(t.from.Conn)
	}
	if err := t.afford(ctx, c.Room, name); err != nil {
		return answer{}, err
	}
	self := Waiting{
		Name: name, Conn: t.from.Conn, Dialect: t.from.Dialect, Data: c.Data, User: rights.User, At: t.from.Time.Truncate(time.Millisecond),
	}
	door := Door{Empty: t.shut(t.terms(rights, false)), Open: t.mustKnock(rights)}
	room, err := t.wait(ctx, c.Room, self, door)
	if errors.Is(err, ErrRefused) {
		return answer{}, turnedAway(room, self, rights)
	}
	if err != nil {
		return answer{}, err
	}
	if len(room.Peers) == 0 && !door.Empty { // they were all lost for too long
		t.note(t.endKnocks(ctx, room, []Waiting{self}))
		t.note(t.prune(ctx, room))
		return answer{}, turnedAway(room, self, rights)
	}
	if c.Data != nil && t.crowded(room) { // who says nothing always finds room
		t.note(t.endKnocks(ctx, room, []Waiting{self}))
		return answer{}, outgrown(c.Room, "knock with less, or without")
	}
	if _, err := t.enter(ctx, c.Room, name.asKnock()); err != nil {
		if overLimits(err) { // hosts may know of an earlier knock
			t.note(t.endKnocks(ctx, room, []Waiting{self}))
		} else {
			_, undo := t.Store.EndKnock(ctx, c.Room, name, t.from.Conn, t.from.Time)
			t.note(undo)
		}
		return answer{}, err
	}
	earlier := slices.DeleteFunc(slices.Clone(room.Waiting), func(w Waiting) bool { return w.Conn != t.from.Conn || w.Name == name })
	a := done(c.Request)
	a.then = func(ctx context.Context, _ error) {
		t.tellHosts(ctx, room, Knocked{c.Room, name, c.Data})
		t.note(t.endKnocks(ctx, room, earlier))
		t.note(t.prune(ctx, room))
	}
	return a, nil
}

// wait adds somebody to those who wait. As when a seat is taken, sockets that are gone are found first if the name, or every
// place, is taken.
func (t *turn) wait(ctx context.Context, id RoomID, self Waiting, door Door) (Room, error) {
	room, err := t.Store.AddKnock(ctx, id, self, door, t.from.Time)
	if !errors.Is(err, ErrRefused) {
		return room, err
	}
	if len(room.Expired) > 0 {
		if err := t.prune(ctx, room); err != nil {
			return room, err
		}
		if room, err = t.Store.AddKnock(ctx, id, self, door, t.from.Time); !errors.Is(err, ErrRefused) {
			return room, err
		}
	}
	if holder, taken := room.Named(self.Name); taken {
		if holder.Conn == self.Conn || holder.User != "" && holder.User == self.User {
			return room, err
		}
		gone := t.probe(ctx, (Room{Peers: []Peer{holder}}).Reachable(self.Conn))
		if len(gone) == 0 {
			return room, err
		}
		if err := t.bury(ctx, id, gone); err != nil {
			return room, err
		}
		return t.Store.AddKnock(ctx, id, self, door, t.from.Time)
	}
	rivals := room.Waiting
	if rival, taken := room.Waits(self.Name); taken {
		rivals = []Waiting{rival}
	} else if len(rivals) < MaxWaiting {
		return room, err
	}
	gone := t.vanished(ctx, rivals)
	if len(gone) == 0 {
		return room, err
	}
	if err := t.endKnocks(ctx, room, gone); err != nil {
		return room, err
	}
	return t.Store.AddKnock(ctx, id, self, door, t.from.Time)
}

// vanished returns those of whom wait whose connection is gone.
func (t *turn) vanished(ctx context.Context, list []Waiting) []Waiting {
	peers := make([]Peer, len(list))
	for i, w := range list {
		peers[i] = w.asPeer()
	}
	gone := t.probe(ctx, peers)
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
func (t *turn) tellHosts(ctx context.Context, room Room, ev Event) {
	t.tellThose(ctx, room, ev, func(p Peer) bool { return p.Conn != t.from.Conn })
}

func (t *turn) tellThose(ctx context.Context, room Room, ev Event, meant func(Peer) bool) {
	hosts := slices.DeleteFunc(room.Reachable(""), func(p Peer) bool { return t.role(room, p) != RoleHost || !meant(p) })
	gone, err := t.tell(ctx, hosts, func(Peer) Event { return ev })
	t.note(err)
	t.note(t.bury(ctx, room.ID, gone))
}

// endKnocks ends the waiting of some and tells the hosts, once: the write is conditional, so of all who notice the same only
// one gets to tell. It fails if one could not be ended.
func (t *turn) endKnocks(ctx context.Context, room Room, list []Waiting) error {
	var errs []error
	for _, w := range list {
		after, err := t.Store.EndKnock(ctx, room.ID, w.Name, w.Conn, t.from.Time)
		switch {
		case errors.Is(err, ErrNoPeer):
		case err != nil:
			errs = append(errs, fmt.Errorf("end a knock: %w", err))
		default:
			t.tellThose(ctx, after, KnockLeft{room.ID, w.Name}, func(Peer) bool { return true })
		}
	}
	return errors.Join(errs...)
}

// gaveUp ends what a connection that is gone waited for. A join, or a knock under another name, that ran beside the last knock
// may have left the connection's note behind what the room has: the room is right.
func (t *turn) gaveUp(ctx context.Context, id RoomID, name PeerName) error {
	room, err := t.Store.EndKnock(ctx, id, name, t.from.Conn, t.from.Time)
	switch {
	case err == nil:
		t.tellHosts(ctx, room, KnockLeft{id, name})
		return nil
	case !errors.Is(err, ErrNoPeer):
		return err
	}
	others := slices.DeleteFunc(room.Waiting, func(w Waiting) bool { return w.Conn != t.from.Conn })
	err = t.endKnocks(ctx, room, others)
	if mine, seated := room.On(t.from.Conn); seated {
		err = errors.Join(err, t.bury(ctx, id, []Peer{mine}))
	}
	return err
}

// withdraw is a leave of somebody who only waits.
func (t *turn) withdraw(ctx context.Context, c Leave, name PeerName) (answer, error) {
	room, err := t.Store.EndKnock(ctx, c.Room, name, t.from.Conn, t.from.Time)
	if mine, seated := room.On(t.from.Conn); errors.Is(err, ErrNoPeer) && seated {
		return t.vacate(ctx, c, mine.Name)
	}
	if errors.Is(err, ErrNoPeer) { // it has been answered
		return done(c.Request), nil
	}
	if err != nil {
		_, again := t.Store.Enter(ctx, t.from.Conn, c.Room, name.asKnock(), Quota{}, t.from.Time)
		t.note(again)
		return answer{}, err
	}
	return t.hosted(c.Request, room, KnockLeft{c.Room, name}), nil
}

// hosted answers a request about somebody who waited, and then tells the hosts.
func (t *turn) hosted(r Request, room Room, ev Event) answer {
	a := done(r)
	a.then = func(ctx context.Context, _ error) {
		t.tellHosts(ctx, room, ev)
		t.note(t.prune(ctx, room))
	}
	return a
}
