package signalingtest

import (
	"math"
	"sync"
	"testing"
	"time"

	"github.com/parley-rtc/parley/internal/signaling"
)

// LedgerContract runs what every Ledger promises. newLedger returns a ledger in which nothing was spent yet.
func LedgerContract(t *testing.T, newLedger func(t *testing.T) signaling.Ledger) {
	for name, story := range map[string]func(*testing.T, signaling.Ledger){
		"a month adds up, to less than a millionth of a cent": monthAddsUp,
		"months are apart, by UTC":                            monthsApart,
		"ten spend at once: nothing is lost":                  spendRace,
	} {
		t.Run(name, func(t *testing.T) { story(t, newLedger(t)) })
	}
}

func spend(t *testing.T, l signaling.Ledger, now time.Time, usd, want float64) {
	t.Helper()
	total, err := l.Spend(t.Context(), now, usd)
	if err != nil || math.Abs(total-want) > 1e-9 {
		t.Fatalf("got %.10f, %v, want %.10f", total, err, want)
	}
}

func monthAddsUp(t *testing.T, l signaling.Ledger) {
	spend(t, l, epoch, 0, 0)
	spend(t, l, epoch, 0.0000023, 0.0000023)
	spend(t, l, epoch.Add(30*24*time.Hour), 1234, 1234.0000023)
	spend(t, l, epoch, 0, 1234.0000023)
}

func monthsApart(t *testing.T, l signaling.Ledger) {
	june := time.Date(2031, 6, 1, 0, 0, 0, 0, time.UTC)
	spend(t, l, june.Add(-time.Nanosecond), 1, 1)
	spend(t, l, june, 2, 2)
	spend(t, l, june.In(time.FixedZone("west", -8*3600)), 0, 2)
	spend(t, l, june.AddDate(1, 0, 0), 4, 4)
}

func spendRace(t *testing.T, l signaling.Ledger) {
	var wg sync.WaitGroup
	for range 10 {
		wg.Go(func() {
			if _, err := l.Spend(t.Context(), epoch, 0.25); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	spend(t, l, epoch, 0, 2.5)
}
