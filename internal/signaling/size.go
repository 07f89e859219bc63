package signaling

import (
	"slices"

	"github.com/parley-rtc/parley/internal/seal"
)

// What an entry takes beside its name and data, in bytes: in the room's item, and in a frame with
// its role and its loss.
const (
	entryOverhead = 80
	viewOverhead  = 100
)

// listOverhead is what a frame with a roster takes beside entries, ICE servers and those who wait:
// names, a resume string.
const listOverhead = 2 << 10

// Size is the size of the roster in bytes, to within a few.
func (r Room) Size() int {
	n := 0
	for _, p := range r.Peers {
		n += entryOverhead + len(p.Name) + len(p.Data)
	}
	return n
}

// withData returns the room as it would be with that data of a peer.
func (r Room) withData(name PeerName, data []byte) Room {
	r.Peers = slices.Clone(r.Peers)
	for i := range r.Peers {
		if r.Peers[i].Name == name {
			r.Peers[i].Data = data
		}
	}
	return r
}

// fits reports whether the room may become so: its roster stays within its item, and what any of
// its peers may ask to see of it within one push.
func (s *Service) fits(room Room) bool {
	return room.Size() <= MaxRoster && s.largest(room) <= MaxFrame
}

// largest bounds the frames in which the room's peers see it. Addresses are most of them, and hold
// the name of who they are for as well: those for the longest name are the longest.
func (s *Service) largest(room Room) int {
	viewer := 0
	for _, p := range room.Peers {
		viewer = max(viewer, len(p.Name)+len(p.Conn))
	}
	n := listOverhead + MaxWaiting*(waitingOverhead+MaxName) + s.ICE.size()
	for _, p := range room.Peers {
		n += viewOverhead + len(p.Name) + len(p.Data) + seal.Size(6, len(room.ID)+viewer+len(p.Name)+len(p.Conn)+len(p.Dialect))
	}
	return n
}

func outgrown(id RoomID, advice string) *Error {
	return Errorf(CodeTooLarge, "data: the roster of room %s would pass %d KB, or %d KB as its peers see it: %s",
		id, MaxRoster>>10, MaxFrame>>10, advice)
}
