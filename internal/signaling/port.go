package signaling

import (
	"context"
	"errors"
	"time"
)

// The errors by which a Store or a Pusher says what a caller acts on. They may be wrapped.
var (
	// ErrRefused: a room did not take the peer, or did not let it wait: its name is taken, its
	// connection has a seat, there is none free, the room is locked, or the terms are not met.
	ErrRefused = errors.New("the room refused the peer")
	// ErrNoPeer: the room has no such peer, or nobody waits as that, or on another connection.
	ErrNoPeer = errors.New("no such peer on this connection")
	// ErrNotInRoom: the connection is not in that room.
	ErrNotInRoom = errors.New("the connection is not in the room")
	// ErrChanged: an item is not at that revision, or a connection not in that state (any more).
	ErrChanged = errors.New("it has changed meanwhile")
	// ErrGone: the connection no longer exists.
	ErrGone = errors.New("the connection is gone")
	// ErrTooManyRooms: the connection is in as many rooms as it may be.
	ErrTooManyRooms = errors.New("the connection is in too many rooms")
	// ErrTooManyJoins: the connection has entered as many rooms in this minute as it may.
	ErrTooManyJoins = errors.New("the connection joins too often")
)

// A Pusher reaches connections.
type Pusher interface {
	// Push delivers one frame. It returns ErrGone if the connection no longer exists.
	Push(ctx context.Context, to ConnID, frame []byte) error
	// Close ends a connection. Closing one that is gone is no error.
	Close(ctx context.Context, conn ConnID) error
	// Probe returns nil if the connection is open, ErrGone if it no longer exists.
	Probe(ctx context.Context, conn ConnID) error
}

// An Encoder turns an event into a frame of a dialect. A nil frame says that the dialect has no
// such event.
type Encoder interface {
	Encode(dialect string, ev Event) ([]byte, error)
}

// A Ledger adds up what all instances of the service spend.
type Ledger interface {
	// Spend adds USD to what was spent in the calendar month (UTC) of now and returns the month's
	// total.
	Spend(ctx context.Context, now time.Time, usd float64) (total float64, err error)
}

// A Budget limits what a calendar month may cost.
type Budget interface {
	// Over reports whether the month of now has used its budget up, and when the next one begins.
	Over(ctx context.Context, now time.Time) (until time.Time, over bool)
}
