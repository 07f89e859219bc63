package server_test

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/parley-rtc/parley/internal/socketio/server"
	"github.com/parley-rtc/parley/internal/socketio/servertest"
)

// stage is a World that is served by an IO.
type stage struct {
	*testing.T
	*servertest.World
	io *server.IO
}

func newStage(t *testing.T) *stage {
	io := server.New()
	return &stage{T: t, World: servertest.New(io), io: io}
}

func (s *stage) connect(clients ...string) (connected []*servertest.Client) {
	s.Helper()
	for _, name := range clients {
		c, err := s.Connect(s.Context(), name, servertest.Handshake{})
		s.ok(err)
		connected = append(connected, c)
	}
	return connected
}

func (s *stage) ok(err error) {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
}

func (s *stage) wantLines(want ...string) {
	s.Helper()
	if got := s.Lines(); !slices.Equal(got, want) {
		s.Errorf("clients got\n  %s\nwant\n  %s", strings.Join(got, "\n  "), strings.Join(want, "\n  "))
	}
}

// joins lets clients join rooms by the event join.
func (s *stage) joins() {
	s.io.On("join", func(ctx context.Context, c *server.Client) error {
		var room string
		if err := c.Args(&room); err != nil {
			return err
		}
		_, err := c.Join(ctx, room)
		return err
	})
}

func TestAServerInGo(t *testing.T) {
	s := newStage(t)
	type profile struct {
		User string `json:"user,omitempty"`
	}
	s.io.OnConnect(func(ctx context.Context, c *server.Client) error { return c.Emit(ctx, "me", c.ID()) })
	s.io.OnAny(func(ctx context.Context, c *server.Client) error { return c.Emit(ctx, "heard", c.Event()) })
	s.io.On("join-room", func(ctx context.Context, c *server.Client) error {
		var room, user string
		if err := c.Args(&room, &user); err != nil {
			return err
		}
		if err := c.SetData(ctx, profile{user}); err != nil {
			return err
		}
		members, err := c.JoinAtMost(ctx, room, 2)
		if errors.Is(err, server.ErrFull) {
			return c.Emit(ctx, "room full", len(members))
		}
		if err != nil {
			return err
		}
		var first profile
		if err := members[0].Read(&first); err != nil {
			return err
		}
		return errors.Join(c.Ack(ctx, first.User), c.To(room).Emit(ctx, "user-connected", user))
	})
	s.io.OnLeave(func(ctx context.Context, c *server.Client, room string) error {
		var was profile
		return errors.Join(c.Data(ctx, &was), c.In(room).Emit(ctx, "user-disconnected", was.User))
	})
	s.io.OnDisconnect(func(ctx context.Context, c *server.Client) error { return c.In("b").Emit(ctx, "gone", c.ID()) })

	a, b, c := s.connect("a")[0], s.connect("b")[0], s.connect("c")[0]
	s.wantLines(`a: me("a")`, `b: me("b")`, `c: me("c")`)
	s.ok(a.Ask(t.Context(), "join-room", "r", "alice"))
	s.ok(b.Ask(t.Context(), "join-room", "r", "bob", "more"))
	s.ok(c.Emit(t.Context(), "join-room", "r", "carol"))
	s.ok(a.Disconnect(t.Context()))
	s.wantLines(
		`a: heard("join-room")`, `a: ack of join-room("alice")`,
		`b: heard("join-room")`, `b: ack of join-room("alice")`, `a: user-connected("bob")`,
		`c: heard("join-room")`, `c: room full(2)`,
		`b: user-disconnected("alice")`, `b: gone("a")`,
	)
	if err := b.Emit(t.Context(), "join-room", "r"); err == nil || !strings.Contains(err.Error(), "no argument 1") {
		t.Errorf("got %v", err)
	}
}

func TestAudiences(t *testing.T) {
	s := newStage(t)
	s.joins()
	s.io.KeepEveryone()
	clients := s.connect("a", "b", "c", "d")
	for _, joined := range []struct {
		client int
		room   string
	}{{0, "r"}, {1, "r"}, {1, "q"}, {2, "q"}} {
		s.ok(clients[joined.client].Emit(t.Context(), "join", joined.room))
	}
	var audience func(c *server.Client) *server.Audience
	s.io.On("do", func(ctx context.Context, c *server.Client) error { return audience(c).Emit(ctx, "e") })
	for want, of := range map[string]func(c *server.Client) *server.Audience{
		"b":       func(c *server.Client) *server.Audience { return c.To("r") },
		"a b":     func(c *server.Client) *server.Audience { return c.In("r") },
		"d":       func(c *server.Client) *server.Audience { return c.To("d") },
		"a":       func(c *server.Client) *server.Audience { return c.In("a") },
		"b c":     func(c *server.Client) *server.Audience { return c.To("r").To("q") },
		"a b d":   func(c *server.Client) *server.Audience { return c.In("r", "d") },
		"a b c d": func(c *server.Client) *server.Audience { return c.All() },
		"b c d":   func(c *server.Client) *server.Audience { return c.Broadcast() },
		"b d":     func(c *server.Client) *server.Audience { return c.Broadcast().Except("c") },
		"a d":     func(c *server.Client) *server.Audience { return c.All().Except("q") },
		"c":       func(c *server.Client) *server.Audience { return c.In("q").Except("r") },
		"":        func(c *server.Client) *server.Audience { return c.To("a") },
	} {
		audience = of
		s.ok(clients[0].Emit(t.Context(), "do"))
		var got []string
		for _, r := range s.Took() {
			got = append(got, r.To)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("got %v, want %s", got, want)
		}
	}
}

