package siptest

import (
	"context"
	"maps"
	"sync"
	"time"

	"github.com/parley-rtc/parley/internal/dialect/sip"
)

// Transactions is a sip.Transactions in memory. Make one with NewTransactions.
type Transactions struct {
	mu     sync.Mutex
	items  map[string]sip.Transaction
	until  map[string]time.Time
	reads  int
	writes int
}

var _ sip.Transactions = (*Transactions)(nil)

// NewTransactions returns an empty one.
func NewTransactions() *Transactions {
	return &Transactions{items: map[string]sip.Transaction{}, until: map[string]time.Time{}}
}

// TakeUnits returns the read and write units since it was last asked.
func (t *Transactions) TakeUnits() (reads, writes int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	reads, writes = t.reads, t.writes
	t.reads, t.writes = 0, 0
	return reads, writes
}

// NoteBranch implements sip.Transactions.
func (t *Transactions) NoteBranch(_ context.Context, key string, note sip.Note, until time.Time) (sip.Transaction, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.writes++
	item, ok := t.items[key]
	if !ok {
		item.Winner, t.until[key] = -1, until
	}
	item.Rang, item.Final = maps.Clone(item.Rang), maps.Clone(item.Final)
	if item.Rang == nil {
		item.Rang, item.Final = map[int]sip.Rang{}, map[int]sip.Final{}
	}
	if note.Rang != nil {
		item.Rang[note.Branch] = *note.Rang
	}
	if note.Final != nil {
		item.Final[note.Branch] = *note.Final
	}
	if note.Answered && item.Winner < 0 {
		item.Winner = note.Branch
	}
	item.Cancelled = item.Cancelled || note.Cancelled
	t.items[key] = item
	return item, nil
}

// Transaction implements sip.Transactions.
func (t *Transactions) Transaction(_ context.Context, key string) (sip.Transaction, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.reads++
	item := t.items[key]
	item.Rang, item.Final = maps.Clone(item.Rang), maps.Clone(item.Final)
	return item, nil
}
