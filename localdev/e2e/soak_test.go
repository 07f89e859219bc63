package e2e_test

import (
	"fmt"
	"testing"
	"time"
)

// BenchmarkSoak relays 200 messages a second, with a peer leaving and coming back every second, for as long as -benchtime
// says, and compares the memory of the localdev process at the end with that after one minute (make soak: 30 minutes).
func BenchmarkSoak(b *testing.B) {
	const (
		pairs = 10
		rate  = 200 // messages a second
	)
	cmd, url := process(b, built(b))
	s := &stack{ws: url}
	ways := make([]relay, pairs)
	for i := range ways {
		ways[i] = parleyRelay(b, s, fmt.Sprint("room", i))
	}
	tick := time.NewTicker(time.Second / rate)
	defer tick.Stop()
	var early float64
	sent := 0
	began := time.Now()
	for b.Loop() {
		<-tick.C
		if sent%rate == 0 {
			guest := dial(b, url)
			guest.join("churn", "guest")
			guest.close()
		}
		ways[sent%pairs].once(b)
		sent++
		if early == 0 && time.Since(began) > time.Minute {
			early = residentKiB(b, cmd.Process.Pid)
		}
	}
	late := residentKiB(b, cmd.Process.Pid)
	end(b, cmd)
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(float64(sent), "messages")
	b.ReportMetric(early/1024, "MiB-after-1min")
	b.ReportMetric(late/1024, "MiB-at-end")
}
