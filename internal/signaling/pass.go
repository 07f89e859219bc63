package signaling

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// passFor is how long somebody whom a host let in has time to join.
const passFor = 5 * time.Minute

// passVersion tells passes from addresses and resume strings.
var passVersion = []byte("parley pass 1")

// pass is the right to join as Name on Conn though the room is locked or has a lobby.
type pass struct {
	Conn    ConnID
	User    string    // its digest
	Expires time.Time // whole seconds
}

func (s *Service) sealPass(room RoomID, w Waiting, now time.Time) string {
	return s.Sealer.seal(passVersion, now.Add(passFor), string(room), string(w.Name), string(w.Conn), userDigest(w.User))
}

// openPass opens the pass of a join and lets the join ask for the name that it is about.
func (s *Service) openPass(c *Join) (pass, error) {
	expires, f, err := s.Sealer.open(passVersion, c.Pass)
	if err != nil || RoomID(f[0]) != c.Room || c.Peer != "" && c.Peer != PeerName(f[1]) {
		return pass{}, noPass()
	}
	c.Peer = PeerName(f[1])
	return pass{ConnID(f[2]), f[3], expires}, nil
}

func (p pass) check(from Origin, user string) error {
	switch {
	case p.Conn != from.Conn || p.User != userDigest(user):
		return noPass()
	case from.Time.After(p.Expires):
		return Errorf(CodeForbidden, "pass: it is older than %d minutes: knock again", int(passFor.Minutes()))
	}
	return nil
}

func noPass() *Error {
	return Errorf(CodeForbidden, "pass: not one that this connection was given for this room and name: knock")
}

// letIn gives a pass to somebody who waits.
func (s *Service) letIn(ctx context.Context, from Origin, c Admit) error {
	room, self, w, err := s.called(ctx, from, c.Room, c.Peer)
	if err != nil {
		return err
	}
	told := s.send(ctx, w.asPeer(), Admitted{Room: c.Room, Peer: w.Name, Pass: s.sealPass(c.Room, w, from.Time)})
	switch {
	case errors.Is(told, ErrGone):
		return errors.Join(noKnock(c.Room, c.Peer), s.tellHosts(ctx, room, from, KnockLeft{c.Room, w.Name}))
	case told != nil: // who did not hear of it waits on
		_, again := s.Store.AddKnock(ctx, c.Room, w, Door{Empty: true, Open: true}, from.Time)
		return errors.Join(&Error{CodeInternal, fmt.Sprintf("%s could not be told: try again", c.Peer), true}, told, again)
	}
	answered := s.done(ctx, from, c.Request)
	return errors.Join(logOnly(answered), s.tellHosts(ctx, room, from, Admitted{Room: c.Room, Peer: w.Name, By: self.Name}), s.prune(ctx, room, from.Time))
}

// deny sends somebody away who waits.
func (s *Service) deny(ctx context.Context, from Origin, c Deny) error {
	room, self, w, err := s.called(ctx, from, c.Room, c.Peer)
	if err != nil {
		return err
	}
	told := s.send(ctx, w.asPeer(), Denied{Room: c.Room, By: self.Name, Reason: c.Reason})
	if errors.Is(told, ErrGone) {
		return errors.Join(noKnock(c.Room, c.Peer), s.tellHosts(ctx, room, from, KnockLeft{c.Room, w.Name}))
	}
	answered := s.done(ctx, from, c.Request)
	return errors.Join(logOnly(told), logOnly(answered),
		s.tellHosts(ctx, room, from, Denied{Room: c.Room, Peer: w.Name, By: self.Name}), s.prune(ctx, room, from.Time))
}

// called ends the waiting of that name for the sender, who must be a host: of several who answer one knock, one gets through.
func (s *Service) called(ctx context.Context, from Origin, id RoomID, name PeerName) (Room, Peer, Waiting, error) {
	room, self, err := s.host(ctx, id, from, "")
	if err != nil {
		return room, self, Waiting{}, err
	}
	w, waits := room.Waits(name)
	if !waits { // a knock of just now
		if room, err = s.Store.Room(ctx, id, from.Time, true); err != nil {
			return room, self, w, err
		}
		w, waits = room.Waits(name)
	}
	for range 2 {
		if !waits {
			break
		}
		room, err = s.Store.EndKnock(ctx, id, name, w.Conn, from.Time)
		if !errors.Is(err, ErrNoPeer) {
			return room, self, w, err
		}
		w, waits = room.Waits(name) // on another connection meanwhile
	}
	return room, self, w, noKnock(id, name)
}

func noKnock(id RoomID, name PeerName) *Error {
	return Errorf(CodeNoSuchPeer, "%s does not wait for room %s (any more): ask for the roster", name, id)
}
