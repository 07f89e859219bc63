package parley

import (
	"context"
	"time"

	"github.com/parley-rtc/parley/client/go/wire"
)

// unreachable is why nothing can be asked just now.
func (t *Transport) unreachable() error {
	if t.state == closed {
		return closedByUs()
	}
	return later(ErrSocketClosed, "not connected to the server")
}

// request has done told, later, what comes of a frame: an error is one of ours. After
// ErrSocketClosed and ErrTimeout the server may or may not have acted.
func (t *Transport) request(frame map[string]any, timeout time.Duration, done answered) (forget func()) {
	if t.state != open || t.line == nil {
		t.loop.soon(func() { done(wire.Frame{}, t.unreachable()) })
		return func() {}
	}
	room, _ := frame["room"].(string)
	return t.requestBy(t.lineOf(room), frame, timeout, done)
}

// lineOf is the line that has, or is to have, the seat in a room.
func (t *Transport) lineOf(room string) *wire.Conn {
	if t.moved[room] {
		return t.next
	}
	return t.line
}

func (t *Transport) requestBy(
	line *wire.Conn, frame map[string]any, timeout time.Duration, done answered,
) (forget func()) {
	t.armKeepAlive()
	asked := time.Now()
	suspicion := t.loop.after(min(pingPatience, t.timeout/2), func() {
		if line == t.line && !line.Heard().After(asked) && frame["action"] != "ping" {
			t.ping()
		}
	})
	return t.ask(line, frame, timeout, func(f wire.Frame, err error) {
		suspicion.stop()
		done(f, err)
	})
}

// ask is request on that line, with no eye to its life.
func (t *Transport) ask(line *wire.Conn, frame map[string]any, timeout time.Duration, done answered) (forget func()) {
	settled := false
	var limit *timer
	settle := func(f wire.Frame, err error) {
		if !settled {
			settled = true
			limit.stop()
			done(f, fromWire(err))
		}
		t.seated(line, f)
	}
	unask, err := line.Ask(frame, func(f wire.Frame, err error) { t.loop.do(func() { settle(f, err) }) })
	if err != nil {
		t.loop.soon(func() { settle(wire.Frame{}, err) })
		return func() { settled = true }
	}
	limit = t.loop.after(timeout, func() {
		unask()
		settle(wire.Frame{}, later(ErrTimeout, "no answer in time"))
	})
	return func() {
		settled = true
		limit.stop()
		unask()
	}
}

// await is request for callers, who do not hold the loop. then gets the answer with the loop held,
// before any frame that came after it; nil does nothing with it.
func (t *Transport) await(ctx context.Context, frame map[string]any, then func(wire.Frame) error) error {
	return t.awaitBy(ctx, then, func(done answered) (forget func()) { return t.request(frame, t.timeout, done) })
}

func (t *Transport) awaitBy(
	ctx context.Context, then func(wire.Frame) error, ask func(answered) (forget func()),
) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	result := make(chan error, 1)
	var forget func()
	t.loop.do(func() {
		forget = ask(func(f wire.Frame, err error) {
			if err == nil && then != nil {
				err = then(f)
			}
			result <- err
		})
	})
	select {
	case err := <-result:
		return err
	case <-ctx.Done():
		t.loop.do(forget)
	}
	select {
	case err := <-result: // just in time
		return err
	default:
		return context.Cause(ctx)
	}
}
