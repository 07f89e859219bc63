package auto_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/parley-rtc/parley/internal/socketio/auto"
	"github.com/parley-rtc/parley/internal/socketio/recipe"
	"github.com/parley-rtc/parley/internal/socketio/server"
	"github.com/parley-rtc/parley/internal/socketio/servertest"
)

// play lets clients connect, emit and disconnect, line by line, and returns what they got in answer to
// the last one, and the error of it:
//
//	a: join("r")    emits
//	a? join("r")    emits and asks for an acknowledgement
//	a left          disconnects
func play(t *testing.T, app server.App, lines ...string) ([]string, error) {
	t.Helper()
	w := servertest.New(app)
	clients := map[string]*servertest.Client{}
	for _, name := range []string{"a", "b", "c"} {
		c, err := w.Connect(t.Context(), name, servertest.Handshake{})
		if err != nil {
			t.Fatal(err)
		}
		clients[name] = c
	}
	var err error
	for i, line := range lines {
		w.Took()
		err = act(t, clients[line[:1]], line)
		if err != nil && i < len(lines)-1 {
			t.Fatalf("%s: %v", line, err)
		}
	}
	return w.Lines(), err
}

func act(t *testing.T, c *servertest.Client, line string) error {
	t.Helper()
	if line[1:] == " left" {
		return c.Disconnect(t.Context())
	}
	name, rest, ok := strings.Cut(strings.TrimSuffix(line[3:], ")"), "(")
	var args []json.RawMessage
	if !ok || json.Unmarshal([]byte("["+rest+"]"), &args) != nil {
		t.Fatalf("cannot read %s", line)
	}
	return c.Send(t.Context(), server.Event{Name: name, Args: args, Ack: line[1] == '?'})
}

// none are the recipes of an App that has none.
func none(name string) (server.App, error) { return nil, fmt.Errorf("there is no recipe %s", name) }

func lines(s ...string) []string { return s }

