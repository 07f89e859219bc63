package gateway_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"os"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/parley-rtc/parley/internal/dialect"
	"github.com/parley-rtc/parley/internal/gateway"
	"github.com/parley-rtc/parley/internal/jsonlog"
	"github.com/parley-rtc/parley/internal/metrics"
	"github.com/parley-rtc/parley/internal/rescue"
	"github.com/parley-rtc/parley/internal/signaling"
)

// odd is what no string that is logged should hold: what JSON, HTML and JavaScript escape, and what
// is no UTF-8.
const odd = "a\x00\b\t\n\f\r\x1f \"'\\/<b>&\x7f\u0085é\u2028\u2029\ufffd\U0001f600\xff\xc3 \xed\xa0\x80z"

// player is a dialect that does what it is told to.
type player struct {
	*toy
	play deed
}

// deed is what happens in an event.
type deed func(context.Context, *dialect.Conn) error

func (p player) Message(ctx context.Context, c *dialect.Conn, _ []byte) error { return p.play(ctx, c) }

func (p player) Closed(ctx context.Context, c *dialect.Conn) error { return p.play(ctx, c) }

// lines is an event after the other, and what the log says of them.
type lines struct {
	*served
	player *player
	text   strings.Builder
}

// TestLines holds the log to testdata/lines.txt: each kind of line there is, by bytes, but for the
// time, which is compared with the clock, and the last digits of sums.
func TestLines(t *testing.T) {
	const file = "testdata/lines.txt"
	var got string
	synctest.Test(t, func(t *testing.T) {
		l := &lines{player: &player{toy: &toy{name: "peerjs"}}}
		l.served = serve(t, l.player)
		l.handler.Log = slog.New(jsonlog.New(&l.logged, slog.LevelDebug))
		l.handler.House.Pusher = metrics.Pusher{Pusher: l.recorder}
		l.handler.Meter = gateway.Meter{Service: "stack", MemoryMB: 256}
		l.outcomes()
		l.failures()
		l.figures()
		l.oddities()
		l.handshakes()
		l.levels()
		got = l.text.String()
	})
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")); diff != "" {
		t.Errorf("%s (-want +got)\n%s", file, diff)
	}
}

// message has a message handled in which play happens, and takes that long.
func (l *lines) message(name string, took time.Duration, play deed) {
	e := l.event("$default", "alice")
	e.Body = `x`
	l.handle(name, e, took, play)
}

func (l *lines) handle(name string, e gateway.Event, took time.Duration, play deed) {
	l.t.Helper()
	l.handler.House.Connections = speaks{l.store, l.player.name}
	l.player.play = func(ctx context.Context, c *dialect.Conn) error {
		time.Sleep(took) //nolint:forbidigo // in a bubble: it takes no time
		return play(ctx, c)
	}
	e.RequestContext.RequestID = "S5RqzEn6oAMFhMw="
	handle := l.handler.Message
	switch e.RequestContext.RouteKey {
	case "$connect":
		handle = l.handler.Connect
	case "$disconnect":
		handle = l.handler.Disconnect
	}
	if _, err := handle(context.Background(), e); err != nil {
		l.t.Fatal(err)
	}
	l.take(name)
}

var (
	place = regexp.MustCompile(`"stack":\[.*?\]|\w+\.go:\d+`)
	spend = regexp.MustCompile(`"Spend":[-+.e\d]+`)
)

// take moves what was logged to the text, without the time, and without the places in our code.
func (l *lines) take(name string) {
	l.t.Helper()
	said := l.logged.String()
	l.logged.Reset()
	fmt.Fprintf(&l.text, "# %s\n", name)
	for line := range strings.Lines(said) {
		now := fmt.Sprintf(`{"time":"%s",`, time.Now().Format(time.RFC3339Nano))
		rest, ok := strings.CutPrefix(line, now)
		if !ok {
			l.t.Errorf("%s: the line does not begin with %s: %s", name, now, line)
		}
		if !strings.Contains(line, "a stack") {
			rest = place.ReplaceAllString(rest, "…")
		}
		l.text.WriteString(spend.ReplaceAllStringFunc(rest, l.round))
	}
}

// round returns a spend without its last digits, in which processors differ.
func (l *lines) round(member string) string {
	var usd float64
	text := strings.TrimPrefix(member, `"Spend":`)
	if err := json.Unmarshal([]byte(text), &usd); err != nil {
		l.t.Fatal(err)
	}
	if again, err := json.Marshal(usd); err != nil || string(again) != text {
		l.t.Errorf("a spend is written as %s, want %s, %v", text, again, err)
	}
	return fmt.Sprintf(`"Spend":%.9g`, usd)
}

// speaks remembers of each connection that it speaks that dialect.
type speaks struct {
	signaling.ConnectionStore
	dialect string
}

func (s speaks) Connection(_ context.Context, id signaling.ConnID, _ bool) (signaling.Connection, error) {
	return signaling.Connection{ID: id, Dialect: s.dialect}, nil
}

func nothing(context.Context, *dialect.Conn) error { return nil }

