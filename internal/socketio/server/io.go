package server

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
)

// IO is a server in Go: an App that is put together from handlers, as in a server.js. What it hears
// of is that of the main namespace, but for what is said to Of.
//
//	io := server.New()
//	io.On("join-room", func(ctx context.Context, c *server.Client) error {
//		var room, user string
//		if err := c.Args(&room, &user); err != nil {
//			return err
//		}
//		if _, err := c.Join(ctx, room); err != nil {
//			return err
//		}
//		return c.To(room).Emit(ctx, "user-connected", user)
//	})
//
// Everything is said to it before it is served, and nothing later. Two events may be handled by two
// processes, so handlers share nothing but what they keep with sockets, rooms and values.
type IO struct {
	*Namespace
	namespaces map[string]*Namespace
	answers    []Handler
	everyone   bool
}

var (
	_ App      = (*IO)(nil)
	_ Admitter = (*IO)(nil)
)

// New returns a server without handlers.
func New() *IO {
	io := &IO{namespaces: map[string]*Namespace{}}
	io.Namespace = io.Of("/")
	return io
}

// Of returns the namespace of that name, with its slash; "*" is any that nothing else is said of.
// What is in no such namespace is refused.
func (io *IO) Of(name string) *Namespace {
	n := io.namespaces[name]
	if n == nil {
		n = &Namespace{io: io, events: map[string][]Handler{}}
		io.namespaces[name] = n
	}
	return n
}

// KeepEveryone keeps who is in the namespace, for Broadcast, All and Everyone, which else fail. It
// costs two writes more for each socket.
func (io *IO) KeepEveryone() { io.everyone = true }

// OnAck has handler told what clients acknowledge of events that ask for it with the Answer. Handlers
// are known by their number: add new ones behind the others, so that a new version understands what
// clients were asked by the last.
func (io *IO) OnAck(handler Handler) Answer {
	io.answers = append(io.answers, handler)
	return Answer(len(io.answers))
}

// Answer is what is to be done with an acknowledgement.
type Answer int

// Needs implements App.
func (io *IO) Needs() Needs { return Needs{Everyone: io.everyone, Own: true} }

// in returns the namespace of a socket.
func (io *IO) in(s Socket) *Namespace {
	if n := io.namespaces[s.Namespace()]; n != nil {
		return n
	}
	return io.namespaces["*"]
}

// Admit implements Admitter by what is said to Use.
func (io *IO) Admit(ctx context.Context, s Socket) error {
	n := io.in(s)
	if n == nil {
		return &Refusal{Message: "Invalid namespace"}
	}
	for _, handler := range n.uses {
		if err := handler(ctx, &Client{io: io, socket: s}); err != nil {
			return err
		}
	}
	return nil
}

// Connected implements App.
func (io *IO) Connected(ctx context.Context, s Socket) error {
	return runAll(ctx, &Client{io: io, socket: s}, io.in(s).connect)
}

// Event implements App.
func (io *IO) Event(ctx context.Context, s Socket, e Event) error {
	n, c := io.in(s), &Client{io: io, socket: s, event: &e}
	return errors.Join(runAll(ctx, c, n.any), runAll(ctx, c, n.events[e.Name]))
}

// Answered implements App.
func (io *IO) Answered(ctx context.Context, s Socket, ask int, args []json.RawMessage) error {
	if ask < 1 || ask > len(io.answers) {
		return fmt.Errorf("a client acknowledged what was asked with %d, but there are %d answers", ask, len(io.answers))
	}
	return io.answers[ask-1](ctx, &Client{io: io, socket: s, event: &Event{Args: args}})
}

// Left implements App.
func (io *IO) Left(ctx context.Context, s Socket, room string) error {
	var errs []error
	for _, handler := range io.in(s).leave {
		errs = append(errs, handler(ctx, &Client{io: io, socket: s}, room))
	}
	return errors.Join(errs...)
}

// Disconnected implements App.
func (io *IO) Disconnected(ctx context.Context, s Socket) error {
	return runAll(ctx, &Client{io: io, socket: s}, io.in(s).disconnect)
}

// runAll runs handlers in their order, all of them, as each knows nothing of the others.
func runAll(ctx context.Context, c *Client, handlers []Handler) error {
	var errs []error
	for _, handler := range handlers {
		errs = append(errs, handler(ctx, c))
	}
	return errors.Join(errs...)
}
