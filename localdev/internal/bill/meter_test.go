package bill_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/parley-rtc/parley/localdev/internal/bill"
	"github.com/parley-rtc/parley/localdev/rates"
)

func newMeter(t *testing.T) (*bill.Meter, *time.Time) {
	t.Helper()
	r, err := rates.USEast1()
	if err != nil {
		t.Fatal(err)
	}
	now := time.Unix(1_800_000_000, 0)
	return bill.New(r, func() time.Time { return now }, []string{"connect"}), &now
}

// One viewer session as worked out by hand: 10 minutes, 43 messages each way, 45 invocations of 20 ms at 128 MB, 86 WRU
// and 43 RRU cost $0.000158.
func TestOneSession(t *testing.T) {
	m, now := newMeter(t)
	m.Opened("c")
	for range 43 {
		m.MessageIn(4096)
		m.MessageOut(4096)
		m.Consumed(2, 1, false)
	}
	for range 45 {
		m.Invoked("message")
		m.Ran(128, 20*time.Millisecond)
	}
	*now = now.Add(10 * time.Minute)
	m.Closed("c")
	b := m.Bill()
	if b.MessagesIn != 43 || b.MessagesOut != 43 || b.ConnectionMinutes != 10 || b.WRU != 86 || b.RRU != 43 ||
		math.Abs(b.GBSeconds-0.1125) > 1e-9 {
		t.Errorf("got %+v", b)
	}
	if math.Abs(b.USD-158.13e-6) > 0.01e-6 {
		t.Errorf("got $%.9f, want $0.000158", b.USD)
	}
}

func TestUnits(t *testing.T) {
	for bytes, want := range map[int]int{0: 1, 1: 1, 32_768: 1, 32_769: 2, 131_072: 4} {
		m, _ := newMeter(t)
		m.MessageIn(bytes)
		if got := m.Bill().MessagesIn; got != want {
			t.Errorf("%d bytes: got %d messages, want %d", bytes, got, want)
		}
	}
	m, _ := newMeter(t)
	m.Ran(1024, 1_000_001*time.Nanosecond)
	if got := m.Bill().GBSeconds; got != 0.002 {
		t.Errorf("1.000001 ms: got %v GB-s, want 2 ms", got)
	}
}

func TestInitIsKeptApartButPaid(t *testing.T) {
	m, _ := newMeter(t)
	m.Consumed(1, 2, true)
	b := m.Bill()
	if b.WRU != 0 || b.RRU != 0 || b.Init != (bill.Units{WRU: 1, RRU: 2}) {
		t.Errorf("got %+v", b)
	}
	if want := 1*0.000000625 + 2*0.000000125; math.Abs(b.USD-want) > 1e-15 {
		t.Errorf("got $%v, want $%v", b.USD, want)
	}
}

func TestMinutesOfOpenConnections(t *testing.T) {
	m, now := newMeter(t)
	m.Opened("c")
	minutes := func(want int) {
		t.Helper()
		if got := m.Bill().ConnectionMinutes; got != want {
			t.Errorf("got %d minutes, want %d", got, want)
		}
	}
	minutes(1)
	*now = now.Add(61 * time.Second)
	minutes(2)
	m.Reset()
	minutes(0)
	*now = now.Add(58 * time.Second) // 1:59 since it opened: still in a minute that is paid
	minutes(0)
	*now = now.Add(2 * time.Second)
	m.Closed("c")
	minutes(1)
	m.Closed("c") // a second end counts nothing
	minutes(1)
	if b := m.Bill(); b.Connections != 0 || b.Invocations["connect"] != 0 || len(b.Invocations) != 1 {
		t.Errorf("after Reset: got %+v", b)
	}
}

// TestMinutesOfManyConnections compares the bill with a walk over all connections, as they come and
// go at moments in which minutes end too.
func TestMinutesOfManyConnections(t *testing.T) {
	m, now := newMeter(t)
	random := rand.New(rand.NewPCG(1, 2))
	steps := []time.Duration{0, 1, time.Microsecond, time.Millisecond, 999 * time.Millisecond, time.Second, time.Minute, 3 * time.Hour}
	open, billed := map[string]time.Time{}, map[string]int{}
	closed := 0
	begun := func(since time.Time) int {
		// As connections have it on AWS, to the millisecond.
		ms := now.Add(time.Millisecond - 1).Truncate(time.Millisecond).Sub(since.Truncate(time.Millisecond))
		return max(1, int((ms+time.Minute-1)/time.Minute))
	}
	for i := range 20_000 {
		*now = now.Add(steps[random.IntN(len(steps))])
		switch id := fmt.Sprint(random.IntN(300)); random.IntN(5) {
		case 0, 1, 2:
			if _, is := open[id]; !is {
				m.Opened(id)
				open[id], billed[id] = *now, 0
			}
		case 3:
			m.Closed(id)
			if since, is := open[id]; is {
				closed += begun(since) - billed[id]
				delete(open, id)
			}
		default:
			if random.IntN(20) == 0 {
				m.Reset()
				closed = 0
				for id, since := range open {
					billed[id] = begun(since)
				}
			}
		}
		want := closed
		for id, since := range open {
			want += begun(since) - billed[id]
		}
		if got := m.Bill().ConnectionMinutes; got != want {
			t.Fatalf("step %d, %d open: got %d minutes, want %d", i, len(open), got, want)
		}
	}
}

func BenchmarkBill(b *testing.B) {
	for _, connections := range []int{100, 10_000} {
		b.Run(fmt.Sprint(connections), func(b *testing.B) {
			m := bill.New(rates.Rates{}, time.Now, []string{"message"})
			for i := range connections {
				m.Opened(fmt.Sprint(i))
			}
			for b.Loop() {
				m.Bill()
			}
		})
	}
}
