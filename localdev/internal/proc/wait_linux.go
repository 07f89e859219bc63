package proc

import (
	"os"
	"os/exec"

	"golang.org/x/sys/unix"
)

// wait is cmd.Wait. Who waits for a child in the kernel keeps a thread, and is woken each time that
// the child stops and goes on: so the runtime's poller waits until there is nothing to wait for any
// more. Where the kernel cannot be asked in that way, it is cmd.Wait alone.
func wait(cmd *exec.Cmd) error {
	fd, err := unix.PidfdOpen(cmd.Process.Pid, unix.PIDFD_NONBLOCK)
	if err != nil {
		return cmd.Wait()
	}
	file := os.NewFile(uintptr(fd), "pidfd")
	defer file.Close()
	if raw, err := file.SyscallConn(); err == nil {
		_ = raw.Read(func(fd uintptr) bool {
			n, err := unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, 0)
			return n > 0 || err != nil
		})
	}
	return cmd.Wait()
}
