package metrics_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sync"
	"testing"
	"time"

	"github.com/parley-rtc/parley/internal/metrics"
	"github.com/parley-rtc/parley/internal/signaling"
	"github.com/parley-rtc/parley/internal/signaling/signalingtest"
)

var may = time.Date(2031, 5, 20, 12, 0, 0, 0, time.UTC)

// ledger counts the calls of a real one, and fails when it is told to.
type ledger struct {
	signaling.Ledger
	calls  int
	broken error
}

func newLedger() *ledger { return &ledger{Ledger: signalingtest.NewMemory()} }

func (l *ledger) Spend(ctx context.Context, now time.Time, usd float64) (float64, error) {
	l.calls++
	if l.broken != nil {
		return 0, l.broken
	}
	return l.Ledger.Spend(ctx, now, usd)
}

func (l *ledger) total(t *testing.T, now time.Time) float64 {
	t.Helper()
	total, err := l.Ledger.Spend(t.Context(), now, 0)
	if err != nil {
		t.Fatal(err)
	}
	return total
}

func spent(t *testing.T, g *metrics.Guard, now time.Time, usd float64) {
	t.Helper()
	if err := g.Spent(t.Context(), now, func() float64 { return usd }); err != nil {
		t.Fatal(err)
	}
}

func wantOver(t *testing.T, g *metrics.Guard, now time.Time, want bool) {
	t.Helper()
	until, over := g.Over(t.Context(), now)
	next := time.Date(now.Year(), now.Month()+1, 1, 0, 0, 0, 0, time.UTC)
	if over != want || !until.Equal(next) {
		t.Fatalf("at %v: over is %v until %v, want %v until %v", now, over, until, want, next)
	}
}

func TestTheGuardTripsAboveItsLimit(t *testing.T) {
	g := metrics.NewGuard(newLedger(), 1)
	spent(t, g, may, 1)
	wantOver(t, g, may, false) // at the limit is within it
	spent(t, g, may, 0.0000001)
	wantOver(t, g, may, true)
}

func TestAMonthBeginsAtZeroAndTheOldOneKeepsWhatWasHeld(t *testing.T) {
	l := newLedger()
	g := metrics.NewGuard(l, 1)
	end := time.Date(2031, 5, 31, 23, 59, 59, 0, time.UTC)
	spent(t, g, end, 2)
	wantOver(t, g, end, true)
	spent(t, g, end, 0.0005) // held
	june := end.Add(time.Second)
	wantOver(t, g, june, false)
	if got := l.total(t, end); math.Abs(got-2.0005) > 1e-9 {
		t.Fatalf("May has %v, want 2.0005", got)
	}
	spent(t, g, end, 3) // an event of May that was overtaken by June's first
	wantOver(t, g, june, true)
}

func TestALittleIsHeldForAMinuteAtMost(t *testing.T) {
	l := newLedger()
	g := metrics.NewGuard(l, 1)
	spent(t, g, may, 0.0001) // the first event is settled at once
	for range 5 {
		spent(t, g, may.Add(59*time.Second), 0.0001)
	}
	if got := l.total(t, may); l.calls != 1 || math.Abs(got-0.0001) > 1e-9 {
		t.Fatalf("%v after %d calls, want 0.0001 after 1", got, l.calls)
	}
	spent(t, g, may.Add(time.Minute), 0.0001)
	if got := l.total(t, may); l.calls != 2 || math.Abs(got-0.0007) > 1e-9 {
		t.Fatalf("%v after %d calls, want 0.0007 after 2", got, l.calls)
	}
	spent(t, g, may.Add(61*time.Second), 0.0011) // more than a thousandth of the limit
	if got := l.total(t, may); l.calls != 3 || math.Abs(got-0.0018) > 1e-9 {
		t.Fatalf("%v after %d calls, want 0.0018 after 3", got, l.calls)
	}
}

func TestSettlingIsPaidForAsWell(t *testing.T) {
	l := newLedger()
	g := metrics.NewGuard(l, 1)
	price := func() float64 { return 0.01 + 0.25*float64(l.calls) }
	if err := g.Spent(t.Context(), may, price); err != nil {
		t.Fatal(err)
	}
	spent(t, g, may.Add(time.Minute), 0)
	if got := l.total(t, may); math.Abs(got-0.26) > 1e-9 {
		t.Fatalf("got %v, want 0.26: the event and the call of the ledger", got)
	}
}

func TestEnvironmentsLearnFromEachOther(t *testing.T) {
	l := signalingtest.NewMemory()
	const environments, events, each = 8, 500, 0.001
	guards := make([]*metrics.Guard, environments)
	var wg sync.WaitGroup
	for i := range guards {
		guards[i] = metrics.NewGuard(l, environments*events*each*0.9)
		wg.Go(func() {
			for n := range events {
				at := may.Add(time.Duration(n) * time.Second)
				guards[i].Over(context.Background(), at)
				if err := guards[i].Spent(context.Background(), at, func() float64 { return each }); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	later := may.Add(events*time.Second + time.Minute)
	for i, g := range guards {
		if _, over := g.Over(t.Context(), later); !over {
			t.Errorf("environment %d does not know", i)
		}
	}
	if _, over := metrics.NewGuard(l, environments*events*each*0.9).Over(t.Context(), later); !over {
		t.Error("a new environment does not know at its first join")
	}
	if total, err := l.Spend(t.Context(), later, 0); err != nil || math.Abs(total-environments*events*each) > 1e-6 {
		t.Errorf("the ledger has %v, %v, want %v: nothing lost, nothing twice", total, err, environments*events*each)
	}
}

func TestALedgerThatFailsStopsNobody(t *testing.T) {
	l := newLedger()
	l.broken = errors.New("access denied")
	g := metrics.NewGuard(l, 1)
	wantOver(t, g, may, false)
	if err := g.Spent(t.Context(), may, func() float64 { return 0.5 }); !errors.Is(err, l.broken) {
		t.Fatalf("got %v, want to be told once", err)
	}
	for range 10 {
		spent(t, g, may, 0.01)
	}
	if l.calls != 1 {
		t.Fatalf("%d calls of a ledger that is down, within a minute", l.calls)
	}
	l.broken = nil
	spent(t, g, may.Add(time.Minute), 0.01)
	if got := fmt.Sprintf("%.2f", l.total(t, may)); got != "0.61" {
		t.Fatalf("got %s, want 0.61: nothing is lost while it is down", got)
	}
}
