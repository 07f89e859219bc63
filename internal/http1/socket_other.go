//go:build !unix

package http1

func (s *socket) readNow(p []byte) (int, error) { return s.readBriefly(p) }

func (s *socket) tryRead(uintptr) bool { return true }
