package http1

import (
	"errors"
	"os"
	"time"
)

// brief is how long a read may take where none can be told not to wait at all.
const brief = time.Millisecond

func (s *socket) readBriefly(p []byte) (int, error) {
	if err := s.SetReadDeadline(time.Now().Add(brief)); err != nil {
		return 0, err
	}
	n, err := s.Conn.Read(p)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		err = errNothing
	}
	_ = s.SetReadDeadline(time.Time{}) // that of the next request is set before it
	return n, err
}
