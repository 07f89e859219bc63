package http1

import (
	"io"
	"syscall"
	"unsafe"
)

const canTry = true

// readOnce reads what there is, and reports false if there is nothing and it may wait.
func (s *socket) readOnce(fd uintptr) bool {
	n, errno := call(syscall.SYS_READ, fd, s.bytes)
	switch {
	case errno == syscall.EAGAIN && !s.now:
		return false
	case errno == syscall.EAGAIN:
		s.err = errNothing
	case errno != 0:
		s.err = errno
	case n == 0:
		s.err = io.EOF
	}
	s.n = n
	return true
}

// writeOnce writes what there is room for, and reports false if that is not all.
func (s *socket) writeOnce(fd uintptr) bool {
	for s.n < len(s.bytes) {
		n, errno := call(syscall.SYS_WRITE, fd, s.bytes[s.n:])
		switch errno {
		case 0:
			s.n += n
		case syscall.EAGAIN:
			return false
		default:
			s.err = errno
			return true
		}
	}
	return true
}

func call(number, fd uintptr, p []byte) (n int, errno syscall.Errno) {
	for {
		r, _, errno := syscall.RawSyscall(number, fd, uintptr(unsafe.Pointer(&p[0])), uintptr(len(p)))
		switch errno {
		case 0:
			return int(r), 0
		case syscall.EINTR:
		default:
			return 0, errno
		}
	}
}
