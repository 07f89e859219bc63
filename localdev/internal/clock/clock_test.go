package clock_test

import (
	"testing"
	"time"

	"github.com/parley-rtc/parley/localdev/internal/clock"
)

func TestAdvance(t *testing.T) {
	var c clock.Clock
	calls := 0
	c.Watch(func() { calls++ })
	if ahead := time.Until(c.Now()); ahead > 0 {
		t.Errorf("a new clock is %v ahead", ahead)
	}
	c.Advance(time.Hour)
	c.Advance(time.Hour)
	if ahead := time.Until(c.Now()); ahead > 2*time.Hour || ahead < 2*time.Hour-time.Minute {
		t.Errorf("got %v ahead, want 2h", ahead)
	}
	if calls != 2 {
		t.Errorf("got %d calls, want 2", calls)
	}
}
