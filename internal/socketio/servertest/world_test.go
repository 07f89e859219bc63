package servertest_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/parley-rtc/parley/internal/socketio/server"
	"github.com/parley-rtc/parley/internal/socketio/servertest"
)

// puppet is an App that does with the socket whatever a test has just asked for.
type puppet struct {
	needs server.Needs
	admit func(server.Socket) error
	do    func(server.Socket) error
	heard []string // of what the App is told beside events
}

func (p *puppet) Needs() server.Needs { return p.needs }

func (p *puppet) Admit(_ context.Context, s server.Socket) error {
	if p.admit == nil {
		return nil
	}
	return p.admit(s)
}

func (p *puppet) Connected(_ context.Context, s server.Socket) error { return p.hear("connected", s) }

func (p *puppet) Event(_ context.Context, s server.Socket, _ server.Event) error { return p.do(s) }

func (p *puppet) Answered(_ context.Context, s server.Socket, ask int, args []json.RawMessage) error {
	return p.hear("answered", s, ask, fmt.Sprintf("%s", args))
}

func (p *puppet) Left(ctx context.Context, s server.Socket, room string) error {
	name, _ := s.Name(ctx)
	rooms, _ := s.Rooms(ctx)
	return errors.Join(p.hear("left", s, room, name, rooms), emit(s, server.Target{Kind: server.Room, To: room}, "bye"))
}

func (p *puppet) Disconnected(_ context.Context, s server.Socket) error {
	return p.hear("disconnected", s)
}

func (p *puppet) hear(what string, s server.Socket, more ...any) error {
	p.heard = append(p.heard, strings.TrimSpace(fmt.Sprintln(append([]any{what, s.ID()}, more...)...)))
	return nil
}

// stage is a World with a puppet.
type stage struct {
	*testing.T
	*servertest.World
	app *puppet
}

func newStage(t *testing.T) *stage {
	app := &puppet{needs: server.Needs{Everyone: true, Own: true}}
	return &stage{T: t, World: servertest.New(app), app: app}
}

func (s *stage) connect(client string) *servertest.Client {
	s.Helper()
	c, err := s.Connect(s.Context(), client, servertest.Handshake{})
	s.ok(err)
	return c
}

// as does what a test wants with the socket of a client, at an event of it.
func (s *stage) as(c *servertest.Client, do func(server.Socket) error) error {
	s.app.do = do
	return c.Ask(s.Context(), "do")
}

func (s *stage) ok(err error) {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
}

func (s *stage) want(err, want error) {
	s.Helper()
	if !errors.Is(err, want) {
		s.Errorf("got %v, want %v", err, want)
	}
}

func (s *stage) wantLines(want ...string) {
	s.Helper()
	if got := s.Lines(); !slices.Equal(got, want) {
		s.Errorf("clients got\n  %s\nwant\n  %s", strings.Join(got, "\n  "), strings.Join(want, "\n  "))
	}
}

func emit(s server.Socket, to server.Target, event string) error {
	args := []json.RawMessage{json.RawMessage(`"` + s.ID() + `"`)}
	return s.Emit(context.Background(), to, server.Event{Name: event, Args: args})
}

func join(rooms ...string) func(server.Socket) error {
	return func(s server.Socket) error {
		var errs []error
		for _, room := range rooms {
			_, err := s.Join(context.Background(), room, 0)
			errs = append(errs, err)
		}
		return errors.Join(errs...)
	}
}

