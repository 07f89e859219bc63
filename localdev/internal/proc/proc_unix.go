//go:build unix && !linux

package proc

import (
	"os/exec"
	"syscall"
)

func attach(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

// EndWithGoRun does nothing: only Linux tells a process that its parent died.
func EndWithGoRun() error { return nil }
