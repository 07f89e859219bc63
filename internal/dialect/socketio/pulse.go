package socketio

import (
	"context"
	"sync"
	"time"

	"github.com/parley-rtc/parley/internal/dialect"
	"github.com/parley-rtc/parley/internal/limit"
	"github.com/parley-rtc/parley/internal/signaling"
	"github.com/parley-rtc/parley/internal/socketio/packet"
)

// A client of Engine.IO 4 takes its connection for dead if no ping comes for the two times together,
// whatever else does; and API Gateway ends a connection over which nothing goes for ten minutes. So
// the sum is a little above that, and a ping goes along with what a connection is sent, or has sent,
// when the last was that long ago: a busy connection always gets one, and an idle one needs none.
// Nothing here has a timer.
const (
	pingInterval = 5 * time.Minute
	pingTimeout  = pingInterval + 30*time.Second
)

// A client of Engine.IO 3 pings by itself, and so keeps its connection.
const (
	pingIntervalV3 = 4 * time.Minute
	pingTimeoutV3  = time.Minute
)

// pulse knows when this process last pinged a connection, which costs no read: where several
// processes send it something, each pings it.
type pulse struct {
	mu   sync.Mutex
	last *limit.Recent[signaling.ConnID, time.Time]
}

// due reports whether a connection that opened then is to be pinged now, and notes that it is.
func (p *pulse) due(conn signaling.ConnID, opened, now time.Time) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	last := p.last.At(conn)
	if last.Before(opened) {
		*last = opened
	}
	if now.Sub(*last) < pingInterval {
		return false
	}
	*last = now
	return true
}

// ping pings a connection of Engine.IO 4 if that is due.
func (d *Dialect) ping(ctx context.Context, c *dialect.Conn, conn signaling.ConnID, opened time.Time) error {
	if !d.pulse.due(conn, opened, c.Time) {
		return nil
	}
	return c.Pusher.Push(ctx, conn, packet.Ping)
}

// Recognize implements dialect.Recognizer: the answer to a ping says nothing.
func (d *Dialect) Recognize(frame []byte) (carryOut func(context.Context, *dialect.Conn) error, mine bool) {
	if string(frame) != "3" {
		return nil, false
	}
	return func(_ context.Context, c *dialect.Conn) error {
		c.Action = "heartbeat"
		return nil
	}, true
}
