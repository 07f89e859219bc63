package signaling_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/parley-rtc/parley/internal/signaling"
	"github.com/parley-rtc/parley/internal/signaling/signalingtest"
)

// acting is a stage whose service has the action "act", and the command that asks for it.
func acting(t *testing.T, a signaling.Action, joined ...string) (*signalingtest.Stage, signaling.Custom) {
	t.Helper()
	memory := signalingtest.NewMemory()
	s := signalingtest.NewStage(t, memory)
	s.Service.Items, s.Service.Actions = memory, signaling.Actions{"act": a}
	s.Join(joined...)
	return s, signaling.Custom{Request: signaling.Request{Action: "act", ID: "7"}, Room: s.Room}
}

type note struct {
	Text string `json:"text"`
}

func TestAHandlerKnowsWhoAsksAndWhoIsThere(t *testing.T) {
	var got signaling.Call
	s, act := acting(t, signaling.Action{Do: func(_ context.Context, c *signaling.Call) error {
		got = *c
		return nil
	}}, "alice")
	s.Service.Grace, s.Service.FirstHosts = time.Minute, true
	s.Now = s.Now.Add(time.Second)
	s.Connect("bob", "carol")
	ok(t, s.Do("bob", signaling.Join{Room: s.Room, Peer: "bob", Data: []byte(`{"a":1}`)}))
	ok(t, s.Do("carol", signaling.Join{Room: s.Room, Peer: "carol"}))
	s.Disconnect("carol")
	s.Told()
	act.Fields = map[string]json.RawMessage{"x": json.RawMessage("1")}
	ok(t, s.Do("bob", act))
	s.WantTold("bob: ok 7")
	var members []string
	for _, m := range got.Members {
		members = append(members, fmt.Sprint(m.Name, " ", m.Role, " ", string(m.Data), " ", m.Lost))
	}
	if want := "alice host  false, bob guest {\"a\":1} false, carol guest  true"; strings.Join(members, ", ") != want {
		t.Errorf("got members %v, want %s", members, want)
	}
	if got.Sender.Name != "bob" || got.Room != s.Room || !got.Time.Equal(s.Now) || string(got.Fields["x"]) != "1" || !got.Hosted() {
		t.Errorf("got %+v", got)
	}
}

func TestAHandlerIsAskedForMembersOnly(t *testing.T) {
	called := 0
	s, act := acting(t, signaling.Action{HostsOnly: true, Do: func(context.Context, *signaling.Call) error {
		called++
		return nil
	}}, "alice", "bob")
	s.Connect("eve")
	wantCode(t, s.Do("eve", act), signaling.CodeNotInRoom)
	wantCode(t, s.Do("alice", act), signaling.CodeForbidden) // there is no host
	s.Service.FirstHosts = true
	wantCode(t, s.Do("bob", act), signaling.CodeForbidden)
	ok(t, s.Do("alice", act))
	other := act
	other.Action = "another"
	wantCode(t, s.Do("alice", other), signaling.CodeInternal)
	if called != 1 {
		t.Fatalf("the handler was called %d times, want once", called)
	}
}

func TestAHandlerAnswersAndTells(t *testing.T) {
	var err error
	s, act := acting(t, signaling.Action{Do: func(ctx context.Context, c *signaling.Call) error {
		ok(t, c.Reply(note{"<done>"}))
		ok(t, c.TellOthers(ctx, "note", note{"to all"}))
		ok(t, c.Tell(ctx, "bob", "note", nil))
		wantCode(t, c.Tell(ctx, "nobody", "note", nil), signaling.CodeNoSuchPeer)
		err = c.TellOthers(ctx, "note", note{strings.Repeat("x", signaling.MaxFrame)})
		return nil
	}}, "alice", "bob", "carol")
	ok(t, s.Do("alice", act))
	wantCode(t, err, signaling.CodeTooLarge)
	s.WantTold(`alice: ok 7 {"text":"<done>"}`, `bob: note from alice {"text":"to all"}`, "bob: note from alice ", `carol: note from alice {"text":"to all"}`)
	act.ID = ""
	ok(t, s.Do("bob", act)) // nobody wants the answer
	s.WantTold(`alice: note from bob {"text":"to all"}`, "bob: note from bob ", `carol: note from bob {"text":"to all"}`)
}

// TestATellFindsWhoJoinedAMomentAgo has the room read before a join that the handler then knows of.
func TestATellFindsWhoJoinedAMomentAgo(t *testing.T) {
	var s *signalingtest.Stage
	s, act := acting(t, signaling.Action{Do: func(ctx context.Context, c *signaling.Call) error {
		s.Join("bob")
		return c.Tell(ctx, "bob", "note", nil)
	}}, "alice")
	ok(t, s.Do("alice", act))
	s.WantTold("alice: ok 7", "bob: note from alice ")
}