func TestEachTargetReachesWhomItNames(t *testing.T) {
	s := newStage(t)
	a, b, c, d := s.connect("a"), s.connect("b"), s.connect("c"), s.connect("d")
	s.ok(s.as(a, join("r", "q")))
	s.ok(s.as(b, join("r", "q")))
	s.ok(s.as(c, join("q")))
	s.ok(s.as(d, func(s server.Socket) error { return s.SetName(t.Context(), "dora", false) }))
	for _, target := range []struct {
		server.Target
		reached string
	}{
		{server.Target{Kind: server.Self}, "a"},
		{server.Target{Kind: server.Room, To: "r"}, "a b"},
		{server.Target{Kind: server.Others, To: "r"}, "b"},
		{server.Target{Kind: server.Others, To: "a"}, ""},
		{server.Target{Kind: server.Others, To: "d"}, "d"},
		{server.Target{Kind: server.Mine}, "b c"},
		{server.Target{Kind: server.All}, "a b c d"},
		{server.Target{Kind: server.Rest}, "b c d"},
		{server.Target{Kind: server.One, To: "d"}, "d"},
		{server.Target{Kind: server.One, To: "dora"}, "d"},
		{server.Target{Kind: server.One, To: "r"}, "a b"},
		{server.Target{Kind: server.One, To: "nobody"}, ""},
		{server.Target{Kind: server.Some, IDs: []string{"d", "x", "a", "d"}}, "d a"},
	} {
		s.ok(s.as(a, func(s server.Socket) error { return emit(s, target.Target, "e") }))
		var got []string
		for _, r := range s.Took() {
			got = append(got, r.To)
		}
		if strings.Join(got, " ") != target.reached {
			t.Errorf("%+v reaches %v, want %s", target.Target, got, target.reached)
		}
	}
	s.app.needs.Everyone = false
	s.ok(s.as(a, func(s server.Socket) error { return emit(s, server.Target{Kind: server.All}, "e") }))
	s.wantLines()
}

func TestRooms(t *testing.T) {
	s := newStage(t)
	a, b := s.connect("a"), s.connect("b")
	s.ok(s.as(a, func(s server.Socket) error {
		return s.SetData(t.Context(), map[string]json.RawMessage{"mic": []byte("true"), "$r": []byte("1")})
	}))
	s.ok(s.as(a, join("r")))
	s.want(s.as(b, func(so server.Socket) error {
		members, err := so.Join(t.Context(), "r", 1)
		if got := fmt.Sprintf("%s", members); got != "[{a  map[mic:true]}]" {
			t.Errorf("in the full room are %s", got)
		}
		return err
	}), server.ErrFull)
	s.ok(s.as(a, func(so server.Socket) error { // again, though the room is full
		_, err := so.Join(t.Context(), "r", 1)
		was, _ := so.Leave(t.Context(), "r")
		not, _ := so.Leave(t.Context(), "r")
		if !was || not {
			t.Errorf("a left: %v, then %v", was, not)
		}
		return err
	}))
	for i := range server.MaxRooms {
		s.ok(s.as(b, join(fmt.Sprint("room", i))))
	}
	s.want(s.as(b, join("more")), server.ErrTooMany)
	if s.as(a, join("b")) == nil {
		t.Error("a is in the room that is b's own")
	}
	if s.as(a, join(strings.Repeat("x", server.MaxName+1))) == nil {
		t.Error("a room has a long name")
	}
	for i := range server.MaxMembers {
		s.ok(s.as(s.connect(fmt.Sprint("c", i)), join("hall")))
	}
	s.want(s.as(a, join("hall")), server.ErrFull)
}

func TestNames(t *testing.T) {
	s := newStage(t)
	a, b := s.connect("a"), s.connect("b")
	name := func(name string, exclusive bool) func(server.Socket) error {
		return func(s server.Socket) error { return s.SetName(t.Context(), name, exclusive) }
	}
	s.ok(s.as(a, name("alice", true)))
	s.ok(s.as(a, name("alice", true)))
	s.want(s.as(b, name("alice", true)), server.ErrTaken)
	s.ok(s.as(b, name("alice", false)))
	s.ok(s.as(a, func(so server.Socket) error {
		if own, _ := so.Name(t.Context()); own != "" {
			t.Errorf("a is still %s", own)
		}
		other, err := so.Other(t.Context(), "alice")
		s.ok(err)
		_, err = so.Other(t.Context(), "bob")
		s.want(err, server.ErrNoSocket)
		_, err = other.Join(t.Context(), "r", 0)
		return errors.Join(err, emit(so, server.Target{Kind: server.Room, To: "r"}, "e"), other.Disconnect(t.Context()))
	}))
	s.wantLines(`b: e("a")`, `b: disconnect`)
	s.ok(s.as(a, name("alice", true)))
	s.ok(s.as(a, func(so server.Socket) error {
		if !so.IsID("b") || so.IsID("alice") {
			t.Error("b was a socket, and alice is none")
		}
		return nil
	}))
}

