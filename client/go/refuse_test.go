package parley_test

import (
	"errors"
	"testing"

	parley "github.com/parley-rtc/parley/client/go"
)

func TestSignalToNobodyIsRefused(t *testing.T) {
	play(t, func(t *testing.T, s *script) {
		conn, room := s.join()
		if err := room.Signal(t.Context(), "", "for bob alone"); !errors.Is(err, parley.ErrBadRequest) {
			t.Errorf("got %v", err)
		}
		if sent := append(s.conn().all("broadcast"), s.conn().all("signal")...); len(sent) > 0 {
			t.Errorf("sent %v", sent)
		}
		conn.Close()
	})
}
