package e2e_test

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/coder/websocket"
)

func end(b *testing.B, cmd *exec.Cmd) {
	b.Helper()
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		b.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		b.Fatal(err)
	}
}

const (
	startGoal = 30 // ms
	idleGoal  = 11 // KiB
)

// BenchmarkStart is the time from starting the binary, its functions built before, until it is
// ready: engine and tables included.
func BenchmarkStart(b *testing.B) {
	clones := trees(b)
	took, used := make([][]float64, len(clones)), make([][]float64, len(clones))
	for _, t := range clones {
		cmd, _ := t.start(b) // builds the functions if need be
		end(b, cmd)
	}
	for b.Loop() {
		for i, t := range clones {
			began := time.Now()
			cmd, _ := t.start(b)
			took[i] = append(took[i], millis(time.Since(began)))
			used[i] = append(used[i], millis(cpu(b, cmd.Process.Pid)))
			end(b, cmd)
		}
	}
	b.ReportMetric(0, "ns/op")
	results := newTable("start\tms until ready\tgoal\t÷ before\tCPU ms\t÷ before\t")
	for i, t := range clones {
		results.row("%s\t%.1f\t%d\t%.2f\t%.1f\t%.2f\t", t.name, middle(took[i]), startGoal, middle(took[i])/middle(took[0]),
			middle(used[i]), middle(used[i])/middle(used[0]))
	}
	results.print()
}

// BenchmarkIdleConnections is what 5,000 connections that say nothing add to the memory of the localdev process.
func BenchmarkIdleConnections(b *testing.B) {
	const connections = 5000
	clones := trees(b)
	each := make([][]float64, len(clones))
	for b.Loop() {
		for i, t := range clones {
			cmd, url := t.start(b)
			var all []*websocket.Conn
			for range 50 { // the functions run by then
				all = append(all, open(b, url))
			}
			before := residentKiB(b, cmd.Process.Pid)
			for range connections {
				all = append(all, open(b, url))
			}
			each[i] = append(each[i], (residentKiB(b, cmd.Process.Pid)-before)/connections)
			for _, socket := range all {
				_ = socket.CloseNow()
			}
			end(b, cmd)
		}
	}
	b.ReportMetric(0, "ns/op")
	results := newTable("idle connection\tKiB\tgoal\t÷ before\t")
	for i, t := range clones {
		results.row("%s\t%.1f\t%d\t%.2f\t", t.name, middle(each[i]), idleGoal, middle(each[i])/middle(each[0]))
	}
	results.print()
}

// residentKiB reads the resident memory of a process (Linux).
func residentKiB(b *testing.B, pid int) float64 {
	b.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		b.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(status), "VmRSS:")
	var kib float64
	if _, err := fmt.Sscan(rest, &kib); err != nil {
		b.Fatal(err)
	}
	return kib
}
