package proc

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

func attach(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

func kill(cmd *exec.Cmd) {
	_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) // fails only when it is gone already
}

// EndWithGoRun makes this process get SIGTERM when `go run`, its parent, dies: the go command passes on no SIGTERM.
// It does nothing for a binary that was built and started by itself.
func EndWithGoRun() error {
	path, err := os.Executable()
	if err != nil {
		return err
	}
	if !strings.Contains(filepath.ToSlash(path), "/go-build") {
		return nil
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
	// The parent may have died before: then that signal never comes.
	if parent, err := os.ReadFile(fmt.Sprintf("/proc/%d/comm", os.Getppid())); err == nil && strings.TrimSpace(string(parent)) != "go" {
		return syscall.Kill(os.Getpid(), syscall.SIGTERM)
	}
	return nil
}
