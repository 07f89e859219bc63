// Package weather decides which of the things that happen in an emulator go wrong, and how: by rules, from a file or given
// while it runs. Who does a thing asks Hit, and does itself what the rule says.
//
// Runs can be repeated. Whether a rule hits its n-th matching event depends on nothing but the seed, the rule's name and n;
// what other rules match, and when their goroutines run, does not matter.
package weather

import (
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/parley-rtc/parley/localdev/internal/clock"
)

// Event is something that happens. Fields that a kind does not have are empty.
type Event struct {
	Kind       Kind
	Route      string
	Connection string
	Function   string // physical name
	Tables     []string
	Operation  string
	Eventually bool // an eventually consistent read
}

// Names says what rules may call functions and tables: from logical ID, folder and name to the name. A nil map allows any.
type Names struct{ Functions, Tables map[string]string }

// Weather holds the rules and counts what they match. A nil Weather is fair.
type Weather struct {
	clock *clock.Clock
	names Names
	start time.Time // emulated

	active atomic.Bool // there are rules

	mu      sync.Mutex
	seed    uint64
	rules   []*state
	numbers map[string]int // of connections, by ID, from 1 in the order in which they were first seen
	next    int
}

type state struct {
	Rule

	Matched int `json:"matched"`
	Fired   int `json:"fired"`
}

// New returns fair weather.
func New(c *clock.Clock, names Names) *Weather {
	return &Weather{clock: c, names: names, start: c.Now(), numbers: map[string]int{}}
}

// Active reports whether there are rules. If not, nothing else need be asked.
func (w *Weather) Active() bool { return w != nil && w.active.Load() }

// Add adds rules. One with a name that is there replaces that one; a seed starts all of them anew. It fails, and changes
// nothing, if a rule names a function or table that is not there.
func (w *Weather) Add(f Forecast) error {
	rules := slices.Clone(f.Rules)
	for i := range rules {
		r := &rules[i]
		var err error
		if r.Function, err = resolve(w.names.Functions, "function", r.Function); err != nil {
			return fmt.Errorf("rule %q: %w", r.Name, err)
		}
		if r.Table, err = resolve(w.names.Tables, "table", r.Table); err != nil {
			return fmt.Errorf("rule %q: %w", r.Name, err)
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if f.seed {
		w.seed = f.Seed
		for _, s := range w.rules {
			s.Matched, s.Fired = 0, 0
		}
	}
	for _, r := range rules {
		s := &state{Rule: r}
		if i := slices.IndexFunc(w.rules, func(o *state) bool { return o.Name == r.Name }); i >= 0 {
			w.rules[i] = s
		} else {
			w.rules = append(w.rules, s)
		}
	}
	w.active.Store(len(w.rules) > 0)
	return nil
}

func resolve(names map[string]string, what, name string) (string, error) {
	if name == "" || names == nil {
		return name, nil
	}
	if full, ok := names[name]; ok {
		return full, nil
	}
	return "", fmt.Errorf("there is no %s %q", what, name)
}

// Remove removes a rule, all if name is empty, and reports whether there was one.
func (w *Weather) Remove(name string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	before := len(w.rules)
	w.rules = slices.DeleteFunc(w.rules, func(s *state) bool { return name == "" || s.Name == name })
	if w.active.Store(len(w.rules) > 0); len(w.rules) == 0 {
		w.next = 0
		clear(w.numbers)
	}
	return len(w.rules) < before
}

// Report is the seed and the rules with how often each matched and fired.
type Report struct {
	Seed  uint64  `json:"seed"`
	Rules []state `json:"rules"`
}

// Report tells what there is and what it did.
func (w *Weather) Report() Report {
	w.mu.Lock()
	defer w.mu.Unlock()
	r := Report{Seed: w.seed, Rules: []state{}}
	for _, s := range w.rules {
		r.Rules = append(r.Rules, *s)
	}
	return r
}

// Hit returns the rule that an event is hit by: the first that fires. All that match count it. nil means that it goes well.
func (w *Weather) Hit(ev Event) *Rule {
	now := w.clock.Now().Sub(w.start)
	var hit *Rule
	var jump time.Duration
	w.mu.Lock()
	if ev.Connection != "" && w.numbers[ev.Connection] == 0 {
		w.next++
		w.numbers[ev.Connection] = w.next
	}
	for _, s := range w.rules {
		if !w.matches(s, ev) || now < time.Duration(s.From) || s.Until != 0 && now >= time.Duration(s.Until) {
			continue
		}
		s.Matched++
		if s.Times != 0 && s.Fired >= s.Times || !s.chosen(w.seed) || hit != nil && s.Fault != ClockJump {
			continue
		}
		s.Fired++
		if s.Fault == ClockJump {
			jump += time.Duration(s.By)
			continue
		}
		r := s.Rule
		hit = &r
	}
	w.mu.Unlock()
	if jump > 0 {
		w.clock.Advance(jump)
	}
	return hit
}

// Watches reports whether a rule with that fault concerns a table.
func (w *Weather) Watches(fault Fault, table string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.ContainsFunc(w.rules, func(s *state) bool { return s.Fault == fault && (s.Table == "" || s.Table == table) })
}

// Forget drops the number of a connection that is over.
func (w *Weather) Forget(connection string) {
	if !w.Active() {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.numbers, connection)
}

func (w *Weather) matches(s *state, ev Event) bool {
	if s.On != ev.Kind ||
		s.Route != "" && s.Route != ev.Route ||
		s.Function != "" && s.Function != ev.Function ||
		s.Operation != "" && s.Operation != ev.Operation ||
		s.Table != "" && !slices.Contains(ev.Tables, s.Table) ||
		!w.isConnection(s.Connection, ev.Connection) {
		return false
	}
	switch s.Fault {
	case Stale:
		return ev.Eventually && ev.Operation == "GetItem"
	case Conflict:
		return slices.Contains(conflicting, ev.Operation)
	}
	return true
}

func (w *Weather) isConnection(want, id string) bool {
	if place, ok := strings.CutPrefix(want, "#"); ok {
		n, err := strconv.Atoi(place)
		return err == nil && n == w.numbers[id]
	}
	return want == "" || want == id
}

// chosen says whether the event that was just counted is to be hit.
func (s *state) chosen(seed uint64) bool {
	switch {
	case s.Nth != 0:
		return s.Matched == s.Nth
	case s.Every != 0:
		return s.Matched%s.Every == 0
	case s.Probability != 0:
		h := fnv.New64a()
		_, _ = h.Write([]byte(s.Name)) // never fails
		return rand.New(rand.NewPCG(seed^h.Sum64(), uint64(s.Matched))).Float64() < s.Probability
	}
	return true
}
