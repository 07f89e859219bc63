package rawhttp

import (
	"bytes"
	"net"
	"net/http"
	"slices"
	"time"
)

// link is a connection that is served here. All but the reply is its goroutine's own.
type link struct {
	conn     net.Conn
	listener *Listener
	deadline time.Time // of reading; the zero time is none
	timed    bool      // it is that of a head
	blank    int       // so many bytes of CR and LF may come before the next request
	in       []byte    // read, and not served yet
	chunked  []byte    // room for a body that comes in chunks
	request  Request
	reply    Reply
}

func newLink(c net.Conn, l *Listener) *link {
	k := &link{conn: c, listener: l}
	k.reply.init(c)
	return k
}

// serve returns nil at what is not for here, which in begins with, or why the connection has ended.
func (k *link) serve() error {
	k.in, k.timed = make([]byte, 0, usual), true
	for {
		head, err := k.head()
		if err != nil {
			return err
		}
		r := &k.request
		if head == 0 || !r.parse(k.in[:head]) || r.Length > k.listener.MaxBody || !k.listener.Handler.Claims(r) {
			return k.time()
		}
		whole := k.body(head)
		if whole == 0 {
			return k.time()
		}
		if k.blank = 0; string(r.Method) == http.MethodPost {
			k.blank = 4 // as net/http has it, for clients that add a line break
		}
		k.reply.begin()
		k.listener.Handler.Serve(r, &k.reply)
		k.drop(whole)
		if err := k.wait(); err != nil {
			return err
		}
	}
}

// head reads the head of a request and returns its length. That is 0 if it cannot be a plain one, is
// too long, or broken off: what has come of it is for net/http, which then meets the same end.
func (k *link) head() (int, error) {
	for {
		if end := bytes.Index(k.in, []byte("\r\n\r\n")); end >= 0 {
			return end + 4, nil
		}
		if len(k.in) >= maxHead || !k.request.mayBegin(k.in) {
			return 0, nil
		}
		if err := k.time(); err != nil {
			return 0, err
		}
		if err := k.read(); err != nil {
			if len(k.in) > 0 {
				return 0, nil
			}
			return 0, err
		}
	}
}

// time bounds the reading of a head, once.
func (k *link) time() error {
	if k.timed {
		return nil
	}
	k.timed = true
	return k.until(k.listener.Head)
}

// wait returns when something has come of the next request, and the one before is answered: who
// does not wait for an answer is not served before it.
func (k *link) wait() error {
	k.timed = false
	if k.skip(); len(k.in) == 0 {
		if err := k.until(k.listener.Idle); err != nil {
			return err
		}
	}
	for ; len(k.in) == 0; k.skip() {
		if err := k.read(); err != nil {
			k.reply.leave()
			return err
		}
	}
	return k.reply.settled()
}

// skip drops line breaks that are in front of a request, and do not count.
func (k *link) skip() {
	n := 0
	for n < min(k.blank, len(k.in)) && (k.in[n] == '\r' || k.in[n] == '\n') {
		n++
	}
	k.blank -= n
	k.in = k.in[:copy(k.in, k.in[n:])]
}

// body reads the rest of a request whose head is there, and returns where it ends. That is 0 if not
// all has come: what is broken off is for net/http, as with a head.
func (k *link) body(head int) (whole int) {
	r := &k.request
	if r.chunks {
		return k.chunks(head)
	}
	whole = head + r.Length
	if len(k.in) < whole {
		if k.until(0) != nil {
			return 0
		}
		k.in = slices.Grow(k.in, whole-len(k.in))
		r.parse(k.in[:head]) // once more, where it may have been moved to
	}
	for len(k.in) < whole {
		if k.read() != nil {
			return 0
		}
	}
	r.Body = k.in[head:whole]
	return whole
}

func (k *link) read() error {
	if len(k.in) == cap(k.in) {
		k.in = slices.Grow(k.in, usual)
	}
	n, err := k.conn.Read(k.in[len(k.in):cap(k.in)])
	k.in = k.in[:len(k.in)+n]
	if n > 0 {
		return nil
	}
	return err
}

// drop forgets what was served.
func (k *link) drop(n int) {
	rest := k.in[n:]
	if cap(k.in) > 4*usual { // of a long request: not for a connection that idles
		k.in = append(make([]byte, 0, max(usual, len(rest))), rest...)
		return
	}
	k.in = k.in[:copy(k.in, rest)]
}

// until bounds what is read from now on, 0 is no bound. To move a deadline costs more than to look
// at it, so one stays that is a little late.
func (k *link) until(d time.Duration) error {
	var deadline time.Time
	if d > 0 {
		deadline = time.Now().Add(d)
		if late := k.deadline.Sub(deadline); late >= 0 && late <= d/16 {
			return nil
		}
		deadline = deadline.Add(d / 16)
	}
	if deadline.Equal(k.deadline) {
		return nil
	}
	k.deadline = deadline
	return k.conn.SetReadDeadline(deadline)
}
