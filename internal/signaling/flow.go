package signaling

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

const (
	flowMemory = 4096 // senders that an instance remembers
	flowBatch  = 100  // messages that it counts before it settles them with the other instances, at most
	flowFree   = 10   // of the rate, the part that is never settled: who stays below it costs no write
	flowEcho   = time.Second
	joinTries  = 2 // requests to join for each join of a minute's quota: those that the room refuses are no joins, and cost too
)

// Flow counts the messages of each connection, by the events' time. Each instance of the service does so in its memory.
// A flood runs through many of them: who has sent this instance a batch within a short time is settled in the store, where all
// instances' batches add up. It is safe for concurrent use; a nil Flow counts nothing.
type Flow struct {
	mu      sync.Mutex
	senders *recent[ConnID, sender]
}

// sender is what an instance knows of a connection.
type sender struct {
	even    time.Time // when what it has sent would be within the rate, had it sent evenly
	pending float64   // messages that are not settled
	told    time.Time // when it was last told that it is too fast
	minute  time.Time // in which joins were counted
	joins   int
	barred  bool // from joining in that minute, by what all instances know
}

// NewFlow returns a Flow that has seen nothing.
func NewFlow() *Flow { return &Flow{senders: newRecent[ConnID, sender](flowMemory)} }

// Excess is a message too many.
type Excess struct {
	Err   *Error
	Muted bool // the client was told so within the last second: only a request that waits for its answer needs one
}

// Charge counts a message, and returns an Excess if it must not be carried out. An error says that the count could not be
// settled with the other instances; the message may pass.
func (s *Service) Charge(ctx context.Context, from Origin) (*Excess, error) {
	if s.Flow == nil || s.Limits.Rate == 0 {
		return nil, nil
	}
	excess, due := s.Flow.charge(from, s.Limits)
	if due == 0 {
		return excess, nil
	}
	even, err := s.Store.Debit(ctx, from.Conn, due, from.Time)
	if err != nil && !errors.Is(err, ErrGone) {
		return excess, fmt.Errorf("settle the messages of a connection: %w", err)
	}
	s.Flow.settled(from.Conn, even)
	return excess, nil
}

// charge counts a message, and returns the time to settle if there is a batch.
func (f *Flow) charge(from Origin, l Limits) (excess *Excess, due time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	s, now := f.senders.at(from.Conn), from.Time
	each := time.Second / time.Duration(l.Rate)
	ahead := max(0, s.even.Sub(now))
	if wait := ahead - time.Duration(l.Burst-1)*each; wait > 0 {
		muted := now.Sub(s.told) < flowEcho && !now.Before(s.told)
		if !muted {
			s.told = now
		}
		return &Excess{&Error{CodeRateLimited, fmt.Sprintf("a connection may send %d messages a second, and %d at once: try again in %d ms",
			l.Rate, l.Burst, (wait+time.Millisecond-1)/time.Millisecond), true}, muted}, 0
	}
	// What is pending wears off while the sender is within its rate, but not in a flood, whose every message counts.
	if ahead == 0 {
		s.pending = max(0, s.pending-now.Sub(s.even).Seconds()*float64(l.Rate)/flowFree)
	}
	s.pending++
	s.even = now.Add(ahead + each)
	if s.pending < float64(min(flowBatch, max(1, l.Burst/5))) {
		return nil, 0
	}
	due = time.Duration(s.pending * float64(each))
	s.pending = 0
	return nil, due
}

// settled takes over what all instances together know.
func (f *Flow) settled(conn ConnID, even time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if s := f.senders.at(conn); even.After(s.even) {
		s.even = even
	}
}

// joins counts a request to join and reports whether it may be tried: the quota of this minute may not be used up, and the
// requests not be far more than it lets join. 0 is no limit.
func (f *Flow) joins(from Origin, most int) bool {
	if f == nil || most == 0 {
		return true
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	s := f.senders.at(from.Conn)
	if minute := from.Time.Truncate(time.Minute); minute.After(s.minute) {
		s.minute, s.joins, s.barred = minute, 0, false
	}
	s.joins++
	return s.joins <= joinTries*most && !s.barred
}

// bar notes that the connection has used up its joins of this minute, through whichever instances.
func (f *Flow) bar(from Origin) {
	if f == nil {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	s := f.senders.at(from.Conn)
	s.minute, s.barred = from.Time.Truncate(time.Minute), true
}
