package store_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/parley-rtc/parley/internal/dialect/sip"
	"github.com/parley-rtc/parley/internal/dialect/sip/siptest"
	"github.com/parley-rtc/parley/internal/directory"
)

func TestTheEngineKeepsTransactions(t *testing.T) {
	db := engine(t)
	onEngine := func(*testing.T) sip.Transactions { return open(db) }
	siptest.TransactionsContract(t, onEngine)
	siptest.TransactionRaces(t, onEngine)
}

func TestTransactionsWhoseWritesAreNotAnsweredKeepTheirContract(t *testing.T) {
	db := unreliable(t)
	siptest.TransactionsContract(t, func(*testing.T) sip.Transactions { return open(db) })
}

func TestATransactionIsNoNameOfTheSameText(t *testing.T) {
	s := open(engine(t))
	ctx, aor := t.Context(), directory.Name{Space: sip.Name, Name: "alice@example.com"}
	wins := sip.Note{Branch: 3, Answered: true}
	if _, err := s.NoteBranch(ctx, aor.Name, wins, noon.Add(time.Minute), noon); err != nil {
		t.Fatal(err)
	}
	if _, err := s.AddEntry(ctx, aor, directory.Entry{Conn: "c", Listed: noon}, ofTwo, nil, noon); err != nil {
		t.Fatal(err)
	}
	got, err := s.Transaction(ctx, aor.Name, noon)
	if err != nil || got.Winner != 3 {
		t.Errorf("got %+v, %v", got, err)
	}
	list, err := s.Entries(ctx, aor, noon, true)
	if err != nil || len(list) != 1 {
		t.Errorf("listed are %+v, %v", list, err)
	}
}

// TestAForkedRequestCostsWhatItMay holds each note to its budget, and what is counted of it to the bill. A
// write is charged by the size of what is known then.
func TestAForkedRequestCostsWhatItMay(t *testing.T) {
	db := engine(t)
	s := open(db)
	key, now := strings.Repeat("k", 43), noon
	note := func(n sip.Note) func(context.Context) error {
		return func(ctx context.Context) error {
			_, err := s.NoteBranch(ctx, key, n, now.Add(time.Minute), now)
			return err
		}
	}
	rings := func(branch int) func(context.Context) error {
		uri := "sip:k3v5c2pr@" + strings.Repeat("h", 12) + ".invalid;transport=ws" // as those of phones in browsers
		return note(sip.Note{Of: 10, Branch: branch, Rang: &sip.Rang{Conn: "L0SM9cOFvHcCIhw=", URI: uri}})
	}
	ends := func(branch int) func(context.Context) error {
		return note(sip.Note{Branch: branch, Final: &sip.Final{Status: 486, Kept: strings.Repeat("x", 320)}})
	}
	of := []cost{{"what nobody has noted", func(ctx context.Context) error {
		_, err := s.Transaction(ctx, key, now)
		return err
	}, nil, 0, 1}}
	for i := range sip.MaxBranches {
		of = append(of, cost{fmt.Sprint("phone ", i+1, " rings"), rings(i), nil, 1, 0})
	}
	of = append(of,
		cost{"one answers", note(sip.Note{Branch: 9, Answered: true}), nil, 1, 0},
		cost{"the same again", note(sip.Note{Branch: 9, Answered: true}), nil, 1, 0},
		cost{"the caller gives up", note(sip.Note{Cancelled: true}), nil, 1, 0},
	)
	for i := range sip.MaxBranches {
		of = append(of, cost{fmt.Sprint("phone ", i+1, " ends"), ends(i), nil, float64(2 + i/3), 0})
	}
	costs(t, db, of)
	now = now.Add(time.Minute)
	costs(t, db, []cost{
		{"what begins where the last is over", rings(0), nil, 5 + 5, 0},
		{"and goes on", rings(1), nil, 1, 0},
	})
}
