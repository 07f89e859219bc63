// Package http1 is a client of HTTP/1.1 on one connection that is kept: one request at a time, written
// and read by who asks, with no goroutine and, once its buffers have grown, no allocation.
//
// It understands what servers answer: a body of a stated length, in chunks, to the end of the
// connection, or none. Whatever it accepts means what it means to net/http, which a fuzz test holds.
// Anything else is an error. It knows GET and POST: the answer to a HEAD has another shape.
package http1

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"time"
)

const (
	maxHead = 64 << 10
	maxBody = 32 << 20
	keep    = 256 << 10 // buffers that have grown beyond it are given back
)

// Conn is one connection that is kept for the next request. It is not for concurrent use.
type Conn struct {
	conn   net.Conn // what bytes are written to and read from
	socket *socket  // under it
	out    []byte
	in     []byte // what came; in[at:] is not read yet
	at     int
	chunks []byte // a body that came in chunks, put together
	begun  bool   // a byte of the answer came
	unsent error  // why the request was not written whole
	spent  bool   // no request can follow
	one    [1]byte
}

// New returns a Conn on c, which it owns.
func New(c net.Conn) *Conn {
	s := newSocket(c)
	return &Conn{conn: s, socket: s}
}

// NewTLS returns a Conn that speaks TLS on c, which it owns and closes if the handshake fails.
func NewTLS(ctx context.Context, c net.Conn, config *tls.Config) (*Conn, error) {
	s := newSocket(c)
	secure := tls.Client(s, config)
	if err := secure.HandshakeContext(ctx); err != nil {
		c.Close()
		return nil, err
	}
	return &Conn{conn: secure, socket: s}, nil
}

// SetDeadline is that of net.Conn. Once it is over, the connection is not idle either.
func (c *Conn) SetDeadline(t time.Time) error { return c.socket.SetDeadline(t) }

// Close ends the connection.
func (c *Conn) Close() error {
	c.spent = true
	return c.conn.Close()
}

// Idle reports, without waiting, whether the connection can take a request. It cannot if the peer has
// closed it, or has sent what nobody asked for.
func (c *Conn) Idle() bool {
	if c.spent {
		return false
	}
	// What lies under TLS may be no more than a ticket, which reading takes in and goes on.
	c.socket.now = true
	n, err := c.conn.Read(c.one[:])
	c.socket.now = false
	c.spent = n > 0 || !errors.Is(err, errNothing)
	return !c.spent
}

// Begun reports whether a byte of the last answer came.
func (c *Conn) Begun() bool { return c.begun }

// Do writes a request, its head and its body as they are, in one piece, and reads the answer. Its bytes
// are good until the next Do. After an error the connection is closed; Status is that of the answer if
// its head came whole, and Body is then what came of it. The error is io.EOF if the connection ended
// before a byte of the answer.
func (c *Conn) Do(head, body []byte) (Answer, error) {
	c.Send(head, body)
	return c.Receive()
}

// Send is the first half of Do: it writes the request. If that fails, Receive says so.
func (c *Conn) Send(head, body []byte) {
	if c.spent {
		return
	}
	c.begin()
	c.out = append(append(c.out, head...), body...)
	_, c.unsent = c.conn.Write(c.out)
}

// Receive is the second half of Do: it reads the answer.
func (c *Conn) Receive() (Answer, error) {
	if c.spent {
		return Answer{}, net.ErrClosed
	}
	a, err := c.answer() // also to what was not sent whole: a server need not read what is too long for it
	if c.unsent != nil {
		if !c.begun {
			err = c.unsent
		}
		a.Close = true
	}
	switch {
	case err != nil:
		c.Close()
		a.Close = true
		if errors.Is(err, io.EOF) && c.begun {
			err = io.ErrUnexpectedEOF
		}
	case c.at < len(c.in): // which nobody asked for
		a.Close = true
	}
	if a.Close {
		c.spent = true
	}
	return a, err
}

// begin makes room for the next request and its answer.
func (c *Conn) begin() {
	c.out, c.in, c.chunks = emptied(c.out), emptied(c.in), emptied(c.chunks)
	c.at, c.begun = 0, false
}

func emptied(b []byte) []byte {
	if cap(b) > keep {
		return nil
	}
	return b[:0]
}

// more reads what there is, at least a byte, and at most what makes room for need bytes from here on.
func (c *Conn) more(need int) error {
	if missing := c.at + need - cap(c.in); missing > 0 || len(c.in) == cap(c.in) {
		grown := make([]byte, len(c.in), max(2*cap(c.in), c.at+need, 4<<10))
		copy(grown, c.in)
		c.in = grown
	}
	n, err := c.conn.Read(c.in[len(c.in):cap(c.in)])
	c.in = c.in[:len(c.in)+n]
	if n > 0 {
		c.begun = true
		return nil
	}
	if err == nil {
		err = io.ErrNoProgress
	}
	return err
}
