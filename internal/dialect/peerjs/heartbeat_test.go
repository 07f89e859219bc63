package peerjs_test

import (
	"slices"
	"testing"
	"time"
)

// TestAHeartbeatIsAnsweredOnlyNowAndThen: what is between us and the client may cut a connection that
// gets nothing for ten minutes.
func TestAHeartbeatIsAnsweredOnlyNowAndThen(t *testing.T) {
	for name, every := range map[string]time.Duration{"as by default": 5 * time.Second, "as recommended": 4 * time.Minute} {
		t.Run(name, func(t *testing.T) {
			s := newStage(t, false)
			s.open("conn", "alice")
			opened := s.now
			heard := []time.Duration{0}
			for s.now.Before(opened.Add(2 * time.Hour)) {
				s.now = s.now.Add(every)
				e := s.event("conn", "$default", `{"type":"HEARTBEAT"}`)
				e.RequestContext.ConnectedAt = opened.UnixMilli()
				s.handle(e)
				if len(s.Take()) > 0 {
					heard = append(heard, s.now.Sub(opened))
				}
			}
			for i, at := range heard[1:] {
				if pause := at - heard[i]; pause < 8*time.Minute || pause > 9*time.Minute {
					t.Errorf("heard something at %v and then at %v, want between 8 and 9 minutes", heard[i], at)
				}
			}
			if len(heard) != 1+2*60/8 || !slices.IsSorted(heard) {
				t.Errorf("heard something at %v", heard)
			}
		})
	}
}
