package parley

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/parley-rtc/parley/client/go/wire"
)

const (
	// API Gateway closes a socket after 10 idle minutes; protocol pings do not count, and whether
	// its own messages to us do is not documented. So a ping goes out this long after the last
	// thing that we sent.
	keepAlive    = 8*time.Minute + 30*time.Second
	pingPatience = 5 * time.Second
	usualTimeout = 10 * time.Second
)

var reconnect = backoff{500 * time.Millisecond, 30 * time.Second}

// transportState is where a Transport is with its socket.
type transportState int

const (
	connecting transportState = iota
	open
	waiting // to try again
	closed
)

// Transport is a WebSocket that speaks parley.v1 and comes back when it is lost. Its methods may be
// called from any goroutine.
type Transport struct {
	url     string
	opt     Options
	timeout time.Duration
	loop    loop
	work    sync.WaitGroup // goroutines, and sockets that are being closed
	end     context.CancelCauseFunc
	life    context.Context //nolint:containedctx // the transport's own, which Close ends: no caller's

	state        transportState
	line         *wire.Conn
	attempt      int
	told         string // why the server does not let us back in, so that nobody is told twice
	pinging      bool
	keepAlive    *timer
	reconnecting *timer
	rooms        map[*Room]bool
	knocks       map[*knocking]bool
	farewells    map[*farewell]bool
	entry        entry
	renewal
}

// Dial connects. A first failure is returned (ErrBadURL, ErrNoToken, ErrSocketClosed, ErrTimeout,
// or why ctx ended); later losses are healed without a word but the StateChanged of rooms. The
// context is for the dialing only.
func Dial(ctx context.Context, address string, opt *Options) (*Transport, error) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Scheme != "ws" && u.Scheme != "wss" {
		return nil, &Error{Reason: ErrBadURL, Message: "not the URL of a WebSocket API", Err: err}
	}
	t := &Transport{url: address, timeout: usualTimeout}
	t.rooms, t.knocks, t.farewells = map[*Room]bool{}, map[*knocking]bool{}, map[*farewell]bool{}
	t.retired = map[*wire.Conn]*timer{}
	if opt != nil {
		t.opt = *opt
	}
	if t.opt.Timeout > 0 {
		t.timeout = t.opt.Timeout
	}
	t.life, t.end = context.WithCancelCause(context.WithoutCancel(ctx))
	line, err := t.dial(ctx)
	if err != nil {
		t.end(err)
		return nil, err
	}
	t.loop.do(func() {
		t.adopt(line)
		t.setState(open)
	})
	return t, nil
}

// Close closes for good, without leaving rooms: their seats are kept for the grace that the service
// gives. Waiting calls return ErrClosed, and the rooms end with it. It returns when all has gone.
func (t *Transport) Close() error {
	t.loop.do(func() {
		if t.state == closed {
			return
		}
		err := closedByUs()
		t.reconnecting.stop()
		t.setState(closed)
		t.end(err)
		for line := range t.retired {
			t.release(line, err)
		}
		t.drop(err)
	})
	t.work.Wait()
	return nil
}

// NetworkChanged says that this machine has another network, or has slept: the socket is tried, and
// replaced without a gap. Where nobody says so, a dead socket is found by the next answer that is
// overdue.
func (t *Transport) NetworkChanged() {
	t.loop.do(func() {
		switch t.state {
		case waiting:
			t.retry()
		case open:
			t.ping()
			if time.Since(t.lastRenewal) >= renewPause {
				t.renew(func(error) {}) // if that fails, the ping decides
			}
		}
	})
}

// dial makes a socket. The loop is not held.
func (t *Transport) dial(ctx context.Context) (*wire.Conn, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	defer context.AfterFunc(t.life, func() { cancel(context.Cause(t.life)) })()
	limit := time.AfterFunc(t.timeout, func() { cancel(later(ErrTimeout, "no connection in time")) })
	defer limit.Stop()
	opt := wire.Options{Header: t.opt.Header, HTTPClient: t.opt.HTTPClient}
	if t.opt.Token != nil {
		var err error
		if opt.Token, err = t.opt.Token(ctx); err != nil {
			if ctx.Err() != nil {
				return nil, context.Cause(ctx)
			}
			return nil, &Error{Reason: ErrNoToken, Message: "no token to connect with: " + err.Error(), Retry: true, Err: err}
		}
	}
	opt.Receive = func(line *wire.Conn, f wire.Frame, err error) { t.loop.do(func() { t.receive(line, f, err) }) }
	opt.Ended = func(line *wire.Conn, _ error) { t.loop.do(func() { t.ended(line) }) }
	line, err := wire.Dial(ctx, t.url, opt)
	switch {
	case err == nil:
		return line, nil
	case ctx.Err() != nil:
		return nil, context.Cause(ctx)
	}
	return nil, cannotConnect(err)
}

