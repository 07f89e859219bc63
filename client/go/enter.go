package parley

import (
	"context"

	"github.com/parley-rtc/parley/client/go/wire"
)

// entry keeps joins and renewals out of each other's way: a seat that is taken on one line while
// the others move to the next would stay behind.
type entry struct {
	underway int      // joins that are asked on the present line
	held     []func() // joins that wait until the seats have moved
	empty    func()   // waits until no join is under way; nil when nobody does
}

// enter is await for a join.
func (t *Transport) enter(round context.Context, frame map[string]any, then func(wire.Frame) error) error {
	return t.awaitBy(round, then, func(done answered) (forget func()) { return t.askSeat(frame, done) })
}

// askSeat has done told what comes of a join. While seats are moving it waits, also after one that
// the former line did not live to answer.
func (t *Transport) askSeat(frame map[string]any, done answered) (forget func()) {
	over, unask := false, func() {}
	var ask func()
	ask = func() {
		switch {
		case over:
			return
		case t.next != nil:
			t.entry.held = append(t.entry.held, ask)
			return
		}
		t.entry.underway++
		unrequest := t.request(frame, t.timeout, func(f wire.Frame, err error) {
			unask = func() {}
			if reasonOf(err) == ErrSocketClosed && t.next != nil {
				ask()
			} else {
				done(f, err)
			}
			t.entry.left()
		})
		unask = func() {
			unrequest()
			t.entry.left()
		}
	}
	ask()
	return func() {
		if !over {
			over = true
			unask()
		}
	}
}

func (e *entry) left() {
	e.underway--
	if then := e.empty; e.underway == 0 && then != nil {
		e.empty = nil
		then()
	}
}

// whenEmpty runs f when no join is under way.
func (e *entry) whenEmpty(f func()) {
	if e.underway == 0 {
		f()
	} else {
		e.empty = f
	}
}

func (e *entry) release() {
	held := e.held
	e.held = nil
	for _, ask := range held {
		ask()
	}
}
