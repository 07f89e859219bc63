package wire

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/coder/websocket"
)

var (
	// ErrClosed says that the socket ended.
	ErrClosed = errors.New("the connection was closed")
	// ErrTooLarge says that a frame has more than MaxFrame bytes. It was not sent.
	ErrTooLarge = errors.New("the frame is too large")
)

// Refusal is an error frame, of the service or of API Gateway itself (then Code is "").
type Refusal struct {
	Code, Message string
	Retry         bool // the same request may succeed later
}

func (r *Refusal) Error() string {
	if r.Code == "" {
		return "API Gateway answered: " + r.Message
	}
	return r.Code + ": " + r.Message
}

// Conn is one connection. Its methods may be called from any goroutine.
type Conn struct {
	socket    *websocket.Conn
	handshake Handshake
	opt       Options
	events    chan Frame
	wake      chan struct{} // something is to be written
	gone      sync.WaitGroup
	done      chan struct{} // closed when it has ended
	heard     atomic.Int64

	mu      sync.Mutex
	err     error // why it has ended
	next    int64
	waiting map[string]*request
	strays  []*request // those that a frame without an ID may be the answer to
	out     []outgoing
}

type request struct {
	id     string
	answer func(Frame, error)
}

type outgoing struct {
	raw     []byte
	written chan error // nil when nobody wants to know
}

// Handshake is how it began.
func (c *Conn) Handshake() Handshake { return c.handshake }

// Subprotocol is the one that the server chose.
func (c *Conn) Subprotocol() string { return c.socket.Subprotocol() }

// Heard is when the last frame came; at first, when the connection was made.
func (c *Conn) Heard() time.Time { return time.Unix(0, c.heard.Load()) }

// Close ends the connection with a goodbye and waits until it has gone. It must not be called by
// Receive or Ended.
func (c *Conn) Close() {
	c.Shut(ErrClosed)
	c.gone.Wait()
}

// Shut begins to end the connection; err is what those get who wait for an answer. It does not
// wait.
func (c *Conn) Shut(err error) {
	if !c.end(err) {
		return
	}
	c.gone.Go(func() {
		// A dead network answers no goodbye.
		patience := time.AfterFunc(time.Second, func() { _ = c.socket.CloseNow() })
		defer patience.Stop()
		_ = c.socket.Close(websocket.StatusNormalClosure, "")
	})
}

// Done is closed when the connection has ended.
func (c *Conn) Done() <-chan struct{} { return c.done }

// Gone waits until a connection that has ended has let go of everything.
func (c *Conn) Gone() { c.gone.Wait() }

// end fails all requests, once.
func (c *Conn) end(err error) bool {
	c.mu.Lock()
	if c.err != nil {
		c.mu.Unlock()
		return false
	}
	c.err = err
	waiting, out := c.waiting, c.out
	c.waiting, c.strays, c.out = map[string]*request{}, nil, nil
	close(c.done)
	c.mu.Unlock()
	for _, o := range out {
		o.tell(err)
	}
	if len(waiting) > 0 {
		c.gone.Go(func() { // whoever ends it may hold what they need
			for _, r := range waiting {
				r.answer(Frame{}, err)
			}
		})
	}
	return true
}

func (c *Conn) read() {
	defer close(c.events) // what came before the end can still be read
	for {
		_, raw, err := c.socket.Read(context.Background())
		if err != nil {
			if c.end(ErrClosed) {
				_ = c.socket.CloseNow()
				if c.opt.Ended != nil {
					c.opt.Ended(c, err)
				}
			}
			return
		}
		c.heard.Store(time.Now().UnixNano())
		c.deliver(Decode(raw))
	}
}

func (c *Conn) deliver(f Frame, err error) {
	if err == nil {
		if r := c.asked(f); r != nil {
			if refusal := f.Refusal(); refusal != nil {
				r.answer(f, refusal)
			} else {
				r.answer(f, nil)
			}
			return
		}
	}
	if c.opt.Receive != nil {
		c.opt.Receive(c, f, err)
		return
	}
	for err == nil {
		select {
		case c.events <- f:
			return
		default: // nobody listens
			select {
			case <-c.events:
			default:
			}
		}
	}
}

// asked is the request that f answers, nil if there is none.
func (c *Conn) asked(f Frame) *request {
	c.mu.Lock()
	defer c.mu.Unlock()
	r := c.waiting[f.ID]
	if f.Type == "" && len(c.strays) > 0 { // API Gateway's own frames do not say what they answer
		r = c.strays[0]
	}
	c.settled(r)
	return r
}

// settled leaves a request that has its answer out of those that wait. The caller holds mu.
func (c *Conn) settled(r *request) {
	if r == nil {
		return
	}
	delete(c.waiting, r.id)
	c.strays = slices.DeleteFunc(c.strays, func(stray *request) bool { return stray == r })
}

func (c *Conn) write() {
	for {
		select {
		case <-c.wake:
		case <-c.done:
			return
		}
		for {
			c.mu.Lock()
			if len(c.out) == 0 {
				c.mu.Unlock()
				break
			}
			next := c.out[0]
			c.out = c.out[1:]
			c.mu.Unlock()
			// A network that takes nothing any more is found by whoever waits for an answer.
			err := c.socket.Write(context.Background(), websocket.MessageText, next.raw)
			next.tell(err)
			if err != nil {
				return // the reader tells
			}
		}
	}
}

func (o outgoing) tell(err error) {
	if o.written != nil {
		o.written <- err
	}
}

// put hands a frame to the writer. The caller holds mu.
func (c *Conn) put(o outgoing) error {
	if c.err != nil {
		return c.err
	}
	c.out = append(c.out, o)
	select {
	case c.wake <- struct{}{}:
	default:
	}
	return nil
}

// Ask sends a frame, with an ID of its own, and has answer called with what comes of it, once,
// unless forget is called before: a frame, a *Refusal, or why the connection ended. Answers come in
// the order in which the server gave them, among the frames that Receive gets; so do API Gateway's
// own failures, which do not say what they answer.
func (c *Conn) Ask(frame map[string]any, answer func(Frame, error)) (forget func(), err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	r, err := c.ask(frame, nil, answer)
	if err != nil {
		return nil, err
	}
	return func() { c.forget(r) }, nil
}

// ask is Ask. The caller holds mu.
func (c *Conn) ask(frame map[string]any, written chan error, answer func(Frame, error)) (*request, error) {
	c.next++
	r := &request{id: strconv.FormatInt(c.next, 36), answer: answer}
	frame["id"] = r.id
	raw, err := Encode(frame)
	if err == nil {
		err = c.put(outgoing{raw, written})
	}
	if err != nil {
		return nil, err
	}
	c.waiting[r.id] = r
	return r, nil
}

func (c *Conn) forget(r *request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.settled(r)
}

// Encode writes a frame as it goes out.
func Encode(frame map[string]any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(frame); err != nil {
		return nil, err
	}
	if b.Len()-1 > MaxFrame {
		return nil, ErrTooLarge
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}