func TestNobodyKnowsEverybodyUnlessTold(t *testing.T) {
	s := newStage(t)
	s.io.On("do", func(ctx context.Context, c *server.Client) error {
		_, err := c.Everyone(ctx)
		for _, err := range []error{err, c.All().Emit(ctx, "e"), c.Broadcast().Except("b").Emit(ctx, "e")} {
			if err == nil || !strings.Contains(err.Error(), "KeepEveryone") {
				t.Errorf("got %v", err)
			}
		}
		return nil
	})
	a := s.connect("a", "b")[0]
	s.ok(a.Emit(t.Context(), "do"))
	s.wantLines()
}

func TestArguments(t *testing.T) {
	s := newStage(t)
	var into any
	var got error
	s.io.On("do", func(_ context.Context, c *server.Client) error {
		got = c.Args(into)
		return nil
	})
	a := s.connect("a")[0]
	for _, c := range []struct {
		arg  string
		into any
		ok   bool
	}{
		{`"r"`, new(string), true},
		{`7`, new(int), true},
		{`{"a":[1]}`, new(map[string][]int), true},
		{`{"sdp":"secret"}`, new(json.RawMessage), true},
		{`null`, new(json.RawMessage), true},
		{`null`, new(any), true},
		{`null`, new(*string), true},
		{`null`, new(string), false},
		{`7`, new(string), false},
		{`"secret"`, new(int), false},
		{`["secret"]`, new(struct{ A int }), false},
		{`"c2VjcmV0"`, new([]byte), false},
		{`{"_placeholder":true,"num":1}`, new([]byte), false},
		{`{"_placeholder":true,"num":-1}`, new([]byte), false},
		{`{"_placeholder":true}`, new([]byte), false},
		{`{"_placeholder":true,"num":0}`, new([]byte), true},
		{`7`, 7, false},
		{`7`, (*int)(nil), false},
	} {
		into = c.into
		event := server.Event{Name: "do", Args: []json.RawMessage{json.RawMessage(c.arg)}, Attachments: []string{"AQI="}}
		s.ok(a.Send(t.Context(), event))
		if (got == nil) != c.ok {
			t.Errorf("%s into a %T: got %v", c.arg, c.into, got)
		}
		if got != nil && strings.Contains(got.Error(), "secret") {
			t.Errorf("what a client sent is in the log: %v", got)
		}
	}
}

func TestBinaryData(t *testing.T) {
	s := newStage(t)
	s.io.On("do", func(ctx context.Context, c *server.Client) error {
		var data []byte
		var carried json.RawMessage
		if err := c.Args(&data, &carried); err != nil {
			return err
		}
		return errors.Join(c.Emit(ctx, "plain", 1), c.Ack(ctx, append(data, 3), carried, data))
	})
	a := s.connect("a")[0]
	args := []json.RawMessage{
		json.RawMessage(`{"_placeholder":true,"num":0}`), json.RawMessage(`{"key":{"_placeholder":true,"num":1}}`),
	}
	s.ok(a.Send(t.Context(), server.Event{Name: "do", Args: args, Attachments: []string{"AQI=", "/w=="}, Ack: true}))
	took := s.Took()
	if len(took) != 2 || len(took[0].Event.Attachments) != 0 {
		t.Fatalf("got %v", took)
	}
	// The encoder sends only those attachments that an argument names.
	if got, want := took[1].Event.Attachments, []string{"AQI=", "/w==", "AQID", "AQI="}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	const want = `a: ack of do({"_placeholder":true,"num":2}, {"key":{"_placeholder":true,"num":1}}, ` +
		`{"_placeholder":true,"num":3})`
	if got := took[1].String(); got != want {
		t.Errorf("got %s", got)
	}
}

