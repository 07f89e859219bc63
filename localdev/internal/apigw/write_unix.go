//go:build unix

package apigw

import (
	"errors"
	"net"
	"sync"
	"syscall"
)

// handle is a socket that can be written to without waiting; nil where that is unknown.
type handle = syscall.RawConn

func handleOf(socket net.Conn) handle {
	if s, ok := socket.(syscall.Conn); ok {
		if h, err := s.SyscallConn(); err == nil {
			return h
		}
	}
	return nil
}

// attempt is a write that does not wait. It has its own func, which is so allocated once.
type attempt struct {
	frames []byte
	n      int
	err    error
	try    func(fd uintptr) bool
}

var attempts = sync.Pool{New: func() any {
	a := &attempt{}
	a.try = func(fd uintptr) bool {
		for a.n, a.err = syscall.Write(int(fd), a.frames); errors.Is(a.err, syscall.EINTR); {
			a.n, a.err = syscall.Write(int(fd), a.frames)
		}
		return true
	}
	return a
}}

// writeNow writes as much as there is room for.
func writeNow(h handle, frames []byte) (int, error) {
	if h == nil {
		return 0, nil
	}
	a := attempts.Get().(*attempt)
	a.frames = frames
	err := h.Write(a.try)
	n, failed := max(a.n, 0), a.err
	a.frames, a.n, a.err = nil, 0, nil
	attempts.Put(a)
	switch {
	case err != nil:
		return 0, err
	case failed == syscall.EAGAIN: //nolint:errorlint // it is a number, and this is the way of each message
		return n, nil
	}
	return n, failed
}