func TestTheRules(t *testing.T) {
	for name, c := range map[string]struct{ play, want []string }{
		// 1: joining
		"the first string is the room, and the acknowledgement is the list of the others": {
			lines(`b: join-room("r")`, `a? join-room("r")`),
			lines(`a: ack of join-room(["b"])`, `a: joined("r", "a")`, `a: all-users(["b"])`,
				`b: user-joined("a")`, `b: user-connected("a")`, `b: peer-joined("a")`),
		},
		"a member names the room": {
			lines(`b: JOIN_ROOM({"roomId":7})`, `a: joinTheRoom({"type":"x","meetingId":"7","room":""})`),
			lines(`a: joined("7", "a")`, `a: allUsers(["b"])`,
				`b: welcome({"id":"a","socketId":"a","type":"x","meetingId":"7","room":""})`,
				`b: userJoined({"id":"a","socketId":"a","type":"x","meetingId":"7","room":""})`),
		},
		"what makes a description joins nothing": {
			lines(`a: enter-call("r")`, `b: subscribe("r")`, `a: createOffer("x")`),
			lines(`b: createOffer("x", "a")`),
		},
		"what has happened joins nothing": {
			lines(`a: join("r")`, `b: join("r")`, `a: user-joined("q")`),
			lines(`b: user-joined("q", "a")`),
		},
		"an app has four ids of a socket at most": {
			lines(`a: join("r")`, `b: join({"room":"r","id":"1","userId":"2","peerId":"3","name":"4","email":"5"})`,
				`c: join("r")`, `a: offer({"to":"1"})`),
			lines(`b: offer({"to":"1"}, "a")`, `c: offer({"to":"1"}, "a")`),
		},
		"an id of the app's is found, whatever else it is called": {
			lines(`a: join-room("r", "alice")`, `b: join-room({"room":"r","name":"Bob","email":"b@x"})`,
				`c: join-room("r")`, `c: offer({"to":"b@x"})`),
			lines(`b: offer({"to":"b@x","from":"c","sender":"c"})`),
		},
		"of two that are called the same the later one is found": {
			lines(`a: join-room("r", "x")`, `b: join-room("r", "x")`, `c: join-room("r")`, `c: offer({"to":"x"})`),
			lines(`b: offer({"to":"x","from":"c","sender":"c"})`),
		},
		"an id of the app's is found in no other room": {
			lines(`a: join-room("q", "alice")`, `b: join-room("r")`, `c: join-room("r")`, `c: offer({"to":"alice"})`),
			lines(`b: offer({"to":"alice"}, "c")`),
		},
		// 2: the joiner
		"who is alone has created the room": {
			lines(`a? create_room("r")`),
			lines(`a: ack of create_room([])`, `a: created("r", "a")`, `a: all_users([])`),
		},
		"with a colon the join is echoed": {
			lines(`a: meeting:join({"code":1,"room":"r"})`),
			lines(`a: created("r", "a")`, `a: all:users([])`, `a: meeting:join({"code":1,"room":"r"})`),
		},
		"who joins again is told again, and nobody else is": {
			lines(`a: join("r")`, `b: join("r")`, `a: join("r")`),
			lines(`a: joined("r", "a")`, `a: all users(["b"])`, `a: all-users(["b"])`),
		},
		// 3: the others
		"with spaces there is a new user": {
			lines(`b: join("r")`, `a: join my room("r", "alice", "Alice", {"mic":true})`),
			lines(`a: joined("r", "a")`, `a: all users(["b"])`, `b: new user("alice", "Alice", {"mic":true})`,
				`b: new user joined("alice", "Alice", {"mic":true})`),
		},
		"one word goes by several styles": {
			lines(`b: join("r")`, `a: join("r", {"mic":true})`),
			lines(`a: joined("r", "a")`, `a: all users(["b"])`, `a: all-users(["b"])`, `b: user-joined("a", {"mic":true})`,
				`b: new user("a", {"mic":true})`, `b: welcome("a", {"mic":true})`),
		},
		"with a colon or a low line the others are told likewise": {
			lines(`b: join("r")`, `c: join_room("r")`, `a: room:enter("r")`),
			lines(`a: joined("r", "a")`, `a: all:users(["b","c"])`, `a: room:enter("r")`,
				`b: user:joined("a")`, `c: user:joined("a")`),
		},
		"the client's own members win": {
			lines(`b: join("r")`, `a: peer:join({"room":"r","id":"alice"})`),
			lines(`a: joined("r", "a")`, `a: all:users(["b"])`, `a: peer:join({"room":"r","id":"alice"})`,
				`b: user:joined({"id":"alice","socketId":"a","room":"r"})`),
		},
		"nobody joins as another": {
			lines(`b: join("r")`, `a: peer:join({"room":"r","id":"b","sender":"c","name":"Al","from":"Al"})`),
			lines(`a: joined("r", "a")`, `a: all:users(["b"])`,
				`a: peer:join({"room":"r","id":"b","sender":"c","name":"Al","from":"Al"})`,
				`b: user:joined({"id":"a","socketId":"a","room":"r","sender":"a","name":"Al","from":"Al"})`),
		},
		// 4: addressed
		"a member names a socket": {
			lines(`a: join("r")`, `b: join("r")`, `c: join("r")`, `a: offer({"sdp":1,"target":"b","caller":"a"})`),
			lines(`b: offer({"sdp":1,"target":"b","caller":"a","from":"a","sender":"a"})`),
		},
		"a socket that has gone is not replaced by others": {
			lines(`a: join("r")`, `b: join("r")`, `c: join("r")`, `b left`, `a: offer({"target":"b"})`),
			nil,
		},
		"a neutral member names the other one": {
			lines(`a: join("r")`, `b: join("r")`, `c: join("r")`, `a: ice({"candidate":1,"peer_id":"b"})`),
			lines(`b: ice({"candidate":1,"peer_id":"a"})`),
		},
		"a neutral member that names the sender is no address": {
			lines(`a: join("r")`, `b: join("r")`, `c: join("r")`, `a: ice({"id":"a"})`),
			lines(`b: ice({"id":"a"}, "a")`, `c: ice({"id":"a"}, "a")`),
		},
		"a first string names a socket": {
			lines(`a: join("r")`, `b: join("r")`, `c: join("r")`, `a: signal("b", "{}")`),
			lines(`b: signal("a", "{}")`),
		},
		"what a client says it is from is true": {
			lines(`a: join("r", "alice")`, `b: join("r")`, `c: join("r", "carol")`,
				`a: offer({"to":"b","from":"alice","sender":"carol","callerID":"c"})`),
			lines(`b: offer({"to":"b","from":"alice","sender":"a","callerID":"a"})`),
		},
		"it is true for a room as well, however often it is said": {
			lines(`a: join("r")`, `b: join("r")`, `a: chat("hi", {"from":"a","from":"b"})`),
			lines(`b: chat("hi", {"from":"a","from":"a"}, "a")`),
		},
		// 5: otherwise
		"the others hear it, with who it is from": {
			lines(`a: join("r")`, `b: join("r")`, `c: join("q")`, `a: ready()`),
			lines(`b: ready("a")`),
		},
		"a room that is named, of those of the sender": {
			lines(`a: join("r")`, `a: join("q")`, `b: join("r")`, `c: join("q")`, `a: offer({"sdp":1}, "q")`),
			lines(`c: offer({"sdp":1}, "q", "a")`),
		},
		"a room that is named by a member": {
			lines(`a: join("r")`, `a: join("q")`, `b: join("r")`, `c: join("q")`, `a: offer({"room":"r"})`),
			lines(`b: offer({"room":"r"}, "a")`),
		},
		"a room that the sender is not in": {
			lines(`a: join("r")`, `b: join("r")`, `c: join("q")`, `a: offer({"room":"q"})`),
			lines(`b: offer({"room":"q"}, "a")`),
		},
		// 6: leaving
		"leaving is told in the style and shape of the join": {
			lines(`a: join-room("r", "alice", "Alice")`, `b: join-room("r")`, `a left`),
			lines(`b: user-left("alice", "Alice")`, `b: user-disconnected("alice", "Alice")`, `b: peer-left("alice", "Alice")`),
		},
		"who says bye is heard, and out": {
			lines(`a: joinRoom({"room":"r","name":"Al"})`, `b: joinRoom({"room":"r"})`, `a: hangUp()`),
			lines(`b: hangUp("a")`, `b: userLeft({"id":"a","socketId":"a","room":"r","name":"Al"})`),
		},
		"one room is left and not the other": {
			lines(`a: join_room("r")`, `a: join_room("q")`, `b: join_room("r")`, `c: join_room("q")`,
				`a: leave("q")`, `a: hello()`),
			lines(`b: hello("a")`),
		},
		"a participant is none who parts": {
			lines(`a: join("r")`, `b: join("r")`, `a: participant-muted()`),
			lines(`b: participant-muted("a")`),
		},
		// the calls of two whose join says nothing but roomId
		"the first of a pair begins": {
			lines(`a: join({"roomId":"r"})`),
			lines(`a: created("r", "a")`, `a: all users([])`, `a: init()`),
		},
		"both of a pair are told that the other is there": {
			lines(`a: join({"roomId":"r"})`, `b: join({"roomId":"r"})`),
			lines(`b: joined("r", "b")`, `b: all users(["a"])`, `b: ready()`,
				`a: user-joined({"id":"b","socketId":"b","roomId":"r"})`, `a: welcome({"id":"b","socketId":"b","roomId":"r"})`,
				`a: ready({"id":"b","socketId":"b","roomId":"r"})`),
		},
		"a description is unwrapped": {
			lines(`a: join({"roomId":"r"})`, `b: join({"roomId":"r"})`, `b: signal({"room":"r","desc":{"type":"offer"}})`),
			lines(`a: desc({"type":"offer"})`),
		},
		"the other of a pair is gone": {
			lines(`a: join({"roomId":"r"})`, `b: join({"roomId":"r"})`, `b left`),
			lines(`a: user-left({"id":"b","socketId":"b","roomId":"r"})`,
				`a: disconnected({"id":"b","socketId":"b","roomId":"r"})`),
		},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := play(t, auto.New(none), c.play...)
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("got\n  %s\nwant\n  %s", strings.Join(got, "\n  "), strings.Join(c.want, "\n  "))
			}
		})
	}
}

