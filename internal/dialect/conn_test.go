package dialect_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/parley-rtc/parley/internal/dialect"
	"github.com/parley-rtc/parley/internal/signaling"
	"github.com/parley-rtc/parley/internal/signaling/signalingtest"
)

var noon = time.Date(2031, 5, 1, 12, 0, 0, 0, time.UTC)

// replica is a store whose eventually consistent reads miss whoever is named in late.
type replica struct {
	signaling.ConnectionStore
	late signaling.ConnID
	err  error

	mu    sync.Mutex
	reads []string
}

func (r *replica) Connection(ctx context.Context, id signaling.ConnID, consistent bool) (signaling.Connection, error) {
	r.mu.Lock()
	r.reads = append(r.reads, fmt.Sprint(id, " ", consistent))
	r.mu.Unlock()
	if r.err != nil {
		return signaling.Connection{}, r.err
	}
	if id == r.late && !consistent {
		return signaling.Connection{}, signaling.ErrGone
	}
	return r.ConnectionStore.Connection(ctx, id, consistent)
}

// take returns the reads since the last take, and whether each was consistent.
func (r *replica) take() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	reads := strings.Join(r.reads, ", ")
	r.reads = nil
	return reads
}

func house(t *testing.T, open ...signaling.Connection) (*dialect.House, *replica, *signalingtest.Recorder) {
	t.Helper()
	memory := signalingtest.NewMemory()
	for _, c := range open {
		if err := memory.Connect(t.Context(), c); err != nil {
			t.Fatal(err)
		}
	}
	r, pusher := &replica{ConnectionStore: memory}, &signalingtest.Recorder{}
	return &dialect.House{Connections: r, Pusher: pusher}, r, pusher
}

func TestAConnectionIsReadOnce(t *testing.T) {
	h, store, _ := house(t, signaling.Connection{ID: "a", State: "blue"}, signaling.Connection{ID: "b", State: "red"})
	for _, step := range []struct {
		id    signaling.ConnID
		again bool // as it is now
		reads string
	}{
		{"a", false, "a false"},
		{"a", false, ""},
		{"b", false, "b false"},
		{"a", false, ""},
		{"a", true, "a true"},
		{"a", false, ""},
	} {
		c := &dialect.Conn{House: h, ID: step.id, Time: noon} // one for each event
		read := c.Remembered
		if step.again {
			read = c.Reread
		}
		conn, err := read(t.Context())
		if state := map[signaling.ConnID]string{"a": "blue", "b": "red"}[step.id]; err != nil || conn.State != state {
			t.Errorf("%+v: got %+v, %v", step, conn, err)
		}
		if got := store.take(); got != step.reads {
			t.Errorf("%+v: it was read %q", step, got)
		}
	}
}

func TestAStateIsChangedByWhoKnowsIt(t *testing.T) {
	h, store, _ := house(t, signaling.Connection{ID: "a", Dialect: "d", State: "blue"})
	c, ctx := &dialect.Conn{House: h, ID: "a"}, t.Context()
	wants := func(state string, reads string) {
		t.Helper()
		conn, err := c.Remembered(ctx)
		if err != nil || conn.State != state || conn.Dialect != "d" || store.take() != reads {
			t.Errorf("got %+v, %v, want %s", conn, err, state)
		}
	}
	if err := c.Remember(ctx, "blue", "red"); err != nil { // nothing of it was read yet
		t.Fatal(err)
	}
	wants("red", "a false")
	if err := c.Remember(ctx, "red", "green"); err != nil {
		t.Fatal(err)
	}
	wants("green", "")
	if err := store.SetState(ctx, "a", "green", "white"); err != nil { // by another process
		t.Fatal(err)
	}
	if err := c.Remember(ctx, "green", "black"); !errors.Is(err, signaling.ErrChanged) || store.take() != "a true" {
		t.Errorf("got %v", err)
	}
	wants("white", "")
	if err := c.Remember(ctx, "white", strings.Repeat("x", dialect.MaxKept+1)); err == nil {
		t.Error("a state that is too long is taken")
	}
	wants("white", "")
	if _, err := store.Disconnect(ctx, "a"); err != nil {
		t.Fatal(err)
	}
	if err := c.Remember(ctx, "white", "black"); !errors.Is(err, signaling.ErrGone) {
		t.Errorf("got %v, want ErrGone", err)
	}
}

