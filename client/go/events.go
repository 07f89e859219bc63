package parley

import (
	"encoding/json"
	"time"

	"github.com/parley-rtc/parley/client/go/wire"
)

// ICEServer is an RTCIceServer.
type ICEServer = wire.ICEServer

// Peer is somebody else in a room.
type Peer struct {
	Name string
	Role string          // "host" or "guest" where there are hosts, else ""
	Data json.RawMessage // what it says about itself; nil when it says nothing
	Lost bool            // its socket is gone, and its seat is kept for a while

	address string // makes a signal to it cheap
	until   int64  // when its seat is given up: epoch milliseconds by the server's clock, 0 when it is not lost
}

// Knock is somebody who waits to be let in.
type Knock struct {
	Name string
	Data json.RawMessage
}

// State is where one is with a room.
type State string

const (
	Joined State = "joined" // one has a seat
	Away   State = "away"   // the connection is lost, or the seat not yet taken again: that happens by itself
	Left   State = "left"   // for good
)

// LeaveReason says how a peer came to leave.
type LeaveReason string

const (
	ReasonLeft   LeaveReason = "left"   // it said so
	ReasonLost   LeaveReason = "lost"   // its socket was gone for too long
	ReasonKicked LeaveReason = "kicked" // a host said so
)

// Event is something that happened in a room: one of the types below.
type Event interface{ event() }

type (
	// StateChanged says that the seat is lost for the moment, or taken again. The last one has
	// Left.
	StateChanged struct{ State State }
	// PeerJoined is about somebody who is there: first all who were Before one joined oneself, then
	// whoever comes.
	PeerJoined struct {
		Peer   Peer
		Before bool
	}
	// PeerUpdated says that a peer has other Data, or another Role.
	PeerUpdated struct{ Peer Peer }
	// PeerLeft says that a peer is no longer there.
	PeerLeft struct {
		Name   string
		Reason LeaveReason
	}
	// PeerLost says that a peer's socket is gone. It keeps its seat until it is back, or until
	// Until by the server's clock.
	PeerLost struct {
		Name  string
		Until time.Time
	}
	// PeerBack says that a peer was lost and is not any more.
	PeerBack struct{ Peer Peer }
	// Signal is what a peer sent to us alone.
	Signal struct {
		From string
		Data json.RawMessage
	}
	// Broadcast is what a peer sent to everybody.
	Broadcast struct {
		From string
		Data json.RawMessage
	}
	// Locked says that a host has locked the room against further joins, or unlocked it: By is empty
	// where that was while the connection was lost.
	Locked struct {
		Locked bool
		By     string
	}
	// RoleChanged says that one's own role is another: one is host now, since the last one has left.
	RoleChanged struct{ Role string }
	// Kicked says that a host has removed us. The room has ended.
	Kicked struct{ By, Reason string }
	// Knocked tells hosts that somebody waits to be let in, or says something else about
	// themselves.
	Knocked struct{ Knock Knock }
	// KnockLeft tells hosts that somebody waits no more: a host, or oneself, has decided (By),
	// or they have gone.
	KnockLeft struct{ Name, By string }
	// ICEServersChanged has servers with fresh credentials.
	ICEServersChanged struct{ Servers []ICEServer }
	// Custom is what an action of the service's own tells: Frame is all of it.
	Custom struct {
		Type, From string
		Frame      json.RawMessage
	}
	// Trouble is what went wrong with no call to return it; while one is Away, also that the server
	// does not let us back in, or that there is no token for it.
	Trouble struct{ Err error }
	// Lagged says how many events were dropped here, since nobody had asked for those before.
	// Signals of our clients are never among them: their senders keep them.
	Lagged struct{ Dropped int }
)

func (StateChanged) event()      {}
func (PeerJoined) event()        {}
func (PeerUpdated) event()       {}
func (PeerLeft) event()          {}
func (PeerLost) event()          {}
func (PeerBack) event()          {}
func (Signal) event()            {}
func (Broadcast) event()         {}
func (Locked) event()            {}
func (RoleChanged) event()       {}
func (Kicked) event()            {}
func (Knocked) event()           {}
func (KnockLeft) event()         {}
func (ICEServersChanged) event() {}
func (Custom) event()            {}
func (Trouble) event()           {}
func (Lagged) event()            {}

// size is what an event keeps in memory beside itself.
func size(e Event) int {
	switch e := e.(type) {
	case Signal:
		return len(e.Data)
	case Broadcast:
		return len(e.Data)
	case Custom:
		return len(e.Frame)
	case PeerJoined:
		return len(e.Peer.Data)
	case PeerUpdated:
		return len(e.Peer.Data)
	case PeerBack:
		return len(e.Peer.Data)
	case Knocked:
		return len(e.Knock.Data)
	}
	return 0
}
