package lambda

import (
	"context"
	"encoding/binary"
	"encoding/hex"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"github.com/parley-rtc/parley/localdev/internal/rawhttp"
	"github.com/parley-rtc/parley/localdev/internal/trace"
)

// invocation is one event on its way.
type invocation struct {
	owner
	event    []byte
	started  time.Time
	deadline time.Time
	dies     bool           // its process ends with the answer, by the weather
	logged   chan struct{}  // closed when its log is written; nil if nobody waits for that
	to       *rawhttp.Reply // of the instance that waited for it; nil if that is net/http's
	report   report         // about its end
	left     atomic.Bool    // nobody waits for its answer any more
	// done is told the outcome, once, with no lock held. The payload is good until it returns.
	done func(payload []byte, err error)
}

func newInvocation(ctx context.Context, event []byte) *invocation {
	return &invocation{owner: owner{RequestID(), trace.From(ctx), CallFrom(ctx)}, event: event}
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
