package socketio_test

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/parley-rtc/parley/internal/dialect/socketio"
	"github.com/parley-rtc/parley/internal/socketio/server"
)

func TestTheServerSpeaksFirst(t *testing.T) {
	inBubble(t, func(t *testing.T, s *stage) {
		s.lab.connected = func(ctx context.Context, sock server.Socket) error {
			return sock.Emit(ctx, server.Target{Kind: server.Self}, server.Event{Name: "me", Args: args(quoted(sock.ID()))})
		}
		s.open("alice", v4)
		var hello struct {
			Sid                       string
			Upgrades                  []string
			PingInterval, PingTimeout int
		}
		frames := s.heard("alice")
		if len(frames) != 1 || json.Unmarshal([]byte(frames[0][1:]), &hello) != nil || hello.Sid == "" || hello.Upgrades == nil {
			t.Fatalf("got %q", frames)
		}
		s.send("alice", "40")
		frames = s.heard("alice")
		if len(frames) != 2 || !strings.HasPrefix(frames[0], `40{"sid":"`) || !strings.HasPrefix(frames[1], `42["me","`) {
			t.Fatalf("got %q", frames)
		}
		if strings.Contains(frames[0], hello.Sid) {
			t.Error("the socket has the id of its connection")
		}
		s.send("alice", "40/other,")
		if frames = s.heard("alice"); len(frames) != 2 || !strings.HasPrefix(frames[0], `40/other,{"sid":"`) {
			t.Fatalf("got %q", frames)
		}
		s.send("alice", "40/nope,")
		s.wants(`alice 44/nope,{"message":"Invalid namespace"}`)
		s.send("alice", "40/"+strings.Repeat("x", 4000)+",")
		if frames = s.heard("alice"); len(frames) != 1 || !strings.HasSuffix(frames[0], `{"message":"Invalid namespace"}`) {
			t.Fatalf("got %q", frames)
		}
		if s.Closed("alice") {
			t.Error("her connection is closed")
		}
	})
}

func TestAClientOfEngineIO3(t *testing.T) {
	inBubble(t, func(t *testing.T, s *stage) {
		s.serveRooms()
		s.join("bob")
		s.open("alice", v3+"&name=ada")
		var hello struct{ Sid string }
		frames := s.heard("alice")
		if len(frames) != 2 || json.Unmarshal([]byte(frames[0][1:]), &hello) != nil || frames[1] != "40" {
			t.Fatalf("got %q", frames)
		}
		s.ids["alice"] = hello.Sid
		s.send("alice", "2")
		s.wants("alice 3")
		s.send("alice", `420["join","r"]`)
		s.wants(`alice 430[["<alice>"]]`)
		s.send("bob", `42["to",`+quoted(hello.Sid)+`,"hi",1]`)
		s.wants(`alice 42["hi",1]`)
		s.send("alice", "40/other?x=1,")
		s.wants("alice 40/other,")
		s.send("alice", `42/other,["to",`+quoted("/other#"+hello.Sid)+`,"hi",2]`)
		s.wants(`alice 42/other,["hi",2]`)
		s.send("alice", `42["to",`+quoted("/other#"+hello.Sid)+`,"hi",3]`) // of another namespace
		s.wants()
	})
}

func TestWhatIsNoProtocolEndsTheConnection(t *testing.T) {
	for name, frame := range map[string]string{
		"an event before the CONNECT": `42/x,["hi"]`, "no packet": "hello", "an open array": `42["hi"`,
		"a reserved name": `42["disconnect"]`, "an acknowledgement of nothing": "43/x,1[]", "a connect_error": `44{"message":"x"}`,
		"an id of twenty digits": `4212345678901234567890["hi"]`,
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, s *stage) {
				s.join("alice", "bob")
				s.send("alice", frame)
				if !s.Closed("alice") || s.Closed("bob") {
					t.Errorf("closed: alice %t, bob %t", s.Closed("alice"), s.Closed("bob"))
				}
			})
		})
	}
}

// socket.io-client 4.6.0 says it twice where a connection has several namespaces.
func TestASecondConnectChangesNothing(t *testing.T) {
	inBubble(t, func(t *testing.T, s *stage) {
		s.join("alice")
		s.send("alice", "40")
		s.wants()
		s.send("alice", "2")
		s.wants("alice 3")
	})
}