// TestNobodyInNoRoomIsHeard: strangers share a namespace.
func TestNobodyInNoRoomIsHeard(t *testing.T) {
	for event, says := range map[string]string{
		`a: offer({"to":"b"})`:                      "call-by-id, call-by-name or lobby",
		`a: callUser({"userToCall":"b"})`:           "callUser: ",
		`a: ready()`:                                "SOCKETIO_RECIPE=lobby",
		`a: signal("b")`:                            "SOCKETIO_RECIPE",
		`a: join()`:                                 "SOCKETIO_RECIPE",
		`a: secret-name("r")`:                       "an event: ",
		`a: message({"room":"r"}, "r")`:             "SOCKETIO_RECIPE",
		`a: bye("r")`:                               "SOCKETIO_RECIPE",
		`a: simple-signal[discover]("b")`:           "SOCKETIO_RECIPE=simple-signal",
		`a: login({"to":"b","room":"r"}, "r", "b")`: "SOCKETIO_RECIPE=call-by-name",
	} {
		got, err := play(t, auto.New(none), `b: join("r", "bob")`, event)
		if len(got) > 0 || err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: clients got %q; the error is %v, want %q in it", event, got, err, says)
		}
	}
	got, err := play(t, auto.New(none), `b: join("r")`, `a: join("r")`, `a: leave()`, `a: offer({"to":"b"})`)
	if err == nil {
		t.Errorf("one that has left is heard: %q", got)
	}
}

