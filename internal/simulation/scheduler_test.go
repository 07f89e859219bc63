package simulation_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing/synctest"
	"time"
)

// A verdict is what becomes of a step.
type verdict int

const (
	proceed    verdict = iota
	failBefore         // it fails and has no effect
	failAfter          // it has its effect and fails
	gone               // a push answers 410 though the socket lives
	stale              // a read that need not be consistent misses the last changes
	crash              // the function dies here
)

// step is one request that waits for its turn.
type step struct {
	event *event
	what  string // names it in the trace; sorted by, so that the choice is the same each time
	kinds []verdict
	turn  chan verdict
}

// event is one invocation of a function.
type event struct {
	name  string
	dead  bool // it crashed: nothing that it still asks for happens
	ended chan struct{}
	after func() // runs once it has ended
}

type eventKey struct{}

// scheduler lets one step happen at a time. All of it runs in a synctest bubble: when every goroutine waits, the steps that
// wait are all that there are.
type scheduler struct {
	random *rand.Rand
	mu     sync.Mutex
	steps  []*step
	events []*event                  // that have not ended
	leaps  bool                      // time passes faster the longer nothing happens: some wait for seconds
	idle   int                       // how often nothing has happened but that time passed
	faults float64                   // how likely a step goes wrong
	struck func(st *step, v verdict) // sees each that does; may be nil
	tells  bool                      // the story is wanted
	trace  []string
	now    time.Time   // of events
	hands  chan func() // goroutines that have nothing to do take from it
}

// begin starts an event.
func (s *scheduler) begin(name string, handle func(context.Context), after func()) {
	e := &event{name: name, ended: make(chan struct{}), after: after}
	s.events = append(s.events, e)
	s.have(func() {
		defer close(e.ended)
		ctx, cancel := context.WithTimeout(context.WithValue(context.Background(), eventKey{}, e), 10*time.Second)
		defer cancel()
		handle(ctx)
	})
}

// have has a goroutine of the game do something. One that has handled an event takes the next: its
// stack has grown by then, which took an eighth of a game's time.
func (s *scheduler) have(done func()) {
	if s.hands == nil {
		s.hands = make(chan func())
	}
	select {
	case s.hands <- done:
	default:
		go func() {
			for do := done; do != nil; do = <-s.hands {
				do()
			}
		}()
	}
}

// dismiss lets all goroutines of the game end. Every game ends with it.
func (s *scheduler) dismiss() {
	if s.hands != nil {
		close(s.hands)
	}
}

// wait waits for the turn of a step, and returns what becomes of it.
func (s *scheduler) wait(ctx context.Context, what string, kinds ...verdict) verdict {
	e := ctx.Value(eventKey{}).(*event) // there is no step outside of an event
	st := &step{e, e.name + ": " + what, kinds, make(chan verdict)}
	s.mu.Lock()
	if e.dead {
		s.mu.Unlock()
		return crash
	}
	s.steps = append(s.steps, st)
	s.mu.Unlock()
	return <-st.turn
}

// settle waits until nothing runs, and tells of the events that have ended.
func (s *scheduler) settle() {
	synctest.Wait()
	var ended []*event
	s.events = slices.DeleteFunc(s.events, func(e *event) bool {
		select {
		case <-e.ended:
			ended = append(ended, e)
			return true
		default:
			return false
		}
	})
	for _, e := range ended {
		e.after()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	// Steps of one fan-out arrive in any order.
	slices.SortStableFunc(s.steps, func(a, b *step) int { return strings.Compare(a.what, b.what) })
}

// waiting is how many steps wait.
func (s *scheduler) waiting() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.steps)
}

// take takes the step that the seed chooses.
func (s *scheduler) take() *step {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := s.random.IntN(len(s.steps))
	st := s.steps[i]
	s.steps = slices.Delete(s.steps, i, i+1)
	return st
}

// advance lets one waiting step happen, or time pass for those who sleep. It reports whether there was anything.
func (s *scheduler) advance() bool {
	s.settle()
	if s.waiting() == 0 {
		if len(s.events) == 0 {
			return false
		}
		pass(10 * time.Millisecond << min(s.idle, 6)) // somebody waits before it tries again
		if s.leaps {
			s.idle++
		}
		return true
	}
	s.idle = 0
	if s.random.IntN(40) == 0 {
		pass(time.Duration(1+s.random.IntN(200)) * time.Millisecond)
		s.settle()
	}
	st := s.take()
	v := proceed
	if len(st.kinds) > 0 && s.random.Float64() < s.faults {
		v = st.kinds[s.random.IntN(len(st.kinds))]
		if s.struck != nil {
			s.struck(st, v)
		}
	}
	s.note("  %s%s", st.what, [...]string{"", " FAILS", " HAPPENS AND FAILS", " ANSWERS 410", " IS STALE", " CRASHES"}[v])
	if v == crash {
		s.kill(st.event)
	}
	st.turn <- v
	s.settle()
	return true
}

// pass lets time pass in the bubble, for those that sleep in it.
func pass(d time.Duration) { <-time.After(d) }

// kill ends an event: whatever it has asked for does not happen.
func (s *scheduler) kill(e *event) {
	s.mu.Lock()
	e.dead = true
	var left, dropped []*step
	for _, st := range s.steps {
		if st.event == e {
			dropped = append(dropped, st)
		} else {
			left = append(left, st)
		}
	}
	s.steps = left
	s.mu.Unlock()
	for _, st := range dropped {
		st.turn <- crash
	}
}

func (s *scheduler) note(format string, args ...any) {
	if !s.tells {
		return
	}
	s.trace = append(s.trace, fmt.Sprintf(format, args...))
}
