//go:build amd64 || arm64

package proc_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"testing"
	"time"

	"github.com/parley-rtc/parley/localdev/internal/proc"
)

// Of a child that is frozen, goes on and ends, this process is told but the end.
func TestFrozenChildrenSignalNothing(t *testing.T) {
	s := proc.NewStarter()
	defer s.Close()
	child, err := s.Start(exec.Command("sleep", "600"))
	if err != nil {
		t.Fatal(err)
	}
	told, fence := make(chan os.Signal, 99), make(chan os.Signal, 1)
	signal.Notify(told, syscall.SIGCHLD)
	signal.Notify(fence, syscall.SIGWINCH)
	defer signal.Stop(told)
	defer signal.Stop(fence)
	for range 3 {
		for i, change := range []func(){child.Freeze, child.Thaw} {
			change()
			comesTo(t, child, i == 0)
			if err := syscall.Kill(os.Getpid(), syscall.SIGWINCH); err != nil { // which comes after SIGCHLD
				t.Fatal(err)
			}
			<-fence
		}
	}
	if n := len(told); n > 0 {
		t.Errorf("%d signals", n)
	}
	child.Kill()
	<-child.Done()
	<-told
}

// comesTo waits until the process is stopped, or is not.
func comesTo(t *testing.T, child *proc.Child, stopped bool) {
	t.Helper()
	for late := time.Now().Add(time.Minute); time.Now().Before(late); {
		stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", child.PID()))
		if err != nil {
			t.Fatal(err)
		}
		if _, state, _ := bytes.Cut(stat, []byte(") ")); (state[0] == 'T') == stopped {
			return
		}
	}
	t.Fatal("it does not come to that")
}
