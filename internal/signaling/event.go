package signaling

import (
	"encoding/json"
	"time"
)

// PeerView is a peer as another peer of the room sees it.
type PeerView struct {
	Name    PeerName
	Address string // sealed for the one who sees it
	Data    json.RawMessage
	Role    Role      // "" is not told
	Lost    time.Time // until when its seat is kept; zero while it has a socket
}

// WaitingView is somebody who waits to be let in, as a host sees them.
type WaitingView struct {
	Name PeerName
	Data json.RawMessage
}

// An Event is what a client is told. Each dialect encodes the events that it has.
type Event interface{ event() }

// LeaveReason says why a peer left.
type LeaveReason string

// The reasons of PeerLeft.
const (
	ReasonLeft   LeaveReason = "left"   // it said so
	ReasonLost   LeaveReason = "lost"   // its socket is gone
	ReasonKicked LeaveReason = "kicked" // a host said so
)

// The events.
type (
	// Joined answers Join.
	Joined struct {
		Request Request
		Room    RoomID
		Peer    PeerName // the receiver's own
		Role    Role     // the receiver's own, as its PeerView has it
		Rev     int64
		Peers   []PeerView // the others, in join order
		ICE     []ICEServer
		Resume  string // what takes the seat back on another connection; "" where lost peers lose their seats
		Seats   int
		Locked  bool          // nobody joins without a pass
		Waiting []WaitingView // for hosts only
	}
	// RosterListed answers ListRoster.
	RosterListed struct {
		Request Request
		Room    RoomID
		Role    Role // the receiver's own
		Rev     int64
		Peers   []PeerView    // the others, in join order
		Locked  bool          // nobody joins without a pass
		Waiting []WaitingView // for hosts only
	}
	// ICEListed answers GetICE.
	ICEListed struct {
		Request Request
		Servers []ICEServer
		Expires int64 // epoch seconds; 0 when nothing expires
	}
	// Done answers a request that has no answer of its own.
	Done struct {
		Request Request
		Queued  bool            // the signal waits for a lost peer
		Rev     int64           // of the change that the others are told of; 0 for none
		Fields  json.RawMessage // an object: what a project's own action answers; nil is nothing
	}
	// Pong answers Ping.
	Pong struct{ Request Request }
	// Failed answers any request that failed.
	Failed struct {
		Request Request
		Err     *Error
	}
	// PeerJoined tells of a new peer in the room.
	PeerJoined struct {
		Room RoomID
		Rev  int64
		Peer PeerView
	}
	// PeerLost tells that a peer's socket is gone and its seat is kept.
	PeerLost struct {
		Room  RoomID
		Rev   int64
		Peer  PeerName
		Until time.Time
	}
	// PeerBack tells of a peer that has its seat on another connection now.
	PeerBack struct {
		Room RoomID
		Rev  int64
		Peer PeerView
	}
	// PeerUpdated tells of a peer's new data.
	PeerUpdated struct {
		Room RoomID
		Rev  int64
		Peer PeerName
		Data json.RawMessage
	}
	// PeerLeft tells that a peer is no longer in the room.
	PeerLeft struct {
		Room   RoomID
		Rev    int64
		Peer   PeerName
		Reason LeaveReason
	}
	// Kicked tells a peer that a host removed it, or that its own newer connection took its seat. Its connection is
	// closed next if it has no other seat.
	Kicked struct {
		Room   RoomID
		By     PeerName
		Reason string // "" if none was given
	}
	// LockChanged tells that the room was locked or unlocked.
	LockChanged struct {
		Room   RoomID
		Rev    int64
		By     PeerName
		Locked bool
	}
	// Knocked tells a host that somebody waits to be let in.
	Knocked struct {
		Room RoomID
		Peer PeerName
		Data json.RawMessage
	}
	// KnockLeft tells a host that somebody waits no more, through no host's doing.
	KnockLeft struct {
		Room RoomID
		Peer PeerName
	}
	// Admitted tells who waited that they may join, with Pass, and the other hosts who let them in, with By.
	Admitted struct {
		Room RoomID
		Peer PeerName
		Pass string
		By   PeerName
	}
	// Denied tells who waited that they may not join, and the other hosts, with Peer.
	Denied struct {
		Room   RoomID
		Peer   PeerName // "" for who waited
		By     PeerName
		Reason string // "" if none was given, and for the other hosts
	}
	// Signaled carries a peer's Signal. From is the server's knowledge, never the sender's word.
	Signaled struct {
		Room RoomID
		From PeerName
		Data json.RawMessage
		N    json.RawMessage
	}
	// Broadcasted carries a peer's Broadcast.
	Broadcasted struct {
		Room RoomID
		From PeerName
		Data json.RawMessage
		N    json.RawMessage
	}
	// CustomEvent is what a project's own action tells.
	CustomEvent struct {
		Kind   string
		Room   RoomID
		From   PeerName
		Fields json.RawMessage // an object; nil is nothing
	}
)

func (Joined) event()       {}
func (RosterListed) event() {}
func (ICEListed) event()    {}
func (Done) event()         {}
func (Pong) event()         {}
func (Failed) event()       {}
func (PeerJoined) event()   {}
func (PeerLost) event()     {}
func (PeerBack) event()     {}
func (PeerUpdated) event()  {}
func (PeerLeft) event()     {}
func (Kicked) event()       {}
func (LockChanged) event()  {}
func (Knocked) event()      {}
func (KnockLeft) event()    {}
func (Admitted) event()     {}
func (Denied) event()       {}
func (Signaled) event()     {}
func (Broadcasted) event()  {}
func (CustomEvent) event()  {}
