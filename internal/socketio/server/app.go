package server

import (
	"context"
	"encoding/json"
	"errors"
)

// ErrNoNamespace says of a namespace that no App serves it.
var ErrNoNamespace = errors.New("nothing serves the namespace")

// An App is the application half. Its methods are called for several sockets at once, and for several
// events of one. An error ends an event and is for the log: the client is told nothing of it, as by
// other servers.
type App interface {
	// Connected is told of a socket that has just connected to its namespace. The client knows
	// already.
	Connected(ctx context.Context, s Socket) error
	// Event carries out what a client has emitted.
	Event(ctx context.Context, s Socket, e Event) error
	// Answered is told what a client acknowledged of an event that asked for it with that number.
	Answered(ctx context.Context, s Socket, ask int, args []json.RawMessage) error
	// Left is told, for each room that a socket was in when it disconnected, that it is out. What the
	// socket may do then is emit; its name and data are those it had.
	Left(ctx context.Context, s Socket, room string) error
	// Disconnected is told once of a socket that has ended, after Left.
	Disconnected(ctx context.Context, s Socket) error
	// Needs says what an App of the kind asks to be kept for it.
	Needs() Needs
}

// An Admitter is an App that decides who connects.
type Admitter interface {
	// Admit is asked before the client knows that it has connected, and before Connected. What the
	// socket may do is SetName and SetData, and what only reads. A Refusal is told to the client as
	// connect_error; it is told of any other error that it was one, and the socket does not connect
	// either.
	Admit(ctx context.Context, s Socket) error
}

// A Refusal is why a socket may not connect: the message and data of the client's connect_error.
type Refusal struct {
	Message string
	Data    json.RawMessage // nil if there is none
}

func (r *Refusal) Error() string { return r.Message }

// Complaint is why an event of a client came to nothing, for the log: the client asked for what there
// is not. It is no fault of the service's, and holds nothing of what the client sent.
type Complaint string

func (c Complaint) Error() string { return string(c) }

// Needs is what costs something for each socket, and so is kept for an App that uses it only.
type Needs struct {
	// Everyone: Socket.Everyone, and emitting to All and to Rest, two writes a socket. What is not
	// needed is not there: nobody is reached.
	Everyone bool
	// Own: Name and Data change after a socket connected, so that what this process knows of them has
	// to be looked up now and then.
	Own bool
}

// Event is an event as one side emits it: its name and arguments. Binary arguments stand in them as
// {"_placeholder":true,"num":N}, with Attachments[N] in base64.
type Event struct {
	Name        string
	Args        []json.RawMessage
	Attachments []string
	Ack         bool // the client waits for an acknowledgement
	Ask         int  // of one that an App emits: above 0, the client's acknowledgement comes to Answered
}

// Reserved reports whether no event may have the name: clients emit it for themselves, and give up
// the connection when one comes.
func Reserved(event string) bool {
	switch event {
	case "connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener":
		return true
	}
	return false
}
