package packet

import (
	"slices"
	"time"
)

// Piece is a frame that is whole only with others, and when the client sent it.
type Piece struct {
	At    time.Time
	Frame string
}

// attachments returns how many the frame announces: none if it is one itself, or no packet.
func (p Piece) attachments() int {
	if len(p.Frame) < 3 || Type(p.Frame[0]) != TypeMessage ||
		Kind(p.Frame[1]) != KindBinaryEvent && Kind(p.Frame[1]) != KindBinaryAck {
		return 0
	}
	b := []byte(p.Frame[2:min(len(p.Frame), 8)])
	return int(max(number(b[:digitsOf(b)], MaxAttachments), 0))
}

// Assemble finds, among the pieces of one connection in the order in which they came, the first packet
// that is whole, and returns it with its attachments behind it. The rest is in the order of sending.
//
// A client sends a packet, then its attachments, and only then another. So what belongs together is
// told by the times: whatever was sent after a packet is its, until the next was. Of the same time
// packets are before attachments, and whole when all that they want is there; what is more than that
// is of the packet before. Attachments of the same time are in the order in which they came.
func Assemble(pieces []Piece) (whole, rest []Piece) {
	sorted := slices.Clone(pieces)
	slices.SortStableFunc(sorted, func(a, b Piece) int {
		if order := a.At.Compare(b.At); order != 0 {
			return order
		}
		return min(b.attachments(), 1) - min(a.attachments(), 1)
	})
	lent := 0 // of the attachments of g, to the packets before
	for g := groupAt(sorted, 0); g.first < len(sorted); {
		next := groupAt(sorted, g.end)
		own := sorted[g.attachments+lent : g.end]
		borrowed := max(0, min(g.wanted-len(own), next.surplus(sorted)))
		if len(own)+borrowed >= g.wanted {
			all := slices.Concat(own, sorted[next.attachments:next.attachments+borrowed])
			n := sorted[g.first].attachments()
			whole = append([]Piece{sorted[g.first]}, all[:n]...)
			return whole, slices.Concat(sorted[:g.first], sorted[g.first+1:g.attachments+lent], all[n:],
				sorted[g.end:next.attachments], sorted[next.attachments+borrowed:])
		}
		g, lent = next, borrowed
	}
	return nil, sorted
}

// group is the packets of one time and the attachments that were sent after them, before the next.
type group struct {
	first, attachments, end int
	wanted                  int
}

// groupAt returns the first group from i on.
func groupAt(sorted []Piece, i int) group {
	for i < len(sorted) && sorted[i].attachments() == 0 {
		i++ // its packet is not here
	}
	g := group{first: i}
	for ; i < len(sorted) && sorted[i].attachments() > 0 && sorted[i].At.Equal(sorted[g.first].At); i++ {
		g.wanted += sorted[i].attachments()
	}
	for g.attachments = i; i < len(sorted) && sorted[i].attachments() == 0; i++ {
	}
	g.end = i
	return g
}

// surplus returns how many attachments there are of the time of the packets which these do not want.
func (g group) surplus(sorted []Piece) int {
	same := 0
	for _, p := range sorted[g.attachments:g.end] {
		if p.At.Equal(sorted[g.first].At) {
			same++
		}
	}
	return min(same, g.end-g.attachments-g.wanted)
}