func TestARelayToAnIDReadsNothing(t *testing.T) {
	inBubble(t, func(t *testing.T, s *stage) {
		s.serveRooms()
		s.join("alice", "bob")
		s.send("alice", `42["to",`+quoted(s.ids["bob"])+`,"offer",{"sdp":"v=0"}]`)
		s.wants(`bob 42["offer",{"sdp":"v=0"}]`)
		if n := s.reads.take(); n != 0 {
			t.Errorf("%v RRU", n)
		}
		other := s.newProcess() // which reads her connection once
		for range 3 {
			s.sendTo(other, "alice", `42["to",`+quoted(s.ids["bob"])+`,"hi"]`)
		}
		s.wants(`bob 42["hi"]`, `bob 42["hi"]`, `bob 42["hi"]`)
		if n := s.reads.take(); n != 0.5 {
			t.Errorf("%v RRU", n)
		}
		for _, forged := range []string{"nobody", s.ids["bob"][1:], s.ids["bob"] + "x", strings.Repeat("A", 80)} {
			s.send("alice", `42["to",`+quoted(forged)+`,"hi"]`)
		}
		s.wants()
	})
}

func TestARoomIsReadOnce(t *testing.T) {
	inBubble(t, func(t *testing.T, s *stage) {
		s.serveRooms()
		s.join("alice", "bob", "carol")
		s.send("alice", `421["join","r"]`)
		s.send("bob", `422["join","r"]`)
		s.wants(`alice 431[["<alice>"]]`, `bob 432[["<alice>","<bob>"]]`, `alice 42["joined","<bob>"]`)
		if n := s.reads.take(); n != 0 {
			t.Errorf("joining: %v RRU", n)
		}
		s.send("alice", `42["mine","hello"]`)
		s.send("carol", `42["to","r","hello"]`)
		s.wants(`bob 42["said","hello"]`, `alice 42["hello"]`, `bob 42["hello"]`)
		if n := s.reads.take(); n != 0.5+1 { // and that r is nobody's name
			t.Errorf("%v RRU", n)
		}
		s.send("alice", `42["mine",{"type":"offer","sdp":"v=0"}]`) // must not miss who has just come
		if n := s.reads.take(); n != 1 {
			t.Errorf("a description: %v RRU", n)
		}
		s.Take()
		s.send("alice", `423["leave","r"]`)
		s.send("alice", `424["leave","r"]`)
		s.send("bob", `42["mine","anybody?"]`)
		s.wants("alice 433[true]", "alice 434[false]")
	})
}

func TestASecondRoomIsKnownToAllProcesses(t *testing.T) {
	inBubble(t, func(t *testing.T, s *stage) {
		s.serveRooms()
		s.join("alice", "bob", "carol")
		s.send("bob", `42["join","one"]`)
		s.send("carol", `42["join","two"]`)
		s.send("alice", `42["join","one"]`)
		other := s.newProcess()
		s.Take()
		s.sendTo(other, "alice", `42["mine",1]`)
		s.wants(`bob 42["said",1]`)
		s.send("alice", `42["join","two"]`)
		s.Take()
		s.sendTo(other, "alice", `42["mine",2]`)
		s.wants(`bob 42["said",2]`, `carol 42["said",2]`)
		s.send("alice", `42["leave","one"]`)
		s.sendTo(other, "alice", `42["mine",3]`)
		s.wants(`carol 42["said",3]`)
	})
}

func TestAJoinThatIsOvertakenIsWaitedFor(t *testing.T) {
	inBubble(t, func(t *testing.T, s *stage) {
		s.serveRooms()
		s.join("alice", "bob")
		s.send("bob", `42["join","r"]`)
		other := s.newProcess()
		done := make(chan struct{})
		go func() {
			defer close(done)
			s.sendTo(other, "alice", `42["mine","early"]`)
		}()
		passes(200 * time.Millisecond)
		s.Take()
		s.send("alice", `42["join","r"]`)
		<-done
		frames := s.heard("bob")
		if !slices.Contains(frames, `42["said","early"]`) {
			t.Errorf("got %q", frames)
		}
		began := time.Now()
		s.join("carol")
		for range 20 { // who is in no room does not keep the function busy
			s.send("carol", `42["mine","?"]`)
		}
		if took := time.Since(began); took > 17*time.Second {
			t.Errorf("it waited for %v", took)
		}
	})
}

func TestNamesAndData(t *testing.T) {
	inBubble(t, func(t *testing.T, s *stage) {
		s.serveRooms()
		s.lab.needs.Own = true
		s.join("alice", "bob")
		s.send("alice", `42["name","ada"]`)
		s.send("alice", `42["join","r"]`)
		s.send("alice", `42["set",{"a":1}]`)
		s.send("bob", `420["who","r"]`)
		s.wants(`bob 430[[{"ID":"<alice>","Name":"ada","Data":{"k":{"a":1}}}]]`)
		s.send("bob", `42["to","ada","hi"]`)
		s.wants(`alice 42["hi"]`)
		s.send("bob", `42["name","ada",true]`) // exclusive, and she lives
		s.send("bob", `42["to","ada","hi"]`)
		s.wants(`alice 42["hi"]`)
		s.send("alice", `42["name","countess"]`)
		s.send("bob", `42["to","ada","hi"]`)
		s.wants()
		s.send("bob", `42["to","countess","hi"]`)
		s.wants(`alice 42["hi"]`)
	})
}

