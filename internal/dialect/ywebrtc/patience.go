package ywebrtc

import (
	"sync"

	"github.com/parley-rtc/parley/internal/limit"
	"github.com/parley-rtc/parley/internal/signaling"
)

// patience is what keeps connections that publish where they have not subscribed from having the
// function wait for nothing time and again: it is paid for, and others may need it. It counts, in
// this process, the waits of each connection that were in vain since one was not.
type patience struct {
	mu    sync.Mutex
	waits *limit.Recent[signaling.ConnID, int]
}

const (
	maxVain = 3    // waits
	memory  = 4096 // connections
)

func (p *patience) wear(id signaling.ConnID)    { p.change(id, func(n int) int { return n + 1 }) }
func (p *patience) restore(id signaling.ConnID) { p.change(id, func(int) int { return 0 }) }
func (p *patience) out(id signaling.ConnID) bool {
	return p.change(id, func(n int) int { return n }) >= maxVain
}

func (p *patience) change(id signaling.ConnID, to func(n int) int) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.waits == nil {
		p.waits = limit.NewRecent[signaling.ConnID, int](memory)
	}
	n := p.waits.At(id)
	*n = to(*n)
	return *n
}
