package apigw

import (
	"context"
	"sync"
	"time"
)

// waiting are a route's messages that wait for a function's answer. They have the same time for it,
// so they give up in the order in which they came, and one timer does for all.
type waiting struct {
	limit time.Duration

	mu          sync.Mutex
	first, last *call
	timer       *time.Timer
	armed       bool // the timer will ring
	over        bool
}

// add lets a message wait, unless that is over.
func (w *waiting) add(m *call) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.over {
		return false
	}
	m.until, m.waits = time.Now().Add(w.limit), true
	m.before = w.last
	if w.last != nil {
		w.last.behind = m
	} else {
		w.first = m
	}
	w.last = m
	switch {
	case w.armed:
	case w.timer == nil:
		w.timer = time.AfterFunc(w.limit, w.ring)
	default:
		w.timer.Reset(w.limit)
	}
	w.armed = true
	return true
}

// started has leave called when the message gives up, which it may have done by now.
func (w *waiting) started(m *call, leave func()) {
	w.mu.Lock()
	m.leave = leave
	left := m.left
	w.mu.Unlock()
	if left {
		leave()
	}
}

// take ends a message's wait, and reports whether it still waited: whoever ends it says what comes
// of it.
func (w *waiting) take(m *call) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.remove(m)
}

func (w *waiting) remove(m *call) bool {
	if !m.waits {
		return false
	}
	m.waits = false
	if m.before != nil {
		m.before.behind = m.behind
	} else {
		w.first = m.behind
	}
	if m.behind != nil {
		m.behind.before = m.before
	} else {
		w.last = m.before
	}
	m.before, m.behind = nil, nil
	return true
}

// ring has those give up whose time is over, and sets the timer for the next.
func (w *waiting) ring() {
	w.leave(context.DeadlineExceeded, func(m *call) bool { return time.Until(m.until) <= 0 })
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.armed = w.first != nil && !w.over; w.armed {
		w.timer.Reset(time.Until(w.first.until))
	}
}

// leave has messages give up, as long as the first is one that is to.
func (w *waiting) leave(why error, is func(*call) bool) {
	for {
		w.mu.Lock()
		m := w.first
		if m == nil || !is(m) {
			w.mu.Unlock()
			return
		}
		w.remove(m)
		m.left = true
		leave := m.leave
		w.mu.Unlock()
		if leave != nil {
			leave()
		}
		m.settle(nil, why)
	}
}

// end has all give up, and who comes later too.
func (w *waiting) end() {
	w.mu.Lock()
	w.over = true
	if w.timer != nil {
		w.timer.Stop()
	}
	w.mu.Unlock()
	w.leave(context.Canceled, func(*call) bool { return true })
}
