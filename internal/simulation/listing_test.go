package simulation_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/parley-rtc/parley/internal/directory"
	"github.com/parley-rtc/parley/internal/directory/directorytest"
	"github.com/parley-rtc/parley/internal/signaling"
)

// listings is API Gateway, Lambda and clients that are listed under topics and claim an id. There
// are few of each, so that they meet.
type listings struct {
	*scheduler
	calm    bool // no faults
	store   *turnDirectory
	dir     *directory.Directory
	id      directory.Name
	topics  []directory.Name
	sockets []*listener
	waiting []func() // messages on their way to a function
	seed    uint64
	wrong   []string
}

// listener is one socket.
type listener struct {
	conn  signaling.ConnID
	claim string
	open  bool
	asked map[directory.Name]bool // what it has ever wanted to be listed under
	last  map[directory.Name]*wish
}

// wish is what a socket wanted last of a name.
type wish struct{ listed, done bool }

func newListings(seed uint64, inner directoryStore, faults float64) *listings {
	s := &scheduler{random: rand.New(rand.NewPCG(seed, 2)), now: epoch, faults: faults}
	name := func(space, word string) directory.Name {
		return directory.Name{Space: space, Name: fmt.Sprint(word, "/", seed)}
	}
	w := &listings{
		scheduler: s, calm: faults == 0, seed: seed, id: name("ids", "a"),
		topics: []directory.Name{name("topics", "a"), name("topics", "b"), name("other", "a")},
	}
	w.store = &turnDirectory{
		turnStore: &turnStore{scheduler: s, inner: inner}, inner: inner, past: map[directory.Name][][]directory.Entry{},
	}
	end := func(conn signaling.ConnID) { w.cut(w.at(conn), true) }
	w.dir = &directory.Directory{Store: w.store, Pusher: &pusher{s, w.alive, w.deliver, end}}
	return w
}

func (w *listings) fail(format string, args ...any) {
	w.wrong = append(w.wrong, fmt.Sprintf(format, args...))
	w.note("!! "+format, args...)
}

func (w *listings) at(conn signaling.ConnID) *listener {
	return w.sockets[slices.IndexFunc(w.sockets, func(l *listener) bool { return l.conn == conn })]
}

func (w *listings) alive(conn signaling.ConnID) bool { return w.at(conn).open }

// deliver sees each frame, which says under what name it was published.
func (w *listings) deliver(conn signaling.ConnID, frame []byte) {
	name, err := directory.ParseKey(string(frame))
	if err != nil || !w.at(conn).asked[name] {
		w.fail("%s hears what was published under %q", conn, frame)
	}
}

func (w *listings) event(what string, handle func(context.Context, time.Time)) {
	w.now = w.now.Add(time.Millisecond)
	now := w.now
	w.note("%s", what)
	w.begin(what, func(ctx context.Context) { handle(ctx, now) }, func() {})
}

func (w *listings) dial() *listener {
	l := &listener{
		conn:  signaling.ConnID(fmt.Sprintf("s%d.%d", w.seed, len(w.sockets))),
		claim: fmt.Sprint("claim", w.random.IntN(2)), asked: map[directory.Name]bool{}, last: map[directory.Name]*wish{},
	}
	w.sockets = append(w.sockets, l)
	w.event(string(l.conn)+" connect", func(ctx context.Context, now time.Time) {
		err := w.store.Connect(ctx, signaling.Connection{ID: l.conn, Opened: now})
		l.open = err == nil && !ctx.Value(eventKey{}).(*event).dead
	})
	return l
}

// cut ends a socket; told is with a $disconnect, which comes some time.
func (w *listings) cut(l *listener, told bool) {
	if !l.open {
		return
	}
	l.open = false
	w.note("  %s is cut", l.conn)
	if told {
		w.waiting = append(w.waiting, func() {
			w.event(string(l.conn)+" disconnect", func(ctx context.Context, now time.Time) {
				if forgotten, err := w.store.Disconnect(ctx, l.conn); err == nil {
					_ = w.dir.Forget(ctx, forgotten, now)
				}
			})
		})
	}
}

// send lets a socket ask for something, if it is still open when that arrives; began runs then.
func (w *listings) send(l *listener, what string, began func(), handle func(context.Context, time.Time)) {
	w.waiting = append(w.waiting, func() {
		if l.open {
			began()
			w.event(string(l.conn)+" "+what, handle)
		}
	})
}

func (w *listings) list(l *listener, name directory.Name) {
	wanted := &wish{listed: true}
	began := func() { l.asked[name], l.last[name] = true, wanted }
	w.send(l, "lists "+name.Key(), began, func(ctx context.Context, now time.Time) {
		e := directory.Entry{Conn: l.conn, Dialect: "d", Claim: l.claim}
		terms := directory.Terms{Rule: directory.Many, Limit: 3, Names: 2}
		if name == w.id {
			terms = directory.Terms{}
		}
		listed, err := w.dir.List(ctx, name, e, terms, now)
		if err != nil {
			return
		}
		wanted.done = true
		for _, before := range listed.Before { // only the same claim displaces who lives
			if old := w.at(before.Conn); w.calm && old.open && old.claim != l.claim {
				w.fail("%s has the name of %s, which lives", l.conn, old.conn)
			}
			_ = w.dir.Pusher.Close(ctx, before.Conn)
		}
	})
}