// What a client asks for beyond the bounds is no fault of the service's.
func TestWhatIsTooLongIsAComplaint(t *testing.T) {
	inBubble(t, func(t *testing.T, s *stage) {
		s.join("alice")
		long := strings.Repeat("x", 400)
		for what, ask := range map[string]func(context.Context, server.Socket) error{
			"a room": func(ctx context.Context, sock server.Socket) error {
				_, err := sock.Join(ctx, long, 0)
				return err
			},
			"a room with a socket's id": func(ctx context.Context, sock server.Socket) error {
				_, err := sock.Join(ctx, sock.ID(), 0)
				return err
			},
			"a queue": func(ctx context.Context, sock server.Socket) error {
				_, err := sock.Pair(ctx, long)
				return err
			},
			"a name": func(ctx context.Context, sock server.Socket) error { return sock.SetName(ctx, long, false) },
			"data": func(ctx context.Context, sock server.Socket) error {
				return sock.SetData(ctx, map[string]json.RawMessage{"k": json.RawMessage(`"` + long + `"`)})
			},
		} {
			s.lab.event = func(ctx context.Context, sock server.Socket, _ server.Event) error {
				err := ask(ctx, sock)
				if _, ok := errors.AsType[server.Complaint](err); !ok {
					t.Errorf("%s: got %v", what, err)
				}
				return nil
			}
			s.send("alice", `42["ask"]`)
		}
	})
}

func TestTheDeadMakeRoom(t *testing.T) {
	inBubble(t, func(t *testing.T, s *stage) {
		s.serveRooms()
		rooms := s.lab.event
		s.lab.event = func(ctx context.Context, sock server.Socket, e server.Event) error {
			if e.Name != "two" {
				return rooms(ctx, sock, e)
			}
			_, err := sock.Join(ctx, "r", 2)
			if err != nil {
				return sock.Ack(ctx, args(quoted(err.Error())), nil)
			}
			return sock.Ack(ctx, args("true"), nil)
		}
		s.join("alice", "bob", "carol")
		for _, conn := range []string{"alice", "bob", "carol"} {
			s.send(conn, `420["two"]`)
		}
		s.wants("alice 430[true]", "bob 430[true]", `carol 430["the room is full"]`)
		s.Cut("alice")
		s.send("carol", `420["two"]`)
		s.wants(`bob 42["left","<alice>","r"]`, "carol 430[true]")
	})
}

func TestABinaryEventComesInPieces(t *testing.T) {
	inBubble(t, func(t *testing.T, s *stage) {
		s.serveRooms()
		s.join("alice", "bob")
		s.send("alice", `452-["to",`+quoted(s.ids["bob"])+`,"bin",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]`)
		s.sendTo(s.newProcess(), "alice", "bAQID")
		s.wants()
		s.send("alice", "bBAUG")
		s.wants(`bob 452-["bin",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]`, "bob bAQID", "bob bBAUG")
		s.now = s.now.Add(time.Second)
		s.send("alice", `452-["to",`+quoted(s.ids["bob"])+`,"bin",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]`)
		s.send("alice", "bAQID")
		s.now = s.now.Add(-time.Millisecond) // in the same one
		s.send("alice", "bBAUG")
		s.wants() // one might stand for the other
		s.now = s.now.Add(time.Second)
		s.send("alice", "bAQID") // of nothing
		s.wants()
		if s.Closed("alice") || s.Closed("bob") {
			t.Error("a connection was closed")
		}
	})
}

// TestWhoAddsTheLastPieceCarriesOutAllThatIsComplete has those who saw the first of two events complete
// overtaken before they took it: nobody but the last looks again.
func TestWhoAddsTheLastPieceCarriesOutAllThatIsComplete(t *testing.T) {
	inBubble(t, func(t *testing.T, s *stage) {
		s.serveRooms()
		s.join("alice", "bob")
		event := func(word string) string {
			return `451-["to",` + quoted(s.ids["bob"]) + `,` + quoted(word) + `,{"_placeholder":true,"num":0}]`
		}
		for _, frame := range []string{event("one"), "bAQID", event("two")} {
			s.now = s.now.Add(time.Millisecond)
			p := socketio.Piece{At: s.now, Frame: frame}
			if _, _, err := s.kept.AddPiece(t.Context(), "alice", p, s.now.Add(time.Minute), s.now); err != nil {
				t.Fatal(err)
			}
		}
		s.send("alice", "bBAUG")
		s.wants(`bob 451-["one",{"_placeholder":true,"num":0}]`, "bob bAQID",
			`bob 451-["two",{"_placeholder":true,"num":0}]`, "bob bBAUG")
	})
}

