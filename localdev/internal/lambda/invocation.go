package lambda

import (
	"context"
	"encoding/binary"
	"encoding/hex"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"github.com/parley-rtc/parley/localdev/internal/trace"
)

// invocation is one event on its way.
type invocation struct {
	id       string
	event    []byte
	started  time.Time
	deadline time.Time
	dies     bool          // its process ends with the answer, by the weather
	span     *trace.Span   // nil if nobody keeps it
	call     *Call         // nil unless the Invoke API's caller asks for more
	logged   chan struct{} // closed when its log is written; nil if nobody waits for that
	left     atomic.Bool   // nobody waits for its answer any more
	// done is told the outcome, once, with no lock held. The payload is good until it returns.
	done func(payload []byte, err error)
}

type outcome struct {
	payload []byte
	err     error
}

func newInvocation(ctx context.Context, event []byte) *invocation {
	return &invocation{id: RequestID(), event: event, span: trace.From(ctx), call: CallFrom(ctx)}
}

// leave says that nobody waits for the answer any more.
func (inv *invocation) leave() { inv.left.Store(true) }

// RequestID returns a random UUID, version 4.
func RequestID() string {
	var raw [16]byte
	binary.NativeEndian.PutUint64(raw[:8], rand.Uint64())
	binary.NativeEndian.PutUint64(raw[8:], rand.Uint64())
	raw[6] = raw[6]&0x0f | 0x40
	raw[8] = raw[8]&0x3f | 0x80
	var s [36]byte
	hex.Encode(s[0:8], raw[0:4])
	hex.Encode(s[9:13], raw[4:6])
	hex.Encode(s[14:18], raw[6:8])
	hex.Encode(s[19:23], raw[8:10])
	hex.Encode(s[24:36], raw[10:16])
	s[8], s[13], s[18], s[23] = '-', '-', '-', '-'
	return string(s[:])
}

// fifo is a queue of invocations.
type fifo struct {
	items []*invocation
	head  int
}

func (q *fifo) len() int { return len(q.items) - q.head }

func (q *fifo) push(inv *invocation) { q.items = append(q.items, inv) }

func (q *fifo) pop() *invocation {
	inv := q.items[q.head]
	q.items[q.head] = nil
	q.head++
	switch {
	case q.head == len(q.items):
		q.items, q.head = q.items[:0], 0
	case q.head > 1024 && q.head*2 > len(q.items): // else a queue that is never empty would only grow
		q.items = q.items[:copy(q.items, q.items[q.head:])]
		q.head = 0
	}
	return inv
}