func (l *lines) outcomes() {
	outcome := func(o dialect.Outcome, err error) deed {
		return func(_ context.Context, c *dialect.Conn) error { c.Outcome = o; return err }
	}
	relay := dialect.Outcome{Action: "signal", Room: "r", Relays: 1}
	full := &signaling.Error{Code: signaling.CodeRoomFull, Msg: "room r is full"}
	short := errors.New("read tcp 192.0.2.7:443->[2001:db8::7%eth0]:1: i/o timeout")
	for _, service := range []string{"stack", ""} {
		l.handler.Meter.Service = service
		with := func(name string) string { return name + map[string]string{"": ", without metrics"}[service] }
		l.message(with("nothing"), 0, nothing)
		l.message(with("a relay"), 1500*time.Microsecond, outcome(relay, nil))
		l.message(with("a refusal"), time.Millisecond, outcome(relay, full))
		l.message(with("no request"), time.Millisecond, outcome(relay, &signaling.RequestError{Err: full}))
		l.message(with("a refusal with its cause"), time.Millisecond, outcome(relay, errors.Join(full, short)))
		l.message(with("a failure"), time.Millisecond, outcome(relay, fmt.Errorf("put: %w", short)))
		l.message(with("who is gone"), time.Millisecond, outcome(relay, fmt.Errorf("push: %w", signaling.ErrGone)))
		relay.Aside = fmt.Errorf("tell: %w", errors.Join(full, short))
		l.message(with("something beside a relay"), time.Millisecond, outcome(relay, nil))
		l.message(with("something beside a refusal"), time.Millisecond, outcome(relay, full))
		l.message(with("something beside a failure"), time.Millisecond, outcome(relay, short))
		l.message(with("something beside who is gone"), time.Millisecond, outcome(relay, signaling.ErrGone))
		relay.Aside = nil
		l.player.name = "parley.v1"
		l.handler.Dialects = gateway.Dialects{l.player}
		l.message(with("a relay of parley.v1"), 1500*time.Microsecond, outcome(relay, nil))
		l.player.name = "peerjs"
		l.handler.Dialects = gateway.Dialects{l.native, l.player}
	}
	l.handler.Meter.Service = "stack"
}

func (l *lines) failures() {
	panicked := &rescue.PanicError{What: "a stack", Stack: []string{"gateway.(*Handler).Message handler.go:1", odd}}
	l.message("a panic", 0, func(context.Context, *dialect.Conn) error { return fmt.Errorf("work: %w", panicked) })
	l.message("a panic with no stack", 0, func(context.Context, *dialect.Conn) error {
		return &rescue.PanicError{What: "a stack"}
	})
	l.message("a panic of its own", 0, func(context.Context, *dialect.Conn) error { fail(); return nil })
	l.handler.Service.Limits = signaling.Limits{Rate: 1, Burst: 1}
	l.handler.Service.Store = &faulty{l.store}
	l.message("a count that is not settled", 0, nothing)
	l.message("a flood", 0, nothing)
	l.handler.Service.Limits, l.handler.Service.Store = signaling.Limits{Message: 1}, l.store
	e := l.event("$default", "alice")
	e.Body = "too long"
	l.handle("too long", e, 0, nothing)
	l.handler.Service.Limits = signaling.Limits{}
	l.handler.Meter.Guard = metrics.NewGuard(faulty{}, 1)
	l.message("a budget that is not settled", 0, nothing)
	l.handler.Meter.Guard = metrics.NewGuard(brokenLedger{}, 1)
	l.message("no account", 0, nothing)
	l.handler.Meter.Guard = nil
}

// faulty settles nothing.
type faulty struct{ signaling.Store }

func (faulty) Debit(context.Context, signaling.ConnID, time.Duration, time.Time) (time.Time, error) {
	return time.Time{}, errors.New("throttled")
}

func (faulty) Spend(context.Context, time.Time, float64) (float64, error) {
	return 0, errors.New("dial tcp 192.0.2.7:443: refused")
}

