package simulation_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/parley-rtc/parley/internal/admission"
	"github.com/parley-rtc/parley/internal/dialect"
	"github.com/parley-rtc/parley/internal/dialect/native"
	"github.com/parley-rtc/parley/internal/dialect/peerjs"
	"github.com/parley-rtc/parley/internal/dialect/socketio"
	"github.com/parley-rtc/parley/internal/dialect/socketio/socketiotest"
	"github.com/parley-rtc/parley/internal/dialect/ywebrtc"
	"github.com/parley-rtc/parley/internal/directory"
	"github.com/parley-rtc/parley/internal/directory/directorytest"
	"github.com/parley-rtc/parley/internal/gateway"
	"github.com/parley-rtc/parley/internal/seal"
	"github.com/parley-rtc/parley/internal/signaling"
	"github.com/parley-rtc/parley/internal/socketio/server"
)

// strangers is API Gateway, Lambda and clients of other protocols. What they are called by is the
// same in each protocol, and there is little of it, so that they meet.
type strangers struct {
	*scheduler
	calm      bool // no faults
	store     *turnDirectory
	instances []*gateway.Handler // of the functions: what one remembers, another reads
	guests    []guest
	wires     []*wire
	waiting   []func() // events on their way to a function
	sent      int      // of those, so far
	parcels   map[string]*parcel
	notices   []*notice
	sessions  *turnSessions
	stays     []*stay
	words     []*word
	moment    int       // counts when words began and ended
	twins     bool      // somebody has come twice with the same private ids
	twice     bool      // clients connect again when they are greeted again
	began     time.Time // by the bubble's clock
	seed      uint64
	wrong     []string
}

var _ gateway.Opener = (*strangers)(nil)

// guest is a page with a client of some protocol.
type guest interface {
	query() string
	opened(*wire)
	closed(*wire)
	hear(on *wire, frame []byte)
	act(roll int) bool
}

// wire is one socket.
type wire struct {
	conn  signaling.ConnID
	of    guest
	open  bool
	doubt bool // something went wrong at an event of it, or a 410 said that it is gone
	call  callState
	notes map[string]*subscription // by topic

	code   int64            // by which it ends
	engine string           // its id of Engine.IO
	sits   map[string]*stay // who is connected, by namespace
}

func newStrangers(t *testing.T, seed uint64, inner directoryStore, kept socketio.Store, faults float64) *strangers {
	s := &scheduler{random: rand.New(rand.NewPCG(seed, 3)), now: epoch, faults: faults, leaps: true}
	w := &strangers{scheduler: s, calm: faults == 0, seed: seed, parcels: map[string]*parcel{}, began: time.Now()}
	w.store = &turnDirectory{
		turnStore: &turnStore{
			scheduler: s, inner: inner, past: map[signaling.RoomID][]signaling.Room{}, check: func(signaling.Room) {},
		},
		inner: inner, past: map[directory.Name][][]directory.Entry{},
	}
	w.sessions = &turnSessions{turnStore: w.store.turnStore, inner: kept}
	s.struck = w.strike
	for range 2 {
		w.instances = append(w.instances, w.instance(t))
	}
	for _, name := range []string{"ann", "ann", "ben"} {
		w.guests = append(w.guests, newCaller(w, w.named(name)))
	}
	for range 2 + w.random.IntN(2) {
		w.guests = append(w.guests, &editor{w: w})
	}
	w.twice = w.random.IntN(4) == 0
	for _, version := range []int{4, 4, 4, 3} {
		w.guests = append(w.guests, newSitter(w, version))
	}
	w.guests = append(w.guests, &neighbour{w: w})
	return w
}

// named is a name of this run's own.
func (w *strangers) named(word string) string { return fmt.Sprint(word, "-", w.seed) }

func (w *strangers) instance(t *testing.T) *gateway.Handler {
	sealer, err := seal.New(bytes.Repeat([]byte{7}, seal.KeySize))
	if err != nil {
		t.Fatal(err)
	}
	p := &pusher{
		scheduler: w.scheduler, open: func(conn signaling.ConnID) bool { return w.at(conn).open },
		deliver: w.deliver, end: func(conn signaling.ConnID) { w.cut(w.at(conn), true) },
	}
	service := &signaling.Service{
		Store: w.store, Pusher: p, Sealer: sealer, Seats: seats, Hold: signaling.NewHold(250 * time.Millisecond),
	}
	sits := socketio.New()
	sits.Store, sits.Sealer = w.sessions, sealer
	sits.Apps = func(namespace, _ string) (server.App, error) { return hall{own: namespace != "/"}, nil }
	dialects := gateway.Dialects{
		&native.Dialect{Service: service}, &ywebrtc.Dialect{}, peerjs.New("peerjs", false), sits,
	}
	service.Encoder = dialects
	return &gateway.Handler{
		Service: service, Dialects: dialects, Admission: &admission.Gate{}, Opener: w, Log: slog.New(slog.DiscardHandler),
		House: &dialect.House{
			Connections: w.store, Pusher: p, Gate: service, Hold: service.Hold,
			Directory: &directory.Directory{Store: w.store, Pusher: p},
		},
	}
}

