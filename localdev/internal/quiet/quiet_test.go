package quiet_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/parley-rtc/parley/localdev/internal/quiet"
)

func TestNews(t *testing.T) {
	var log quiet.Log
	now := time.Unix(1e9, 0)
	want := func(text string, later time.Duration, missed int, yes bool) {
		t.Helper()
		now = now.Add(later)
		if m, y := log.News(text, time.Second, now); m != missed || y != yes {
			t.Errorf("got %v, %v; want %v, %v", m, y, missed, yes)
		}
	}
	want("a", 0, 0, true)
	want("a", time.Millisecond, 0, false)
	want("b", 0, 0, true)
	want("a", time.Millisecond, 0, false)
	want("a", time.Second, 2, true)
	want("a", 2*time.Second, 0, true)

	now = now.Add(time.Minute)
	told := 0
	for n := range 5000 { // texts of a client's choice
		if _, yes := log.News(fmt.Sprint(n), time.Second, now); yes {
			told++
		}
	}
	if told != 20 {
		t.Errorf("%d different texts in a second were told, want 20", told)
	}
}