// TestAMemberGetsThreeAliasesAtMost: each is a post for each member of a room.
func TestAMemberGetsThreeAliasesAtMost(t *testing.T) {
	for _, event := range []string{
		`join("r")`, `join-room("r")`, `join my room("r")`, `room:enter("r")`,
		`join_room("r")`, `joinRoom("r")`, `join({"roomId":"r"})`,
	} {
		event = `a: ` + event
		for _, lines := range [][]string{{event}, {`b: join("r")`, event}, {`b: join("r")`, event, `a left`}} {
			got, err := play(t, auto.New(none), lines...)
			if err != nil {
				t.Fatal(err)
			}
			for _, client := range []string{"a", "b"} {
				told := slices.DeleteFunc(slices.Clone(got), func(line string) bool { return !strings.HasPrefix(line, client) })
				if len(told) > 3 {
					t.Errorf("after %q %s got %q", lines, client, told)
				}
			}
		}
	}
}

// TestWhatIsKeptOfAJoinFits: whatever it says, others are told in full, and who left afterwards.
func TestWhatIsKeptOfAJoinFits(t *testing.T) {
	long := strings.Repeat("é", 100)
	wide := strings.Repeat(`\u0001`, 50)
	for name, c := range map[string]struct{ join, left string }{
		"a long object": {`{"room":"r","name":"Al","photo":"` + long + long + `"}`, `{"id":"a","socketId":"a","name":"Al"}`},
		"long ids":      {`{"room":"r","name":"` + long + `","email":"` + long + `"}`, `{"id":"a","socketId":"a"}`},
		"long strings":  {`"r", "alice", "` + long + long + `"`, `"alice"`},
		"a long id":     {`"r", "` + long + long + `"`, `"a"`},
		"wide ids":      {`"r", "` + wide + `"`, `"a"`},
		"many ids": {
			`{"room":"r","id":"1","userId":"2","peerId":"3","username":"4","name":"5"}`,
			`{"id":"1","socketId":"a","room":"r","userId":"2","peerId":"3","username":"4","name":"5"}`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := play(t, auto.New(none), `b: join("r")`, `a: join_room(`+c.join+`)`, `a left`)
			if want := []string{`b: user_left(` + c.left + `)`}; err != nil || !slices.Equal(got, want) {
				t.Errorf("got %q, %v, want %q", got, err, want)
			}
		})
	}
}

// diary is a recipe that notes what it is told of.
type diary struct {
	server.App
	notes *[]string
}

func (d diary) note(s server.Socket, what string) error {
	*d.notes = append(*d.notes, s.ID()+" "+what)
	return nil
}

func (d diary) Connected(_ context.Context, s server.Socket) error { return d.note(s, "connected") }

func (d diary) Event(ctx context.Context, s server.Socket, e server.Event) error {
	_, err := s.Join(ctx, "r", 0)
	asked := server.Event{Name: "well?", Ask: 5}
	return errors.Join(err, s.Emit(ctx, server.Target{Kind: server.Self}, asked), d.note(s, e.Name))
}

func (d diary) Answered(_ context.Context, s server.Socket, ask int, _ []json.RawMessage) error {
	return d.note(s, fmt.Sprint("answered ", ask))
}

