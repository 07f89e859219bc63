package socketio_test

import (
	"context"
	"testing"
	"time"

	"github.com/parley-rtc/parley/internal/signaling"
	"github.com/parley-rtc/parley/internal/socketio/server"
)

// TestACandidateWaitsForTheDescriptionOfItsOwnTarget, however the target is named.
func TestACandidateWaitsForTheDescriptionOfItsOwnTarget(t *testing.T) {
	for name, target := range map[string]func(id string) server.Target{
		"by its id": func(id string) server.Target { return server.Target{Kind: server.One, To: id} },
		"by ids":    func(id string) server.Target { return server.Target{Kind: server.Some, IDs: []string{id}} },
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, s *stage) {
				s.lab.event = func(ctx context.Context, sock server.Socket, e server.Event) error {
					return sock.Emit(ctx, target(text(e.Args[0])), server.Event{Name: e.Name, Args: e.Args[1:]})
				}
				s.here.House.Hold = signaling.NewHold(time.Second)
				s.join("alice", "bob", "carol")
				waits := func(frame string) time.Duration {
					t.Helper()
					since := time.Now()
					s.send("alice", frame)
					return time.Since(since)
				}
				if d := waits(`42["offer",` + quoted(s.ids["bob"]) + `,{"sdp":"v=0"}]`); d != 0 {
					t.Errorf("an offer waits for %v", d)
				}
				if d := waits(`42["ice",` + quoted(s.ids["bob"]) + `,{"candidate":""}]`); d != 0 {
					t.Errorf("what follows it waits for %v", d)
				}
				if d := waits(`42["ice",` + quoted(s.ids["carol"]) + `,{"candidate":""}]`); d != time.Second {
					t.Errorf("a candidate for somebody else waits for %v", d)
				}
			})
		})
	}
}
