package packet

import "encoding/json"

// Version is a generation of clients, by the number of their Engine.IO protocol.
type Version int

// The versions.
const (
	V3 Version = 3 // clients 2.x
	V4 Version = 4 // clients 3.x and 4.x
)

// Type is that of an Engine.IO packet.
type Type byte

// The types.
const (
	TypeOpen    Type = '0'
	TypeClose   Type = '1'
	TypePing    Type = '2'
	TypePong    Type = '3'
	TypeMessage Type = '4'
	TypeUpgrade Type = '5'
	TypeNoop    Type = '6'
	TypeBinary  Type = 'b' // an attachment
)

// Frame is what one frame holds.
type Frame struct {
	Type       Type
	Packet     Packet // of a message
	Attachment string // of TypeBinary, in base64
	Data       []byte // of the other types, what follows the type
}

// Kind is that of a Socket.IO packet.
type Kind byte

// The kinds.
const (
	KindConnect      Kind = '0'
	KindDisconnect   Kind = '1'
	KindEvent        Kind = '2'
	KindAck          Kind = '3'
	KindConnectError Kind = '4'
	KindBinaryEvent  Kind = '5'
	KindBinaryAck    Kind = '6'
)

const (
	// NoID is the id of a packet that has none.
	NoID = -1
	// MaxAttachments is how many a packet may have. The parsers of today's clients take no more.
	MaxAttachments = 10
)

// Packet is a Socket.IO packet. Its JSON is part of the frame that it was read from.
type Packet struct {
	Version     Version
	Kind        Kind
	Namespace   string // as long as the client likes
	Query       string // of the namespace: clients 2.x only
	ID          int64  // of the acknowledgement that is asked for or given, or NoID
	Data        []byte // valid JSON, or nil: an array for events and acks, and credentials of a connect
	Attachments int
}

// Binary reports whether frames with attachments follow, without which the packet is not whole.
func (p Packet) Binary() bool { return p.Attachments > 0 }

// Event returns the name and arguments of an event. It fails with ErrReserved or another Error. A name
// that is a number comes as the string that JavaScript makes of it: listeners cannot tell.
func (p Packet) Event() (name string, args []json.RawMessage, err error) {
	args = p.Args()
	if len(args) == 0 {
		return "", nil, errName
	}
	if name, err = nameOf(args[0]); err != nil {
		return "", nil, err
	}
	if Reserved(p.Version, name) {
		return "", nil, ErrReserved
	}
	return name, args[1:], nil
}

// Args returns the arguments of an acknowledgement.
func (p Packet) Args() []json.RawMessage {
	if p.Data == nil {
		return nil
	}
	return elements(p.Data)
}

// Reserved reports whether the name is one that events on the wire may not have, because it is what
// happens to the socket itself: who receives one would take it for that, or drops the connection.
func Reserved(v Version, name string) bool {
	switch name {
	case "connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener":
		return true
	case "error":
		return v == V3
	}
	return false
}
