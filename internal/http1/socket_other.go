//go:build !linux

package http1

// canTry says that system calls on a socket can be made by hand. Functions run on Linux.
const canTry = false

func (s *socket) readOnce(uintptr) bool { return true }

func (s *socket) writeOnce(uintptr) bool { return true }
