package signaling

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Limits bound what one connection may do. 0 is no limit.
type Limits struct {
	Rate     int // messages a second, in the long run
	Burst    int // messages at once; needed beside Rate
	Joins    int // a minute
	Rooms    int // at a time
	Message  int // bytes of a message
	PeerData int // bytes of a peer's own data
}

// Quota is how many rooms a connection may be in, and may enter in a minute of the clock. 0 is no limit.
type Quota struct{ Rooms, Joins int }

// CheckMessage fails for a message that is too long to be looked at.
func (l Limits) CheckMessage(bytes int) error {
	if l.Message > 0 && bytes > l.Message {
		return Errorf(CodeTooLarge, "the message is %d bytes long, the limit is %d", bytes, l.Message)
	}
	return nil
}

func (l Limits) checkData(data []byte) error {
	if l.PeerData > 0 && len(data) > l.PeerData {
		return Errorf(CodeTooLarge, "data: %d bytes, a peer's own data is at most %d", len(data), l.PeerData)
	}
	return nil
}

// enter notes with the connection that it is in a room, as far as its limits let it, and reports
// whether that was noted before.
func (t *turn) enter(ctx context.Context, id RoomID, name PeerName) (noted bool, err error) {
	noted, err = t.Store.Enter(ctx, t.from.Conn, id, name, Quota{t.Limits.Rooms, t.Limits.Joins}, t.from.Time)
	switch {
	case errors.Is(err, ErrGone):
		return false, errors.Join(unknownConnection(), err)
	case errors.Is(err, ErrTooManyJoins):
		t.Flow.Bar(string(t.from.Conn), t.from.Time)
		return false, t.tooManyJoins(t.from.Time)
	case errors.Is(err, ErrTooManyRooms):
		return false, Errorf(CodeRateLimited, "this connection is in %d rooms, more are not allowed: leave one first", t.Limits.Rooms)
	}
	return noted, err
}

// overLimits reports whether it was a limit that enter failed for, and not the connection or the database.
func overLimits(err error) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && e.Code == CodeRateLimited
}

// MayList refuses to list a connection under one more name, which costs what a join does: because it
// asks for that too often, as far as this instance has seen, or because the month's budget is used up.
// Nothing is read for it.
func (s *Service) MayList(ctx context.Context, from Origin) error {
	if err := s.mayJoin(from); err != nil {
		return err
	}
	if s.Budget == nil {
		return nil
	}
	if until, over := s.Budget.Over(ctx, from.Time); over {
		return overBudget(until)
	}
	return nil
}

// mayJoin refuses a join for which nothing has to be written, because this instance has seen enough of them.
func (s *Service) mayJoin(from Origin) error {
	if s.Flow.Join(string(from.Conn), from.Time, s.Limits.Joins) {
		return nil
	}
	return s.tooManyJoins(from.Time)
}

func (s *Service) tooManyJoins(now time.Time) *Error {
	wait := now.Truncate(time.Minute).Add(time.Minute).Sub(now)
	return &Error{CodeRateLimited, fmt.Sprintf("a connection may join %d times a minute: try again in %d s",
		s.Limits.Joins, (wait+time.Second-1)/time.Second), true}
}