func TestAcknowledgementsOfClients(t *testing.T) {
	s := newStage(t)
	s.joins()
	rated := s.io.OnAck(func(ctx context.Context, c *server.Client) error {
		var stars int
		return errors.Join(c.Args(&stars), c.Emit(ctx, "thanks", stars))
	})
	other := s.io.OnAck(func(ctx context.Context, c *server.Client) error { return c.Emit(ctx, "hm") })
	s.io.On("rate", func(ctx context.Context, c *server.Client) error {
		return errors.Join(c.To("r").EmitWithAck(ctx, rated, "rate?"), c.EmitWithAck(ctx, other, "and you?"))
	})
	clients := s.connect("a", "b")
	for _, c := range clients {
		s.ok(c.Emit(t.Context(), "join", "r"))
	}
	s.ok(clients[0].Emit(t.Context(), "rate"))
	s.ok(clients[1].Answer(t.Context(), 5))
	s.ok(clients[0].Answer(t.Context()))
	s.wantLines(`b: asked rate?()`, `a: asked and you?()`, `b: thanks(5)`, `a: hm()`)
	for _, ask := range []int{0, 3, -1} {
		if s.io.Answered(t.Context(), nil, ask, nil) == nil {
			t.Errorf("there is an answer %d", ask)
		}
	}
}

func TestWhoMayConnect(t *testing.T) {
	s := newStage(t)
	away := errors.New("the database is away")
	s.io.Use(func(_ context.Context, c *server.Client) error {
		if c.Query().Get("db") == "away" {
			return away
		}
		return nil
	})
	s.io.Use(func(ctx context.Context, c *server.Client) error {
		var auth struct{ Token string }
		if err := c.Auth(&auth); err != nil || auth.Token != "t" {
			return server.Refuse("not authorized", map[string]string{"please": "log in"})
		}
		return c.SetData(ctx, map[string]string{"user": "alice"})
	})
	s.io.OnConnect(func(ctx context.Context, c *server.Client) error {
		var data struct{ User string }
		return errors.Join(c.Data(ctx, &data), c.Emit(ctx, "hello", data.User))
	})
	s.connect("a")
	_, err := s.Connect(t.Context(), "b", servertest.Handshake{Query: map[string][]string{"db": {"away"}}})
	if !errors.Is(err, away) {
		t.Errorf("got %v", err)
	}
	_, err = s.Connect(t.Context(), "c", servertest.Handshake{Auth: map[string]string{"token": "t"}})
	s.ok(err)
	s.wantLines(`a: connect_error: not authorized {"please":"log in"}`, `b: connect_error: internal error`,
		`c: hello("alice")`)
}

func TestNamespaces(t *testing.T) {
	s := newStage(t)
	hello := func(what string) server.Handler {
		return func(ctx context.Context, c *server.Client) error { return c.Emit(ctx, what, c.Namespace()) }
	}
	s.io.OnConnect(hello("main"))
	s.io.Of("/admin").OnConnect(hello("admin"))
	in := func(namespace string) {
		_, err := s.Connect(t.Context(), "a", servertest.Handshake{Namespace: namespace})
		s.ok(err)
	}
	in("/")
	in("/admin")
	in("/x")
	s.io.Of("*").OnConnect(hello("any"))
	in("/y")
	s.wantLines(`a: main("/")`, `a/admin: admin("/admin")`, `a/x: connect_error: Invalid namespace`, `a/y: any("/y")`)
}

// TestActingOnOthers: join another to a room, read what it is called, tell it, disconnect it.
func TestActingOnOthers(t *testing.T) {
	s := newStage(t)
	s.io.On("login", func(ctx context.Context, c *server.Client) error {
		if err := c.ClaimName(ctx, "boss"); err != nil {
			return c.Ack(ctx, errors.Is(err, server.ErrTaken))
		}
		return c.SetName(ctx, "boss")
	})
	s.io.On("pull", func(ctx context.Context, c *server.Client) error {
		var who string
		if err := c.Args(&who); err != nil {
			return err
		}
		other, err := c.Socket(ctx, who)
		if errors.Is(err, server.ErrNoSocket) {
			return c.Ack(ctx, "nobody")
		}
		if err != nil {
			return err
		}
		if _, err := other.Join(ctx, "office"); err != nil {
			return err
		}
		name, err := other.Name(ctx)
		return errors.Join(err, other.Emit(ctx, "pulled", c.ID()), other.To("office").Emit(ctx, "e"), c.Ack(ctx, name),
			other.Disconnect(ctx))
	})
	s.io.OnLeave(func(ctx context.Context, c *server.Client, room string) error {
		return c.In("b").Emit(ctx, "left", room)
	})
	clients := s.connect("a", "b")
	s.ok(clients[0].Emit(t.Context(), "login"))
	s.ok(clients[1].Ask(t.Context(), "login"))
	s.ok(clients[1].Ask(t.Context(), "pull", "boss"))
	s.ok(clients[1].Ask(t.Context(), "pull", "boss"))
	s.wantLines(`b: ack of login(true)`, `a: pulled("b")`, `b: ack of pull("boss")`, `a: disconnect`, `b: left("office")`,
		`b: ack of pull("nobody")`)
}
