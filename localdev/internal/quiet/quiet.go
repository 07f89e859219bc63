// Package quiet keeps a log from being told the same again and again.
package quiet

import (
	"sync"
	"time"
)

const (
	maxTexts = 1000 // remembered; what clients send is in some, so there may be any number of them
	maxRate  = 20   // of all texts together, a second
)

// Log remembers what was told, and when. Its zero value is ready to use.
type Log struct {
	mu     sync.Mutex
	told   map[string]*telling
	second time.Time
	count  int // in that second
}

type telling struct {
	at     time.Time
	missed int
}

// News reports whether a text was not told for as long as every, and is to be told now. missed is
// how often it was not, since it was told last.
func (l *Log) News(text string, every time.Duration, now time.Time) (missed int, yes bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	last := l.told[text]
	if last == nil {
		if l.told == nil || len(l.told) >= maxTexts {
			l.told = map[string]*telling{}
		}
		last = &telling{}
		l.told[text] = last
	}
	if now.Sub(l.second) >= time.Second {
		l.second, l.count = now, 0
	}
	if now.Sub(last.at) < every || l.count >= maxRate {
		last.missed++
		return 0, false
	}
	l.count++
	missed, last.missed, last.at = last.missed, 0, now
	return missed, true
}
