package signaling

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/parley-rtc/parley/internal/limit"
)

// Excess is a message too many.
type Excess struct {
	Err   *Error
	Muted bool // the client was told so within the last second: only a request that waits for its answer needs one
}

// Charge counts a message, and returns an Excess if it must not be carried out. An error says that
// the count could not be settled with the other instances; the message may pass.
func (s *Service) Charge(ctx context.Context, from Origin) (*Excess, error) {
	v := s.Flow.Charge(string(from.Conn), from.Time, limit.Rate{PerSecond: s.Limits.Rate, Burst: s.Limits.Burst})
	if v.Wait > 0 {
		return &Excess{s.tooFast(v.Wait), v.Muted}, nil
	}
	if v.Due == 0 {
		return nil, nil
	}
	even, err := s.Store.Debit(ctx, from.Conn, v.Due, from.Time)
	if err != nil && !errors.Is(err, ErrGone) {
		return nil, fmt.Errorf("settle the messages of a connection: %w", err)
	}
	s.Flow.Settled(string(from.Conn), even)
	return nil, nil
}

func (s *Service) tooFast(wait time.Duration) *Error {
	return &Error{CodeRateLimited, fmt.Sprintf("a connection may send %d messages a second, and %d at once: try again in %d ms",
		s.Limits.Rate, s.Limits.Burst, (wait+time.Millisecond-1)/time.Millisecond), true}
}
