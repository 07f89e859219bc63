//go:build unix && !linux

package proc

import (
	"os/exec"
	"syscall"
)

func attach(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

func kill(cmd *exec.Cmd) {
	_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) // fails only when it is gone already
}

// EndWithGoRun does nothing: only Linux tells a process that its parent died.
func EndWithGoRun() error { return nil }
