package http1

import (
	"net"
	"syscall"
)

// errNothing says that a read would have to wait. To crypto/tls it is temporary, so the connection goes on.
var errNothing error = nothing{}

type nothing struct{}

func (nothing) Error() string   { return "nothing to read" }
func (nothing) Timeout() bool   { return true }
func (nothing) Temporary() bool { return true }

// socket is a connection whose reads can be told not to wait.
type socket struct {
	net.Conn
	now  bool            // do not wait
	raw  syscall.RawConn // nil where there is none
	try  func(uintptr) bool
	into []byte // of a try
	n    int
	err  error
}

func newSocket(c net.Conn) *socket {
	s := &socket{Conn: c}
	if under, ok := c.(syscall.Conn); ok {
		s.raw, _ = under.SyscallConn()
	}
	s.try = s.tryRead // made once, as each one made is an allocation
	return s
}

// Read implements net.Conn.
func (s *socket) Read(p []byte) (int, error) {
	if s.now {
		return s.readNow(p)
	}
	return s.Conn.Read(p)
}
