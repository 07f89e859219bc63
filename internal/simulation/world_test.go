package simulation_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/parley-rtc/parley/internal/admission"
	"github.com/parley-rtc/parley/internal/dialect"
	"github.com/parley-rtc/parley/internal/dialect/native"
	"github.com/parley-rtc/parley/internal/directory"
	"github.com/parley-rtc/parley/internal/gateway"
	"github.com/parley-rtc/parley/internal/seal"
	"github.com/parley-rtc/parley/internal/signaling"
)

const (
	grace = 30 * time.Second
	seats = 4
)

var epoch = time.Date(2031, 5, 1, 12, 0, 0, 0, time.UTC)

// world is API Gateway, Lambda and the clients.
type world struct {
	*scheduler
	handler *gateway.Handler
	store   *turnStore
	clients []*client
	sockets map[signaling.ConnID]*socket
	made    int
	waiting []func() // messages on their way to a function, in the order in which they were sent
	rev     int64
	delayed []func() // what clients try again after a while
	room    string
	seed    uint64
	calm    bool // no faults
	wrong   []string
}

type socket struct {
	client *client
	open   bool
}

func newWorld(t *testing.T, seed uint64, inner signaling.Store, faults float64) *world {
	s := &scheduler{random: rand.New(rand.NewPCG(seed, 0)), now: epoch, faults: faults}
	w := &world{scheduler: s, sockets: map[signaling.ConnID]*socket{}, calm: faults == 0, seed: seed, room: fmt.Sprint("room-", seed)}
	w.store = &turnStore{scheduler: s, inner: inner, past: map[signaling.RoomID][]signaling.Room{}, check: w.written}
	sealer, err := seal.New(bytes.Repeat([]byte{7}, seal.KeySize))
	if err != nil {
		t.Fatal(err)
	}
	service := &signaling.Service{
		Store:  w.store,
		Pusher: &pusher{s, w.alive, w.deliver, func(conn signaling.ConnID) { w.cut(conn, true) }},
		Sealer: sealer, Seats: seats, Grace: grace, FirstHosts: true,
	}
	dialects := gateway.Dialects{&native.Dialect{Service: service}}
	service.Encoder = dialects
	w.handler = &gateway.Handler{
		Service: service, Dialects: dialects, Admission: &admission.Gate{}, Log: slog.New(slog.DiscardHandler),
		House: &dialect.House{Connections: w.store, Pusher: service.Pusher, Gate: service, Directory: &directory.Directory{}},
	}
	return w
}

func (w *world) fail(format string, args ...any) {
	w.wrong = append(w.wrong, fmt.Sprintf(format, args...))
	w.note("!! "+format, args...)
}

// written sees each write of the room.
func (w *world) written(r signaling.Room) {
	if r.Rev <= w.rev {
		w.fail("revision %d after %d", r.Rev, w.rev)
	}
	w.rev = r.Rev
	if len(r.Peers) > seats {
		w.fail("%d peers have the %d seats", len(r.Peers), seats)
	}
	for i, p := range r.Peers {
		if slices.ContainsFunc(r.Peers[i+1:], func(q signaling.Peer) bool { return q.Conn == p.Conn }) {
			w.fail("%s has two seats", p.Conn)
		}
	}
}

// table is what is stored.
func (w *world) table() signaling.Room {
	r, err := w.store.inner.Room(context.Background(), signaling.RoomID(w.room), w.now, true)
	if err != nil {
		w.fail("the room cannot be read: %v", err)
	}
	return r
}

// seat names the seat that a peer has, 0 if it has none: who takes the name later has another.
func (w *world) seat(name string) int64 {
	p, ok := w.table().Named(signaling.PeerName(name))
	if !ok {
		return 0
	}
	return p.Joined.UnixMilli()
}

func (w *world) alive(conn signaling.ConnID) bool {
	s := w.sockets[conn]
	return s != nil && s.open
}

func (w *world) deliver(conn signaling.ConnID, raw []byte) {
	if w.tells {
		w.note("      %s < %s", w.sockets[conn].client.name, short(raw))
	}
	w.sockets[conn].client.receive(conn, raw)
}

// came implements surroundings: what the service had accepted before a signal was sent has come before it, mail or not.
func (w *world) came(c *client, f frame) {
	i := slices.IndexFunc(w.clients, func(o *client) bool { return o.name == f.From })
	sender, seat := w.clients[i], w.seat(c.name)
	for _, n := range sender.before[c.name][f.N] {
		if w.calm && c.got[f.From][n] == 0 && sender.accepted[c.name][n] == seat {
			w.fail("%s got message %d of %s before message %d", c.name, f.N, f.From, n)
		}
	}
}

