package signaling

import (
	"context"
	"errors"
	"fmt"
)

// signal carries data to one peer: by address, which says all there is to know, or by what the room knows.
func (t *turn) signal(ctx context.Context, c Signal) (answer, error) {
	if c.Address != "" {
		err := t.signalByAddress(ctx, c)
		if err == nil {
			return done(c.Request), nil
		}
		if !errors.Is(err, ErrGone) {
			return answer{}, err
		}
		// That socket is gone; the roster knows whether the peer is back on another.
	}
	room, self, err := t.member(ctx, c.Room, need{peer: c.To})
	if err != nil {
		return answer{}, err
	}
	to, _ := room.Named(c.To)
	if to.Conn == t.from.Conn {
		return answer{}, Errorf(CodeBadRequest, "to: %s is your own name", c.To)
	}
	if err := t.Hold.Before(ctx, t.direction(c), c.Order, t.from.Time); err != nil {
		return answer{}, err
	}
	queued, err := t.carry(ctx, c, self, to)
	if err != nil {
		return answer{}, err
	}
	t.Hold.After(t.direction(c), c.Order, t.from.Time)
	if c.ID == "" {
		return answer{}, nil
	}
	return answer{event: Done{Request: c.Request, Queued: queued}}, nil
}

// signalByAddress fails with ErrGone if the socket that the address is of has ended.
func (t *turn) signalByAddress(ctx context.Context, c Signal) error {
	a, err := OpenAddress(t.Sealer, c.Address)
	if err != nil || a.FromConn != t.from.Conn || a.Room != c.Room || a.ToName != c.To {
		return Errorf(CodeForbidden, "address: not one that you were given for %s in room %s", c.To, c.Room)
	}
	if t.from.Time.After(a.Expires) {
		return Errorf(CodeForbidden, "address: it has expired: ask for the roster")
	}
	if err := t.Hold.Before(ctx, t.direction(c), c.Order, t.from.Time); err != nil {
		return err
	}
	err = t.send(ctx, Peer{Name: a.ToName, Conn: a.ToConn, Dialect: a.ToDialect}, Signaled{c.Room, a.FromName, c.Data, c.N})
	switch {
	case err == nil:
		t.Hold.After(t.direction(c), c.Order, t.from.Time)
	case !errors.Is(err, ErrGone):
		return unreached(c.To, err)
	}
	return err
}

func (t *turn) direction(c Signal) Direction {
	return Direction{t.from.Conn, string(c.Room), string(c.To)}
}

func (t *turn) broadcast(ctx context.Context, c Broadcast) (answer, error) {
	room, self, err := t.member(ctx, c.Room, need{rev: c.Rev, latest: c.Rev == 0})
	if err != nil {
		return answer{}, err
	}
	gone, err := t.tell(ctx, room.Reachable(t.from.Conn), func(Peer) Event {
		return Broadcasted{c.Room, self.Name, c.Data, c.N}
	})
	a := done(c.Request)
	a.then = func(ctx context.Context, _ error) { t.note(t.bury(ctx, c.Room, gone)) }
	return a, err
}

// lostPeer tells the sender that a peer has a seat but no socket.
func lostPeer(to PeerName) *Error {
	return &Error{CodeNoSuchPeer, fmt.Sprintf("%s has lost its connection: try again when it is back", to), true}
}

// unreached tells the sender that a live peer could not be reached. What API Gateway has not accepted is not delivered,
// so trying again doubles nothing.
func unreached(to PeerName, cause error) error {
	if e, ok := errors.AsType[*Error](cause); ok {
		return e
	}
	return errors.Join(&Error{CodeInternal, fmt.Sprintf("%s could not be reached: try again", to), true}, cause)
}
