package server

import (
	"context"
	"encoding/json"
	"errors"
	"net/url"
	"strings"
)

// The errors that an App acts on. They may be wrapped.
var (
	// ErrFull: as many sockets are in the room as may be.
	ErrFull = errors.New("the room is full")
	// ErrTaken: another socket of the namespace has the name, and lives.
	ErrTaken = errors.New("the name is taken")
	// ErrTooMany: the socket is in as many rooms as may be, or joins too often.
	ErrTooMany = errors.New("too many rooms")
	// ErrNoSocket: the namespace has no such socket (any more).
	ErrNoSocket = errors.New("there is no such socket")
	// ErrChanged: the value is not at that revision (any more).
	ErrChanged = errors.New("the value has changed")
)

// Socket is one client in one namespace at one event. What its methods send goes out before they
// return, so that what is sent first arrives first. Rooms, names and values are the namespace's.
//
// Each socket is also in a room of its own, that has its id, as by other servers: emitting to that
// room, or asking for its members, reaches it alone. Rooms and App.Left do not mention it.
type Socket interface {
	ID() string        // socket.id, by which others reach it
	Namespace() string // with its slash
	Query() url.Values // of the handshake, as far as it is remembered
	Auth() json.RawMessage

	// Name returns the app's own id of the socket, by which others reach it too; "" if it has none.
	Name(ctx context.Context) (string, error)
	// SetName gives it one. Another socket that has the name loses it, or, if exclusive, this fails
	// with ErrTaken. A name that the socket had before it loses.
	SetName(ctx context.Context, name string, exclusive bool) error
	// Data returns what was set.
	Data(ctx context.Context) (map[string]json.RawMessage, error)
	// SetData sets members of the data; null removes one. All of it is at most MaxData bytes long,
	// or it fails. Others see it as that of a Member, but for what begins with a dollar: that is the
	// App's own.
	SetData(ctx context.Context, change map[string]json.RawMessage) error

	// Kept is Data for an App that sets it once: where this process knows of any nothing is read, so
	// it may be that of an earlier event.
	Kept(ctx context.Context) (map[string]json.RawMessage, error)

	// Join joins a room, in which there may be so many sockets with this one; 0 is as many as there can
	// be. It returns who is in it now, this one among them, in the order of joining. It fails with
	// ErrFull, and returns who is there then; or with ErrTooMany.
	Join(ctx context.Context, room string, most int) ([]Member, error)
	// Leave leaves a room. It reports whether the socket was in it. App.Left is not called.
	Leave(ctx context.Context, room string) (was bool, err error)
	// Rooms returns those that the socket is in, in the order of their names, as far as this process
	// knows.
	Rooms(ctx context.Context) ([]string, error)
	// RoomsNow is Rooms for an event that comes to nothing without them: two events of one client may
	// be handled at once, and the later first. So if there are none the join is waited for, two
	// seconds at most; and those that there are are asked for the socket.
	RoomsNow(ctx context.Context) ([]string, error)
	// Members returns who is in a room, in the order of joining.
	Members(ctx context.Context, room string) ([]Member, error)
	// Everyone returns the sockets of the namespace, in the order of connecting.
	Everyone(ctx context.Context) ([]Member, error)
	// Pair waits in a queue, or, if somebody else waits there, takes that one out of it and puts both
	// into a fresh room, whose name it returns: "" if it waits. A socket is in a queue once.
	Pair(ctx context.Context, queue string) (room string, err error)

	// Emit sends an event to whom the target names. Whoever is not there is left out.
	Emit(ctx context.Context, to Target, e Event) error
	// Ack acknowledges the event that is being handled: once, and only if the client asked for it, or
	// it does nothing.
	Ack(ctx context.Context, args []json.RawMessage, attachments []string) error

	// Other returns another socket of the namespace to act on, by its id or its name: to join it to
	// rooms, to set its data, to disconnect it. It fails with ErrNoSocket, and so does what changes a
	// socket that has gone. By an id it costs nothing, and does not know yet if the socket is there.
	Other(ctx context.Context, who string) (Socket, error)

	// IsID reports whether that is the id of a socket of the namespace, which may have gone. It costs
	// nothing.
	IsID(who string) bool

	// Value returns what is kept for a room under a key, whether anybody is in the room or not; the
	// room "" is the namespace. A value lives for two hours after it was set.
	Value(ctx context.Context, room, key string) (Value, error)
	// SetValue sets a value that is at revision rev, or at any if that is AnyRev, and returns its new
	// revision; null takes it away, and so does nil. It fails with ErrChanged, and above MaxValue bytes.
	SetValue(ctx context.Context, room, key string, value json.RawMessage, rev int64) (int64, error)

	// Disconnect ends the socket, and the client hears so: it does not connect again by itself. What
	// App.Left and App.Disconnected have to do is done when this returns.
	Disconnect(ctx context.Context) error
}

// The bounds.
const (
	MaxData    = 300       // bytes of the data of a socket, as JSON
	MaxName    = 200       // bytes of the name of a room, a queue, a socket or a key
	MaxRooms   = 50        // that a socket is in
	MaxMembers = 128       // of a room
	MaxValue   = 100 << 10 // bytes of a value
	MaxEvent   = 128 << 10 // bytes of an event's name, arguments and attachments
)

// AnyRev lets SetValue replace a value whatever its revision.
const AnyRev = -1

// Value is what is kept for a room. The zero Rev is one that never was; each change adds one, that
// which takes it away too.
type Value struct {
	JSON json.RawMessage // nil if there is none
	Rev  int64
}

// Member is another socket, or the same, as others see it.
type Member struct {
	ID   string
	Name string
	Data map[string]json.RawMessage
}

// Public returns what others see of the data of a socket.
func Public(data map[string]json.RawMessage) map[string]json.RawMessage {
	public := make(map[string]json.RawMessage, len(data))
	for k, v := range data {
		if !strings.HasPrefix(k, "$") {
			public[k] = v
		}
	}
	return public
}

// Target is whom an event goes to.
type Target struct {
	Kind Kind
	To   string   // of Room and Others: the room; of One: a socket's id, or else a name, or else a room
	IDs  []string // of Some
}

// Kind is a kind of target.
type Kind int

// The kinds.
const (
	Self   Kind = iota // the socket itself
	Room               // who is in the room, this socket among them if it is
	Others             // the same without this socket
	Mine               // who is in one of the rooms that this socket is in, without it, each once
	All                // the namespace
	Rest               // the same without this socket
	One                // whom the name names, this socket too
	Some               // the sockets with these ids, each once
)
