package emulator_test

import (
	"fmt"
	"sync"
	"testing"
)

func TestNothingIsLostOrDoubled(t *testing.T) {
	const pairs, messages = 20, 50
	w := start(t)
	clients := make([]*client, 2*pairs)
	for i := range clients {
		clients[i] = w.dial("")
	}
	var all sync.WaitGroup
	for i, c := range clients {
		peer := clients[i^1]
		all.Go(func() {
			for n := range messages {
				c.do("act", map[string]any{"do": "post", "to": peer.id, "data": fmt.Sprintf("%d from %d", n, i)})
			}
		})
		all.Go(func() {
			got := map[string]int{}
			for range messages {
				got[peer.text()]++
			}
			for n := range messages {
				if key := fmt.Sprintf("%d from %d", n, i); got[key] != 1 {
					t.Errorf("%s came %d times", key, got[key])
				}
			}
		})
	}
	all.Wait()
	if b := w.bill(); b["messagesIn"] != float64(2*pairs*messages) || b["messagesOut"] != float64(2*pairs*messages) {
		t.Errorf("got %v in, %v out", b["messagesIn"], b["messagesOut"])
	}
}
