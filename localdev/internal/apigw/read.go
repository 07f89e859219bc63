package apigw

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/gobwas/ws"
)

// refusal is a frame that ends the connection.
type refusal struct {
	code   int
	reason string
	rest   int64 // bytes of it that are yet to come
	last   bool  // nothing can be read behind it: it is a close frame, or nobody knows where it ends
}

func (r *refusal) Error() string { return fmt.Sprintf("%d %s", r.code, r.reason) }

func refuseFrame(code int, reason string) *refusal { return &refusal{code: code, reason: reason} }

// trouble says in the log what the client is told in its close frame.
func (r *refusal) trouble() *trouble {
	do := map[int]string{
		1003: "send text: API Gateway takes no binary frames",
		1007: "send UTF-8",
		1009: "send less, or in fragments: a frame may have 32 KB and a message 128 KB",
	}[r.code]
	return &trouble{why: r.reason, do: do}
}

func protocolError(reason string) *refusal { return refuseFrame(1002, reason) }

// read handles the client's frames until the connection is over.
func (c *conn) read() {
	defer func() {
		_ = c.socket.Close()
		c.g.mu.Lock()
		c.over = true
		delete(c.g.lingering, c)
		c.g.mu.Unlock()
	}()
	err := c.readFrames()
	var refused *refusal
	switch {
	case errors.As(err, &refused):
		c.g.complain(slog.LevelInfo, connectionEnded, refused.trouble(), about{status: refused.code, connection: c.id})
		c.end(ending{code: refused.code, reason: refused.reason, send: true, event: true, by: "limit"})
		if refused.last || c.skipToClose(refused.rest) {
			c.finish()
		}
	case errors.Is(err, errCut):
	case errors.Is(err, errClosed):
		c.finish()
	default:
		c.end(ending{code: 1006, event: true, by: "client"})
	}
}

// errClosed says that the client sent its close frame.
var errClosed = errors.New("client closed")

// readFrames returns a *refusal if the client broke a rule, else what ended the socket.
func (c *conn) readFrames() error {
	var buf *[]byte // of the message's frames so far; nil between messages
	defer func() {
		if buf != nil {
			c.g.buffers.Put(buf)
		}
	}()
	for {
		h, err := c.in.header()
		if c.cut.Load() {
			return c.deaf()
		}
		if err != nil {
			if errors.Is(err, errLength) {
				lost := protocolError(err.Error())
				lost.last = true
				return lost
			}
			return err
		}
		have := 0
		if buf != nil {
			have = len(*buf)
		}
		if refused := check(h, buf != nil, have); refused != nil {
			refused.rest, refused.last = h.Length, h.OpCode == ws.OpClose
			return refused
		}
		if h.OpCode.IsControl() {
			if err := c.control(h); err != nil {
				return err
			}
			continue
		}
		if buf == nil {
			buf = c.g.buffer()
			*buf = (*buf)[:0]
		}
		if *buf, err = c.payload(*buf, h); err != nil {
			return err
		}
		if !h.Fin {
			continue
		}
		if !utf8.Valid(*buf) {
			return refuseFrame(1007, "text is not UTF-8")
		}
		c.received(*buf)
		c.g.buffers.Put(buf)
		buf = nil
	}
}

// check refuses a header; have is how many bytes of the message were there before.
func check(h ws.Header, fragmented bool, have int) *refusal {
	switch {
	case h.Rsv != 0:
		return protocolError("reserved bits are set")
	case h.OpCode.IsReserved():
		return protocolError("unknown opcode")
	case !h.Masked:
		return protocolError("frame is not masked")
	case h.OpCode.IsControl():
		if !h.Fin || h.Length > ws.MaxControlFramePayloadSize {
			return protocolError("bad control frame")
		}
	case (h.OpCode == ws.OpContinuation) != fragmented:
		return protocolError("fragments out of order")
	case h.OpCode == ws.OpBinary:
		return refuseFrame(1003, "binary messages are not supported")
	case h.Length > maxFrame:
		return refuseFrame(1009, "frame is over 32 KB")
	case have+int(h.Length) > maxMessage:
		return refuseFrame(1009, "message is over 128 KB")
	}
	return nil
}

// payload reads a frame's payload and appends it, unmasked.
func (c *conn) payload(b []byte, h ws.Header) ([]byte, error) {
	from := len(b)
	b = slices.Grow(b, int(h.Length))[:from+int(h.Length)]
	if _, err := io.ReadFull(&c.in, b[from:]); err != nil {
		return nil, err
	}
	ws.Cipher(b[from:], h.Mask, 0)
	return b, nil
}

// control answers a ping and a close. A ping is no activity: protocol pings do not keep a connection alive on AWS.
func (c *conn) control(h ws.Header) error {
	payload, err := c.payload(nil, h)
	if err != nil {
		return err
	}
	switch h.OpCode {
	case ws.OpPing:
		if c.g.opt.Switches.PingKeeps {
			c.active(c.g.opt.Clock.Milli())
		}
		c.send(appendFrame(nil, ws.OpPong, true, payload), nil, sendTry)
	case ws.OpClose:
		return c.closed(payload)
	}
	return nil
}

// closed handles the client's close frame: its code is echoed.
func (c *conn) closed(payload []byte) error {
	if len(payload) == 0 {
		c.end(ending{code: 1005, reason: "Client-side close frame status not set", send: true, event: true, by: "client"})
		return errClosed
	}
	code, reason := ws.ParseCloseFrameData(payload)
	var bad *refusal
	switch {
	case len(payload) == 1 || code < 1000 || code >= 5000 || code.In(ws.StatusRangeProtocol) && !code.IsProtocolDefined() ||
		code.IsProtocolReserved():
		bad = protocolError("bad close code")
	case !utf8.ValidString(reason):
		bad = refuseFrame(1007, "close reason is not UTF-8")
	}
	if bad != nil {
		bad.last = true
		return bad
	}
	c.end(ending{code: int(code), reason: reason, send: true, event: true, by: "client"})
	return errClosed
}

// skipToClose reads on behind a frame that was refused, of which some bytes are yet to come, until
// the client's close frame. It reports whether that came before the socket ended or time was over.
func (c *conn) skipToClose(rest int64) bool {
	for {
		if _, err := io.CopyN(io.Discard, &c.in, rest); err != nil {
			return false
		}
		h, err := c.in.header()
		if err != nil {
			return false
		}
		if h.OpCode == ws.OpClose {
			return true
		}
		rest = h.Length
	}
}

// finish ends the socket now that both close frames have passed. The client sees its end at once;
// what still comes from it is read until it has ended its side too, or its time is over: closing a
// socket with unread data would make the kernel reset it, and the client might never see the close
// frame.
func (c *conn) finish() {
	c.halfClose()
	_ = c.socket.SetReadDeadline(time.Now().Add(closeWait))
	_, _ = io.Copy(io.Discard, c.socket)
}
