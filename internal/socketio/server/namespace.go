package server

import "context"

// Handler does something with a client at one event. An error is for the log: the client is not told.
// What it starts has to end before it returns, and the Client is not for use later.
type Handler func(ctx context.Context, c *Client) error

// Namespace is what is to be done in one namespace. Several handlers of one kind run one after the
// other.
type Namespace struct {
	io         *IO
	uses       []Handler
	connect    []Handler
	any        []Handler
	events     map[string][]Handler
	leave      []func(context.Context, *Client, string) error
	disconnect []Handler
}

// Use has handler asked before a client connects, in the order of Use: the first error refuses it.
// With that of Refuse the client is told why, with any other that it was an internal one. All that the
// handler may do to the client is SetName, ClaimName and SetData.
func (n *Namespace) Use(handler Handler) { n.uses = append(n.uses, handler) }

// Refuse returns an error for Use: the message and the data, if not nil, of the client's connect_error.
func Refuse(message string, data any) error {
	r := &Refusal{Message: message}
	if data != nil {
		raw, err := encode(data)
		if err != nil {
			return err
		}
		r.Data = raw
	}
	return r
}

// OnConnect has handler told of clients that have connected: io.on("connection").
func (n *Namespace) OnConnect(handler Handler) { n.connect = append(n.connect, handler) }

// On has handler told of an event that clients emit: socket.on(event).
func (n *Namespace) On(event string, handler Handler) {
	n.events[event] = append(n.events[event], handler)
}

// OnAny has handler told of all events that clients emit, before those of On: socket.onAny().
func (n *Namespace) OnAny(handler Handler) { n.any = append(n.any, handler) }

// OnLeave has handler told of each room that a client was in when it disconnected, which it is out of
// by then: the rooms of socket.on("disconnecting"). It is not told of Leave.
func (n *Namespace) OnLeave(handler func(ctx context.Context, c *Client, room string) error) {
	n.leave = append(n.leave, handler)
}

// OnDisconnect has handler told of clients that have gone, after OnLeave: socket.on("disconnect").
func (n *Namespace) OnDisconnect(handler Handler) { n.disconnect = append(n.disconnect, handler) }