func TestAGhostThatAHandlerFindsIsBuriedOnce(t *testing.T) {
	others := func(ctx context.Context, c *signaling.Call) { ok(t, c.TellOthers(ctx, "note", nil)) }
	one := func(ctx context.Context, c *signaling.Call) {
		wantCode(t, c.Tell(ctx, "bob", "note", nil), signaling.CodeNoSuchPeer)
	}
	for name, telling := range map[string][]func(context.Context, *signaling.Call){
		"others": {others}, "one": {one}, "others, and one": {others, one},
	} {
		s, act := acting(t, signaling.Action{Do: func(ctx context.Context, c *signaling.Call) error {
			for _, tell := range telling {
				tell(ctx, c)
			}
			return nil
		}}, "alice", "bob", "carol")
		s.Cut(s.Conn("bob"))
		ok(t, s.Do("alice", act))
		told := []string{"alice: ok 7", "alice: peer-left bob lost rev 4", "carol: note from alice ", "carol: peer-left bob lost rev 4"}
		if name == "one" {
			told = slices.Delete(told, 2, 3)
		}
		s.WantTold(told...)
		s.WantRoom("alice", "carol")
	}
}

func TestALostPeerIsNotTold(t *testing.T) {
	s, act := acting(t, signaling.Action{Do: func(ctx context.Context, c *signaling.Call) error {
		ok(t, c.TellOthers(ctx, "note", nil))
		err := c.Tell(ctx, "bob", "note", nil)
		if wantCode(t, err, signaling.CodeNoSuchPeer); !signaling.Describe(err).Retry {
			t.Error("not worth trying again, though the seat is kept")
		}
		return nil
	}}, "alice", "bob")
	s.Service.Grace = time.Minute
	s.Disconnect("bob")
	s.Told()
	ok(t, s.Do("alice", act))
	s.WantTold("alice: ok 7")
}

func TestAnOutcastIsReportedOrOnlyLogged(t *testing.T) {
	noted := false
	s, act := acting(t, signaling.Action{Do: func(ctx context.Context, c *signaling.Call) error {
		err := c.TellOthers(ctx, "note", nil)
		if noted {
			c.Note(err)
			return nil
		}
		return err
	}}, "alice", "bob", "carol")
	s.Fail(s.Conn("bob"))
	wantCode(t, s.Do("alice", act), signaling.CodeInternal)
	s.WantTold("alice: error internal", "carol: note from alice ")
	noted = true
	if _, ok := errors.AsType[*signalingtest.Aside](s.Do("alice", act)); !ok {
		t.Fatal("the log is not told")
	}
	s.WantTold("alice: ok 7", "carol: note from alice ")
}

func TestAHandlerThatFailsTellsNothingOfIt(t *testing.T) {
	secret := "SECRET"
	for name, c := range map[string]struct {
		do   func() error
		code signaling.Code
		logs string
	}{
		"an error of its own": {func() error { return errors.New("the signer is down") }, signaling.CodeInternal, "the signer is down"},
		"an error for the client": {func() error {
			return fmt.Errorf("sign: %w", signaling.Errorf(signaling.CodeBadRequest, "x: no"))
		}, signaling.CodeBadRequest, "sign: "},
		"a panic": {func() error { panic(secret) }, //nolint:forbidigo // what is tested
			signaling.CodeInternal, "panicked with string at action_test.go:"},
		"a nil map": {func() error {
			none := func() map[string]int { return nil }
			none()[secret] = 1
			return nil
		}, signaling.CodeInternal, "at action_test.go:"},
		"an index": {func() error { _ = []byte(nil)[len(secret)]; return nil }, signaling.CodeInternal, "at action_test.go:"},
	} {
		t.Run(name, func(t *testing.T) {
			s, act := acting(t, signaling.Action{Do: func(_ context.Context, call *signaling.Call) error {
				ok(t, call.Reply(note{"never"}))
				return c.do()
			}}, "alice", "bob")
			err := s.Do("alice", act)
			wantCode(t, err, c.code)
			s.WantTold("alice: error " + string(c.code))
			if !strings.Contains(err.Error(), c.logs) || strings.Contains(err.Error(), secret) {
				t.Errorf("the log would say %q, want %q", err, c.logs)
			}
		})
	}
}

