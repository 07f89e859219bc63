package peerjs

import (
	"context"
	"time"

	"github.com/parley-rtc/parley/internal/dialect"
	"github.com/parley-rtc/parley/internal/limit"
	"github.com/parley-rtc/parley/internal/signaling"
)

// Name is the dialect's, and that of the ids in the directory.
const Name = "peerjs"

// Dialect serves PeerJS. Make one with New.
type Dialect struct {
	key        string // that clients have to bring
	keyIsToken bool   // for the admission, in place of that

	waits *dialect.Waits
	pulse *pulse
}

var (
	_ dialect.Dialect    = (*Dialect)(nil)
	_ dialect.Recognizer = (*Dialect)(nil)
)

// New returns the dialect for clients that bring the key or, where it is a token, whatever the
// admission takes.
func New(key string, keyIsToken bool) *Dialect {
	return &Dialect{
		key: key, keyIsToken: keyIsToken,
		waits: dialect.NewWaits(waitSender),
		pulse: &pulse{broken: limit.NewRecent[signaling.ConnID, time.Time](pulseMemory)},
	}
}

// Name implements dialect.Dialect.
func (d *Dialect) Name() string { return Name }

// Recognize implements dialect.Recognizer: a heartbeat says nothing.
func (d *Dialect) Recognize(frame []byte) (carryOut func(context.Context, *dialect.Conn) error, mine bool) {
	if !isHeartbeat(frame) {
		return nil, false
	}
	return d.beat, true
}

// Closed implements dialect.Dialect. The directory knows already, and nobody is told: peers that are
// connected do without us.
func (d *Dialect) Closed(context.Context, *dialect.Conn) error { return nil }
