package parley

import (
	"math/rand/v2"
	"sync"
	"time"
)

// loop is the one thread of a transport and all that belongs to it: whoever holds it may touch
// their state, and must not wait for anything.
type loop struct {
	mu   sync.Mutex
	next []func()
}

// do runs f with the loop held, and then what f has put off.
func (l *loop) do(f func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	f()
	for len(l.next) > 0 {
		next := l.next[0]
		l.next = l.next[1:]
		next()
	}
}

// soon puts f off until the present step is over.
func (l *loop) soon(f func()) { l.next = append(l.next, f) }

// timer is a wait that can be called off. A nil timer is one that is over.
type timer struct {
	timer *time.Timer
	off   bool
}

// after runs f after d with the loop held, unless the timer is stopped before.
func (l *loop) after(d time.Duration, f func()) *timer {
	t := &timer{}
	t.timer = time.AfterFunc(max(d, 0), func() {
		l.do(func() {
			if !t.off {
				t.off = true
				f()
			}
		})
	})
	return t
}

func (t *timer) stop() {
	if t != nil {
		t.off = true
		t.timer.Stop()
	}
}

// backoff is a series of waits: anywhere between nothing and a ceiling that doubles ("full
// jitter"), so that thousands of clients that lost the same server do not come back in step.
type backoff struct {
	first, most time.Duration
}

// wait is the one before attempt number n, from 0.
func (b backoff) wait(n int) time.Duration {
	return rand.N(b.ceiling(n) + 1)
}

func (b backoff) ceiling(n int) time.Duration {
	if n > 20 {
		return b.most
	}
	return min(b.most, b.first<<n)
}
