package parley

import (
	"context"
	"encoding/json"

	"github.com/parley-rtc/parley/client/go/wire"
)

// Sending is a signal on its way to the server.
type Sending struct{ result chan error }

// Wait returns nil when the server has taken it, or the peer has it, and else why it never will: ErrNoSuchPeer when the
// peer has left, ErrNotInRoom when we have, ErrTooLarge, ErrQueueFull. When ctx ends it goes on its
// way all the same.
func (s *Sending) Wait(ctx context.Context) error {
	select {
	case err := <-s.result:
		s.result <- err // for who else waits
		return err
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// Post sends data to one peer: in order, once, over losses of connections on both sides. It waits
// for nothing: what was posted first comes first, and is sent again until the peer has it. What
// does not fit one frame goes in several, up to 240,000 bytes. Whoever cares whether it will come
// asks the Sending. The empty name is ErrBadRequest.
func (r *Room) Post(to string, data any) *Sending {
	return r.say(data, func(raw json.RawMessage, settle func(error)) {
		if to == everybody {
			settle(fail(ErrBadRequest, "a signal to nobody: Broadcast goes to everybody"))
			return
		}
		r.post.signal(to, raw, settle)
	})
}

// Signal is Post and Wait.
func (r *Room) Signal(ctx context.Context, to string, data any) error {
	return r.Post(to, data).Wait(ctx)
}

// Broadcast sends data to everybody else who is not lost, in order and once; whose connection
// breaks just then may miss it. It waits for the server, not for the peers. When ctx ends it goes
// on its way all the same.
func (r *Room) Broadcast(ctx context.Context, data any) error {
	return r.say(data, r.post.broadcast).Wait(ctx)
}

// Update replaces what the others see about us. It returns when the server has it, or something
// later of ours: while the connection is lost that waits for the next one. If the server refuses it
// (ErrTooLarge), what was before stays.
func (r *Room) Update(ctx context.Context, data any) error {
	return r.say(data, r.data.set).Wait(ctx)
}

func (r *Room) say(data any, send func(json.RawMessage, func(error))) *Sending {
	s := &Sending{make(chan error, 1)}
	raw, err := encode(data)
	if err != nil {
		s.result <- err
		return s
	}
	r.loop.do(func() {
		if r.state == Left {
			s.result <- hasLeft()
			return
		}
		send(raw, func(err error) { s.result <- err })
	})
	return s
}

// Act asks for an action of the service's own, with fields of its own, and returns the whole
// answer.
func (r *Room) Act(ctx context.Context, action string, fields map[string]any) (json.RawMessage, error) {
	frame := map[string]any{}
	for name, value := range fields { // not later, when a MarshalJSON that asks the room would wait for itself
		raw, err := encode(value)
		if err != nil {
			return nil, err
		}
		frame[name] = raw
	}
	frame["action"] = action
	var answer json.RawMessage
	err := r.await(ctx, frame, func(f wire.Frame) error {
		answer = f.Raw
		return nil
	})
	return answer, err
}

// Report says that we cannot reach a peer, so that the server finds out whether its connection is
// gone.
func (r *Room) Report(ctx context.Context, peer string) error {
	return r.await(ctx, map[string]any{"action": "report", "peer": peer}, nil)
}

// Refresh asks who is here. It happens by itself when a frame about it was lost, or the
// last host has left: who is host then sees who waits to be let in.
func (r *Room) Refresh(ctx context.Context) error {
	return r.await(ctx, map[string]any{"action": "roster"}, func(f wire.Frame) error {
		if f.Type == "roster" {
			r.replace(f)
		}
		return nil
	})
}

// Leave gives the seat back, and waits until the server knows or ctx ends. So long it is said again
// where the server refuses it for the moment, and once the connection is back where that is lost.
// Who has not said goodbye is noticed by the server when the connection ends. To keep the seat for
// another process, close the transport instead: see Resume.
func (r *Room) Leave(ctx context.Context) {
	f := &farewell{room: r.name}
	r.loop.do(func() {
		f.self, f.resume = r.self, r.resume
		if r.state == Joined {
			f.line = r.transport.lineOf(r.name)
		} else {
			f.line, r.spare = r.spare, nil
		}
		here := f.line != nil || r.state == Away && f.resume != ""
		r.stop(nil)
		if here {
			r.transport.part(f)
		}
	})
	if f.over == nil { // there was no seat
		return
	}
	select {
	case <-f.over:
	case <-ctx.Done():
		r.loop.do(f.end)
	}
}
