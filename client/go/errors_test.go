package parley_test

import (
	"strings"
	"testing"

	parley "github.com/parley-rtc/parley/client/go"
)

func TestRefusedHandshakeSaysItsStatus(t *testing.T) {
	play(t, func(t *testing.T, s *script) {
		s.refuse = 401
		opt := s.options()
		_, err := parley.Dial(t.Context(), "ws://service.test/prod", &opt)
		if err == nil || !strings.HasSuffix(err.Error(), "the server answered 401") {
			t.Errorf("got %v", err)
		}
	})
}
