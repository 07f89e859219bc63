//go:build unix

package http1

import (
	"io"
	"syscall"
)

func (s *socket) readNow(p []byte) (int, error) {
	if s.raw == nil {
		return s.readBriefly(p)
	}
	s.into = p
	if err := s.raw.Read(s.try); err != nil {
		return 0, err
	}
	s.into = nil
	return s.n, s.err
}

// tryRead reads once. The runtime's sockets never block.
func (s *socket) tryRead(fd uintptr) bool {
	n, err := syscall.Read(int(fd), s.into)
	for err == syscall.EINTR {
		n, err = syscall.Read(int(fd), s.into)
	}
	switch {
	case err == syscall.EAGAIN:
		s.n, s.err = 0, errNothing
	case err != nil:
		s.n, s.err = 0, err
	case n == 0:
		s.n, s.err = 0, io.EOF
	default:
		s.n, s.err = n, nil
	}
	return true
}
