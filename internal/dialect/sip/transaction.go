package sip

import (
	"context"
	"time"

	"github.com/parley-rtc/parley/internal/signaling"
)

// MaxBranches is to how many contacts a request is forked.
const MaxBranches = maxContacts

// Transactions are where the branches of a forked request meet, each of which is answered in an event
// of its own. Every method is one atomic operation, and noting the same twice changes nothing: of what a
// branch has done, whoever notes it first is right, so that of two events that find it ended, one knows
// that it was not the first. Time is the event's.
type Transactions interface {
	// NoteBranch merges what a branch, or the caller, has done into the transaction of the key, and returns
	// the transaction as it is then. It begins, and lives until then, with the first note, and with the
	// first that comes after its time. It costs a write unit for each KB of it.
	NoteBranch(ctx context.Context, key string, note Note, until, now time.Time) (Transaction, error)
	// Transaction returns it as it is now, one that nobody has won and that knows of no branch if there is
	// none: 1 RRU.
	Transaction(ctx context.Context, key string, now time.Time) (Transaction, error)
}

// Note is one thing that happened to a transaction. The zero value of a field says nothing.
type Note struct {
	Of        int    // how many branches there are; 0 is not known, and the first to know is right
	Branch    int    // 0 to MaxBranches-1; what follows is of it
	Rang      *Rang  // it has answered provisionally
	Final     *Final // it has answered finally, and not with a 2xx
	Answered  bool   // it has answered with a 2xx; who did so first stays the winner
	Cancelled bool   // the caller has given up
}

// Rang is a branch that can be cancelled.
type Rang struct {
	Conn signaling.ConnID
	URI  string // its Request-URI
}

// Final is a branch that has ended.
type Final struct {
	Status int
	Kept   string // of the response, for when it turns out to be the best
}

// Transaction is what is known of a forked request.
type Transaction struct {
	Of        int // 0 is not known
	Rang      map[int]Rang
	Final     map[int]Final
	Winner    int // the branch that answered first with a 2xx, -1 if none has
	Cancelled bool
}
