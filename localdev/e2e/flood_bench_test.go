package e2e_test

import (
	"slices"
	"testing"
	"time"

	"github.com/coder/websocket"
)

// BenchmarkBesideAFlood is the relay of a pair that keeps to its rate, while nobody else sends, and then while one
// client sends 2000 messages a second.
func BenchmarkBesideAFlood(b *testing.B) {
	s := start(b)
	pair := parleyRelay(b, s, "bench")
	flooder, _, err := websocket.Dial(b.Context(), s.ws, nil)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = flooder.CloseNow() })
	go func() {
		for err := error(nil); err == nil; {
			_, _, err = flooder.Read(b.Context())
		}
	}()
	tick := time.NewTicker(time.Second / 40)
	defer tick.Stop()
	times := map[bool][]time.Duration{}
	sent := 0
	b.ResetTimer()
	for _, flooded := range []bool{false, true} {
		for range b.N {
			<-tick.C
			for range 50 { // 2000 a second
				if !flooded {
					break
				}
				if err := flooder.Write(b.Context(), websocket.MessageText, []byte(`{"action":"ping","id":"1"}`)); err != nil {
					b.Fatal(err)
				}
				sent++
			}
			times[flooded] = append(times[flooded], pair.once(b))
		}
	}
	p95 := func(flooded bool) float64 {
		list := times[flooded]
		slices.Sort(list)
		return float64(list[len(list)*95/100]) / 1e3
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(float64(sent), "flood")
	b.ReportMetric(p95(false), "quiet-p95-µs")
	b.ReportMetric(p95(true), "flooded-p95-µs")
	b.ReportMetric(p95(true)/p95(false), "p95-ratio")
}