func (l *lines) figures() {
	l.message("a join", 12345678*time.Microsecond, func(ctx context.Context, c *dialect.Conn) error {
		c.Outcome = dialect.Outcome{Action: "join", Room: "r", Joined: true}
		peer := signaling.Peer{Name: "alice", Conn: c.ID, Joined: c.Time}
		_, err := metrics.Store{Store: l.store}.AddPeer(ctx, "r", peer, signaling.Terms{Seats: 2}, c.Time)
		return err
	})
	l.message("a join of nobody", 0, func(_ context.Context, c *dialect.Conn) error { c.Joined = true; return nil })
	l.recorder.Cut("gone")
	l.message("pushes", 0, func(ctx context.Context, c *dialect.Conn) error {
		c.Relays = 3
		metrics.From(ctx).Used(1.5, 0.5)
		for _, to := range []signaling.ConnID{"bob", "carol", "gone"} {
			if err := c.Pusher.Push(ctx, to, make([]byte, 40<<10)); err != nil && !errors.Is(err, signaling.ErrGone) {
				return err
			}
		}
		return nil
	})
	for _, wru := range []float64{0, 1e-3, 1e6, 1e12, 1e27, -1e28, 0.1, 1. / 3} {
		l.message(fmt.Sprintf("%g units", wru), 0, func(ctx context.Context, _ *dialect.Conn) error {
			metrics.From(ctx).Used(wru, 0)
			return nil
		})
	}
	l.message("no number of units", 0, func(ctx context.Context, _ *dialect.Conn) error {
		metrics.From(ctx).Used(math.NaN(), 0)
		return nil
	})
	l.message("endless units", 0, func(ctx context.Context, _ *dialect.Conn) error {
		metrics.From(ctx).Used(math.Inf(1), 0)
		return nil
	})
	for _, took := range []time.Duration{1, time.Microsecond, 999999, 100 * time.Millisecond, 15 * time.Minute} {
		l.message(fmt.Sprint("after ", took), took, nothing)
	}
	l.handler.Meter.MemoryMB = 0
	for _, at := range []int64{0, -1, math.MaxInt64, math.MinInt64} {
		e := l.event("$default", "alice")
		e.RequestContext.RequestTimeEpoch = at
		l.handle(fmt.Sprintf("at %d", at), e, 0, nothing)
	}
	l.handler.Meter.MemoryMB = 256
}

func (l *lines) oddities() {
	e := l.event(odd, odd)
	l.handler.Meter.Service = odd
	l.player.name = odd
	l.handle("odd strings", e, 0, func(_ context.Context, c *dialect.Conn) error {
		c.Action, c.Room = odd, odd
		return &signaling.Error{Code: odd, Msg: odd}
	})
	l.handle("odd errors", e, 0, func(context.Context, *dialect.Conn) error { return errors.New(odd) })
	l.player.name = "peerjs"
	l.handler.Meter.Service = ""
	l.handle("odd strings, without metrics", l.event("", ""), 0, nothing)
	l.handler.Meter.Service = "stack"
}

func (l *lines) handshakes() {
	e := l.event("$connect", "alice")
	l.handle("a connect", e, 0, nothing)
	e.Headers = map[string]string{"Sec-WebSocket-Protocol": "mqtt"}
	l.handle("a connect of another protocol", e, 0, nothing)
	l.handler.Admission = &door{err: &signaling.Error{Code: signaling.CodeUnauthorized, Msg: "no token"}}
	l.handle("a connect that is refused", l.event("$connect", "alice"), 0, nothing)
	l.handler.Admission = &door{err: errors.New("dial tcp 192.0.2.7:443: i/o timeout")}
	l.handle("a connect that fails", l.event("$connect", "alice"), 0, nothing)
	l.handle("an opening", l.event("$opened", "alice"), 0, nothing)
	l.recorder.Cut("bob")
	l.handle("an opening for nobody", l.event("$opened", "bob"), 0, nothing)
	l.handler.Dialects = gateway.Dialects{l.native}
	l.handle("an opening in no dialect", l.event("$opened", "alice"), 0, nothing)
	l.handler.Dialects = gateway.Dialects{l.native, l.player}

	ctx := context.Background()
	l.handler.Service.Store = metrics.Store{Store: l.store}
	for _, name := range []string{"alice", "bob"} {
		conn := signaling.Connection{ID: signaling.ConnID(name), Dialect: "peerjs", Opened: l.now}
		if err := l.store.Connect(ctx, conn); err != nil {
			l.t.Fatal(err)
		}
		for _, room := range []signaling.RoomID{"r", "s", "t"} {
			if _, err := l.store.Enter(ctx, conn.ID, room, signaling.PeerName(name), signaling.Quota{}, l.now); err != nil {
				l.t.Fatal(err)
			}
		}
	}
	e = l.event("$disconnect", "alice")
	e.RequestContext.ConnectedAt = l.now.Add(-61 * time.Second).UnixMilli()
	e.RequestContext.DisconnectStatusCode = 1006
	l.handler.Meter.Guard = metrics.NewGuard(l.store, 1)
	l.handle("a disconnect", e, 0, nothing)
	l.handle("a disconnect that fails", l.event("$disconnect", "bob"), 0, func(context.Context, *dialect.Conn) error {
		return errors.New("the floor is wet")
	})
	l.handle("a disconnect of nobody", l.event("$disconnect", "nobody"), 0, nothing)
	l.handler.Meter.Guard = nil
}

func (l *lines) levels() {
	for _, level := range []slog.Level{slog.LevelDebug, slog.LevelWarn, slog.LevelError, slog.LevelError + 1} {
		for _, service := range []string{"", "stack"} {
			l.handler.Meter.Service = service
			l.handler.Log = slog.New(jsonlog.New(&l.logged, level))
			name := fmt.Sprintf(" at %v, metrics %t", level, service != "")
			l.message("a message"+name, 0, nothing)
			l.message("a failure"+name, 0, func(context.Context, *dialect.Conn) error { return errors.New("torn") })
		}
	}
	l.logged = bytes.Buffer{}
}
