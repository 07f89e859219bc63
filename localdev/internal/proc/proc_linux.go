package proc

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"
)

func attach(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

// EndWithGoRun makes this process get SIGTERM when `go run`, its parent, dies: the go command passes on no SIGTERM.
// It does nothing for a binary that was started in another way.
func EndWithGoRun() error {
	parent := os.Getppid()
	if name, err := os.ReadFile(fmt.Sprintf("/proc/%d/comm", parent)); err != nil || string(name) != "go\n" {
		return nil //nolint:nilerror // no such parent (any more), or none that can be seen
	}
	// The setting belongs to the thread that makes it, so that thread has to stay: a goroutine that is locked for good.
	done := make(chan error)
	go func() {
		runtime.LockOSThread()
		done <- unix.Prctl(unix.PR_SET_PDEATHSIG, uintptr(syscall.SIGTERM), 0, 0, 0)
		select {}
	}()
	if err := <-done; err != nil {
		return err
	}
	if os.Getppid() != parent { // it died meanwhile: that signal will never come
		return syscall.Kill(os.Getpid(), syscall.SIGTERM)
	}
	return nil
}
