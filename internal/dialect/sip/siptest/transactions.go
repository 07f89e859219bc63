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
	items  map[string]transaction
	reads  int
	writes int
}

type transaction struct {
	sip.Transaction
	until time.Time
}

var _ sip.Transactions = (*Transactions)(nil)

// NewTransactions returns an empty one.
func NewTransactions() *Transactions { return &Transactions{items: map[string]transaction{}} }

// TakeUnits returns the read and write units since it was last asked.
func (t *Transactions) TakeUnits() (reads, writes int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	reads, writes = t.reads, t.writes
	t.reads, t.writes = 0, 0
	return reads, writes
}

// NoteBranch implements sip.Transactions.
func (t *Transactions) NoteBranch(
	_ context.Context, key string, note sip.Note, until, now time.Time,
) (sip.Transaction, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.writes++
	item := t.at(key, now)
	if item.until.IsZero() {
		item.until = until
	}
	if _, known := item.Rang[note.Branch]; !known && note.Rang != nil {
		item.Rang[note.Branch] = *note.Rang
	}
	if _, known := item.Final[note.Branch]; !known && note.Final != nil {
		item.Final[note.Branch] = *note.Final
	}
	if item.Of == 0 {
		item.Of = note.Of
	}
	if note.Answered && item.Winner < 0 {
		item.Winner = note.Branch
	}
	item.Cancelled = item.Cancelled || note.Cancelled
	t.items[key] = item
	return t.at(key, now).Transaction, nil
}

// Transaction implements sip.Transactions.
func (t *Transactions) Transaction(_ context.Context, key string, now time.Time) (sip.Transaction, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.reads++
	return t.at(key, now).Transaction, nil
}

// at returns a copy of a transaction, one that nobody has noted anything of if there is none.
func (t *Transactions) at(key string, now time.Time) transaction {
	item, ok := t.items[key]
	if !ok || !item.until.After(now) {
		return transaction{Transaction: sip.Transaction{
			Rang: map[int]sip.Rang{}, Final: map[int]sip.Final{}, Winner: -1,
		}}
	}
	item.Rang, item.Final = maps.Clone(item.Rang), maps.Clone(item.Final)
	return item
}
