package lambda

import (
	"bytes"
	"context"
	"errors"
	"os"
	"sync"
	"time"
)

// maxTail is how much of an event's log the Invoke API returns, in bytes.
const maxTail = 4096

// Call is what the caller of the Invoke API asks for besides the event.
type Call struct {
	ClientContext string // JSON
	Tail          bool   // keep the log

	mu  sync.Mutex
	log []byte
}

// Log returns the last 4 KB of what the function wrote, with Lambda's own lines.
func (c *Call) Log() []byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.log
}

func (c *Call) add(line []byte) {
	if c == nil || !c.Tail {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.log = append(append(c.log, line...), '\n')
	if over := len(c.log) - maxTail; over > 0 {
		c.log = append([]byte(nil), c.log[over:]...)
	}
}

type callKey struct{}

// WithCall has the event that is invoked with the returned context take part in c.
func WithCall(ctx context.Context, c *Call) context.Context {
	return context.WithValue(ctx, callKey{}, c)
}

// CallFrom returns the context's Call, nil if it has none.
func CallFrom(ctx context.Context) *Call {
	c, _ := ctx.Value(callKey{}).(*Call)
	return c
}

// finish completes the log of an event that is through: what its process wrote is still on its way through the pipe.
func (c *Call) finish(inv *invocation, out outcome) {
	if c == nil || !c.Tail {
		return
	}
	if inv.in != nil {
		inv.in.drain()
	}
	for _, line := range inv.report.lines(out.err) {
		c.add([]byte(line))
	}
}

// Ran takes over the log of an event that ran elsewhere. Nothing happens on a nil Call.
func (c *Call) Ran(log []byte) {
	for line := range bytes.Lines(log) {
		c.add(bytes.TrimSuffix(line, []byte("\n")))
	}
}

const (
	drainQuiet = 5 * time.Millisecond // a pipe that is empty for as long is drained
	drainLimit = 300 * time.Millisecond
)

// drain waits until all is forwarded that the process has written.
func (in *instance) drain() {
	in.pool.mu.Lock()
	pipe := in.output
	in.pool.mu.Unlock()
	if pipe == nil || pipe.SetReadDeadline(time.Now().Add(drainQuiet)) != nil {
		return
	}
	limit := time.NewTimer(drainLimit)
	defer limit.Stop()
	select {
	case <-in.drained:
	case <-in.gone:
	case <-limit.C:
	}
}

// rested takes note of a pipe that drain found empty, and reports whether err says so.
func (in *instance) rested(pipe *os.File, err error) bool {
	if !errors.Is(err, os.ErrDeadlineExceeded) {
		return false
	}
	_ = pipe.SetReadDeadline(time.Time{})
	select {
	case in.drained <- struct{}{}:
	default:
	}
	return true
}
