package signaling

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/parley-rtc/parley/internal/seal"
)

// passFor is how long somebody whom a host let in has time to join.
const passFor = 5 * time.Minute

// passes are what passes are sealed for.
var passes = seal.Purpose{Name: "parley pass 1", Fields: 4}

// pass is the right to join as Name on Conn though the room is locked or has a lobby.
type pass struct {
	Conn    ConnID
	User    string    // its digest
	Expires time.Time // whole seconds
}

func (t *turn) sealPass(room RoomID, w Waiting) string {
	return t.Sealer.Seal(passes, t.from.Time.Add(passFor), string(room), string(w.Name), string(w.Conn), userDigest(w.User))
}

// openPass opens the pass of a join and lets the join ask for the name that it is about.
func (s *Service) openPass(c *Join) (pass, error) {
	expires, f, err := s.Sealer.Open(passes, c.Pass)
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
func (t *turn) letIn(ctx context.Context, c Admit) (answer, error) {
	room, self, w, err := t.called(ctx, c.Room, c.Peer)
	if err != nil {
		return answer{}, err
	}
	told := t.send(ctx, w.asPeer(), Admitted{Room: c.Room, Peer: w.Name, Pass: t.sealPass(c.Room, w)})
	switch {
	case errors.Is(told, ErrGone):
		return answer{then: t.hosted(c.Request, room, KnockLeft{c.Room, w.Name}).then}, noKnock(c.Room, c.Peer)
	case told != nil: // who did not hear of it waits on
		_, again := t.Store.AddKnock(ctx, c.Room, w, Door{Empty: true, Open: true}, t.from.Time)
		t.note(again)
		return answer{}, errors.Join(&Error{CodeInternal, fmt.Sprintf("%s could not be told: try again", c.Peer), true}, told)
	}
	return t.hosted(c.Request, room, Admitted{Room: c.Room, Peer: w.Name, By: self.Name}), nil
}

// deny sends somebody away who waits.
func (t *turn) deny(ctx context.Context, c Deny) (answer, error) {
	room, self, w, err := t.called(ctx, c.Room, c.Peer)
	if err != nil {
		return answer{}, err
	}
	told := t.send(ctx, w.asPeer(), Denied{Room: c.Room, By: self.Name, Reason: c.Reason})
	if errors.Is(told, ErrGone) {
		return answer{then: t.hosted(c.Request, room, KnockLeft{c.Room, w.Name}).then}, noKnock(c.Room, c.Peer)
	}
	t.note(told)
	return t.hosted(c.Request, room, Denied{Room: c.Room, Peer: w.Name, By: self.Name}), nil
}

// called ends the waiting of that name for the sender, who must be a host: of several who answer one knock, one gets through.
func (t *turn) called(ctx context.Context, id RoomID, name PeerName) (Room, Peer, Waiting, error) {
	room, self, err := t.host(ctx, id, need{})
	if err != nil {
		return room, self, Waiting{}, err
	}
	w, waits := room.Waits(name)
	if !waits { // a knock of just now
		if room, err = t.Store.Room(ctx, id, t.from.Time, true); err != nil {
			return room, self, w, err
		}
		w, waits = room.Waits(name)
	}
	for range 2 {
		if !waits {
			break
		}
		room, err = t.Store.EndKnock(ctx, id, name, w.Conn, t.from.Time)
		if err != nil && !errors.Is(err, ErrNoPeer) {
			room, err = t.ended(ctx, id, w, err)
		}
		if !errors.Is(err, ErrNoPeer) {
			return room, self, w, err
		}
		w, waits = room.Waits(name) // on another connection meanwhile
	}
	return room, self, w, noKnock(id, name)
}

// ended returns the room if an end of w's waiting that failed was carried out all the same: a repetition would find nobody who
// waits, and w would wait for ever. Otherwise it returns the failure.
func (t *turn) ended(ctx context.Context, id RoomID, w Waiting, failure error) (Room, error) {
	room, err := t.Store.Room(ctx, id, t.from.Time, true)
	if err != nil {
		t.note(err)
		return room, failure
	}
	if now, waits := room.Waits(w.Name); waits && now.Conn == w.Conn {
		return room, failure
	}
	t.note(failure)
	return room, nil
}

func noKnock(id RoomID, name PeerName) *Error {
	return Errorf(CodeNoSuchPeer, "%s does not wait for room %s (any more): ask for the roster", name, id)
}
