package parley

import (
	"maps"
	"slices"
	"time"
)

// runSpan is how many numbers a run has: those between two multiples of this. A run with a greater
// number is of a newer page of the sender.
const runSpan = 1 << 20

const (
	maxNumber     = 1<<53 - 1
	firstPatience = 500 * time.Millisecond // with plain numbers, and for the first of a run
	maxHeld       = 300
)

// letter is a signal or broadcast that came.
type letter struct {
	from string
	data []byte // nil when there is none
	n    int64
	hasN bool
}

// sequenceOptions say where the letters go. Only deliver and patience must be given.
type sequenceOptions struct {
	loop    *loop
	deliver func(letter)
	// patience is how long to wait for a missing number: after each but the last it is asked for,
	// then it is given up.
	patience []time.Duration
	ask      func(before int64) // asks the sender for what is missing below before
	answers  func() bool        // whether the sender is known to answer: then it says what to give up
	paused   func() bool        // whether the missing may come without asking
}

// sequence puts the numbered letters of one sender in order and drops repeats, since API Gateway
// may run two messages of one connection at the same time, and a sender that got no answer sends
// again. Plain numbers are those below runSpan: their senders do not say when they start over, so a
// number 1 with another content does.
type sequence struct {
	opt       sequenceOptions
	held      map[int64]letter
	next      int64 // -1 before there was one
	begun     bool  // something of this run has been delivered
	firstText *string
	tries     int
	timer     *timer
}

func newSequence(opt sequenceOptions) *sequence {
	return &sequence{opt: opt, held: map[int64]letter{}, next: -1}
}

func runOf(n int64) int64 { return n / runSpan * runSpan }

// got is the number up to which everything of the present run has come; 0 when nothing has, or the
// sender has plain numbers.
func (s *sequence) got() int64 {
	if s.next < runSpan || !s.begun {
		return 0
	}
	return s.next - 1
}

func (s *sequence) push(l letter) {
	if l.n < 0 || l.n > maxNumber {
		return
	}
	if s.next < 0 || runOf(l.n) > runOf(s.next) {
		if l.n == 0 {
			s.start(0)
		} else {
			s.start(runOf(l.n) + 1)
		}
	} else if l.n == 1 && s.firstText != nil && *s.firstText != string(l.data) {
		s.start(1)
	}
	if _, repeated := s.held[l.n]; repeated || l.n < s.next {
		return
	}
	if l.n == 1 {
		text := string(l.data)
		s.firstText = &text
	}
	s.held[l.n] = l
	if len(s.held) > maxHeld {
		s.skip()
	}
	s.release()
}

// skipTo stops waiting for anything below n: its sender has nothing of it any more.
func (s *sequence) skipTo(n int64) {
	if s.next < 0 || runOf(n) > runOf(s.next) {
		s.start(runOf(n) + 1)
	}
	if n <= s.next || runOf(n) < runOf(s.next) {
		return
	}
	for _, held := range s.numbers() {
		if held >= n {
			break
		}
		s.deliver(held)
	}
	s.next = n
	s.begun = true
	s.release()
}

// close lets go of what is held.
func (s *sequence) close() {
	s.stopWaiting()
	clear(s.held)
}

func (s *sequence) numbers() []int64 { return slices.Sorted(maps.Keys(s.held)) }

func (s *sequence) start(next int64) {
	for _, n := range s.numbers() { // of the former run nothing more comes: its sender's page is gone
		s.deliver(n)
	}
	s.next = next
	s.begun = false
	s.firstText = nil
}

func (s *sequence) deliver(n int64) {
	l := s.held[n]
	delete(s.held, n)
	s.next = n + 1
	s.begun = true
	s.tries = 0
	s.opt.deliver(l)
}

func (s *sequence) release() {
	before := s.next
	for {
		if _, there := s.held[s.next]; !there {
			break
		}
		s.deliver(s.next)
	}
	if s.next != before || len(s.held) == 0 {
		s.stopWaiting()
	}
	if len(s.held) > 0 && s.timer == nil {
		s.wait()
	}
}

func (s *sequence) wait() {
	plain := s.next < runSpan
	patience := s.opt.patience[min(s.tries, len(s.opt.patience)-1)]
	if plain || !s.begun {
		patience = min(patience, firstPatience<<s.tries)
	}
	s.timer = s.opt.loop.after(patience, func() {
		s.timer = nil
		switch {
		case !plain && s.opt.paused != nil && s.opt.paused():
			s.tries = 0 // it is begun anew when both are there
		case !plain && s.opt.ask != nil && (s.tries+1 < len(s.opt.patience) || s.opt.answers()):
			s.tries = min(s.tries+1, 20)
			s.opt.ask(s.numbers()[0])
		default:
			s.skip()
			s.release()
			return
		}
		s.wait()
	})
}

func (s *sequence) stopWaiting() {
	s.timer.stop()
	s.timer = nil
}

func (s *sequence) skip() { s.next = s.numbers()[0] }
