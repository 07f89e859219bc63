package rawhttp

import (
	"net"
	"net/http"
	"net/textproto"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// together is up to which length a body is written in one with its head.
const together = 16 * 1024

// Reply takes the answer to a request. It is one for all requests of a connection.
type Reply struct {
	conn net.Conn

	mu      sync.Mutex // held while an answer is written, too
	changed sync.Cond
	open    bool   // a request has no answer yet
	over    bool   // there will be none any more
	gone    func() // see Later
	out     []byte
}

func (w *Reply) init(c net.Conn) {
	w.conn = c
	w.changed.L = &w.mu
}

// Later says that Answer is called after Serve has returned, maybe by another goroutine. If the
// client goes away before, gone is called, unless the server ends. Later is called before anybody
// else can answer.
func (w *Reply) Later(gone func()) {
	w.mu.Lock()
	w.gone = gone
	w.mu.Unlock()
}

// Answer writes the answer as net/http does: fields are lines as AppendField makes them, sorted by
// name, with a Content-Type if there is a body. Only the first answer counts.
func (w *Reply) Answer(status int, fields, body []byte) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.open {
		return net.ErrClosed
	}
	w.open, w.gone = false, nil
	w.changed.Signal()
	if bodiless(status) {
		body = nil
	}
	w.out = appendHead(w.out[:0], status, fields, len(body))
	if len(body) <= together {
		w.out = append(w.out, body...)
		_, err := w.conn.Write(w.out)
		return err
	}
	both := net.Buffers{w.out, body}
	_, err := both.WriteTo(w.conn)
	return err
}

func bodiless(status int) bool {
	return status == http.StatusNoContent || status == http.StatusNotModified
}

func appendHead(b []byte, status int, fields []byte, length int) []byte {
	b = append(b, "HTTP/1.1 "...)
	b = strconv.AppendInt(b, int64(status), 10)
	b = append(b, ' ')
	b = append(b, http.StatusText(status)...)
	b = append(b, "\r\n"...)
	b = append(b, fields...)
	b = append(b, "Date: "...)
	b = append(b, date()...)
	if !bodiless(status) {
		b = append(b, "\r\nContent-Length: "...)
		b = strconv.AppendInt(b, int64(length), 10)
	}
	return append(b, "\r\n\r\n"...)
}

// stamp is a second, as answers have it.
type stamp struct {
	second int64
	text   string
}

var latest atomic.Pointer[stamp]

// date is the present time, which is written out once a second.
func date() string {
	now := time.Now()
	s := latest.Load()
	if s == nil || s.second != now.Unix() {
		s = &stamp{second: now.Unix(), text: now.UTC().Format(http.TimeFormat)}
		latest.Store(s)
	}
	return s.text
}

// AppendField appends a line of an answer's head. As in net/http, a value has no line breaks and no
// space around it.
func AppendField(b []byte, name, value string) []byte {
	b = append(b, name...)
	b = append(b, ": "...)
	start := len(b)
	b = append(b, textproto.TrimString(value)...)
	for i := start; i < len(b); i++ {
		if b[i] == '\r' || b[i] == '\n' {
			b[i] = ' '
		}
	}
	return append(b, "\r\n"...)
}

// begin is called before a request is served.
func (w *Reply) begin() {
	w.mu.Lock()
	w.open = true
	w.mu.Unlock()
}

// settled returns when the request before is answered.
func (w *Reply) settled() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	for w.open && !w.over {
		w.changed.Wait()
	}
	if w.over {
		return net.ErrClosed
	}
	return nil
}

// leave is called when the client is gone.
func (w *Reply) leave() {
	w.mu.Lock()
	gone := w.gone
	if w.over {
		gone = nil
	}
	w.open, w.gone = false, nil
	w.mu.Unlock()
	if gone != nil {
		gone()
	}
}

// end is called when the connection is closed from this side.
func (w *Reply) end() {
	w.mu.Lock()
	w.over, w.gone = true, nil
	w.changed.Signal()
	w.mu.Unlock()
}