func (w *listings) unlist(l *listener, name directory.Name) {
	w.send(l, "unlists "+name.Key(), func() { l.last[name] = &wish{} }, func(ctx context.Context, now time.Time) {
		_ = w.dir.Unlist(ctx, name, l.conn, now)
	})
}

func (w *listings) publish(l *listener, name directory.Name, consistent bool) {
	w.send(l, "publishes "+name.Key(), func() {}, func(ctx context.Context, now time.Time) {
		if found, err := w.dir.Find(ctx, name, now, consistent); err == nil {
			_, _ = w.dir.Publish(ctx, name, found, []byte(name.Key()), now)
		}
	})
}

// act lets a client do something.
func (w *listings) act() {
	open := slices.DeleteFunc(slices.Clone(w.sockets), func(l *listener) bool { return !l.open })
	if len(open) == 0 || len(open) < 5 && w.random.IntN(5) == 0 {
		w.dial()
		return
	}
	l := open[w.random.IntN(len(open))]
	name := append(slices.Clone(w.topics), w.id)[w.random.IntN(len(w.topics)+1)]
	switch roll := w.random.IntN(100); {
	case roll < 45:
		w.list(l, name)
	case roll < 65:
		w.unlist(l, name)
	case roll < 80:
		w.publish(l, name, roll < 70)
	case roll < 90:
		w.cut(l, true)
	case roll < 95:
		w.cut(l, w.calm) // else its $disconnect is lost
	default: // as a page that mounts, unmounts and mounts does
		w.list(l, name)
		w.unlist(l, name)
		w.list(l, name)
	}
}

// deal begins one of the events that wait, about in order.
func (w *listings) deal() bool {
	if len(w.waiting) == 0 {
		return false
	}
	i := min(w.random.IntN(len(w.waiting)), w.random.IntN(3))
	do := w.waiting[i]
	w.waiting = slices.Delete(w.waiting, i, i+1)
	do()
	return true
}

func (w *listings) drain() {
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
func (w *listings) play(actions int) {
	for range actions {
		for w.random.IntN(3) > 0 {
			if !w.advance() {
				w.deal()
			}
		}
		w.act()
	}
	w.faults = 0
	w.drain()
	w.compare()
	for _, l := range w.sockets {
		w.cut(l, true)
	}
	w.drain()
	if !w.calm {
		w.sweep()
	}
	for _, name := range append(slices.Clone(w.topics), w.id) {
		if left := w.entries(name); len(left) > 0 {
			w.fail("the last socket has gone, and listed under %s are %+v", name.Key(), left)
		}
	}
}

// sweep lets one more client come, who finds those that a function has died over, and go.
func (w *listings) sweep() {
	last := w.dial()
	w.drain()
	last.claim = "its own"
	for _, name := range w.topics {
		w.publish(last, name, true)
	}
	w.list(last, w.id)
	w.drain()
	w.cut(last, true)
	w.drain()
}

func (w *listings) entries(name directory.Name) []directory.Entry {
	list, err := w.store.inner.Entries(context.Background(), name, w.now, true)
	if err != nil {
		w.fail("%s cannot be read: %v", name.Key(), err)
	}
	return list
}

// compare holds what is listed against what was asked for.
func (w *listings) compare() {
	for _, name := range append(slices.Clone(w.topics), w.id) {
		listed := w.entries(name)
		if name == w.id && len(listed) > 1 {
			w.fail("the id is had by %+v", listed)
		}
		for _, l := range w.sockets {
			is := slices.ContainsFunc(listed, func(e directory.Entry) bool { return e.Conn == l.conn })
			c, err := w.store.inner.Connection(context.Background(), l.conn, true)
			noted := err == nil && slices.Contains(c.Names, name.Key())
			if err != nil && !errors.Is(err, signaling.ErrGone) {
				w.fail("the connection cannot be read: %v", err)
			}
			wanted := l.last[name]
			switch {
			case is && !l.asked[name]:
				w.fail("%s is listed under %s and never asked for it", l.conn, name.Key())
			case w.calm && is && !noted:
				w.fail("%s is listed under %s and its connection does not know", l.conn, name.Key())
			case name == w.id: // its claim may have taken it over, and gone
			case w.calm && l.open && !is && wanted != nil && wanted.listed && wanted.done:
				w.fail("%s is not listed under %s, which was the last that it asked for and got", l.conn, name.Key())
			}
		}
	}
}

// TestRandomListings plays the directory on the store in memory, a quarter as often as the rooms.
func TestRandomListings(t *testing.T) {
	playListings(t, *runsFlag/4, func() directoryStore { return directorytest.NewMemory() })
}

func playListings(t *testing.T, runs uint64, newStore func() directoryStore) {
	playSeeds(t, runs, func(seed uint64, tell bool) (wrong bool, told string) {
		var w *listings
		inner := newStore()
		synctest.Test(t, func(*testing.T) {
			w = newListings(seed, inner, faultsOf(seed))
			defer w.dismiss()
			w.tells = tell
			w.play(30)
		})
		return len(w.wrong) > 0, story(w.trace, w.wrong)
	})
}
