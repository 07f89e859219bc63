package cost_test

import (
	"math"
	"testing"

	"github.com/parley-rtc/parley/cmd/parley/internal/cost"
	"github.com/parley-rtc/parley/localdev/rates"
)

func prices(t *testing.T) rates.Rates {
	t.Helper()
	r, err := rates.USEast1()
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// session is a viewer's session of ten minutes that writes two units and reads half a one for each message, which we do not:
// a worked example whose every line is known.
func session() cost.Usage {
	return cost.Usage{MessagesIn: 43, MessagesOut: 43, ConnectionMinutes: 10, Invocations: 45, GBSeconds: 45 * 0.125 * 0.02, WRU: 86, RRU: 43}
}

func TestAWorkedExampleToTheCent(t *testing.T) {
	lines, err := cost.Month(prices(t), session().Times(1e6), cost.FreeNone)
	if err != nil {
		t.Fatal(err)
	}
	cents := func(usd float64) int { return int(math.Round(usd * 100)) }
	for i, want := range []int{4300, 4300, 250, 900, 150, 5375, 538, 0, 0} {
		// 5.375 lies between two cents.
		if got := cents(lines[i].USD); got != want && (lines[i].Item != "DynamoDB reads (RRU)" || got != 537) {
			t.Errorf("%s: got %d cents, want %d", lines[i].Item, got, want)
		}
	}
	if got := cents(cost.Total(lines)); got != 15813 {
		t.Errorf("got %d cents in all, want 15813", got)
	}
	one, err := cost.Month(prices(t), session(), cost.FreeNone)
	if err != nil || math.Abs(cost.Total(one)-0.000158) > 0.0000005 {
		t.Errorf("a session is $%f, %v, want 0.000158", cost.Total(one), err)
	}
	if got := cost.KinesisVideo(prices(t), 43, 0); math.Abs(got-0.0001935) > 1e-9 {
		t.Errorf("over Kinesis Video: got %f", got)
	}
	if got := cost.KinesisVideo(prices(t), 0, 1000); math.Abs(got-30) > 1e-9 {
		t.Errorf("a thousand channels: got %f, want 30", got)
	}
}

func TestFreeTiers(t *testing.T) {
	u := cost.Usage{MessagesIn: 1e6, MessagesOut: 1e6, ConnectionMinutes: 1e6, Invocations: 2e6, GBSeconds: 5e5, WRU: 1e6, RRU: 1e6, LogGB: 6, OutGB: 101}
	for free, want := range map[cost.Free]float64{
		cost.FreeNone:    2 + 0.25 + 0.4 + 500000*0.0000133334 + 0.625 + 0.125 + 3 + 9.09,
		cost.FreeAlways:  2 + 0.25 + 0.2 + 100000*0.0000133334 + 0.625 + 0.125 + 0.5 + 0.09,
		cost.FreeLegacy:  1 + 0.0625 + 0.2 + 100000*0.0000133334 + 0.625 + 0.125 + 0.5 + 0.09,
		cost.FreeCredits: 0,
	} {
		lines, err := cost.Month(prices(t), u, free)
		if err != nil || math.Abs(cost.Total(lines)-want) > 1e-6 {
			t.Errorf("%s: got %f, %v, want %f", free, cost.Total(lines), err, want)
		}
	}
	if lines, err := cost.Month(prices(t), u.Times(100), cost.FreeCredits); err != nil || lines[len(lines)-1].USD != -200 {
		t.Errorf("got %+v, %v, want the credits to end at $200", lines, err)
	}
	if _, err := cost.Month(prices(t), u, "lots"); err == nil {
		t.Error("an unknown tier is not refused")
	}
}

func TestTiersOfAGreatMany(t *testing.T) {
	lines, err := cost.Month(prices(t), cost.Usage{MessagesIn: 1.5e9, MessagesOut: 0.5e9}, cost.FreeNone)
	if err != nil || math.Abs(cost.Total(lines)-1800) > 1e-6 || math.Abs(lines[0].USD-1350) > 1e-6 {
		t.Errorf("got %+v, %v, want $1800, three quarters of it in", lines, err)
	}
}
