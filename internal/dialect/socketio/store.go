package socketio

import (
	"context"
	"errors"
	"time"

	"github.com/parley-rtc/parley/internal/signaling"
)

// The errors that the dialect acts on. They may be wrapped.
var (
	// ErrNoSession: nothing is kept for the socket, or somebody has taken it.
	ErrNoSession = errors.New("no such session")
	// ErrFull: there is no room for more.
	ErrFull = errors.New("there is no room for more")
)

// The bounds of what is kept.
const (
	MaxFrames = 64        // for a lost socket
	MaxKept   = 64 << 10  // bytes of these
	MaxPieces = 256 << 10 // bytes of a connection's binary events that are not complete, by Piece.Size
)

// SizeOf is what frames count of MaxKept.
func SizeOf(frames []string) int {
	n := 0
	for _, f := range frames {
		n += len(f)
	}
	return n
}

// SessionKey names a socket that is lost, by the connection that it was made on.
type SessionKey struct {
	Conn      signaling.ConnID
	Namespace string
}

// Piece is a frame of a binary event, which has several, or of an acknowledgement.
type Piece struct {
	At    time.Time // of its event
	Frame string
}

// Size is what a piece counts of MaxPieces: the frame, and what it takes to keep one, so that however
// small ones fit an item.
func (p Piece) Size() int { return len(p.Frame) + 64 }

// A Store keeps what outlives a connection, and what comes in pieces. Every method is one atomic
// operation. Time is the event's: what has expired by then is as if it were not there.
type Store interface {
	Sessions
	Pieces
}

// Sessions are sockets that are lost.
type Sessions interface {
	// Save keeps what is remembered of a lost socket until then. Frames that are kept for it already
	// stay. If it is claimed, it was lost again, and is to be claimed anew.
	Save(ctx context.Context, key SessionKey, session string, until, now time.Time) error
	// Append keeps frames for a lost socket, behind those that are kept: if there is anything of it, or
	// if create says so. It returns since when there is. It fails with ErrNoSession, and with ErrFull,
	// and the time, when more than MaxFrames or MaxKept would be kept.
	Append(
		ctx context.Context, key SessionKey, frames []string, create bool, until, now time.Time,
	) (since time.Time, err error)
	// Claim takes a lost socket, and the frames that are kept for it: of all who ask, one gets it. What
	// Append adds from then on is there for Drain. It fails with ErrNoSession. A session that was never
	// saved is "".
	Claim(ctx context.Context, key SessionKey, now time.Time) (session string, frames []string, err error)
	// Drain takes the frames that were added to a claimed session. If there are none, the session is
	// forgotten, and Append fails from then on. It fails with ErrNoSession.
	Drain(ctx context.Context, key SessionKey, now time.Time) (frames []string, err error)
}

// Pieces are of binary events that are not complete.
type Pieces interface {
	// AddPiece keeps a piece of the connection's until then, and returns all that are kept, in the order
	// in which they came, and the revision. It fails with ErrFull, and forgets all, when more than
	// MaxPieces would be kept.
	AddPiece(ctx context.Context, conn signaling.ConnID, p Piece, until, now time.Time) (all []Piece, rev int64, err error)
	// TakePieces leaves only the rest of the pieces of that revision. It fails with
	// signaling.ErrChanged: of all who see an event complete, one takes it.
	TakePieces(ctx context.Context, conn signaling.ConnID, rev int64, rest []Piece, now time.Time) error
}
