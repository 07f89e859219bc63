package ttl_test

import (
	"context"
	"encoding/json"
	"log/slog"
	"testing"
	"time"

	"github.com/parley-rtc/parley/localdev/internal/clock"
	"github.com/parley-rtc/parley/localdev/internal/ttl"
)

func TestSweep(t *testing.T) {
	c := &clock.Clock{}
	var asked []string
	var at time.Time
	s := ttl.New(ttl.Options{
		Tables: []ttl.Table{{"A", "expires"}, {"B", "end"}}, Delay: time.Hour, Clock: c, Log: slog.New(slog.DiscardHandler),
		Expire: func(_ context.Context, table, attribute string, before time.Time, deleting func(json.RawMessage)) (int, error) {
			asked, at = append(asked, table+"."+attribute), before
			deleting(json.RawMessage(`{"k":{"S":"1"},"r":{"N":"2"}}`))
			return 1, nil
		},
	})
	c.Advance(3 * time.Hour)
	s.Sweep(t.Context())
	if len(asked) != 2 || asked[0] != "A.expires" || asked[1] != "B.end" {
		t.Errorf("asked for %v", asked)
	}
	if late := time.Until(at); late < 119*time.Minute || late > 2*time.Hour {
		t.Errorf("asked for what was over in %v, want two hours: three advanced, one of delay", late)
	}
	key := json.RawMessage(`{"r":{"N":"2"}, "k":{"S":"1"}}`) // in another order
	if !s.Took("A", key) || s.Took("A", key) {
		t.Error("a deletion is not told once")
	}
	if s.Took("A", json.RawMessage(`{"k":{"S":"2"},"r":{"N":"2"}}`)) || s.Took("C", key) {
		t.Error("a deletion is told that was none")
	}
}
