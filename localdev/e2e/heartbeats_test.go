package e2e_test

import (
	"context"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/coder/websocket"

	"github.com/parley-rtc/parley/localdev/emulator"
)

var mocked = emulator.Options{Parameters: map[string]string{"Heartbeats": "mock"}}

// traffic is what API Gateway and Lambda charge.
type traffic struct{ in, invocations, pushes float64 }

func (s *stack) traffic(t testing.TB) traffic {
	t.Helper()
	var bill struct{ MessagesIn float64 }
	s.request(t, http.MethodGet, "/_localdev/bill", &bill)
	c := s.spent(t)
	return traffic{bill.MessagesIn, c.invocations, c.pushes}
}

// TestHeartbeatsWithoutAnInvocation has API Gateway settle what clients send all day, and everything
// else go its way.
func TestHeartbeatsWithoutAnInvocation(t *testing.T) {
	inOrder := mocked
	inOrder.Serial = true // what follows on a connection shows what came of the frame before
	s := startWith(t, inOrder)
	charges := func(what string, want traffic) {
		t.Helper()
		var got traffic
		if !eventually(func() bool { got = s.traffic(t); return got == want || got.invocations > want.invocations }) || got != want {
			t.Fatalf("after %s: %+v were charged, want %+v", what, got, want)
		}
	}
	frida, georg := dialOffering(t, s.ws+"?key=peerjs&id=frida&token=t1"), dialOffering(t, s.ws+"?key=peerjs&id=georg&token=t2")
	frida.next("OPEN")
	georg.next("OPEN")
	yves, zoe := dialOffering(t, s.ws), dialOffering(t, s.ws+"?dialect=y-webrtc")
	alice := dial(t, s.ws)
	for _, page := range []*peer{yves, zoe} {
		page.send(`{"type":"subscribe","topics":["notes"]}`)
	}
	s.subscribed(t, 2, 1)
	charges("five handshakes, two greetings and two subscriptions", traffic{in: 2, invocations: 9, pushes: 2})

	const heartbeats, pings = 30, 5
	for range heartbeats {
		frida.send(`{"type":"HEARTBEAT"}`)
	}
	for range pings {
		yves.beats()
	}
	zoe.send(`{ "type" : "ping" }`)
	zoe.next("pong")
	charges("heartbeats", traffic{in: 2 + heartbeats + pings + 1, invocations: 9, pushes: 2 + pings + 1})

	frida.send(`{"type":"OFFER","dst":"georg","payload":{"type":"data","connectionId":"c"}}`)
	georg.next("OFFER")
	georg.send(`{"type":"ANSWER","dst":"frida","payload":{"type":"data","connectionId":"c"}}`)
	frida.next("ANSWER") // and nothing before it
	yves.send(`{"type":"publish","topic":"notes","data":{"type":"ping"}}`)
	zoe.next("publish")
	alice.send(`{"action":"ping","id":"7"}`)
	if f := alice.next("pong"); f.ID != "7" {
		t.Errorf("got %+v, want the answer to 7", f)
	}
	charges("four other frames", traffic{in: 2 + heartbeats + pings + 1 + 4, invocations: 9 + 4, pushes: 2 + pings + 1 + 4})
}

// TestOurOwnProtocolIsAsEverWhereHeartbeatsAreMocked plays the transcript of a call against
// functions and API as they are deployed.
func TestOurOwnProtocolIsAsEverWhereHeartbeatsAreMocked(t *testing.T) {
	env := []string{"ROOM_SEATS=3", "GRACE=0", `ICE_SERVERS=[{"urls":["stun:stun.example.org"]}]`}
	const transcript = "../../internal/dialect/native/testdata/call.txt"
	ours, theirs := startWith(t, mocked, env...), start(t, env...)
	for _, s := range []*stack{ours, theirs} {
		s.play(t, transcript)
	}
	const events = 2 + 11 + 1 // handshakes, frames, $disconnect
	var mine, other cost
	if !eventually(func() bool {
		mine, other = ours.spent(t), theirs.spent(t)
		return mine == other && mine.invocations == events
	}) {
		t.Errorf("the call costs %v, and %v where heartbeats are not mocked", mine, other)
	}
}

