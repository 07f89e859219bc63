package e2e_test

import (
	"fmt"
	"testing"
	"time"
)

// early is how many messages a process has relayed when it is taken to have all that it needs.
const early = 10_000

// BenchmarkMemory compares the memory of localdev, and of the function's largest instance, after as
// many messages as -benchtime says with that after ten thousand. Each second a guest comes, is lost,
// comes back and leaves as well.
//
//	go test ./localdev/e2e -run '^$' -bench Memory -benchtime 1000000x -timeout 1h
func BenchmarkMemory(b *testing.B) {
	if b.N < early {
		return // testing tries every benchmark with one
	}
	const rooms = 120                                             // that guests come to, one after the other
	server, url := thisTree(b).start(b, "-env", "MESSAGE_RATE=0") // the machine is what is measured
	ways, _ := parleyWays(b, url, loadPairs)
	sent, rounds := 0, 0
	relay := func() {
		sent += keepBusy(b, ways, loadOnTheWay, time.Second)
		churn(b, url, fmt.Sprint("churn", rounds%rooms))
		rounds++
	}
	results := newTable("resident MiB, the most of ten seconds\tlocaldev\tfunction\tinstances\t")
	for _, messages := range []int{early, b.N} {
		for sent < messages {
			relay()
		}
		at := sent
		var localdev, function float64 // the most, as between two collections of garbage memory goes up and down
		var running map[int]time.Duration
		for range 10 {
			relay()
			localdev = max(localdev, residentKiB(b, server.Process.Pid)/1024)
			running = instances(b, server.Process.Pid, "localdev-MessageFunction")
			for pid := range running {
				function = max(function, residentKiB(b, pid)/1024)
			}
		}
		results.row("after %d messages\t%.1f\t%.1f\t%d\t", at, localdev, function, len(running))
	}
	b.ReportMetric(0, "ns/op")
	results.print()
}
