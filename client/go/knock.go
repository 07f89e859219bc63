package parley

import (
	"context"
	"encoding/json"
	"time"

	"github.com/parley-rtc/parley/client/go/wire"
)

// KnockOptions say who waits. All may be left out.
type KnockOptions struct {
	// Name is the one to come in with, unless the token says one.
	Name string
	// Data is what the hosts see about us, at most 4 KB of JSON.
	Data any
}

// knocking is one who waits.
type knocking struct {
	transport  *Transport
	room, name string
	data       json.RawMessage
	result     chan error
	line       *wire.Conn // by which it was said last
	pass       string     // for that line
	forget     func()
	decided    bool
	heard      bool      // hosts know of it
	taken      time.Time // since when our name is held by a connection of ours that is lost; zero when it is not
	attempt    int
}

// Knock asks the hosts of a room to be let in, and waits until one decides: it returns the pass for
// Join on the same connection, or ErrDenied, or what the server said at once. It knocks again when
// the connection was lost or replaced meanwhile. When ctx ends, the hosts hear that nobody waits any
// more.
func (t *Transport) Knock(ctx context.Context, room string, opt *KnockOptions) (pass string, err error) {
	pass, _, err = t.knock(ctx, room, opt)
	return pass, err
}

// knock tells also which line the pass is for; nil when nobody was asked.
func (t *Transport) knock(
	ctx context.Context, room string, opt *KnockOptions,
) (pass string, line *wire.Conn, err error) {
	k := &knocking{transport: t, room: room, result: make(chan error, 1), forget: func() {}}
	if opt != nil {
		k.name = opt.Name
		if opt.Data != nil {
			if k.data, err = encode(opt.Data); err != nil {
				return "", nil, err
			}
		}
	}
	var twice error
	t.loop.do(func() {
		if twice = t.mayKnock(room); twice != nil {
			return
		}
		t.comesTo(room)
		t.knocks[k] = true
		switch t.state {
		case open:
			k.ask()
		case closed:
			k.settle(closedByUs())
		}
	})
	if twice != nil {
		return "", nil, twice
	}
	select {
	case err = <-k.result:
	case <-ctx.Done():
		err = context.Cause(ctx)
	}
	t.loop.do(func() {
		line = k.line
		delete(t.knocks, k)
		k.forget()
		unheard := ctx.Err() != nil || reasonOf(err) == ErrTimeout // by us: hosts may see it
		if unheard && k.pass == "" && t.state == open && t.mayCome(room) == nil {
			t.giveUp(t.line, room)
		}
	})
	return k.pass, line, err
}

func (t *Transport) mayKnock(name string) error {
	for k := range t.knocks {
		if k.room == name {
			return fail(ErrBadRequest, "this transport knocks there already")
		}
	}
	return t.mayCome(name)
}

func (k *knocking) settle(err error) {
	if !k.decided {
		k.decided = true
		k.result <- err
	}
}

func (k *knocking) ask() {
	if k.decided {
		return
	}
	k.line = k.transport.line
	frame := map[string]any{"action": "knock", "room": k.room}
	add(frame, "peer", k.name)
	if k.data != nil {
		frame["data"] = k.data
	}
	k.forget = k.transport.request(frame, k.transport.timeout, func(_ wire.Frame, err error) {
		switch reason := reasonOf(err); {
		case err == nil:
			k.heard, k.taken, k.attempt = true, time.Time{}, 0
		case reason == ErrSocketClosed: // the transport heals it, and then this asks anew
		case reason == ErrNameTaken && k.heard && k.patient():
			k.forget = k.transport.loop.after(joinSlowly.wait(k.attempt), k.ask).stop
			k.attempt++
		default:
			k.settle(err)
		}
	})
}

// patient says whether to wait for a name that the server may still hold for our own lost connection.
func (k *knocking) patient() bool {
	if k.taken.IsZero() {
		k.taken = time.Now()
	}
	return time.Since(k.taken) < lockedOut
}

// move knocks by the connection that has replaced another. The server knows who knocks by the
// connection, and keeps the name for it until that says goodbye.
func (k *knocking) move(former *wire.Conn) {
	if k.decided {
		return
	}
	k.forget()
	k.line = nil
	goodbye := map[string]any{"action": "leave", "room": k.room}
	k.forget = k.transport.ask(former, goodbye, k.transport.timeout, func(wire.Frame, error) { k.ask() })
}

func (k *knocking) receive(line *wire.Conn, f wire.Frame) {
	switch {
	case f.Type == "admitted" && f.Pass != "":
		if line != k.line { // for which the pass is
			return
		}
		k.pass = f.Pass
		k.settle(nil)
	case f.Type == "denied" && f.Peer == "":
		message := f.By + " does not let you in"
		if f.Reason != "" {
			message += ": " + f.Reason
		}
		k.settle(fail(ErrDenied, message))
	}
}

func (k *knocking) connection(state transportState) {
	switch state {
	case open:
		k.forget()
		k.ask()
	case closed:
		k.settle(closedByUs())
	}
}
