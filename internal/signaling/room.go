package signaling

import (
	"cmp"
	"encoding/json"
	"slices"
	"time"
)

// Connection is an open WebSocket connection.
type Connection struct {
	ID      ConnID
	Dialect string // "" until the client has shown which it speaks
	Opened  time.Time
	Rights  *Rights             // nil if it was admitted without
	State   string              // the dialect's own, opaque here
	Rooms   map[RoomID]PeerName // that it is in, with its name in each; what Connect remembers is in none
	Names   []string            // that others noted with it, sorted, opaque here; what Connect remembers has none
}

// Seated reports whether the connection is in a room, and does not only wait for some.
func (c Connection) Seated() bool {
	for _, name := range c.Rooms {
		if _, waits := name.knock(); !waits {
			return true
		}
	}
	return false
}

// Peer is one entry of a room's roster.
type Peer struct {
	Name    PeerName
	Conn    ConnID
	Dialect string
	Data    json.RawMessage // as sent; nil when absent
	Joined  time.Time       // whole milliseconds
	Role    Role            // that its token gave it
	User    string          // that its token named; "" without a token
	Busy    time.Time       // until when others wait for it to get its mail, whole milliseconds; zero as a rule
	Loss    int64           // the revision by which it was lost last, while that matters; 0 if never
	Lost    time.Time       // until when the seat of a peer without a socket is kept, whole milliseconds; zero while it has one
}

// Room is a room as it was at revision Rev. The zero Rev is a room that never was.
type Room struct {
	ID      RoomID
	Rev     int64
	Peers   []Peer    // in join order
	Locked  bool      // nobody joins while there is anybody in it
	Seats   int       // as who opened it wanted; 0 is the service's number
	Waiting []Waiting // who asks to be let in, in the order in which they came

	Expired []Peer   // lost for longer than their seats are kept: no part of the room, until Prune still in its item
	Stale   []ConnID // connections that gave their seat to a newer one and are still noted in the item
}

// Waiting is somebody who asks to be let into a room.
type Waiting struct {
	Name    PeerName
	Conn    ConnID
	Dialect string
	Data    json.RawMessage // as sent; nil when absent
	User    string          // that its token named; "" without a token
	At      time.Time       // whole milliseconds
}

// Waits returns who waits under that name.
func (r Room) Waits(name PeerName) (Waiting, bool) {
	i := slices.IndexFunc(r.Waiting, func(w Waiting) bool { return w.Name == name })
	if i < 0 {
		return Waiting{}, false
	}
	return r.Waiting[i], true
}

// SortWaiting puts those who wait in the order in which they came.
func SortWaiting(list []Waiting) {
	slices.SortFunc(list, func(a, b Waiting) int { return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Name, b.Name)) })
}

// NewRoom returns the room with its peers put in join order.
func NewRoom(id RoomID, rev int64, peers []Peer) Room {
	slices.SortFunc(peers, func(a, b Peer) int {
		return cmp.Or(a.Joined.Compare(b.Joined), cmp.Compare(a.Name, b.Name))
	})
	return Room{ID: id, Rev: rev, Peers: peers}
}

// At returns the room with those peers apart whose seats are kept no longer at that time.
func (r Room) At(now time.Time) Room {
	over := func(p Peer) bool { return !p.Lost.IsZero() && !p.Lost.After(now) }
	all := r.Peers
	r.Peers, r.Expired = nil, nil
	for _, p := range all {
		if over(p) {
			r.Expired = append(r.Expired, p)
		} else {
			r.Peers = append(r.Peers, p)
		}
	}
	return r
}

// Named returns the peer of that name.
func (r Room) Named(name PeerName) (Peer, bool) {
	return r.find(func(p Peer) bool { return p.Name == name })
}

// On returns the peer on that connection, one that is not lost if there are two.
func (r Room) On(conn ConnID) (Peer, bool) {
	if p, ok := r.find(func(p Peer) bool { return p.Conn == conn && p.Lost.IsZero() }); ok {
		return p, true
	}
	return r.find(func(p Peer) bool { return p.Conn == conn })
}

func (r Room) find(match func(Peer) bool) (Peer, bool) {
	if i := slices.IndexFunc(r.Peers, match); i >= 0 {
		return r.Peers[i], true
	}
	return Peer{}, false
}

// Reachable returns the peers that are not on conn and have a socket.
func (r Room) Reachable(conn ConnID) []Peer {
	return slices.DeleteFunc(r.Others(conn), func(p Peer) bool { return !p.Lost.IsZero() })
}

// Others returns the peers that are not on conn.
func (r Room) Others(conn ConnID) []Peer {
	return slices.DeleteFunc(slices.Clone(r.Peers), func(p Peer) bool { return p.Conn == conn })
}
