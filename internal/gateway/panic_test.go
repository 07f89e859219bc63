package gateway_test

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/parley-rtc/parley/internal/dialect"
	"github.com/parley-rtc/parley/internal/dialect/native"
	"github.com/parley-rtc/parley/internal/gateway"
	"github.com/parley-rtc/parley/internal/metrics"
	"github.com/parley-rtc/parley/internal/signaling"
)

// broken is each of a handler's surroundings, and panics with what a client sent where it is used.
type broken struct{}

const planted = "SECRET v=0 192.0.2.7"

func fail() { panic(planted) } //nolint:forbidigo // what is tested

func (broken) Admit(context.Context, signaling.Handshake) (*signaling.Rights, error) {
	fail()
	return nil, nil
}

// brokenDecoder can encode.
type brokenDecoder struct{ *native.Dialect }

func (brokenDecoder) Recognize([]byte) (func(context.Context, *dialect.Conn) error, bool) {
	fail()
	return nil, false
}

// brokenDialect can do neither.
type brokenDialect struct{ brokenDecoder }

func (brokenDialect) Encode(signaling.Event) ([]byte, error) { fail(); return nil, nil }

// brokenPong can encode nothing for a ping.
type brokenPong struct{ *native.Dialect }

func (b brokenPong) Encode(ev signaling.Event) ([]byte, error) {
	if _, pong := ev.(signaling.Pong); pong {
		fail()
	}
	return b.Dialect.Encode(ev)
}

// brokenStore panics in every one of its methods: there is nothing in it.
type brokenStore struct{ signaling.Store }

// brokenLedger likewise.
type brokenLedger struct{ signaling.Ledger }

// brokenPusher panics when it is to reach certain connections.
type brokenPusher struct {
	signaling.Pusher
	to string
}

func (p brokenPusher) Push(ctx context.Context, to signaling.ConnID, frame []byte) error {
	if strings.Contains(p.to, string(to)) {
		fail()
	}
	return p.Pusher.Push(ctx, to, frame)
}

