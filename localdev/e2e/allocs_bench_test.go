package e2e_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// counting is compiled into a function: on SIGUSR1 it writes how often the process has allocated.
const counting = `package main

import (
	"os"
	"os/signal"
	"runtime"
	"strconv"
	"syscall"
)

func init() {
	asked := make(chan os.Signal, 1)
	signal.Notify(asked, syscall.SIGUSR1)
	go func() {
		for range asked {
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			_ = os.WriteFile(os.Getenv("ALLOCATIONS"), []byte(strconv.FormatUint(m.Mallocs, 10)+"\n"), 0o600)
		}
	}()
}
`

const allocationGoal = 100 // an event

// BenchmarkAllocations is how often the function allocates for an event that it relays, everything
// counted: its clients, the Runtime API, the log line.
func BenchmarkAllocations(b *testing.B) {
	const events = 500
	results := newTable("allocations an event\t\tgoal\t÷ before\t")
	var before []float64
	for _, t := range trees(b) {
		localdev, url := t.start(b, "-env", "MESSAGE_RATE=0")
		place := newRoom(b, localdev, url)
		count := filepath.Join(b.TempDir(), "allocations")
		binary := overlaid(b, t, "functions/message", map[string]string{"functions/message/counting.go": counting})
		function := exec.CommandContext(b.Context(), binary)
		function.Env = append(place.without(), "ALLOCATIONS="+count)
		lambda := aloneWith(b, function)
		ctx, cancel := context.WithTimeout(b.Context(), patience)
		defer cancel()
		lambda.start(ctx, b)
		for i, w := range []way{place.silent, place.acked} {
			event := place.event(b, w)
			for range 50 { // until all that is kept is there
				lambda.relay(ctx, b, event, w)
			}
			from := allocations(b, function, count)
			for range events {
				lambda.relay(ctx, b, event, w)
			}
			each := float64(allocations(b, function, count)-from) / events
			if len(before) == i {
				before = append(before, each)
			}
			results.row("%s%s\t%.0f\t%d\t%.2f\t", t.name, []string{"", ", with ack"}[i], each, allocationGoal, each/before[i])
		}
	}
	for b.Loop() { // a count needs no repetition
	}
	b.ReportMetric(0, "ns/op")
	results.print()
}

// allocations asks the process how often it has allocated.
func allocations(b *testing.B, process *exec.Cmd, file string) (n int64) {
	b.Helper()
	for _, s := range []os.Signal{syscall.SIGUSR1, syscall.SIGCONT} { // it is frozen
		if err := process.Process.Signal(s); err != nil {
			b.Fatal(err)
		}
	}
	said := eventually(func() bool {
		text, err := os.ReadFile(file)
		number, whole := strings.CutSuffix(string(text), "\n")
		if err != nil || !whole {
			return false
		}
		n, err = strconv.ParseInt(number, 10, 64)
		return err == nil
	})
	if !said {
		b.Fatal("the function does not say how often it has allocated")
	}
	if err := os.Remove(file); err != nil {
		b.Fatal(fmt.Errorf("make room for the next count: %w", err))
	}
	return n
}