func (w *strangers) fail(format string, args ...any) {
	w.wrong = append(w.wrong, fmt.Sprintf(format, args...))
	w.note("!! "+format, args...)
}

// strike sees what goes wrong: at an event of a socket, or at what is asked about one.
func (w *strangers) strike(st *step, _ verdict) {
	for _, word := range strings.Fields(st.what) {
		if i := slices.IndexFunc(w.wires, func(l *wire) bool { return string(l.conn) == word }); i >= 0 {
			w.wires[i].doubt = true
		}
	}
}

func (w *strangers) at(conn signaling.ConnID) *wire {
	return w.wires[slices.IndexFunc(w.wires, func(l *wire) bool { return l.conn == conn })]
}

func (w *strangers) deliver(conn signaling.ConnID, frame []byte) {
	w.note("      %s < %s", conn, frame)
	l := w.at(conn)
	l.of.hear(l, frame)
}

// event puts an event on its way, with the time at which API Gateway took it: two may come in one
// millisecond. Functions handle it some time.
func (w *strangers) event(
	what, route string, conn signaling.ConnID, body string,
	do func(context.Context, *gateway.Handler, gateway.Event), after func(),
) {
	if w.random.IntN(2) == 0 {
		w.now = w.now.Add(time.Millisecond)
	}
	if passed := epoch.Add(time.Since(w.began)); passed.After(w.now) {
		w.now = passed
	}
	var e gateway.Event
	e.RequestContext.RouteKey, e.RequestContext.ConnectionID = route, string(conn)
	e.RequestContext.RequestTimeEpoch, e.Body = w.now.UnixMilli(), body
	w.sent++
	name := fmt.Sprint(conn, " ", what, " ", w.sent)
	w.waiting = append(w.waiting, func() {
		w.note("%s %s", name, body)
		i := w.random.IntN(len(w.instances))
		w.begin(name, func(ctx context.Context) { do(ctx, w.instances[i], e) }, after)
	})
}

func (w *strangers) dial(g guest) *wire {
	conn := signaling.ConnID(fmt.Sprintf("s%d.%d", w.seed, len(w.wires)))
	l := &wire{conn: conn, of: g, notes: map[string]*subscription{}, code: cutCable, sits: map[string]*stay{}}
	w.wires = append(w.wires, l)
	query := parameters(g.query())
	w.event("connects", "$connect", l.conn, "", func(ctx context.Context, h *gateway.Handler, e gateway.Event) {
		e.QueryStringParameters = query
		resp, _ := h.Connect(ctx, e)
		l.open = resp.StatusCode == 200 && !ctx.Value(eventKey{}).(*event).dead
	}, func() {
		if l.open {
			g.opened(l)
			return
		}
		g.closed(l)
	})
	return l
}

// InvokeLater implements gateway.Opener. Lambda delivers at least once, in fair weather.
func (w *strangers) InvokeLater(ctx context.Context, raw []byte) error {
	var e gateway.Event
	if err := json.Unmarshal(raw, &e); err != nil {
		return err
	}
	_, err := stepped(ctx, w.store.turnStore, "invoke", writeFaults, func() (struct{}, error) {
		times := 1 + w.random.IntN(8)/7
		if !w.calm && w.random.IntN(10) == 0 {
			times = 0
		}
		for range times {
			greet := func(ctx context.Context, h *gateway.Handler, _ gateway.Event) { _, _ = h.Message(ctx, e) }
			w.event("is greeted", "", signaling.ConnID(e.RequestContext.ConnectionID), "", greet, func() {})
		}
		return struct{}{}, nil
	})
	return err
}

// send lets a socket say something.
func (w *strangers) send(l *wire, body string) { w.sendWith(l, body, func() {}, func() {}) }

// sendWith does something before that is handled, and after.
func (w *strangers) sendWith(l *wire, body string, before, after func()) {
	w.event(">", "$default", l.conn, body, func(ctx context.Context, h *gateway.Handler, e gateway.Event) {
		_, _ = h.Message(ctx, e)
	}, after)
	last := len(w.waiting) - 1
	do := w.waiting[last]
	w.waiting[last] = func() {
		before()
		do()
	}
}