func (w *world) tick() time.Time {
	w.now = w.now.Add(time.Millisecond)
	return w.now
}

func (w *world) event(route string, conn signaling.ConnID, body string) gateway.Event {
	var e gateway.Event
	e.RequestContext.RouteKey = route
	e.RequestContext.ConnectionID = string(conn)
	e.RequestContext.RequestTimeEpoch = w.tick().UnixMilli()
	e.Body = body
	return e
}

// dial begins a handshake.
func (w *world) dial(c *client) signaling.ConnID {
	w.made++
	conn := signaling.ConnID(fmt.Sprintf("%s/%d.%d", c.name, w.seed, w.made))
	s := &socket{client: c}
	w.sockets[conn] = s
	w.waiting = append(w.waiting, func() {
		w.note("%s connects", conn)
		event := w.event("$connect", conn, "")
		w.begin(string(conn)+" connect", func(ctx context.Context) {
			resp, _ := w.handler.Connect(ctx, event)
			s.open = resp.StatusCode == 200 && !w.crashed(ctx)
		}, func() { c.opened(conn, s.open) })
	})
	return conn
}

func (w *world) crashed(ctx context.Context) bool { return ctx.Value(eventKey{}).(*event).dead }

func (w *world) send(c *client, conn signaling.ConnID, id, body string) {
	w.waiting = append(w.waiting, func() {
		if !w.alive(conn) {
			return
		}
		if w.tells {
			w.note("%s > %s", conn, short([]byte(body)))
		}
		event := w.event("$default", conn, body)
		w.begin(string(conn)+" "+id, func(ctx context.Context) {
			_, _ = w.handler.Message(ctx, event)
		}, func() { c.unanswered(conn, id) })
	})
}

// cut ends a socket; told is with a $disconnect, which comes some time.
func (w *world) cut(conn signaling.ConnID, told bool) {
	s := w.sockets[conn]
	if s == nil || !s.open {
		return
	}
	s.open = false
	w.note("  %s is cut", conn)
	switch conn {
	case s.client.conn:
		s.client.drop()
	case s.client.former:
		s.client.former = ""
	}
	if told {
		w.waiting = append(w.waiting, func() {
			w.note("%s disconnected", conn)
			event := w.event("$disconnect", conn, "")
			w.begin(string(conn)+" disconnect", func(ctx context.Context) { _, _ = w.handler.Disconnect(ctx, event) }, func() {})
		})
	}
}

// hangUp is a client that closes its own connection.
func (w *world) hangUp(c *client, told bool) {
	if c.conn != "" {
		w.cut(c.conn, told)
	}
}

// retire implements surroundings.
func (w *world) retire(c *client) {
	for _, conn := range slices.Sorted(maps.Keys(w.sockets)) {
		if w.sockets[conn].client == c {
			w.cut(conn, true)
		}
	}
}

// later does something after a while, as clients do that were refused.
func (w *world) later(do func()) { w.delayed = append(w.delayed, do) }

// recall is when that while has passed, for all who wait. The clock has only the milliseconds between events: while functions
// run, no more time passes than they may take.
func (w *world) recall() {
	waiting := w.delayed
	w.delayed = nil
	for _, do := range waiting {
		do()
	}
	for _, c := range w.clients {
		if c.phase == seated {
			c.again()
		}
	}
}

// deal begins one of the events that wait: API Gateway may run those of one connection at the same time, but hands them out
// about as they come.
func (w *world) deal() bool {
	if len(w.waiting) == 0 {
		return false
	}
	i := min(w.random.IntN(len(w.waiting)), w.random.IntN(3))
	do := w.waiting[i]
	w.waiting = slices.Delete(w.waiting, i, i+1)
	do()
	return true
}

// drain runs until nothing is left to do.
func (w *world) drain() {
	for range 20_000 {
		if len(w.waiting) > 0 && w.random.IntN(3) == 0 && w.deal() {
			continue
		}
		if !w.advance() && !w.deal() {
			return
		}
	}
	w.fail("it never comes to rest")
	w.waiting, w.delayed = nil, nil
	for len(w.events) > 0 {
		for _, e := range w.events {
			w.kill(e)
		}
		pass(time.Second)
		w.settle()
	}
}

func short(raw []byte) string {
	text := string(raw)
	for _, field := range []string{`"address":"`, `"resume":"`} {
		for at := 0; ; {
			i := strings.Index(text[at:], field)
			if i < 0 {
				break
			}
			at += i + len(field)
			if end := strings.IndexByte(text[at:], '"'); end > 6 {
				text = text[:at] + text[at:at+4] + "…" + text[at+end:]
			}
		}
	}
	return text
}
