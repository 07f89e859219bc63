// Package limit counts what each client sends, in the memory of one instance of a service, so that
// a limit costs no write.
package limit

import (
	"sync"
	"time"
)

const (
	memory    = 4096 // senders that an instance remembers
	batch     = 100  // messages that it counts before it settles them with the other instances, at most
	free      = 10   // of the rate, the part that is never settled: who stays below it costs no write
	echo      = time.Second
	joinTries = 2 // requests to join for each join of a minute's quota: those that the room refuses are no joins, and cost too
)

// Flow counts the messages of each sender, by the events' time. Each instance of the service does
// so in its memory. A flood runs through many of them: who has sent this instance a batch within a
// short time is to be settled where all instances' batches add up. It is safe for concurrent use; a
// nil Flow counts nothing.
type Flow struct {
	mu      sync.Mutex
	senders *Recent[string, sender]
}

// sender is what an instance knows of one.
type sender struct {
	even    time.Time // when what it has sent would be within the rate, had it sent evenly
	pending float64   // messages that are not settled
	told    time.Time // when it was last told that it is too fast
	minute  time.Time // in which joins were counted
	joins   int
	barred  bool // from joining in that minute, by what all instances know
}

// NewFlow returns a Flow that has seen nothing.
func NewFlow() *Flow { return &Flow{senders: NewRecent[string, sender](memory)} }

// Rate is how much a sender may send.
type Rate struct {
	PerSecond int // messages, in the long run; 0 is no limit
	Burst     int // messages at once
}

// Verdict is what a Flow says of one message.
type Verdict struct {
	Wait  time.Duration // until it may be sent; 0: it may pass
	Muted bool          // the sender was told so within the last second
	Due   time.Duration // to be settled with the other instances, 0 as a rule
}

// Charge counts a message.
func (f *Flow) Charge(who string, now time.Time, r Rate) Verdict {
	if f == nil || r.PerSecond == 0 {
		return Verdict{}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	s := f.senders.At(who)
	each := time.Second / time.Duration(r.PerSecond)
	ahead := max(0, s.even.Sub(now))
	if wait := ahead - time.Duration(r.Burst-1)*each; wait > 0 {
		muted := now.Sub(s.told) < echo && !now.Before(s.told)
		if !muted {
			s.told = now
		}
		return Verdict{Wait: wait, Muted: muted}
	}
	// What is pending wears off while the sender is within its rate, but not in a flood, whose
	// every message counts.
	if ahead == 0 {
		s.pending = max(0, s.pending-now.Sub(s.even).Seconds()*float64(r.PerSecond)/free)
	}
	s.pending++
	s.even = now.Add(ahead + each)
	if s.pending < float64(min(batch, max(1, r.Burst/5))) {
		return Verdict{}
	}
	due := time.Duration(s.pending * float64(each))
	s.pending = 0
	return Verdict{Due: due}
}

// Settled takes over what all instances together know: when the sender is even with its rate.
func (f *Flow) Settled(who string, even time.Time) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if s := f.senders.At(who); even.After(s.even) {
		s.even = even
	}
}

// Join counts a request to join and reports whether it may be tried: the quota of this minute may
// not be used up, and the requests not be far more than it lets join. 0 is no limit.
func (f *Flow) Join(who string, now time.Time, most int) bool {
	if f == nil || most == 0 {
		return true
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	s := f.senders.At(who)
	if minute := now.Truncate(time.Minute); minute.After(s.minute) {
		s.minute, s.joins, s.barred = minute, 0, false
	}
	s.joins++
	return s.joins <= joinTries*most && !s.barred
}

// Bar notes that the sender has used up its joins of this minute, through whichever instances.
func (f *Flow) Bar(who string, now time.Time) {
	if f == nil {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	s := f.senders.At(who)
	s.minute, s.barred = now.Truncate(time.Minute), true
}