func TestMistakesOfAHandlerAreItsOwn(t *testing.T) {
	for name, do := range map[string]func(context.Context, *signaling.Call) error{
		"an answer that is no object": func(_ context.Context, c *signaling.Call) error { return c.Reply([]int{1}) },
		"an answer that is no JSON":   func(_ context.Context, c *signaling.Call) error { return c.Reply(make(chan int)) },
		"an event without a name":     func(ctx context.Context, c *signaling.Call) error { return c.TellOthers(ctx, "", nil) },
		"an event with a wild name":   func(ctx context.Context, c *signaling.Call) error { return c.Tell(ctx, "alice", "no te", nil) },
	} {
		s, act := acting(t, signaling.Action{Do: do}, "alice")
		if err := s.Do("alice", act); err == nil || signaling.Describe(err).Code != signaling.CodeInternal {
			t.Errorf("%s: got %v, want internal", name, err)
		}
	}
	s, act := acting(t, signaling.Action{Do: func(_ context.Context, c *signaling.Call) error {
		return c.Reply(note{strings.Repeat("x", signaling.MaxFrame)})
	}}, "alice")
	wantCode(t, s.Do("alice", act), signaling.CodeTooLarge)
}

func TestAHandlerKeepsItems(t *testing.T) {
	s, act := acting(t, signaling.Action{Do: func(ctx context.Context, c *signaling.Call) error {
		rev, err := c.Put(ctx, "rx", 0, note{"<1>"}, 2)
		ok(t, err)
		if _, err := c.Put(ctx, "rx", 0, 3); !errors.Is(err, signaling.ErrChanged) {
			t.Errorf("got %v, want ErrChanged", err)
		}
		if _, err := c.Append(ctx, "rx", 16, 45); !errors.Is(err, signaling.ErrFull) {
			t.Errorf("got %v, want ErrFull", err)
		}
		_, err = c.Append(ctx, "rx", 17, 45)
		ok(t, err)
		item, err := c.Get(ctx, "rx")
		if err != nil || rev != 1 || item.Rev != 2 || fmt.Sprintf("%s", item.Values) != `[{"text":"<1>"} 2 45]` {
			t.Errorf("got %d, %s, %v", rev, item.Values, err)
		}
		_, err = c.Delete(ctx, "rx")
		ok(t, err)
		for _, name := range []string{"", "a/b"} {
			_, err = c.Get(ctx, name)
			wantCode(t, err, signaling.CodeBadRequest)
			_, err = c.Put(ctx, name, 0)
			wantCode(t, err, signaling.CodeBadRequest)
			_, err = c.Append(ctx, name, 9, 1)
			wantCode(t, err, signaling.CodeBadRequest)
		}
		return nil
	}}, "alice")
	ok(t, s.Do("alice", act))
	s.WantTold("alice: ok 7")
}

func TestFieldsAreRead(t *testing.T) {
	s, act := acting(t, signaling.Action{Do: func(_ context.Context, c *signaling.Call) error {
		var width float64
		ok(t, c.Read("width", &width, "a number"))
		for field, want := range map[string]string{"none": "none is missing: want a number", "null": "null: want a number", "text": "text: want a number"} {
			err := c.Read(field, &width, "a number")
			if wantCode(t, err, signaling.CodeBadRequest); signaling.Describe(err).Msg != want {
				t.Errorf("got %q, want %q", err, want)
			}
		}
		return nil
	}}, "alice")
	act.Fields = map[string]json.RawMessage{"width": json.RawMessage("1.5"), "null": json.RawMessage("null"), "text": json.RawMessage(`"1"`)}
	ok(t, s.Do("alice", act))
}

func TestAFalselyLostPeerIsBackWhenItActs(t *testing.T) {
	s, act := acting(t, signaling.Action{Do: func(context.Context, *signaling.Call) error { return nil }}, "alice", "bob")
	s.Service.Grace = time.Minute
	_, err := s.Store.MarkLost(t.Context(), s.Room, "alice", s.Conn("alice"), s.Now.Add(time.Minute), s.Now)
	ok(t, err)
	ok(t, s.Do("alice", act))
	s.WantTold("alice: ok 7", "bob: peer-back alice rev 4")
}

func TestNamesOfActions(t *testing.T) {
	do := func(context.Context, *signaling.Call) error { return nil }
	if names, err := (signaling.Actions{"b": {Do: do}, "a-1": {Do: do}}).Names(); err != nil || fmt.Sprint(names) != "[a-1 b]" {
		t.Errorf("got %v, %v", names, err)
	}
	for _, name := range []string{"", "A", "1", "-", "a b", "é", strings.Repeat("a", 65)} {
		if _, err := (signaling.Actions{name: {Do: do}}).Names(); err == nil {
			t.Errorf("%q is taken for a name", name)
		}
	}
	if _, err := (signaling.Actions{"a": {}}).Names(); err == nil {
		t.Error("an action without a handler is taken")
	}
}