func TestAConnectionThatOpenedAMomentAgoIsFound(t *testing.T) {
	h, store, _ := house(t, signaling.Connection{ID: "a", State: "blue"})
	store.late = "a"
	c := &dialect.Conn{House: h, ID: "a"}
	if conn, err := c.Remembered(t.Context()); err != nil || conn.State != "blue" || store.take() != "a false, a true" {
		t.Errorf("got %+v, %v", conn, err)
	}
	if _, err := c.Remembered(t.Context()); err != nil || store.take() != "" {
		t.Errorf("it was read again: %v", err)
	}
}

func TestWhatCouldNotBeReadIsReadNextTime(t *testing.T) {
	h, store, _ := house(t)
	c := &dialect.Conn{House: h, ID: "a"}
	store.err = errors.New("no answer")
	if _, err := c.Remembered(t.Context()); !errors.Is(err, store.err) || store.take() != "a false" {
		t.Errorf("got %v", err)
	}
	store.err = nil
	if _, err := c.Remembered(t.Context()); !errors.Is(err, signaling.ErrGone) || store.take() != "a false, a true" {
		t.Errorf("got %v", err)
	}
	if err := store.Connect(t.Context(), signaling.Connection{ID: "a"}); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Remembered(t.Context()); err != nil || store.take() != "a false" {
		t.Errorf("got %v", err)
	}
}

func TestEventsShareWhatIsRemembered(t *testing.T) {
	const connections = 5000 // more than a process remembers
	open := make([]signaling.Connection, connections)
	for i := range open {
		open[i] = signaling.Connection{ID: signaling.ConnID(fmt.Sprint("c", i)), State: fmt.Sprint(i)}
	}
	h, store, _ := house(t, open...)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for i := range open {
				c := &dialect.Conn{House: h, ID: open[i].ID}
				if conn, err := c.Remembered(t.Context()); err != nil || conn.State != open[i].State {
					t.Errorf("got %+v, %v", conn, err)
				}
			}
		})
	}
	wg.Wait()
	store.take()
	for _, at := range []struct {
		i     int
		reads string
	}{{connections - 1, ""}, {0, "c0 false"}} { // the last used, and one that is forgotten
		c := &dialect.Conn{House: h, ID: open[at.i].ID}
		if _, err := c.Remembered(t.Context()); err != nil || store.take() != at.reads {
			t.Errorf("connection %d was not read as expected: %v", at.i, err)
		}
	}
}

func TestRights(t *testing.T) {
	h, store, _ := house(t,
		signaling.Connection{ID: "open", Rights: &signaling.Rights{User: "ada", Expires: noon.Add(time.Hour)}},
		signaling.Connection{ID: "over", Rights: &signaling.Rights{User: "bob", Expires: noon.Add(-time.Hour)}},
		signaling.Connection{ID: "refused"})
	rights := func(id signaling.ConnID) (*signaling.Rights, error) {
		c := &dialect.Conn{House: h, ID: id, Time: noon}
		return c.Rights(t.Context())
	}
	if r, err := rights("refused"); r != nil || err != nil || store.take() != "" {
		t.Errorf("where nobody needs any: got %+v, %v", r, err)
	}
	h.NeedRights = true
	if r, err := rights("open"); err != nil || r.User != "ada" {
		t.Errorf("got %+v, %v", r, err)
	}
	for _, id := range []signaling.ConnID{"over", "refused"} {
		if r, err := rights(id); r != nil || signaling.Describe(err).Code != signaling.CodeUnauthorized {
			t.Errorf("%s: got %+v, %v", id, r, err)
		}
	}
	if _, err := rights("nobody"); !errors.Is(err, signaling.ErrGone) {
		t.Errorf("got %v", err)
	}
}

