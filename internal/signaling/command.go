package signaling

import "encoding/json"

// Request is what every command carries for its answer.
type Request struct {
	Action string // the action as the client named it, for the error that may follow
	ID     string // the client's correlation, opaque and in the dialect's own form; empty when none was given
}

// Req returns the request itself; it makes each command a Command.
func (r Request) Req() Request { return r }

// A Command is one decoded request of a client. Names in it are valid by CheckName. Data is a JSON value exactly as it
// was sent; nil is absent.
type Command interface{ Req() Request }

// The commands.
type (
	// Join takes a seat in a room, which it opens if need be. Without a name the server makes one up.
	Join struct {
		Request
		Room   RoomID
		Peer   PeerName // optional
		Data   json.RawMessage
		Resume string // optional: from an earlier Joined
		Pass   string // optional: from an Admitted
	}
	// Report says that the sender cannot reach a peer: its socket is probed.
	Report struct {
		Request
		Room RoomID
		Peer PeerName
	}
	// Leave gives the seat back.
	Leave struct {
		Request
		Room RoomID
	}
	// Signal carries Data to one peer, by Address without reading the room, else by name.
	Signal struct {
		Request
		Room    RoomID
		To      PeerName
		Address string // optional
		Data    json.RawMessage
		N       json.RawMessage // optional: the sender's counter
		Order   Order           // Unordered with N: then receivers put it in order
	}
	// Broadcast carries Data to all other peers of the room. Who is in it at Rev is not missed.
	Broadcast struct {
		Request
		Room RoomID
		Data json.RawMessage
		N    json.RawMessage // optional: the sender's counter
		Rev  int64           // optional: the latest revision of the room that the sender knows
	}
	// Update replaces the sender's own data.
	Update struct {
		Request
		Room RoomID
		Data json.RawMessage
		Rev  int64 // optional: as Broadcast's; then Done says the one of this change
	}
	// ListRoster asks for the other peers of the room.
	ListRoster struct {
		Request
		Room RoomID
	}
	// Kick removes a peer, and closes its connection if it has no other seat. Only a host may.
	Kick struct {
		Request
		Room   RoomID
		Peer   PeerName
		Reason string // optional, for people
	}
	// SetLock locks the room against further joins, or unlocks it. Only a host may.
	SetLock struct {
		Request
		Room   RoomID
		Locked bool
	}
	// Knock asks the hosts of a room to be let in.
	Knock struct {
		Request
		Room RoomID
		Peer PeerName        // optional
		Data json.RawMessage // optional, for the hosts
	}
	// Admit lets in somebody who waits. Only a host may.
	Admit struct {
		Request
		Room RoomID
		Peer PeerName
	}
	// Deny sends somebody away who waits. Only a host may.
	Deny struct {
		Request
		Room   RoomID
		Peer   PeerName
		Reason string // optional, for people
	}
	// GetICE asks for fresh ICE servers. Credentials are lent to peers only.
	GetICE struct{ Request }
	// Ping asks for a Pong.
	Ping struct{ Request }
	// Custom asks for a project's own action, the one that the Request names.
	Custom struct {
		Request
		Room   RoomID
		Fields map[string]json.RawMessage // beside room, action and id
	}
)

// RoomOf returns the room that a command is about, "" if it is about none.
func RoomOf(cmd Command) RoomID {
	switch c := cmd.(type) {
	case Join:
		return c.Room
	case Leave:
		return c.Room
	case Signal:
		return c.Room
	case Broadcast:
		return c.Room
	case Update:
		return c.Room
	case ListRoster:
		return c.Room
	case Kick:
		return c.Room
	case Report:
		return c.Room
	case SetLock:
		return c.Room
	case Knock:
		return c.Room
	case Admit:
		return c.Room
	case Deny:
		return c.Room
	case Custom:
		return c.Room
	}
	return ""
}

// seals reports whether a command makes or opens sealed strings. What is not listed here does; what is, does so only to
// revive its sender.
func seals(cmd Command) bool {
	switch c := cmd.(type) {
	case Signal:
		return c.Address != ""
	case Leave, Broadcast, Update, Report, Kick, SetLock, Knock, Deny, GetICE, Ping:
		return false
	}
	return true
}
