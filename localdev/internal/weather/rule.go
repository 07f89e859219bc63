package weather

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Kind is what may be hit.
type Kind string

// What happens in an emulator, as far as weather can change it.
const (
	Connect    Kind = "connect"    // a client's socket has just opened
	Message    Kind = "message"    // a client's message
	Push       Kind = "push"       // a POST to @connections of an open connection
	Disconnect Kind = "disconnect" // $disconnect is about to run
	Invoke     Kind = "invoke"     // a function is about to run
	Call       Kind = "call"       // a DynamoDB request of a function or of anybody else
)

// Fault is what a rule does.
type Fault string

// The faults.
const (
	LoseDisconnect Fault = "lose-disconnect" // $disconnect never runs
	Cut            Fault = "cut"             // the cable is cut: neither end notices; pushes are accepted and lost
	Gone           Fault = "gone"            // the socket is gone: pushes answer 410, $disconnect never runs
	Reorder        Fault = "reorder"         // a message is worked on after the next one of its connection
	PushDelay      Fault = "push-delay"      // answered at once, sent to the client later
	PushSlow       Fault = "push-slow"       // sent and answered later
	PushDrop       Fault = "push-drop"       // answered 200, never sent
	Push410        Fault = "push-410"
	Push429        Fault = "push-429"
	Push500        Fault = "push-500"
	Throttle       Fault = "throttle"   // ProvisionedThroughputExceededException
	Conflict       Fault = "conflict"   // TransactionConflictException, or a transaction cancelled for that
	DBError        Fault = "db-error"   // InternalServerError
	Stale          Fault = "stale"      // an eventually consistent GetItem finds the item as before its last write
	Timeout        Fault = "timeout"    // of a function
	Crash          Fault = "crash"      // of a function's process
	ColdStart      Fault = "cold-start" // the event finds no process that runs
	ClockJump      Fault = "clock-jump"
)

// Rule is one kind of bad weather: which events it concerns, which of those it hits, and what then happens. The zero value
// of a matcher matches everything.
type Rule struct {
	Name  string `json:"name"`
	Fault Fault  `json:"fault"`

	// Matchers.
	On         Kind   `json:"on,omitempty"`         // for cut, gone and clock-jump: connect, message (default), push, disconnect
	Route      string `json:"route,omitempty"`      // route key
	Connection string `json:"connection,omitempty"` // ID, or #2: the second connection since there are rules
	Function   string `json:"function,omitempty"`   // name, logical ID or folder
	Table      string `json:"table,omitempty"`      // name or logical ID
	Operation  string `json:"operation,omitempty"`  // of DynamoDB

	// Which of the matching events are hit: all of them, or
	Nth         int      `json:"nth,omitempty"`         // only this one, counted from 1
	Every       int      `json:"every,omitempty"`       // each n-th
	Probability float64  `json:"probability,omitempty"` // by chance, from the seed
	Times       int      `json:"times,omitempty"`       // at most so many; 0 is no limit
	From        Duration `json:"from,omitempty"`        // emulated time since the start
	Until       Duration `json:"until,omitempty"`

	// What the fault needs.
	Delay Duration `json:"delay,omitempty"` // of push-delay, push-slow (default 1s), reorder (longest wait, default 1s), timeout
	By    Duration `json:"by,omitempty"`    // of clock-jump
	After bool     `json:"after,omitempty"` // crash, timeout, db-error: after the work was done, in place of before
}

// Duration is a time.Duration that is written as "300ms" or "2h".
type Duration time.Duration

// MarshalText writes it as people do.
func (d Duration) MarshalText() ([]byte, error) { return []byte(time.Duration(d).String()), nil }

// or returns the duration, or the default if it is 0.
func (d Duration) or(other time.Duration) time.Duration {
	if d == 0 {
		return other
	}
	return time.Duration(d)
}

// Wait returns Delay or the default, a second.
func (r *Rule) Wait() time.Duration { return r.Delay.or(time.Second) }

// writes are the operations that can be in conflict.
var conflicting = []string{"PutItem", "UpdateItem", "DeleteItem", "TransactWriteItems", "TransactGetItems"}

// ability is what a fault goes with.
type ability struct {
	on     []Kind // the first is the default
	fields string // of Rule, beside those that all rules have
}

func abilityOf(f Fault) (ability, bool) {
	switch f {
	case LoseDisconnect:
		return ability{[]Kind{Disconnect}, "connection"}, true
	case Cut, Gone:
		return ability{[]Kind{Message, Connect, Push}, "on connection route"}, true
	case ClockJump:
		return ability{[]Kind{Message, Connect, Push, Disconnect}, "on connection route by"}, true
	case Reorder:
		return ability{[]Kind{Message}, "connection route delay"}, true
	case PushDelay, PushSlow:
		return ability{[]Kind{Push}, "connection delay"}, true
	case PushDrop, Push410, Push429, Push500:
		return ability{[]Kind{Push}, "connection"}, true
	case Throttle, Conflict:
		return ability{[]Kind{Call}, "table operation"}, true
	case DBError:
		return ability{[]Kind{Call}, "table operation after"}, true
	case Stale:
		return ability{[]Kind{Call}, "table"}, true
	case Timeout:
		return ability{[]Kind{Invoke}, "function route connection delay after"}, true
	case Crash:
		return ability{[]Kind{Invoke}, "function route connection after"}, true
	case ColdStart:
		return ability{[]Kind{Invoke}, "function route connection"}, true
	}
	return ability{}, false
}

// always are the fields that every rule may have.
const always = "name fault nth every probability times from until"

// fieldError is what is wrong with one field of a rule.
type fieldError struct{ field, text string }

func (e *fieldError) Error() string { return e.field + ": " + e.text }

func wrong(field, format string, args ...any) error {
	return &fieldError{field, fmt.Sprintf(format, args...)}
}

// complete checks a rule that has these fields, and fills its default On.
func (r *Rule) complete(has []string) error {
	can, ok := abilityOf(r.Fault)
	switch {
	case r.Fault == "":
		return wrong("fault", "a rule needs one")
	case !ok:
		return wrong("fault", "there is no fault %q", r.Fault)
	}
	fields := strings.Fields(always + " " + can.fields)
	for _, f := range has {
		if !slices.Contains(fields, f) {
			return wrong(f, "a rule for %s takes no such field, only %s", r.Fault, strings.Join(fields, ", "))
		}
	}
	if r.On == "" {
		r.On = can.on[0]
	}
	chosen := 0
	for _, set := range []bool{r.Nth != 0, r.Every != 0, r.Probability != 0} {
		if set {
			chosen++
		}
	}
	switch {
	case !slices.Contains(can.on, r.On):
		return wrong("on", "%s can be on %v, not on %q", r.Fault, can.on, r.On)
	case r.Route != "" && r.On != Message && r.On != Invoke:
		return wrong("route", "only a message has one")
	case chosen > 1:
		return wrong("name", "nth, every and probability exclude each other")
	case r.Nth < 0 || r.Every < 0 || r.Times < 0:
		return wrong("name", "nth, every and times count from 1")
	case r.Probability < 0 || r.Probability > 1:
		return wrong("probability", "want a number from 0 to 1")
	case r.Until != 0 && r.Until <= r.From:
		return wrong("until", "is not after from")
	case r.Fault == ClockJump && r.By <= 0:
		return wrong("by", "clock-jump needs a duration such as 2h")
	case r.Fault == Conflict && r.Operation != "" && !slices.Contains(conflicting, r.Operation):
		return wrong("operation", "only %s can be in conflict", strings.Join(conflicting, ", "))
	}
	return nil
}
