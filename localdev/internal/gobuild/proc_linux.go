package gobuild

import (
	"os/exec"
	"syscall"
)

// contain makes cmd and its children end together: when ctx ends, and when localdev dies. The caller stays on its OS
// thread until cmd has ended, as the death signal is that of the thread which started it.
func contain(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
}