func (d diary) Left(_ context.Context, s server.Socket, room string) error {
	return d.note(s, "left "+room)
}

func (d diary) Disconnected(_ context.Context, s server.Socket) error {
	return d.note(s, "disconnected")
}

func TestAFirstEventThatOneKindOfServerKnowsIsForItsRecipe(t *testing.T) {
	for event, recipe := range map[string]string{
		`a: create or join("r")`:   "codelab",
		`a: join room("r")`:        "group",
		`a: join-call("r")`:        "join-call",
		`a: join({"channel":"r"})`: "add-peer",
		`a: room:join({"room":1})`: "call-by-name",
	} {
		var notes []string
		app := auto.New(func(name string) (server.App, error) { return diary{notes: &notes}, nil })
		w := servertest.New(app)
		a, _ := w.Connect(t.Context(), "a", servertest.Handshake{})
		err := errors.Join(act(t, a, event), act(t, a, `a: join-room("q")`), a.Answer(t.Context()), act(t, a, `a left`))
		first, _, _ := strings.Cut(event[3:], "(")
		want := []string{"a connected", "a " + first, "a join-room", "a answered 5", "a left r", "a disconnected"}
		if err != nil || !slices.Equal(notes, want) {
			t.Errorf("%s: the recipe is told %q, %v, want %q", event, notes, err, want)
		}
		if _, err := play(t, auto.New(none), event); err == nil || !strings.Contains(err.Error(), "no recipe "+recipe) {
			t.Errorf("%s: got %v, want the recipe %s", event, err, recipe)
		}
		if got, err := play(t, auto.New(none), `a: join("q")`, event); err != nil || len(got) == 0 {
			t.Errorf("%s later: got %q, %v", event, got, err)
		}
	}
}

// TestWhatHoldsForRulesHoldsForTheirRecipes: nobody in no room is heard, and nobody passes for another.
func TestWhatHoldsForRulesHoldsForTheirRecipes(t *testing.T) {
	app := auto.New(func(name string) (server.App, error) { return recipe.Load(name, nil) })
	got, err := play(t, app, `b: create or join("r")`, `a: create or join("r")`, `a: message({"from":"b","sender":"a"})`)
	if want := lines(`b: message({"from":"a","sender":"a"})`); err != nil || !slices.Equal(got, want) {
		t.Errorf("got %q, %v, want %q", got, err, want)
	}
	got, err = play(t, app, `b: room:join({"room":"r","email":"b@x"})`, `a: room:join({"room":"r","email":"a@x"})`,
		`a: chat({"to":"b@x","sender":"a@x","callerID":"b@x"})`)
	want := lines(`b: chat({"to":"b@x","sender":"a@x","callerID":"a","from":"a@x"})`)
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("got %q, %v, want %q", got, err, want)
	}
	got, err = play(t, app, `b: join room("r")`, `a: join room("r")`,
		`a: sending signal({"userToSignal":"b","callerID":"b","signal":1})`, `b: returning signal({"callerID":"a","signal":2})`)
	want = lines(`a: receiving returned signal({"signal":2,"id":"b"})`)
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("got %q, %v, want %q", got, err, want)
	}
	w := servertest.New(app)
	for _, line := range []string{`b: room:join({"room":"r","email":"b@x"})`, `a: room:join({"email":"a@x"})`} {
		c, err := w.Connect(t.Context(), line[:1], servertest.Handshake{})
		if err != nil {
			t.Fatal(err)
		}
		_ = act(t, c, line) // the second names no room
		w.Took()
		for _, event := range []string{`a: chat({"to":"b@x"})`, `a: user:call({"to":"b"})`} {
			if err := act(t, c, event); line[0] == 'a' && (err == nil || len(w.Took()) > 0) {
				t.Errorf("%s is heard by one who is in no room", event)
			}
		}
	}
}

// TestTheRecipesOfTheRulesNeedNothingMore than what the rules say that they need.
func TestTheRecipesOfTheRulesNeedNothingMore(t *testing.T) {
	for _, name := range []string{"codelab", "group", "join-call", "call-by-name", "add-peer"} {
		app, err := recipe.Load(name, nil)
		if err != nil {
			t.Fatal(err)
		}
		if app.Needs().Everyone {
			t.Errorf("%s is for all of a namespace", name)
		}
	}
}
