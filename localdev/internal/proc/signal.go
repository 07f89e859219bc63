//go:build unix

package proc

import (
	"os/exec"
	"syscall"
)

// hold does nothing: attach has made the group.
func hold(*exec.Cmd) error { return nil }

func kill(cmd *exec.Cmd) { signalGroup(cmd, syscall.SIGKILL) }

func freeze(cmd *exec.Cmd) { signalGroup(cmd, syscall.SIGSTOP) }

func thaw(cmd *exec.Cmd) { signalGroup(cmd, syscall.SIGCONT) }

func signalGroup(cmd *exec.Cmd, s syscall.Signal) {
	_ = syscall.Kill(-cmd.Process.Pid, s) // fails only when it is gone already
}
