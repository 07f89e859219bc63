package e2e_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// cpu is the processor time that a process has used, of all its threads, those that have ended included (Linux).
func cpu(b *testing.B, pid int) time.Duration {
	b.Helper()
	const wholeProcess = 2 // CPUCLOCK_SCHED, the clock that clock_getcpuclockid(3) names
	var t unix.Timespec
	if err := unix.ClockGettime(int32(^pid)<<3|wholeProcess, &t); err != nil {
		b.Fatalf("processor time of %d: %v", pid, err)
	}
	return time.Duration(t.Nano())
}

// instances are the processes of a function that a localdev runs, with the processor time of each (Linux).
func instances(b *testing.B, localdev int, function string) map[int]time.Duration {
	b.Helper()
	all := map[int]time.Duration{}
	environments, err := filepath.Glob("/proc/[0-9]*/environ")
	if err != nil {
		b.Fatal(err)
	}
	for _, path := range environments {
		var pid, parent int
		var name, state string
		stat, err := os.ReadFile(filepath.Join(filepath.Dir(path), "stat"))
		if err != nil {
			continue // it has ended
		}
		if _, err := fmt.Sscan(string(stat), &pid, &name, &state, &parent); err != nil || parent != localdev {
			continue // or has a space in its name, which no function of ours has
		}
		environment, err := os.ReadFile(path)
		if err == nil && function != "" && bytes.Contains(environment, []byte("AWS_LAMBDA_FUNCTION_NAME="+function)) {
			all[pid] = cpu(b, pid)
		}
	}
	return all
}