func TestDataAndNameAreBoundedAndOnlyChangeIfTheAppSaysSo(t *testing.T) {
	s := newStage(t)
	a := s.connect("a")
	set := func(raw string) func(server.Socket) error {
		return func(s server.Socket) error {
			return s.SetData(t.Context(), map[string]json.RawMessage{"k": json.RawMessage(raw)})
		}
	}
	s.ok(s.as(a, set(`"`+strings.Repeat("x", server.MaxData-8)+`"`)))
	if s.as(a, set(`"`+strings.Repeat("x", server.MaxData-7)+`"`)) == nil {
		t.Error("too much data was set")
	}
	s.ok(s.as(a, set("null")))
	s.ok(s.as(a, func(s server.Socket) error {
		if data, _ := s.Data(t.Context()); len(data) != 0 {
			t.Errorf("there is %s", data)
		}
		return nil
	}))
	s.app.needs.Own = false
	if s.as(a, set("1")) == nil {
		t.Error("data changed though the App does not say so")
	}
}

func TestPairs(t *testing.T) {
	s := newStage(t)
	a, b, c, d := s.connect("a"), s.connect("b"), s.connect("c"), s.connect("d")
	pair := func(c *servertest.Client) (room string) {
		t.Helper()
		s.ok(s.as(c, func(s server.Socket) (err error) {
			room, err = s.Pair(t.Context(), "q")
			return err
		}))
		return room
	}
	got := []string{pair(a), pair(a)}
	s.ok(a.Disconnect(t.Context()))
	got = append(got, pair(b), pair(c), pair(d))
	if want := []string{"", "", "", "pair-1", ""}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	s.ok(s.as(c, func(s server.Socket) error { return emit(s, server.Target{Kind: server.Mine}, "hi") }))
	s.wantLines(`b: hi("c")`)
}

func TestValues(t *testing.T) {
	s := newStage(t)
	a := s.connect("a")
	s.ok(s.as(a, func(so server.Socket) error {
		set := func(room, value string, rev, want int64, because error) {
			t.Helper()
			got, err := so.SetValue(t.Context(), room, "k", json.RawMessage(value), rev)
			if s.want(err, because); got != want {
				t.Errorf("the revision is %d, want %d", got, want)
			}
		}
		set("r", `1`, 1, 0, server.ErrChanged)
		set("r", `1`, 0, 1, nil)
		set("r", `2`, 0, 0, server.ErrChanged)
		set("", `5`, 0, 1, nil)
		set("r", `null`, 1, 2, nil)
		if v, err := so.Value(t.Context(), "r", "k"); err != nil || v.JSON != nil || v.Rev != 2 {
			t.Errorf("got %v, %v", v, err)
		}
		set("r", `3`, server.AnyRev, 3, nil)
		if _, err := so.SetValue(t.Context(), "r", "k", make([]byte, server.MaxValue+1), 3); err == nil {
			t.Error("a large value was set")
		}
		v, err := so.Value(t.Context(), "r", "k")
		if string(v.JSON) != "3" || v.Rev != 3 {
			t.Errorf("got %s at %d", v.JSON, v.Rev)
		}
		return err
	}))
}

func TestAcknowledgements(t *testing.T) {
	s := newStage(t)
	a, b := s.connect("a"), s.connect("b")
	ack := func(s server.Socket) error {
		list := []json.RawMessage{json.RawMessage(`["x"]`)}
		return errors.Join(s.Ack(t.Context(), list, nil), s.Ack(t.Context(), list, nil))
	}
	s.ok(s.as(a, ack))
	s.ok(a.Emit(t.Context(), "unasked"))
	s.ok(s.as(a, func(s server.Socket) error {
		return s.Emit(t.Context(), server.Target{Kind: server.Rest}, server.Event{Name: "well?", Ask: 7})
	}))
	s.wantLines(`a: ack of do(["x"])`, `b: asked well?()`)
	s.ok(b.Answer(t.Context(), "yes", 1))
	if b.Answer(t.Context()) == nil {
		t.Error("b answered what was not asked")
	}
	if got := s.app.heard[len(s.app.heard)-1]; got != `answered b 7 ["yes" 1]` {
		t.Errorf("the App heard %s", got)
	}
}

