// Package rawhead tells what net/http does not: how the names of a request's headers were spelled,
// and in which order they came. Connections of its listener keep the head of the request that is
// being read, bounded, and drop it when the request is answered or its connection is taken over;
// Fields reads the names in it once more.
package rawhead

import (
	"bytes"
	"context"
	"net"
	"net/http"
	"strings"
	"sync"
)

const (
	// ahead is how much of what follows a request may have been read with it: the buffer of
	// net/http's server, and the byte by which it finds out that a client is gone.
	ahead = 4096 + 1
	// limit is how much is kept. API Gateway takes URLs of 4 KB, and its other APIs take headers of
	// 10 KB.
	limit = ahead + 16*1024
)

// Listener has connections that keep what Fields needs. Its server must have Context and State as
// its ConnContext and ConnState.
type Listener struct{ net.Listener }

// Accept implements net.Listener.
func (l Listener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &conn{Conn: c}, nil
}

type key struct{}

// Context is for http.Server.ConnContext.
func Context(ctx context.Context, c net.Conn) context.Context {
	return context.WithValue(ctx, key{}, c)
}

// State is for http.Server.ConnState.
func State(nc net.Conn, state http.ConnState) {
	c, ok := nc.(*conn)
	if !ok {
		return
	}
	switch state {
	case http.StateIdle: // what was read last may be the next request's
		c.mu.Lock()
		c.keepLast(ahead)
		c.mu.Unlock()
	case http.StateHijacked, http.StateClosed:
		c.mu.Lock()
		c.kept, c.over = nil, true
		c.mu.Unlock()
	case http.StateNew, http.StateActive:
	}
}

// Bare returns the connection that a Listener's is made of, or c itself. It is for who takes a
// connection over: there is nothing to keep any more.
func Bare(c net.Conn) net.Conn {
	if c, ok := c.(*conn); ok {
		return c.Conn
	}
	return c
}

// conn is a connection that keeps what was read last. net/http reads it in one goroutine while
// another one serves.
type conn struct {
	net.Conn
	mu   sync.Mutex
	kept []byte
	over bool // nothing is kept any more
}

func (c *conn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if n > 0 {
		c.keep(p[:n])
	}
	return n, err
}

func (c *conn) keep(p []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.over {
		return
	}
	if len(c.kept)+len(p) > limit { // a long body, then: a head may still follow
		c.keepLast(ahead)
		p = p[max(0, len(p)-ahead):]
	}
	c.kept = append(c.kept, p...)
}

// keepLast drops all but the last n bytes.
func (c *conn) keepLast(n int) {
	last := c.kept[max(0, len(c.kept)-n):]
	if cap(c.kept) > 2*ahead { // of a long request: not for a connection that idles
		c.kept = bytes.Clone(last)
		return
	}
	c.kept = c.kept[:copy(c.kept, last)]
}

// CloseWrite is what net/http ends a connection with whose client still sends.
func (c *conn) CloseWrite() error {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return nil
}

// Field is a header as the client sent it.
type Field struct{ Name, Value string }

// Fields returns the headers of a request that is being served, in the client's order and spelling,
// Host among them; nil if they are not known: the connection is none of a Listener's, or they were
// too long. A request is known by its request line and the header unique, which each request has
// with a value of its own.
func Fields(r *http.Request, unique string) []Field {
	c, ok := r.Context().Value(key{}).(*conn)
	if !ok {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	line := []byte(r.Method + " " + r.RequestURI + " " + r.Proto)
	for text := c.kept; ; {
		at := bytes.Index(text, line)
		if at < 0 {
			return nil
		}
		text = text[at+len(line):]
		if fields := parse(text); has(fields, unique, r.Header.Get(unique)) {
			return fields
		}
	}
}

func has(fields []Field, name, value string) bool {
	for _, f := range fields {
		if strings.EqualFold(f.Name, name) {
			return f.Value == value
		}
	}
	return false
}

// parse reads the headers behind a request line, which net/http has taken for good: lines that
// begin with a space go on with the one before (RFC 9112, section 5.2). It returns nil if their end
// is not there.
func parse(text []byte) []Field {
	var fields []Field
	for first := true; ; first = false {
		line, rest, ended := bytes.Cut(text, []byte("\n"))
		if !ended {
			return nil
		}
		text = rest
		line = bytes.TrimSuffix(line, []byte("\r"))
		switch {
		case first: // of the request line
			if len(line) > 0 {
				return nil
			}
		case len(line) == 0:
			return fields
		case line[0] == ' ' || line[0] == '\t':
			if len(fields) == 0 {
				return nil
			}
			last := &fields[len(fields)-1]
			last.Value = strings.TrimLeft(last.Value+" "+string(bytes.Trim(line, " \t")), " \t")
		default:
			name, value, ok := bytes.Cut(line, []byte(":"))
			if !ok {
				return nil
			}
			fields = append(fields, Field{string(name), string(bytes.Trim(value, " \t"))})
		}
	}
}
