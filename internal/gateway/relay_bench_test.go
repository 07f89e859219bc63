package gateway_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/parley-rtc/parley/internal/app"
	"github.com/parley-rtc/parley/internal/dialect"
	"github.com/parley-rtc/parley/internal/dialect/native"
	"github.com/parley-rtc/parley/internal/directory"
	"github.com/parley-rtc/parley/internal/directory/directorytest"
	"github.com/parley-rtc/parley/internal/gateway"
	"github.com/parley-rtc/parley/internal/jsonlog"
	"github.com/parley-rtc/parley/internal/limit"
	"github.com/parley-rtc/parley/internal/metrics"
	"github.com/parley-rtc/parley/internal/seal"
	"github.com/parley-rtc/parley/internal/signaling"
)

// mailman is a signaling.Pusher that keeps the latest frame.
type mailman struct {
	signaling.Pusher
	pushes int
	to     signaling.ConnID
	frame  []byte
}

func (m *mailman) Push(_ context.Context, to signaling.ConnID, frame []byte) error {
	m.pushes, m.to, m.frame = m.pushes+1, to, append(m.frame[:0], frame...)
	return nil
}

// relays is a handler as functions/message has it, and the events of relays by address.
type relays struct {
	handler *gateway.Handler
	mailman *mailman
	address string
}

func newRelays(t testing.TB) *relays {
	t.Helper()
	cfg, err := app.Parse(func(name string) string {
		return map[string]string{"CONNECTIONS_TABLE": "connections", "ROOMS_TABLE": "rooms"}[name]
	})
	if err != nil {
		t.Fatal(err)
	}
	sealer, err := seal.New(make([]byte, seal.KeySize))
	if err != nil {
		t.Fatal(err)
	}
	memory, m := directorytest.NewMemory(), &mailman{}
	service := &signaling.Service{
		Store: metrics.Store{Store: memory}, Items: memory, Pusher: metrics.Pusher{Pusher: m}, Sealer: sealer,
		Seats: cfg.Seats, Grace: cfg.Grace, Limits: cfg.Limits, Flow: limit.NewFlow(), Hold: signaling.NewHold(cfg.Hold),
	}
	dialects := cfg.Served(&native.Dialect{Service: service})
	service.Encoder = dialects
	r := &relays{mailman: m, handler: &gateway.Handler{
		Service: service, Dialects: dialects, Log: slog.New(jsonlog.New(io.Discard, slog.LevelInfo)),
		Meter: gateway.Meter{Service: "stack", MemoryMB: 256},
		House: &dialect.House{
			Connections: service.Store, Pusher: service.Pusher, Gate: service, Hold: service.Hold,
			Directory: &directory.Directory{Store: memory, Pusher: service.Pusher},
		},
	}}
	r.address = signaling.Address{
		Room: "quiet-otter-42", FromConn: "S5Rqye8IoAMCJQg=", FromName: "alice",
		ToConn: "S5Rq0ev8oAMCKxw=", ToName: "bob", ToDialect: native.Name,
		Expires: time.Now().AddDate(100, 0, 0),
	}.Seal(sealer)
	return r
}

// event returns a signal to bob.
func (r *relays) event(id, data string) gateway.Event {
	var e gateway.Event
	rc := &e.RequestContext
	rc.RouteKey, rc.ConnectionID, rc.RequestID = "$default", "S5Rqye8IoAMCJQg=", "S5RqzEn6oAMFhMw="
	rc.RequestTimeEpoch, rc.ConnectedAt = time.Now().UnixMilli(), time.Now().UnixMilli()
	const signal = `{"action":"signal",%s"room":"quiet-otter-42","to":"bob","address":"%s","data":%s}`
	e.Body = fmt.Sprintf(signal, id, r.address, data)
	return e
}

// The data of a batch of ICE candidates, and of one.
var (
	batch     = `"` + strings.Repeat("x", 200) + `"`
	candidate = `{"candidate":"candidate:842163049 1 udp 1677729535 192.0.2.7 61765 typ srflx raddr 0.0.0.0 rport 0 ` +
		`generation 0 ufrag EsAw network-cost 999","sdpMid":"0","sdpMLineIndex":0,"usernameFragment":"EsAw"}`
)

var kindsOfRelays = []struct{ name, id, data string }{
	{"silent", "", batch}, {"acknowledged", `"id":"17",`, batch}, {"candidate", "", candidate},
}

// TestARelayNeedsLittleMemory bounds what a relay by address allocates from the event to the push.
// With encoding/json in its way, it was 87 to 121.
func TestARelayNeedsLittleMemory(t *testing.T) {
	for _, tt := range kindsOfRelays {
		r := newRelays(t)
		e := r.event(tt.id, tt.data)
		n := testing.AllocsPerRun(100, func() {
			e.RequestContext.RequestTimeEpoch += 1000
			if resp, err := r.handler.Message(t.Context(), e); err != nil || resp.StatusCode != 200 {
				t.Fatalf("got %+v, %v", resp, err)
			}
		})
		if n > 40 {
			t.Errorf("%s: %v allocations, want at most 40", tt.name, n)
		}
		if r.mailman.pushes < 100 {
			t.Errorf("%s: only %d pushes", tt.name, r.mailman.pushes)
		}
	}
}

// BenchmarkRelay is a relay by address from the event to the push, without either network.
func BenchmarkRelay(b *testing.B) {
	for _, bb := range kindsOfRelays {
		b.Run(bb.name, func(b *testing.B) {
			r := newRelays(b)
			e := r.event(bb.id, bb.data)
			ctx, cancel := context.WithTimeout(b.Context(), time.Hour)
			defer cancel()
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				e.RequestContext.RequestTimeEpoch += 1000 // within the rate
				if resp, err := r.handler.Message(ctx, e); err != nil || resp.StatusCode != 200 {
					b.Fatalf("got %+v, %v", resp, err)
				}
			}
			if want := map[bool]int{true: 2 * b.N, false: b.N}[bb.id != ""]; r.mailman.pushes < want {
				b.Fatalf("%d pushes, want %d", r.mailman.pushes, want)
			}
		})
	}
}