func TestRightsThatAreGrantedLater(t *testing.T) {
	h, store, _ := house(t, signaling.Connection{ID: "a", State: "blue"})
	elsewhere, _, _ := house(t)
	elsewhere.Connections = store.ConnectionStore
	h.NeedRights, elsewhere.NeedRights = true, true
	here, there := &dialect.Conn{House: h, ID: "a", Time: noon}, &dialect.Conn{House: elsewhere, ID: "a", Time: noon}
	unauthorized := func(what, reads string) {
		t.Helper()
		if _, err := here.Rights(t.Context()); signaling.Describe(err).Code != signaling.CodeUnauthorized || store.take() != reads {
			t.Errorf("%s: got %v", what, err)
		}
	}
	grant := func(c *dialect.Conn, user string) {
		t.Helper()
		if err := c.Grant(t.Context(), &signaling.Rights{User: user, Expires: noon.Add(time.Hour)}); err != nil {
			t.Fatal(err)
		}
	}
	has := func(c *dialect.Conn, user, reads string) {
		t.Helper()
		if r, err := c.Rights(t.Context()); err != nil || r.User != user || store.take() != reads {
			t.Errorf("got %+v, %v, want those of %s", r, err, user)
		}
	}
	unauthorized("where nobody can grant any", "a false")
	unauthorized("and what is remembered tells", "")
	h.Admit = func(context.Context, signaling.Handshake) (*signaling.Rights, error) { return nil, nil }
	unauthorized("where somebody can", "a true")
	grant(there, "ada")
	has(here, "ada", "a true")
	has(here, "ada", "")
	grant(here, "bob")
	has(here, "bob", "")
	if c, err := here.Remembered(t.Context()); err != nil || c.State != "blue" {
		t.Errorf("got %+v, %v: the rest has changed", c, err)
	}
	if _, err := store.Disconnect(t.Context(), "a"); err != nil {
		t.Fatal(err)
	}
	if err := here.Grant(t.Context(), &signaling.Rights{}); !errors.Is(err, signaling.ErrGone) {
		t.Errorf("got %v, want ErrGone", err)
	}
}

func TestWhatIsDoneWithAConnection(t *testing.T) {
	h, _, pusher := house(t)
	on := func(id signaling.ConnID) *dialect.Conn { return &dialect.Conn{House: h, ID: id} }
	alive, gone, broken := on("alive"), on("gone"), on("broken")
	pusher.Cut("gone")
	pusher.Fail("broken")
	for c, fails := range map[*dialect.Conn]bool{alive: false, gone: false, broken: true} {
		if err := c.Push(t.Context(), []byte("hello")); (err != nil) != fails {
			t.Errorf("%s: got %v", c.ID, err)
		}
	}
	if got := pusher.Take(); len(got) != 1 || got[0].To != "alive" || string(got[0].Frame) != "hello" {
		t.Errorf("got %v", got)
	}
	for _, c := range []*dialect.Conn{alive, gone} {
		if err := c.Close(t.Context()); err != nil || !pusher.Closed(c.ID) {
			t.Errorf("%s: got %v", c.ID, err)
		}
	}
}

func TestEverythingBesideTheFrameIsNoted(t *testing.T) {
	var o dialect.Outcome
	o.Note(nil)
	if o.Aside != nil {
		t.Errorf("got %v for nothing", o.Aside)
	}
	one, two := errors.New("one"), errors.New("two")
	o.Note(one)
	o.Note(nil)
	o.Note(two)
	if !errors.Is(o.Aside, one) || !errors.Is(o.Aside, two) {
		t.Errorf("got %v", o.Aside)
	}
}
