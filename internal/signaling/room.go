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
	Dialect string
	Opened  time.Time
	Rights  *Rights // nil if it was admitted without
}

// Peer is one entry of a room's roster.
type Peer struct {
	Name    PeerName
	Conn    ConnID
	Dialect string
	Data    json.RawMessage // as sent; nil when absent
	Joined  time.Time       // whole milliseconds
	Role    Role            // that its token gave it
}

// Room is a room as it was at revision Rev. The zero Rev is a room that never was.
type Room struct {
	ID     RoomID
	Rev    int64
	Peers  []Peer // in join order
	Locked bool   // nobody joins while there is anybody in it
}

// NewRoom returns the room with its peers put in join order.
func NewRoom(id RoomID, rev int64, peers []Peer) Room {
	slices.SortFunc(peers, func(a, b Peer) int {
		return cmp.Or(a.Joined.Compare(b.Joined), cmp.Compare(a.Name, b.Name))
	})
	return Room{ID: id, Rev: rev, Peers: peers}
}

// Named returns the peer of that name.
func (r Room) Named(name PeerName) (Peer, bool) {
	return r.find(func(p Peer) bool { return p.Name == name })
}

// On returns the peer on that connection.
func (r Room) On(conn ConnID) (Peer, bool) {
	return r.find(func(p Peer) bool { return p.Conn == conn })
}

func (r Room) find(match func(Peer) bool) (Peer, bool) {
	if i := slices.IndexFunc(r.Peers, match); i >= 0 {
		return r.Peers[i], true
	}
	return Peer{}, false
}

// Others returns the peers that are not on conn.
func (r Room) Others(conn ConnID) []Peer {
	return slices.DeleteFunc(slices.Clone(r.Peers), func(p Peer) bool { return p.Conn == conn })
}

// entryOverhead is what a roster entry takes beside its name and data, in bytes: the names and values of its attributes.
const entryOverhead = 80

// Size is the size of the roster in bytes, to within a few.
func (r Room) Size() int {
	n := 0
	for _, p := range r.Peers {
		n += entryOverhead + len(p.Name) + len(p.Data)
	}
	return n
}
