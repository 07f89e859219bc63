package peerjs

import (
	"bytes"
	"context"
	"encoding/json"
	"sync"
	"time"

	"github.com/parley-rtc/parley/internal/dialect"
	"github.com/parley-rtc/parley/internal/limit"
	"github.com/parley-rtc/parley/internal/signaling"
)

// longestHeartbeat is a little longer than that of any client, so that no other frame is looked at.
const longestHeartbeat = 64

// isHeartbeat goes by the form alone.
func isHeartbeat(frame []byte) bool {
	if bytes.Equal(frame, proof) { // as all clients write it
		return true
	}
	if len(frame) > longestHeartbeat {
		return false
	}
	var members map[string]string
	return json.Unmarshal(frame, &members) == nil && len(members) == 1 && members["type"] == "HEARTBEAT"
}

// silence is for how long a client is sent nothing, at most, while its heart beats. CloudFront, which
// may be in front of the API, cuts a connection over which nothing came from there for ten minutes,
// whatever the client sends.
const silence = 8 * time.Minute

// proof is what a client is sent then, of a type that it does not know in this direction and ignores.
var proof = []byte(`{"type":"HEARTBEAT"}`)

const pulseMemory = 4096 // connections that are remembered

// pulse knows when this process last broke the silence of a connection, which costs no read: where
// several processes see its heartbeats, each does so.
type pulse struct {
	mu     sync.Mutex
	broken *limit.Recent[signaling.ConnID, time.Time]
}

// due reports whether the silence is to be broken, and notes that it is.
func (p *pulse) due(c *dialect.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	last := p.broken.At(c.ID)
	if last.Before(c.Opened) {
		*last = c.Opened
	}
	if c.Time.Sub(*last) < silence {
		return false
	}
	*last = c.Time
	return true
}

// beat settles a heartbeat.
func (d *Dialect) beat(ctx context.Context, c *dialect.Conn) error {
	c.Action = "heartbeat"
	if !d.pulse.due(c) {
		return nil
	}
	return c.Push(ctx, proof)
}