// TestNoActionIsTakenForAType sends what would select another route if the parts of a key were not
// told apart, and wants what is answered where there is one route.
func TestNoActionIsTakenForAType(t *testing.T) {
	plain, mock := dialRaw(t, start(t).ws), dialRaw(t, startWith(t, mocked).ws)
	for _, frame := range []string{
		`{"action":"HEART","type":"BEAT","id":"1"}`, `{"action":"p","type":"ing","id":"1"}`, `{"action":"onlyping","id":"1"}`,
		`{"action":"only","type":"ping","id":"1"}`, `{"action":"onlyHEARTBEAT","type":"","id":"1"}`, `{"action":"HEARTBEAT","id":"1"}`,
		`{"action":"$connect","id":"1"}`, `{"action":"$disconnect","id":"1"}`, `{"action":"$default","id":"1"}`,
		`{"type":"$connect","id":"1"}`, `{"action":"ping","type":"HEARTBEAT","id":"1"}`, `{"action":["only"],"type":"ping","id":"1"}`,
		`{"action":"ping","id":"\u0037"}`, `{"type":"onlyping","id":"1"}`, `{"type":["ping"],"id":"1"}`, `{"type":"Ping","id":"1"}`,
		`{"x":{"type":"ping"},"id":"1"}`, `["ping"]`, `"HEARTBEAT"`, `onlyping`,
	} {
		want := plain.ask(frame)
		if got := mock.ask(frame); got != want {
			t.Errorf("%s: got %s, want %s", frame, got, want)
		}
	}
	if got := mock.ask(`{"type":"ping"}`); got != `{"type":"pong"}` {
		t.Errorf("got %s", got)
	}
}

// raw is a client of parley.v1 that reads bytes.
type raw struct {
	t      *testing.T
	socket *websocket.Conn
}

func dialRaw(t *testing.T, url string, subprotocols ...string) raw {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	socket, _, err := websocket.Dial(ctx, url, &websocket.DialOptions{Subprotocols: subprotocols})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = socket.CloseNow() })
	return raw{t, socket}
}

func (r raw) say(frame string) {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(r.t.Context(), patience)
	defer cancel()
	if err := r.socket.Write(ctx, websocket.MessageText, []byte(frame)); err != nil {
		r.t.Fatal(err)
	}
}

func (r raw) hear() string {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(r.t.Context(), patience)
	defer cancel()
	_, frame, err := r.socket.Read(ctx)
	if err != nil {
		r.t.Fatal(err)
	}
	return string(frame)
}

func (r raw) ask(frame string) string {
	r.t.Helper()
	r.say(frame)
	return r.hear()
}

var placeholder = regexp.MustCompile(`<[^>"]+→[^>"]+>`)

// play lets clients say and hear what a transcript has, with the addresses that they are told in
// place of its placeholders.
func (s *stack) play(t *testing.T, file string) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	clients, addresses := map[string]raw{}, map[string]string{}
	for line := range strings.Lines(string(text)) {
		who, step, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		word, rest, _ := strings.Cut(step, " ")
		switch word {
		case "connects":
			clients[who] = dialRaw(t, s.ws, strings.Fields(rest)...)
		case ">":
			clients[who].say(placeholder.ReplaceAllStringFunc(rest, func(p string) string { return addresses[p] }))
		case "<":
			got := clients[who].hear()
			if want := learn(rest, got, addresses); got != want {
				t.Fatalf("%s heard %s, want %s", who, got, want)
			}
		case "disconnects":
			_ = clients[who].socket.Close(websocket.StatusNormalClosure, "")
		}
	}
}

// learn returns what the line is with the addresses in place, and takes those that are new from the frame.
func learn(line, frame string, addresses map[string]string) string {
	names := placeholder.FindAllString(line, -1)
	parts := placeholder.Split(line, -1)
	for i := range parts {
		parts[i] = regexp.QuoteMeta(parts[i])
	}
	if found := regexp.MustCompile("^" + strings.Join(parts, `([^"]+)`) + "$").FindStringSubmatch(frame); found != nil {
		for i, name := range names {
			addresses[name] = found[i+1]
		}
	}
	return placeholder.ReplaceAllStringFunc(line, func(p string) string { return addresses[p] })
}
