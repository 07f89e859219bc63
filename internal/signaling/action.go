package signaling

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/parley-rtc/parley/internal/rescue"
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
	err = rescue.Do(func() error { return action.Do(ctx, call) })
	if _, panicked := errors.AsType[*rescue.PanicError](err); panicked {
		err = fmt.Errorf("the handler of %s %w", c.Action, err)
	}
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
