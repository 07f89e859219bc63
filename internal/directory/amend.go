package directory

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// Apply is, for stores, what becomes of those that are listed under a name, the gone and the expired
// left out, where Amend says what the entry's connection is to be. It fails with ErrFull, or as Amend
// does.
func (t Terms) Apply(list []Entry, e Entry, now time.Time) (Listed, error) {
	amended, err := t.Amend(list)
	if err != nil {
		return Listed{}, err
	}
	var listed Listed
	e.Tag, e.Until = amended.Tag, amended.Until
	for _, other := range list {
		switch {
		case other.Conn == e.Conn:
			listed.Already = true
			if other.Listed.After(e.Listed) {
				e.Listed = other.Listed
			}
		case slices.Contains(amended.Instead, other.Conn):
			listed.Before = append(listed.Before, other)
		default:
			listed.After = append(listed.After, other)
		}
	}
	if amended.Remove {
		return listed, nil
	}
	if !listed.Already && listed.Before == nil && len(listed.After) >= t.Limit {
		return Listed{Before: listed.After}, ErrFull
	}
	if !e.Over(now) {
		listed.After = append(listed.After, e)
		Sort(listed.After)
	}
	return listed, nil
}

// amendment remembers what Amend decided last, which is what has been written, or refused.
type amendment struct {
	Amended
	ask     func([]Entry) (Amended, error)
	refusal error
}

// decide asks, within the bounds of an entry.
func (a *amendment) decide(list []Entry) (Amended, error) {
	a.Amended, a.refusal = a.ask(list)
	if a.refusal == nil {
		a.refusal = checkTag(a.Tag)
	}
	a.Until = a.Until.Truncate(time.Millisecond)
	return a.Amended, a.refusal
}

// refused reports whether a listing failed by that.
func (a *amendment) refused(err error) bool { return a.refusal != nil && errors.Is(err, a.refusal) }

func checkTag(tag string) error {
	if len(tag) > MaxTag {
		return fmt.Errorf("the tag of an entry is %d bytes long, the limit is %d", len(tag), MaxTag)
	}
	return nil
}
