package gateway_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/parley-rtc/parley/internal/signaling"
)

// said returns what the codes of errors were, in order, after a message of alice.
func (c *conversation) said(body string) string {
	c.t.Helper()
	e := c.event("$default", "alice")
	e.Body = body
	if _, err := c.handler.Message(context.Background(), e); err != nil {
		c.t.Fatal(err)
	}
	all := ""
	for _, p := range c.recorder.Take() {
		all += string(p.Frame) + "\n"
	}
	return all
}

func TestAFloodIsAnsweredNoMoreThanItAsks(t *testing.T) {
	c := newConversation(t)
	c.handler.Service.Limits = signaling.Limits{Rate: 10, Burst: 3}
	if _, err := c.handler.Connect(t.Context(), c.event("$connect", "alice")); err != nil {
		t.Fatal(err)
	}
	const tooFast = `"code":"rate-limited","message":"a connection may send 10 messages a second, and 3 at once: try again in %d ms","retry":true}` + "\n"
	for _, step := range []struct {
		after time.Duration
		body  string
		want  string
	}{
		{0, `{"action":"ping"}`, "{\"type\":\"pong\"}\n"},
		{0, `hello`, "{\"type\":\"error\",\"code\":\"bad-json\",\"message\":\"the frame is not JSON: send one JSON object a frame\",\"retry\":false}\n"},
		{0, `{"action":"ping"}`, "{\"type\":\"pong\"}\n"},
		{0, `{"action":"ping"}`, `{"type":"error","action":"ping",` + fmt.Sprintf(tooFast, 100)},
		{0, `{"action":"ping"}`, ""},
		{0, `hello`, ""},
		{0, `{"action":"ping","id":"7"}`, `{"type":"error","id":"7","action":"ping",` + fmt.Sprintf(tooFast, 100)},
		{60 * time.Millisecond, `{"action":"join","id":"8"}`, `{"type":"error","id":"8","action":"join",` + fmt.Sprintf(tooFast, 40)},
		{40 * time.Millisecond, `{"action":"ping"}`, "{\"type\":\"pong\"}\n"},
		{0, `{"action":"ping"}`, ""},
		{900 * time.Millisecond, `{"action":"ping"}`, "{\"type\":\"pong\"}\n"},
		{0, `{"action":"ping"}`, "{\"type\":\"pong\"}\n"},
		{0, `{"action":"ping"}`, "{\"type\":\"pong\"}\n"},
		{0, `hello`, `{"type":"error",` + fmt.Sprintf(tooFast, 100)}, // a second after the last that nobody asked for
	} {
		c.now = c.now.Add(step.after)
		if got := c.said(step.body); got != step.want {
			t.Errorf("%s after %v:\n got %swant %s", step.body, step.after, got, step.want)
		}
	}
}
