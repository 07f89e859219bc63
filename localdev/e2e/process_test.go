package e2e_test

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/coder/websocket"
)

// built is localdev as one binary, as users run it.
func built(b *testing.B) string {
	b.Helper()
	path := filepath.Join(b.TempDir(), "localdev")
	if out, err := exec.CommandContext(b.Context(), "go", "build", "-o", path, "..").CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
	return path
}

// process starts a binary of localdev and returns it when it is ready, with the URL of its sockets.
func process(b *testing.B, binary string) (*exec.Cmd, string) {
	b.Helper()
	cmd := exec.CommandContext(b.Context(), binary, "-listen", "127.0.0.1:0", "-watch=false")
	cmd.Dir = "../.."
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		b.Fatalf("localdev ended before it was ready: %v", err)
	}
	return cmd, strings.TrimSpace(strings.TrimPrefix(line, "ready "))
}

func end(b *testing.B, cmd *exec.Cmd) {
	b.Helper()
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		b.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		b.Fatal(err)
	}
}

// BenchmarkStart is the time from starting the binary, its functions built before, until it is ready: engine and tables
// included.
func BenchmarkStart(b *testing.B) {
	binary := built(b)
	cmd, _ := process(b, binary) // builds the functions if need be
	end(b, cmd)
	var took time.Duration
	for b.Loop() {
		began := time.Now()
		cmd, _ := process(b, binary)
		took += time.Since(began)
		b.StopTimer()
		end(b, cmd)
		b.StartTimer()
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(float64(took.Milliseconds())/float64(b.N), "ms-until-ready")
}

// BenchmarkIdleConnections is what 5,000 connections that say nothing add to the memory of the localdev process.
func BenchmarkIdleConnections(b *testing.B) {
	const connections = 5000
	binary := built(b)
	var perConnection float64
	for b.Loop() {
		cmd, url := process(b, binary)
		open := func(n int) (sockets []*websocket.Conn) {
			for range n {
				socket, _, err := websocket.Dial(b.Context(), url, nil)
				if err != nil {
					b.Fatal(err)
				}
				sockets = append(sockets, socket)
			}
			return sockets
		}
		all := open(50) // the functions run by then
		before := residentKiB(b, cmd.Process.Pid)
		all = append(all, open(connections)...)
		perConnection = (residentKiB(b, cmd.Process.Pid) - before) / connections
		for _, socket := range all {
			_ = socket.CloseNow()
		}
		end(b, cmd)
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(perConnection, "KiB/connection")
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