func TestABusyConnectionIsPinged(t *testing.T) {
	inBubble(t, func(t *testing.T, s *stage) {
		s.serveRooms()
		s.join("alice", "bob")
		s.send("alice", `42["to",`+quoted(s.ids["bob"])+`,"hi"]`)
		s.wants(`bob 42["hi"]`)
		s.now = s.now.Add(5 * time.Minute)
		s.send("alice", `42["to",`+quoted(s.ids["bob"])+`,"hi"]`)
		s.wants(`bob 42["hi"]`, "bob 2", "alice 2")
		s.send("alice", `42["to",`+quoted(s.ids["bob"])+`,"hi"]`)
		s.send("bob", "3")
		s.wants(`bob 42["hi"]`)
		if n := s.reads.take(); n != 0 {
			t.Errorf("%v RRU", n)
		}
	})
}

func TestWhoMayNotConnectIsTold(t *testing.T) {
	inBubble(t, func(t *testing.T, s *stage) {
		s.lab.admit = func(_ context.Context, sock server.Socket) error {
			if auth := string(sock.Auth()); auth == `{"k":1}` || strings.Contains(auth, `"token":"xxx`) {
				return nil
			}
			return &server.Refusal{Message: "no", Data: json.RawMessage(`{"why":"k"}`)}
		}
		s.open("alice", v4)
		s.Take()
		s.send("alice", `40{"k":2}`)
		s.wants(`alice 44{"message":"no","data":{"why":"k"}}`)
		s.connect("alice", `40{"k":1}`)
		s.open("bob", v4)
		s.connect("bob", `40{"token":"`+strings.Repeat("x", 600)+`","k":2}`) // the app's own
		s.lab.event = func(ctx context.Context, sock server.Socket, _ server.Event) error {
			return sock.Ack(ctx, []json.RawMessage{sock.Auth()}, nil)
		}
		s.send("bob", `421["auth?"]`)
		s.wants(`bob 431[{"k":2}]`)
		if s.Closed("alice") {
			t.Error("her connection was closed")
		}
	})
}

func TestTwoArePaired(t *testing.T) {
	inBubble(t, func(t *testing.T, s *stage) {
		s.lab.event = func(ctx context.Context, sock server.Socket, e server.Event) error {
			room, err := sock.Pair(ctx, "q")
			if err != nil || room == "" {
				return err
			}
			return sock.Emit(ctx, server.Target{Kind: server.Others, To: room}, server.Event{Name: "paired"})
		}
		s.join("alice", "bob", "carol")
		s.send("alice", `42["find"]`)
		s.send("bob", `42["find"]`)
		s.wants(`alice 42["paired"]`)
		s.send("carol", `42["find"]`)
		s.wants()
		s.ends("carol", 1001, "")
		s.join("dora", "emil")
		s.send("dora", `42["find"]`)
		s.wants()
		s.send("emil", `42["find"]`)
		s.wants(`dora 42["paired"]`)
	})
}

func TestWhoJoinsAgainKeepsItsPlace(t *testing.T) {
	inBubble(t, func(t *testing.T, s *stage) {
		s.serveRooms()
		s.join("alice", "bob")
		s.send("alice", `420["join","r"]`)
		s.send("bob", `420["join","r"]`)
		s.Take()
		s.send("alice", `421["join","r"]`)
		s.wants(`alice 431[["<alice>","<bob>"]]`, `bob 42["joined","<alice>"]`)
	})
}

func TestAnEventThatItsEndOvertookIsIgnored(t *testing.T) {
	inBubble(t, func(t *testing.T, s *stage) {
		s.serveRooms()
		s.join("alice", "bob")
		s.send("alice", "41")
		s.send("alice", `42["to",`+quoted(s.ids["bob"])+`,"late"]`)
		s.wants()
		if s.Closed("alice") {
			t.Error("her connection is closed, which has other sockets")
		}
		s.connect("alice", "40")
		s.send("alice", `42["to",`+quoted(s.ids["bob"])+`,"hi"]`)
		s.wants(`bob 42["hi"]`)
	})
}

func TestWhoIsInNoRoomForLongIsWaitedForBriefly(t *testing.T) {
	inBubble(t, func(t *testing.T, s *stage) {
		s.serveRooms()
		s.join("alice")
		s.now = s.now.Add(time.Minute)
		began := time.Now()
		for range 10 {
			s.send("alice", `42["mine","?"]`)
		}
		if took := time.Since(began); took > 2*time.Second {
			t.Errorf("ten events waited for %v", took)
		}
	})
}
