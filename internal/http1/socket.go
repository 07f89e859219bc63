package http1

import (
	"io"
	"net"
	"os"
	"syscall"
)

// errNothing says that a read would have to wait. To crypto/tls it is temporary, so the connection
// goes on.
var errNothing error = nothing{}

type nothing struct{}

func (nothing) Error() string   { return "nothing to read" }
func (nothing) Timeout() bool   { return true }
func (nothing) Temporary() bool { return true }

// socket is a connection whose reads can be told not to wait, and whose reads and writes, where the
// system lets them, are no system calls to Go's scheduler: the runtime's sockets never block, and a
// thread that watches over those that might would be woken for each after a pause.
type socket struct {
	net.Conn
	now      bool            // do not wait
	raw      syscall.RawConn // nil where there is none
	tryRead  func(uintptr) bool
	tryWrite func(uintptr) bool
	bytes    []byte // of a try
	n        int
	err      error
}

func newSocket(c net.Conn) *socket {
	s := &socket{Conn: c}
	if under, ok := c.(syscall.Conn); ok && canTry {
		s.raw, _ = under.SyscallConn()
	}
	s.tryRead, s.tryWrite = s.readOnce, s.writeOnce // made once, as each one made is an allocation
	return s
}

// Read implements net.Conn.
func (s *socket) Read(p []byte) (int, error) {
	switch {
	case s.raw == nil && s.now:
		return s.readBriefly(p)
	case s.raw == nil || len(p) == 0:
		return s.Conn.Read(p)
	}
	s.bytes, s.n, s.err = p, 0, nil
	err := s.raw.Read(s.tryRead)
	s.bytes = nil
	return s.n, s.failed("read", err)
}

// Write implements net.Conn.
func (s *socket) Write(p []byte) (int, error) {
	if s.raw == nil || len(p) == 0 {
		return s.Conn.Write(p)
	}
	s.bytes, s.n, s.err = p, 0, nil
	err := s.raw.Write(s.tryWrite)
	s.bytes = nil
	return s.n, s.failed("write", err)
}

// failed is the error of a read or a write as net has it, nil if it did not fail. waited is why it
// could not wait.
func (s *socket) failed(op string, waited error) error {
	err := s.err
	if waited != nil {
		err = waited
		if of, ok := waited.(*net.OpError); ok { //nolint:errorlint // as net gives it
			err = of.Err
		}
	}
	if err == nil || err == io.EOF || err == errNothing { //nolint:errorlint // none of them is wrapped
		return err
	}
	if errno, ok := err.(syscall.Errno); ok { //nolint:errorlint // likewise
		err = os.NewSyscallError(op, errno)
	}
	return &net.OpError{Op: op, Net: s.LocalAddr().Network(), Source: s.LocalAddr(), Addr: s.RemoteAddr(), Err: err}
}
