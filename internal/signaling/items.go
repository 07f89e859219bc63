package signaling

import (
	"context"
	"encoding/json"
	"errors"
	"time"
)

// MaxItem is how many bytes of JSON one item beside a room's roster may hold, so that all of it fits one push.
const MaxItem = 100 << 10

// AnyRev lets a Put replace an item whatever its revision.
const AnyRev = -1

// ErrFull: the item would hold more bytes than it may. It may be wrapped.
var ErrFull = errors.New("the item is full")

// Item is what a project's own actions keep beside a room's roster: JSON values in order. The zero Rev is an item that never
// was; each write adds one, the one that takes all values away too.
type Item struct {
	Rev    int64
	Values []json.RawMessage
}

// Items keeps what belongs to a room beside its roster. Every method is one atomic operation. An item whose last write is
// longer ago than a room lives is as if it had never been, though its revision may go on.
type Items interface {
	// Item reads an item, consistently.
	Item(ctx context.Context, id RoomID, name string, now time.Time) (Item, error)
	// PutItem replaces the values of an item that is at revision rev, or at any if that is AnyRev, and returns its new
	// revision; at 0 is an item that is not there. It fails with ErrChanged, and with ErrFull above MaxItem.
	PutItem(ctx context.Context, id RoomID, name string, values []json.RawMessage, rev int64, now time.Time) (int64, error)
	// AppendItem adds a value while the item then holds at most limit bytes, and returns its new revision. It fails with ErrFull.
	AppendItem(ctx context.Context, id RoomID, name string, value json.RawMessage, limit int, now time.Time) (int64, error)
}

// SizeOf is what values count of an item's limit.
func SizeOf(values []json.RawMessage) int {
	n := 0
	for _, v := range values {
		n += len(v)
	}
	return n
}
