package signalingtest

import (
	"context"
	"errors"
	"slices"
	"sync"

	"github.com/parley-rtc/parley/internal/signaling"
)

// Push is one frame that was accepted.
type Push struct {
	To    signaling.ConnID
	Frame []byte
}

// Recorder is a signaling.Pusher that keeps what it is given. The zero Recorder is ready to use.
type Recorder struct {
	mu     sync.Mutex
	pushes []Push
	gone   map[signaling.ConnID]bool
	failed map[signaling.ConnID]bool
	left   map[signaling.ConnID]int // frames until the connection is gone
}

var _ signaling.Pusher = (*Recorder)(nil)

// Push implements signaling.Pusher.
func (r *Recorder) Push(ctx context.Context, to signaling.ConnID, frame []byte) error {
	if err := r.Probe(ctx, to); err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if left, ending := r.left[to]; ending {
		if left == 0 {
			if r.gone == nil {
				r.gone = map[signaling.ConnID]bool{}
			}
			r.gone[to] = true
			return signaling.ErrGone
		}
		r.left[to]--
	}
	r.pushes = append(r.pushes, Push{to, slices.Clone(frame)})
	return nil
}

// Probe implements signaling.Pusher.
func (r *Recorder) Probe(_ context.Context, conn signaling.ConnID) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.gone[conn] {
		return signaling.ErrGone
	}
	if r.failed[conn] {
		return errors.New("the connection cannot be reached")
	}
	return nil
}

// Close implements signaling.Pusher.
func (r *Recorder) Close(ctx context.Context, conn signaling.ConnID) error {
	if err := r.Probe(ctx, conn); err != nil && !errors.Is(err, signaling.ErrGone) {
		return err
	}
	r.Cut(conn)
	return nil
}

// Closed reports whether the connection is gone.
func (r *Recorder) Closed(conn signaling.ConnID) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.gone[conn]
}

// Cut makes a connection answer ErrGone from now on.
func (r *Recorder) Cut(conn signaling.ConnID) { r.mark(&r.gone, conn) }

// CutAfter makes a connection answer ErrGone once it has got that many more frames.
func (r *Recorder) CutAfter(conn signaling.ConnID, frames int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.left = map[signaling.ConnID]int{conn: frames}
}

// Fail makes pushes to a connection fail from now on.
func (r *Recorder) Fail(conn signaling.ConnID) { r.mark(&r.failed, conn) }

func (r *Recorder) mark(set *map[signaling.ConnID]bool, conn signaling.ConnID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if *set == nil {
		*set = map[signaling.ConnID]bool{}
	}
	(*set)[conn] = true
}

// Take returns what was pushed since the last Take, in order.
func (r *Recorder) Take() []Push {
	r.mu.Lock()
	defer r.mu.Unlock()
	taken := r.pushes
	r.pushes = nil
	return taken
}
