package signaling

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
)

// Actions are what a project adds to the protocol, by the name that clients ask for.
type Actions map[string]Action

// An Action is one of them. Do is called with a sender that is in the room. An *Error that it returns goes to the client; any
// other is CodeInternal there, and its text is in the log. What it notes is in the log only.
type Action struct {
	HostsOnly bool // others get CodeForbidden
	Do        func(ctx context.Context, c *Call) error
}

// custom carries out a project's own action. It may tell the others, so the room is read as it is now.
func (t *turn) custom(ctx context.Context, c Custom) (answer, error) {
	action, ok := t.Actions[c.Action]
	if !ok {
		return answer{}, fmt.Errorf("no handler for the action %s", c.Action)
	}
	find := t.member
	if action.HostsOnly {
		find = t.host
	}
	room, self, err := find(ctx, c.Room, need{latest: true})
	if err != nil {
		return answer{}, err
	}
	call := t.newCall(c, room, self)
	err = safely(ctx, action.Do, call)
	var a answer
	if err == nil {
		a, err = answerWith(c.Request, call.reply)
	}
	// One that was found gone twice is buried once: the second write fails its condition.
	a.then = func(ctx context.Context, _ error) { t.note(t.bury(ctx, c.Room, call.gone)) }
	return a, err
}

// answerWith acknowledges a request with what a handler has to say, if its sender wants to know.
func answerWith(r Request, fields json.RawMessage) (answer, error) {
	a := done(r)
	if len(fields) > MaxFrame-answerOverhead {
		return a, Errorf(CodeTooLarge, "the answer to %s would be %d bytes, the limit is %d", r.Action, len(fields), MaxFrame-answerOverhead)
	}
	if r.ID != "" {
		a.event = Done{Request: r, Fields: fields}
	}
	return a, nil
}

// answerOverhead is room for what an answer has beside its own fields, an id of 64 bytes in six characters each the most of it.
const answerOverhead = 512

// safely runs a handler. One that panics fails its own request and nothing else. What it panicked with may hold anything that
// a client sent, so only the kind and the place are told.
func safely(ctx context.Context, do func(context.Context, *Call) error, c *Call) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("the handler of %s panicked with %T at %s", c.action, v, panicked())
		}
	}()
	return do(ctx, c)
}

// panicked returns the place in the code from which a panic that is being recovered came.
func panicked() string {
	callers := make([]uintptr, 32)
	frames := runtime.CallersFrames(callers[:runtime.Callers(1, callers)])
	raised := false
	for {
		f, more := frames.Next()
		inRuntime := strings.HasPrefix(f.Function, "runtime.")
		if raised && !inRuntime {
			return fmt.Sprintf("%s:%d", filepath.Base(f.File), f.Line)
		}
		raised = raised || f.Function == "runtime.gopanic"
		if !more {
			return "an unknown place"
		}
	}
}

// checkKind refuses what cannot be the name of an action or an event. It is for the project's eyes, not for a client's.
func checkKind(kind string) error {
	ok := len(kind) <= 64 && kind != "" && kind[0] >= 'a' && kind[0] <= 'z'
	for i := range len(kind) {
		c := kind[i]
		ok = ok && ('a' <= c && c <= 'z' || '0' <= c && c <= '9' || c == '-')
	}
	if !ok {
		return fmt.Errorf("%q: want 1 to 64 characters of a-z 0-9 -, a letter first", kind)
	}
	return nil
}

// Names returns the names of the actions, in order. It fails if one cannot be a name or has no handler.
func (a Actions) Names() ([]string, error) {
	var names []string
	for name, action := range a {
		if err := checkKind(name); err != nil {
			return nil, fmt.Errorf("an action cannot be called %w", err)
		}
		if action.Do == nil {
			return nil, fmt.Errorf("the action %s has no Do", name)
		}
		names = append(names, name)
	}
	slices.Sort(names)
	return names, nil
}
