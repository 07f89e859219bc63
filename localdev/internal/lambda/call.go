package lambda

import (
	"bytes"
	"context"
	"sync"
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

// Ran takes over the log of an event that ran elsewhere. Nothing happens on a nil Call.
func (c *Call) Ran(log []byte) {
	for line := range bytes.Lines(log) {
		c.add(bytes.TrimSuffix(line, []byte("\n")))
	}
}
