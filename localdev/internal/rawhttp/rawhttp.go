// Package rawhttp serves, in front of net/http, the few requests that come again and again. Of a
// plain form, and claimed by a handler, they are read and answered in their connection's own
// goroutine, without allocating. The first request that is anything else ends that: it and all that
// follows on its connection are net/http's, which reads the same bytes as if nobody had looked.
//
// A request is plain if it is HTTP/1.1 in the origin form, has no body, one of a stated length or one
// in chunks with nothing behind them, says nothing of Expect or Upgrade, stays open, fits into the
// bounds and is written as RFC 9112 says. So what is wrong with others, net/http finds.
package rawhttp

import (
	"net"
	"sync/atomic"
	"time"
)

const (
	usual    = 4 * 1024  // of a buffer, in bytes
	maxHead  = 16 * 1024 // bytes of a request's head
	maxField = 64        // header fields
)

// A Handler serves the requests that it claims. It may be called for many connections at once.
type Handler interface {
	// Claims tells by a request's head whether it is to be served here.
	Claims(r *Request) bool
	// Serve has the whole request, which is good until it returns. By then it has called either
	// Answer or Later.
	Serve(r *Request, w *Reply)
}

// Listener is what an http.Server is to serve: its connections answer the plain requests that
// Handler claims while they are read, and all that net/http reads is the rest.
type Listener struct {
	net.Listener
	Handler Handler
	MaxBody int           // bytes; who sends more is net/http's
	Head    time.Duration // as http.Server's ReadHeaderTimeout, 0 is none
	Idle    time.Duration // as its IdleTimeout; it also bounds the wait for an answer that comes later
}

// Accept implements net.Listener.
func (l *Listener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	wrapped := &conn{Conn: c}
	wrapped.link.Store(newLink(c, l))
	return wrapped, nil
}

// Bare returns the connection that a Listener's is made of if there is nothing else in it, or c
// itself.
func Bare(c net.Conn) net.Conn {
	if c, ok := c.(*conn); ok && c.link.Load() == nil && c.rest == nil {
		return c.Conn
	}
	return c
}

// conn is a connection as net/http sees it.
type conn struct {
	net.Conn
	link atomic.Pointer[link] // nil once it is net/http's
	rest []byte               // read before that
}

// Read serves what is plain and claimed, and returns what is not.
func (c *conn) Read(p []byte) (int, error) {
	if l := c.link.Load(); l != nil {
		err := l.serve()
		if len(l.in) > 0 {
			c.rest = l.in
		}
		c.link.Store(nil)
		if err != nil {
			return 0, err
		}
	}
	if c.rest == nil {
		return c.Conn.Read(p)
	}
	n := copy(p, c.rest)
	if c.rest = c.rest[n:]; len(c.rest) == 0 {
		c.rest = nil
	}
	return n, nil
}

// SetReadDeadline implements net.Conn. Before its first Read, net/http sets the time for a head.
func (c *conn) SetReadDeadline(t time.Time) error {
	if l := c.link.Load(); l != nil {
		l.deadline = t
	}
	return c.Conn.SetReadDeadline(t)
}

// Close implements net.Conn.
func (c *conn) Close() error {
	err := c.Conn.Close()
	if l := c.link.Load(); l != nil {
		l.reply.end()
	}
	return err
}

// CloseWrite is what net/http ends a connection with whose client still sends.
func (c *conn) CloseWrite() error {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return nil
}
