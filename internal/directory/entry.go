package directory

import (
	"cmp"
	"errors"
	"slices"
	"time"

	"github.com/parley-rtc/parley/internal/signaling"
)

// MaxTag is the longest tag of an entry, in bytes.
const MaxTag = 768

// The errors that a caller acts on. They may be wrapped.
var (
	// ErrTaken: another connection is listed under the name, which lists one.
	ErrTaken = errors.New("the name is taken")
	// ErrFull: as many connections are listed under the name as may be.
	ErrFull = errors.New("the name lists as many connections as it may")
	// ErrNotListed: the connection is not listed under the name, or has been since then.
	ErrNotListed = errors.New("the connection is not listed under the name")
	// ErrTooManyNames: the connection is listed under as many names as it may be.
	ErrTooManyNames = errors.New("the connection is listed under too many names")
	// ErrLongName: the name is longer than MaxName.
	ErrLongName = errors.New("the name is too long")
)

// Entry is one connection that is listed under a name.
type Entry struct {
	Conn    signaling.ConnID
	Dialect string
	Tag     string    // the protocol's own, of at most MaxTag bytes
	Claim   string    // under One, who brings the same later takes over, unless it is empty; kept as a hash
	Until   time.Time // whole milliseconds; zero: as long as the connection lives
	Listed  time.Time // by the event that listed it, whole milliseconds; set by the directory
}

// Over reports whether the entry has expired.
func (e Entry) Over(now time.Time) bool { return !e.Until.IsZero() && !e.Until.After(now) }

// Sort puts entries in the order in which they were listed.
func Sort(list []Entry) {
	slices.SortFunc(list, func(a, b Entry) int { return cmp.Or(a.Listed.Compare(b.Listed), cmp.Compare(a.Conn, b.Conn)) })
}

// A Rule says who is listed under a name beside whom. All listings of one name go by the same.
type Rule int

// The rules.
const (
	One    Rule = iota // one connection, which nobody else displaces but who brings its claim
	Newest             // one connection: who comes displaces who is there
	Many               // up to a limit
)

// Terms are what a listing is subject to.
type Terms struct {
	Rule  Rule
	Limit int // entries under the name, by Many
	Names int // that a connection may be listed under; 0 is no limit
	// Instead, by Many, is the connection whose place in the order this one takes, if it is listed, so
	// that it is no more: of a client that comes back on another connection. Its note stays.
	Instead signaling.ConnID

	// Again, by Many: only a connection that is listed is, with what it says now, or Instead of one that
	// is. It fails with ErrNotListed: what is amended beside the end of its connection must not come back.
	Again bool

	// Amend, by Many, says what the connection is to be listed as, by who is listed when that is written,
	// itself among them. With it neither Again nor Instead counts, nor the tag and the end of the entry.
	// It is asked anew where others come between, so it must do nothing else. It may refuse: its error
	// comes back as it is, and nothing has changed then.
	Amend func(listed []Entry) (Amended, error)

	// Unprobed: whoever is in the way stays, alive or not. It is for who has more to do for those that
	// are gone than to unlist them.
	Unprobed bool
}

// Amended is what a connection is to be listed as.
type Amended struct {
	Tag     string
	Until   time.Time
	Remove  bool               // not at all; that it is not listed is no error
	Instead []signaling.ConnID // other connections, which are to be listed no more; their notes stay
}

// Listed is what became of a listing.
type Listed struct {
	Before  []Entry // of other connections: those it displaced, or, when it was refused, those in its way
	After   []Entry // by Many: who is listed now, this connection among them, in order
	Names   []Name  // that the connection is listed under now, as far as they are noted with it
	Already bool    // this connection was listed there before, and now is as it says now
	Rev     int64   // of the name, which each change of its entries increases; 0 where it was refused
	Aside   error   // what went wrong beside it, for the log
}
