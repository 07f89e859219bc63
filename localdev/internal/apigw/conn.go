package apigw

import (
	"errors"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gobwas/ws"
)

const (
	sendTry    = 50 * time.Millisecond // how long a sender waits for a client that does not read
	sendBuffer = 256 * 1024            // bytes kept for such a client; then POST answers 429
	closeWait  = 2 * time.Second       // for the client's half of the closing handshake
)

// conn is an open connection. It is kept small: thousands of them may idle.
type conn struct {
	g           *Gateway
	socket      net.Conn
	handle      handle
	id          string
	sourceIP    string
	userAgent   string // "" if the client sent none
	caller      []byte // who signed the handshake, members of a JSON object; nil without AWS_IAM
	authorizer  []byte // what the authorizer said of the client, a JSON object; nil without one
	connectedAt int64  // ms, emulated time
	lastActive  atomic.Int64
	lastSent    atomic.Int64 // of connections behind CloudFront, else 0
	over        bool         // the reader is through; guarded by g.mu
	at          place        // among the open connections; guarded by g.mu
	inFlight    chan struct{}
	cut         atomic.Bool // the cable is: nothing comes or goes, and nobody notices
	in          input

	mu      sync.Mutex
	pending []byte // frames that wait until the writer is through
	writing bool   // somebody writes to the socket
	last    bool   // who writes ends the socket's half afterwards
	ended   bool
	backlog [][]byte // messages that wait for their turn, with Options.Serial
	working bool     // somebody works on them
}

// ending is how a connection ends.
type ending struct {
	code   int // 1005 is a client's close frame without a code, 1006 a socket that broke
	reason string
	send   bool   // the client gets a close frame
	event  bool   // $disconnect runs
	hasty  bool   // do not wait for the client's close frame
	bare   bool   // the close frame has no code
	by     string // for a recording: client, server, limit or fault
}

// active notes traffic at that moment, in ms of emulated time.
func (c *conn) active(at int64) {
	for last := c.lastActive.Load(); at > last && !c.lastActive.CompareAndSwap(last, at); last = c.lastActive.Load() {
	}
}

// sendResult is what became of a frame.
type sendResult int

const (
	accepted sendResult = iota
	gone
	full // the client does not read, and its buffer is full
)

// send writes frames to the client or leaves them to whoever writes already. It waits no longer
// than wait for a client that does not read: the rest then goes out in the background. message is
// what is in them, nil for a control frame.
func (c *conn) send(frames []byte, message *[]byte, wait time.Duration) sendResult {
	c.mu.Lock()
	switch {
	case c.ended:
		c.mu.Unlock()
		return gone
	case c.writing && len(c.pending)+len(frames) > sendBuffer:
		c.mu.Unlock()
		return full
	case message != nil: // before it is written: who has got the message finds it on the bill, and its answer follows it
		c.g.opt.Meter.MessageOut(len(*message))
		if rec := c.g.opt.Record; rec != nil && !c.cut.Load() {
			rec.ToClient(c.id, *message)
		}
	}
	c.push(frames, wait)
	return accepted
}

// push does the work of send. The caller holds mu, push releases it. That the socket broke is for the reader to find
// out; for AWS the data counts as sent.
func (c *conn) push(frames []byte, wait time.Duration) {
	c.sending()
	if c.cut.Load() {
		c.mu.Unlock()
		return
	}
	if c.writing {
		c.pending = append(c.pending, frames...)
		c.mu.Unlock()
		return
	}
	c.writing = true
	c.mu.Unlock()
	rest, err := c.write(frames, wait)
	if err != nil {
		return // writing stays true: nothing can be sent any more
	}
	c.mu.Lock()
	if len(rest) == 0 && len(c.pending) == 0 {
		c.written()
		return
	}
	c.mu.Unlock()
	c.g.handlers.Go(func() { c.flush(rest) })
}

// write writes what the client takes within wait, and returns the rest, which is not the caller's.
// As nearly all clients take all at once, there is a deadline only for those that do not.
func (c *conn) write(frames []byte, wait time.Duration) (rest []byte, err error) {
	n, err := writeNow(c.handle, frames)
	if frames = frames[n:]; err != nil || len(frames) == 0 {
		return nil, err
	}
	if wait == 0 {
		return slices.Clone(frames), nil
	}
	_ = c.socket.SetWriteDeadline(time.Now().Add(wait))
	n, err = c.socket.Write(frames)
	_ = c.socket.SetWriteDeadline(time.Time{})
	var timeout net.Error
	if errors.As(err, &timeout) && timeout.Timeout() {
		return slices.Clone(frames[n:]), nil
	}
	return nil, err
}

// flush writes rest and all that is pending, however slow the client is. It ends with the socket at the latest.
func (c *conn) flush(rest []byte) {
	for {
		if len(rest) > 0 {
			if _, err := c.socket.Write(rest); err != nil {
				return // writing stays true: nothing can be sent any more
			}
		}
		c.mu.Lock()
		rest, c.pending = c.pending, nil
		if len(rest) == 0 {
			c.written()
			return
		}
		c.mu.Unlock()
	}
}

// written notes that nothing waits to be written. The caller holds mu, written releases it.
func (c *conn) written() {
	c.writing = false
	last := c.last
	c.mu.Unlock()
	if last {
		c.closeWrite()
	}
}

// halfClose ends what the client is sent, behind what still waits to be written.
func (c *conn) halfClose() {
	c.mu.Lock()
	c.last = true
	writing := c.writing
	c.mu.Unlock()
	if !writing {
		c.closeWrite()
	}
}

func (c *conn) closeWrite() {
	if half, ok := c.socket.(interface{ CloseWrite() error }); ok {
		_ = half.CloseWrite()
	}
}

// end ends the connection, once: it reports whether this call did it.
func (c *conn) end(how ending) bool {
	c.mu.Lock()
	if c.ended {
		c.mu.Unlock()
		return false
	}
	c.ended = true
	if rec := c.g.opt.Record; rec != nil {
		rec.Closed(c.id, how.code, how.reason, how.by)
	}
	if how.send {
		var body []byte
		if how.code != 1005 && !how.bare {
			body = ws.NewCloseFrameBody(ws.StatusCode(how.code), how.reason)
		}
		c.push(appendFrame(nil, ws.OpClose, true, body), sendTry)
	} else {
		c.mu.Unlock()
	}
	c.g.forget(c)
	switch {
	case how.hasty, !how.send:
		_ = c.socket.Close()
	default: // the reader now only waits for the other half of the handshake
		_ = c.socket.SetReadDeadline(time.Now().Add(closeWait))
	}
	if how.event {
		c.g.handlers.Go(func() { c.g.disconnected(c, how) })
	}
	return true
}

// appendFrame appends one unmasked frame.
func appendFrame(b []byte, op ws.OpCode, fin bool, payload []byte) []byte {
	first := byte(op)
	if fin {
		first |= 0x80
	}
	switch n := len(payload); {
	case n < 126:
		b = append(b, first, byte(n))
	default: // never more than maxFrame
		b = append(b, first, 126, byte(n>>8), byte(n))
	}
	return append(b, payload...)
}

// appendText appends a text message, in frames of at most maxFrame.
func appendText(b, payload []byte) []byte {
	op := ws.OpText
	for len(payload) > maxFrame {
		b = appendFrame(b, op, false, payload[:maxFrame])
		payload = payload[maxFrame:]
		op = ws.OpContinuation
	}
	return appendFrame(b, op, true, payload)
}