// cut ends a socket; told is with a $disconnect, which comes some time.
func (w *strangers) cut(l *wire, told bool) {
	if !l.open {
		return
	}
	l.open = false
	w.note("  %s is cut", l.conn)
	if told {
		w.event("disconnects", "$disconnect", l.conn, "", func(ctx context.Context, h *gateway.Handler, e gateway.Event) {
			reason := map[int64]string{clientSaid: "Client-side close frame status not set"}[l.code]
			e.RequestContext.DisconnectStatusCode, e.RequestContext.DisconnectReason = l.code, reason
			_, _ = h.Disconnect(ctx, e)
		}, func() {})
	}
	l.of.closed(l)
}

// deal begins one of the events that wait, about in order.
func (w *strangers) deal() bool {
	if len(w.waiting) == 0 {
		return false
	}
	i := min(w.random.IntN(len(w.waiting)), w.random.IntN(3))
	do := w.waiting[i]
	w.waiting = slices.Delete(w.waiting, i, i+1)
	do()
	return true
}

// lull lets the time pass in which lost sockets can come back, if nothing is under way but that they
// are waited for.
func (w *strangers) lull() bool {
	w.settle()
	busy := func(e *event) bool { return !strings.Contains(e.name, " disconnects ") }
	if w.scheduler.waiting() > 0 || len(w.events) == 0 || slices.ContainsFunc(w.events, busy) {
		return false
	}
	pass(ioGrace)
	return true
}

func (w *strangers) drain() {
	for range 20_000 {
		if len(w.waiting) > 0 && w.random.IntN(3) == 0 && w.deal() {
			continue
		}
		if !w.advance() && !w.deal() {
			return
		}
	}
	w.fail("it never comes to rest")
}

// play lets clients act at random, then all go, in fair weather.
func (w *strangers) play(actions int) {
	for acted, tried := 0, 0; acted < actions; {
		switch roll := w.random.IntN(12); {
		case roll < 3:
			if tried++; w.guests[w.random.IntN(len(w.guests))].act(w.random.IntN(100)) || tried > 10*actions {
				acted++
			}
		case roll < 6 && w.deal():
		default:
			if !w.advance() {
				w.deal()
			}
		}
	}
	w.faults = 0
	w.drain()
	w.compareCalls()
	w.compareNotices()
	w.compareStays()
	for _, l := range w.wires {
		w.cut(l, true)
	}
	w.drain()
	if !w.calm {
		w.sweep()
		w.sweepHall()
	}
	w.emptyHall()
	for _, word := range words {
		for _, space := range []string{peerjs.Name, ywebrtc.Name} {
			if left := w.listed(space, word); len(left) > 0 {
				w.fail("the last socket has gone, and listed under %s of %s are %+v", word, space, left)
			}
		}
	}
}

// words are what ids, topics, rooms and peers are named, with the run's seed.
var words = []string{"ann", "ben"}

// sweep lets others come, who find those that a function has died over, and go.
func (w *strangers) sweep() {
	reader, caller := &editor{w: w}, newCaller(w, w.named("cyd"))
	for _, g := range []guest{reader, caller} {
		g.act(0)
	}
	w.drain()
	for _, word := range words {
		reader.subscribe(w.named(word))
		reader.publish(w.named(word))
		caller.offer(w.named(word))
	}
	w.drain()
	w.cut(reader.wire, true)
	w.cut(caller.wire, true)
	w.drain()
}

func (w *strangers) listed(space, word string) []directory.Entry {
	name := directory.Name{Space: space, Name: w.named(word)}
	list, err := w.store.inner.Entries(context.Background(), name, w.now, true)
	if err != nil {
		w.fail("%s cannot be read: %v", name.Key(), err)
	}
	return list
}

// TestRandomStrangers plays the dialects of other people's clients on the store in memory, half
// as often as the rooms.
func TestRandomStrangers(t *testing.T) {
	playStrangers(t, *runsFlag/2, func() (directoryStore, socketio.Store) {
		return directorytest.NewMemory(), socketiotest.NewMemory()
	})
}

func playStrangers(t *testing.T, runs uint64, newStore func() (directoryStore, socketio.Store)) {
	playSeeds(t, runs, func(seed uint64, tell bool) (wrong bool, told string) {
		var w *strangers
		inner, kept := newStore()
		synctest.Test(t, func(t *testing.T) {
			w = newStrangers(t, seed, inner, kept, faultsOf(seed))
			defer w.dismiss()
			w.tells = tell
			w.play(40)
		})
		return len(w.wrong) > 0, story(w.trace, w.wrong)
	})
}
