//go:build amd64 || arm64

package proc

import (
	"syscall"
	"unsafe"
)

// ignoreStops has this process get no SIGCHLD when a child stops or goes on, which nobody here
// wants to know: a signal each costs more than to stop the child. Package os/signal cannot say so;
// if it fails, that is all that is lost.
func ignoreStops() {
	const noStops = 1 // SA_NOCLDSTOP
	var action struct {
		handler, flags, restorer uintptr
		mask                     uint64
	}
	set := func(from, to unsafe.Pointer) bool {
		_, _, err := syscall.RawSyscall6(syscall.SYS_RT_SIGACTION, uintptr(syscall.SIGCHLD), uintptr(from), uintptr(to),
			unsafe.Sizeof(action.mask), 0, 0)
		return err == 0
	}
	if set(nil, unsafe.Pointer(&action)) {
		action.flags |= noStops
		_ = set(unsafe.Pointer(&action), nil)
	}
}
