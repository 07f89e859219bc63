package gateway_test

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"testing"

	"github.com/parley-rtc/parley/internal/metrics/metricstest"
)

// TestWhoLeavesAtOnceIsNobodysFailure has clients send and close their sockets, whose $disconnect is
// handled first.
func TestWhoLeavesAtOnceIsNobodysFailure(t *testing.T) {
	for _, frame := range []string{
		`{"action":"join","room":"r"}`,
		`{"type":"subscribe","topics":["notes"]}`,
	} {
		c := newConversation(t)
		c.step([]string{"alice", "connects"})
		c.step([]string{"alice", "disconnects"})
		c.recorder.Cut("alice")
		var logged bytes.Buffer
		c.handler.Log = slog.New(slog.NewJSONHandler(&logged, nil))
		c.handler.Meter.Service = "stack"
		c.step([]string{"alice", ">", frame})
		var line struct{ Level, Outcome string }
		if err := json.Unmarshal(logged.Bytes(), &line); err != nil || line.Level != "INFO" || line.Outcome != "gone" {
			t.Errorf("%s: got %s", frame, logged.String())
		}
		doc, err := metricstest.Read(logged.Bytes())
		if err != nil || doc == nil {
			t.Fatalf("%v in %s", err, logged.String())
		}
		for name := range doc.Metrics {
			if name == "Parley/Errors{Service=stack,Code=internal}" {
				t.Errorf("%s: counts as a failure of ours", frame)
			}
		}
	}
}