// TestAPanicIsAFailureLikeAnyOther breaks everything that an event passes through, one after the other.
func TestAPanicIsAFailureLikeAnyOther(t *testing.T) {
	store := func(h *gateway.Handler) { h.Service.Store = brokenStore{} }
	pushes := func(to string) func(*gateway.Handler) {
		return func(h *gateway.Handler) { h.Service.Pusher = brokenPusher{h.Service.Pusher, to} }
	}
	const failed = `{"type":"error",%s"code":"internal","message":"the server failed; try again","retry":true}`
	named := strings.Replace(failed, "%s", `"id":"7","action":"signal",`, 1)
	speaks := func(with func(*native.Dialect) dialect.Dialect) func(*gateway.Handler) {
		return func(h *gateway.Handler) {
			h.Dialects = gateway.Dialects{with(h.Dialects[0].(*native.Dialect))}
			h.Service.Encoder = h.Dialects
		}
	}
	const signal = `{"action":"signal","id":"7","room":"r","to":"bob","data":"SECRET"}`
	for name, tt := range map[string]struct {
		breaks func(*gateway.Handler)
		route  string
		body   string
		status int
		told   string // what the sender is sent
		trace  string // which function the log names
	}{
		"admission": {
			func(h *gateway.Handler) { h.Admission = broken{} }, "$connect", "", 500, "", "gateway_test.broken.Admit",
		},
		"no admission": {
			func(h *gateway.Handler) { h.Admission = nil }, "$connect", "", 500, "", "gateway.(*Handler).Connect",
		},
		"a connect":    {store, "$connect", "", 500, "", "signaling.(*Service).Connect"},
		"a disconnect": {store, "$disconnect", "", 500, "", "signaling.(*Service).Disconnect"},
		"the decoder": {
			speaks(func(d *native.Dialect) dialect.Dialect { return brokenDecoder{d} }), "$default", signal, 200,
			strings.Replace(failed, "%s", `"id":"7","action":"signal",`, 1),
			"gateway_test.brokenDecoder.Recognize",
		},
		"the dialect": {
			speaks(func(d *native.Dialect) dialect.Dialect { return brokenDialect{brokenDecoder{d}} }), "$default", signal, 200, "",
			"gateway_test.brokenDecoder.Recognize",
		},
		"a command": {store, "$default", signal, 200, named, "signaling.(*Service)"},
		"a push":    {pushes("bob"), "$default", signal, 200, named, "gateway_test.brokenPusher.Push"},
		"pushes at once": {
			pushes("bob carol"), "$default", `{"action":"broadcast","room":"r","data":"SECRET"}`, 200, "internal",
			"gateway_test.brokenPusher.Push",
		},
		"the frame of an answer": {
			speaks(func(d *native.Dialect) dialect.Dialect { return brokenPong{d} }), "$default", `{"action":"ping","id":"7"}`, 200,
			strings.Replace(failed, "%s", `"id":"7","action":"ping",`, 1), "gateway_test.brokenPong.Encode",
		},
		"the answer": {pushes("alice"), "$default", `{"action":"ping"}`, 200, "", "gateway_test.brokenPusher.Push"},
		"an action": {
			func(*gateway.Handler) {}, "$default", `{"action":"panic","id":"7","room":"r","data":"SECRET"}`, 200, "internal",
			"ownActions",
		},
		"what is settled": {
			func(h *gateway.Handler) { h.Meter.Guard = metrics.NewGuard(brokenLedger{}, 1) }, "$default",
			`{"action":"ping"}`, 200, "pong", "metrics.(*Guard).settle",
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := newConversation(t)
			c.step([]string{"actions", "on"})
			for _, peer := range []string{"alice", "bob", "carol"} {
				c.step([]string{peer, "connects"})
				c.step([]string{peer, ">", `{"action":"join","room":"r","peer":"` + peer + `"}`})
			}
			var logged bytes.Buffer
			c.handler.Log = slog.New(slog.NewJSONHandler(&logged, nil))
			c.handler.Meter.Service = "stack"
			tt.breaks(c.handler)

			e := c.event(tt.route, "alice")
			e.Body = tt.body
			handle := map[string]func(context.Context, gateway.Event) (gateway.Response, error){
				"$connect": c.handler.Connect, "$disconnect": c.handler.Disconnect, "$default": c.handler.Message,
			}[tt.route]
			resp, err := handle(t.Context(), e)
			if err != nil || resp.StatusCode != tt.status {
				t.Errorf("got %+v, %v, want %d", resp, err, tt.status)
			}
			var told []string
			for _, p := range c.recorder.Take() {
				if p.To == "alice" {
					told = append(told, string(p.Frame))
				}
			}
			if (tt.told == "") != (len(told) == 0) || tt.told != "" && (len(told) != 1 || !strings.Contains(told[0], tt.told)) {
				t.Errorf("told %q, want one answer with %q", told, tt.told)
			}
			var line struct {
				Level, Outcome, Err string
				Stack               []string
			}
			if err := json.Unmarshal(logged.Bytes(), &line); err != nil {
				t.Fatalf("%v in %s", err, logged.String())
			}
			traced := strings.Contains(strings.Join(line.Stack, "\n"), tt.trace)
			if line.Level != "ERROR" || !strings.Contains(line.Err, "panicked with ") || !traced {
				t.Errorf("got %+v, want a stack with %s", line, tt.trace)
			}
			if strings.Contains(logged.String(), "SECRET") || strings.Contains(logged.String(), "192.0.2.7") {
				t.Errorf("the log tells a secret: %s", logged.String())
			}
		})
	}
}

// TestThereIsLifeAfterAPanic: the process goes on, and what it knows.
func TestThereIsLifeAfterAPanic(t *testing.T) {
	c := newConversation(t)
	sound := c.handler.Service.Store
	c.step([]string{"alice", "connects"})
	c.handler.Service.Store = brokenStore{}
	c.step([]string{"alice", ">", `{"action":"join","room":"r","peer":"alice"}`})
	c.handler.Service.Store = sound
	c.now = c.now.Add(time.Second)
	c.out.Reset()
	c.step([]string{"alice", ">", `{"action":"join","room":"r","peer":"alice"}`})
	if !strings.Contains(c.out.String(), `"type":"joined"`) {
		t.Errorf("got %s", c.out.String())
	}
}

// TestAPanicKeepsNothingFromTheOthers: what is done is told, though its sender cannot be answered.
func TestAPanicKeepsNothingFromTheOthers(t *testing.T) {
	c := newConversation(t)
	for _, peer := range []string{"alice", "bob"} {
		c.step([]string{peer, "connects"})
	}
	c.step([]string{"alice", ">", `{"action":"join","room":"r","peer":"alice"}`})
	c.handler.Service.Pusher = brokenPusher{c.recorder, "bob"}
	c.out.Reset()
	c.step([]string{"bob", ">", `{"action":"join","room":"r","peer":"bob"}`})
	if !strings.Contains(c.out.String(), `alice < {"type":"peer-joined"`) {
		t.Errorf("got %s", c.out.String())
	}
}
