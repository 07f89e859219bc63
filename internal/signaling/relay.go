package signaling

import (
	"context"
	"errors"
	"fmt"
)

func (s *Service) signal(ctx context.Context, from Origin, c Signal) error {
	if err := s.Hold.before(ctx, from, c); err != nil {
		return err
	}
	err := s.relay(ctx, from, c)
	if CarriedOut(err) {
		s.Hold.after(from, c)
	}
	return err
}

func (s *Service) relay(ctx context.Context, from Origin, c Signal) error {
	if c.Address != "" {
		a, err := s.Sealer.Open(c.Address)
		if err != nil || a.FromConn != from.Conn || a.Room != c.Room || a.ToName != c.To {
			return Errorf(CodeForbidden, "address: not one that you were given for %s in room %s", c.To, c.Room)
		}
		if from.Time.After(a.Expires) {
			return Errorf(CodeForbidden, "address: it has expired: ask for the roster")
		}
		to := Peer{Name: a.ToName, Conn: a.ToConn, Dialect: a.ToDialect}
		err = s.send(ctx, to, Signaled{c.Room, a.FromName, c.Data, c.N})
		if err == nil {
			return s.done(ctx, from, c.Request)
		}
		if !errors.Is(err, ErrGone) {
			return unreached(c.To, err)
		}
		// That socket is gone; the roster knows whether the peer is back on another.
	}
	room, self, err := s.member(ctx, c.Room, from, c.To)
	if err != nil {
		return err
	}
	to, _ := room.Named(c.To)
	if to.Conn == from.Conn {
		return Errorf(CodeBadRequest, "to: %s is your own name", c.To)
	}
	queued, err := s.carry(ctx, from, c, self, to)
	if tellable(err) || c.ID == "" {
		return err
	}
	return errors.Join(err, s.reply(ctx, from, Done{Request: c.Request, Queued: queued}))
}

func (s *Service) broadcast(ctx context.Context, from Origin, c Broadcast) error {
	room, self, err := s.member(ctx, c.Room, from, "")
	if err != nil {
		return err
	}
	others := room.Reachable(from.Conn)
	gone, err := s.tell(ctx, others, func(Peer) Event {
		return Broadcasted{c.Room, self.Name, c.Data, c.N}
	})
	if e := s.bury(ctx, c.Room, gone, from.Time); e != nil {
		err = errors.Join(err, logOnly(e))
	}
	if err != nil {
		return err
	}
	return s.done(ctx, from, c.Request)
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
