package dynamo

import (
	"bytes"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/parley-rtc/parley/localdev/internal/clock"
)

func TestItemsThatDynamoDBWouldThrottle(t *testing.T) {
	for _, tt := range []struct {
		name     string
		wru, rru float64 // of each request
		requests int
		pause    time.Duration // after each
		want     bool
	}{
		{"a roster of 100 KB, ten changes", 100, 0, 10, 0, false},
		{"and eleven", 100, 0, 11, 0, true},
		{"a mailbox of 128 KB, eight messages", 128, 0, 8, 0, true},
		{"a change each 100 ms of emulated time goes on for ever", 100, 0, 200, 101 * time.Millisecond, false},
		{"reads up to 3000 units", 0, 100, 30, 0, false},
		{"and above", 0, 100, 31, 0, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var out bytes.Buffer
			now := &clock.Clock{}
			h := &Heat{Clock: now, Log: slog.New(slog.NewTextHandler(&out, nil))}
			for range tt.requests {
				h.add("Rooms", []byte(`{"room":{"S":"r"}}`), tt.wru, tt.rru)
				now.Advance(tt.pause)
			}
			for range 20 { // said once is enough
				h.add("Rooms", []byte(`{"room":{"S":"other"}}`), 1, 1)
			}
			if got := strings.Count(out.String(), "would throttle this item"); (got == 1) != tt.want || got > 1 {
				t.Errorf("got %d warnings, want %v\n%s", got, tt.want, out.String())
			}
		})
	}
}

func TestHotItemsAreRememberedWithinBounds(t *testing.T) {
	var out bytes.Buffer
	h := &Heat{Clock: &clock.Clock{}, Log: slog.New(slog.NewTextHandler(&out, nil))}
	for i := range maxWarm + 1000 {
		for range 2 {
			h.add("Rooms", fmt.Appendf(nil, `{"room":{"S":"%d%s"}}`, i, strings.Repeat("x", 1000)), 2000, 0)
		}
	}
	if len(h.warm) > maxWarm+1 || len(h.warned) > maxWarnings || strings.Count(out.String(), "\n") != maxWarnings+1 || out.Len() > 100_000 {
		t.Errorf("%d are remembered, %d were warned of, in %d bytes", len(h.warm), len(h.warned), out.Len())
	}
}