func (t *Transport) adopt(line *wire.Conn) {
	t.line = line
	t.lineEnded = false
	t.replaced = nil
	t.attempt, t.renewAttempt, t.told = 0, 0, ""
	t.armKeepAlive()
	t.renewIn(renewAfter + backoff{renewSpread, renewSpread}.wait(0))
	select {
	case <-line.Done(): // so soon that nobody could be told
		t.loop.soon(func() { t.ended(line) })
	default:
	}
}

func (t *Transport) ended(line *wire.Conn) {
	if t.state == closed {
		return
	}
	t.work.Go(line.Gone)
	t.retired[line].stop()
	delete(t.retired, line)
	switch {
	case line != t.line:
	case t.next != nil:
		t.lineEnded = true // its successor may be there already
	default:
		t.lost("the connection was lost")
	}
}

func (t *Transport) lost(message string) {
	t.drop(later(ErrSocketClosed, message))
	t.retryLater()
}

func (t *Transport) retryLater() {
	if t.state == closed {
		return
	}
	t.setState(waiting)
	t.reconnecting = t.loop.after(reconnect.wait(t.attempt), t.retry)
	t.attempt++
}

func (t *Transport) retry() {
	t.reconnecting.stop()
	t.setState(connecting)
	t.work.Go(func() {
		line, err := t.dial(t.life)
		t.loop.do(func() {
			switch {
			case err != nil:
				t.keptOut(err)
				t.retryLater()
			case t.state == closed:
				t.shut(line, closedByUs())
			default:
				t.adopt(line)
				t.setState(open)
			}
		})
	})
}

// keptOut tells of a failure that is no matter of the network, and may last until somebody does
// something about it.
func (t *Transport) keptOut(err error) {
	refused, ok := errors.AsType[*wire.HandshakeError](err)
	ours := ok && refused.Status/100 == 4 && refused.Status != http.StatusTooManyRequests
	if (ours || reasonOf(err) == ErrNoToken) && t.told != err.Error() && t.state != closed {
		t.told = err.Error()
		t.trouble(err)
	}
}

func closedByUs() *Error { return fail(ErrClosed, "the transport was closed") }

// shut lets go of a line. Close waits for it.
func (t *Transport) shut(line *wire.Conn, err error) {
	line.Shut(err)
	t.work.Go(line.Gone)
}

// ping finds out whether an open socket still lives.
func (t *Transport) ping() {
	if t.pinging {
		return
	}
	t.pinging = true
	line, asked := t.line, time.Now()
	t.request(map[string]any{"action": "ping"}, min(pingPatience, t.timeout), func(_ wire.Frame, err error) {
		t.pinging = false
		if reasonOf(err) != ErrTimeout { // an answer, or told in another way
			return
		}
		// A socket whose other end vanished without a close looks open for minutes; silence after a
		// ping is the proof.
		t.afterRenewal(func() {
			if t.line == line && t.state == open && !line.Heard().After(asked) {
				t.lost("the server no longer answers")
			}
		})
	})
}

func (t *Transport) armKeepAlive() {
	t.keepAlive.stop()
	t.keepAlive = t.loop.after(keepAlive, t.ping)
}

func (t *Transport) receive(line *wire.Conn, f wire.Frame, err error) {
	select {
	case <-line.Done(): // let go: what it says of us is of before
		return
	default:
	}
	switch {
	case err != nil:
		t.trouble(&Error{Reason: ErrBadFrame, Message: "the server sent a frame that is not parley.v1", Err: err})
		return
	case f.Type == "error" && f.ID != "": // the late answer to a request that was given up
		return
	case f.Type == "joined": // so is this
		t.seated(line, f)
		return
	case f.Refusal() != nil:
		t.trouble(fromWire(f.Refusal()))
		return
	case f.Type == "kicked" && f.Reason == "replaced" && t.ofOurs(line, f):
		return
	}
	t.tell(line, f)
}

// seated sees to it that no seat is left that no room of ours has taken.
func (t *Transport) seated(line *wire.Conn, f wire.Frame) {
	if f.Type != "joined" {
		return
	}
	for room := range t.rooms {
		if room.name == f.Room {
			if room.state != Joined {
				room.spare = line
			}
			return
		}
	}
	t.giveUp(line, f.Room)
}

func (t *Transport) tell(line *wire.Conn, f wire.Frame) {
	for room := range t.rooms {
		if room.name == f.Room {
			room.receive(f)
		}
	}
	for k := range t.knocks {
		if k.room == f.Room {
			k.receive(line, f)
		}
	}
}

func (t *Transport) trouble(err error) {
	for room := range t.rooms {
		room.emit(Trouble{err})
	}
}

// drop lets go of the socket, if any, and of everybody who waits for an answer from it.
func (t *Transport) drop(err error) {
	t.keepAlive.stop()
	t.renewing.stop()
	for _, line := range []*wire.Conn{t.line, t.next} {
		if line != nil {
			t.shut(line, err)
		}
	}
	t.line = nil
}

func (t *Transport) setState(state transportState) {
	if t.state == state || t.state == closed {
		return
	}
	t.state = state
	for room := range t.rooms {
		room.connection(state)
	}
	for k := range t.knocks {
		k.connection(state)
	}
	for f := range t.farewells {
		f.connection(state)
	}
}