func TestTheAppIsToldOfTheEndOnce(t *testing.T) {
	s := newStage(t)
	a, b := s.connect("a"), s.connect("b")
	s.ok(s.as(a, func(s server.Socket) error { return s.SetName(t.Context(), "alice", false) }))
	s.ok(s.as(a, join("r2", "r1")))
	s.ok(s.as(b, join("r1")))
	s.app.heard = nil
	s.ok(a.Disconnect(t.Context()))
	s.ok(a.Disconnect(t.Context()))
	want := []string{"left a r1 alice []", "left a r2 alice []", "disconnected a"}
	if !slices.Equal(s.app.heard, want) {
		t.Errorf("the App heard %q, want %q", s.app.heard, want)
	}
	s.wantLines(`b: bye("a")`)
	if a.Emit(t.Context(), "x") == nil || a.Connected() {
		t.Error("a is still there")
	}
	if again := s.connect("a"); again.ID() != "a#2" {
		t.Errorf("the second socket of a is %s", again.ID())
	}
}

func TestWhoIsRefusedNeverConnects(t *testing.T) {
	s := newStage(t)
	why := error(&server.Refusal{Message: "no", Data: json.RawMessage(`{"code":7}`)})
	s.app.admit = func(so server.Socket) error {
		if string(so.Auth()) != `{"token":"t"}` {
			t.Errorf("auth is %s", so.Auth())
		}
		if join("r")(so) == nil || emit(so, server.Target{Kind: server.Self}, "e") == nil {
			t.Error("a socket joined or emitted before it had connected")
		}
		s.ok(so.SetName(t.Context(), "alice", false))
		s.ok(so.SetData(t.Context(), map[string]json.RawMessage{"user": []byte("1")}))
		return why
	}
	shows := servertest.Handshake{Namespace: "/admin", Auth: map[string]string{"token": "t"}}
	if c, err := s.Connect(t.Context(), "a", shows); err != nil || c.Connected() {
		t.Errorf("got %v, connected: %v", err, c.Connected())
	}
	why = errors.New("the database is away")
	_, err := s.Connect(t.Context(), "a", shows)
	s.want(err, why)
	s.wantLines(`a/admin: connect_error: no {"code":7}`, `a/admin#2: connect_error: internal error`)
	if len(s.app.heard) > 0 {
		t.Errorf("the App heard %q", s.app.heard)
	}
	why = nil
	s.app.needs.Own = false // it changes before the socket is connected
	c, err := s.Connect(t.Context(), "a", shows)
	s.ok(err)
	s.ok(s.as(c, func(s server.Socket) error { return emit(s, server.Target{Kind: server.One, To: "alice"}, "e") }))
	s.wantLines(`a/admin#3: e("a/admin#3")`)
}

func TestNamespacesAreApart(t *testing.T) {
	s := newStage(t)
	a := s.connect("a")
	b, err := s.Connect(t.Context(), "b", servertest.Handshake{Namespace: "/video"})
	s.ok(err)
	s.ok(s.as(a, join("r")))
	s.ok(s.as(b, func(so server.Socket) error {
		_, err := so.Other(t.Context(), "a")
		s.want(err, server.ErrNoSocket)
		room, rest := server.Target{Kind: server.Room, To: "r"}, server.Target{Kind: server.Rest}
		return errors.Join(emit(so, room, "e"), emit(so, rest, "e"))
	}))
	s.wantLines()
}

func TestNobodyEmitsWhatCannotBeSent(t *testing.T) {
	s := newStage(t)
	a := s.connect("a")
	for _, e := range []server.Event{
		{Name: "disconnect"},
		{Name: "e", Args: []json.RawMessage{json.RawMessage("{")}},
		{Name: "e", Attachments: []string{strings.Repeat("A", server.MaxEvent)}},
	} {
		if a.Send(t.Context(), e) == nil {
			t.Errorf("a client emitted %.20s", e.Name)
		}
		if s.as(a, func(s server.Socket) error { return s.Emit(t.Context(), server.Target{}, e) }) == nil {
			t.Errorf("the App emitted %.20s", e.Name)
		}
	}
	s.wantLines()
}
