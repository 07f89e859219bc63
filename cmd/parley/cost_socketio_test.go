package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/parley-rtc/parley/cmd/parley/internal/cost"
	"github.com/parley-rtc/parley/localdev/emulator"
)

// ioPeer speaks as a client of Socket.IO 4 does.
type ioPeer struct {
	socket  *websocket.Conn
	id, pid string
}

// dialIO connects to the namespace / with that auth.
func dialIO(ctx context.Context, t *testing.T, url, auth string) *ioPeer {
	t.Helper()
	socket, _, err := websocket.Dial(ctx, url+"?EIO=4&transport=websocket", nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = socket.CloseNow() })
	p := &ioPeer{socket: socket}
	_, err = p.hear(ctx, "0{")
	var connected string
	if err == nil {
		err = p.say(ctx, "40"+auth)
	}
	if err == nil {
		connected, err = p.hear(ctx, "40{")
	}
	var answer struct{ SID, PID string }
	if err == nil {
		err = json.Unmarshal([]byte(connected[2:]), &answer)
	}
	if err != nil {
		t.Fatal(err)
	}
	p.id, p.pid = answer.SID, answer.PID
	return p
}

// joins has the peer join a room, in which those are, which are told.
func (p *ioPeer) joins(ctx context.Context, t *testing.T, told ...*ioPeer) {
	t.Helper()
	if err := p.say(ctx, `42["join-call","r"]`); err != nil {
		t.Fatal(err)
	}
	for _, other := range told {
		if _, err := other.hear(ctx, `42["user-joined",`+strconv.Quote(p.id)); err != nil {
			t.Fatal(err)
		}
	}
}

func (p *ioPeer) say(ctx context.Context, packet string) error {
	return p.socket.Write(ctx, websocket.MessageText, []byte(packet))
}

// hear returns the next packet, which has to begin so.
func (p *ioPeer) hear(ctx context.Context, beginning string) (string, error) {
	_, raw, err := p.socket.Read(ctx)
	if err == nil && !strings.HasPrefix(string(raw), beginning) {
		err = fmt.Errorf("got %s, want %s…", raw, beginning)
	}
	return string(raw), err
}

// TestTheModelOfACallOfSocketIOIsARealCallsBill plays a call under a recipe, and compares what localdev metered with what
// the model says. How often a reading is spared depends on which instance gets an event.
func TestTheModelOfACallOfSocketIOIsARealCallsBill(t *testing.T) {
	t.Parallel()
	url := startService(t, func(o *emulator.Options) { o.Env["SOCKETIO_RECIPE"] = "join-call" })
	call := cost.Call{Peers: 3, Candidates: 2, FrameBytes: 100}
	playIO(t, url, call)
	awaitBill(t, url, call.SocketIO(cost.AsDeployed()))
}

// TestTheModelOfAReturnIsARealOnesBill: what is kept of a lost connection is gone six seconds later, so on a busy machine a
// client may come too late.
func TestTheModelOfAReturnIsARealOnesBill(t *testing.T) {
	t.Parallel()
	for range 5 {
		if comesBack(t) {
			return
		}
	}
	t.Error("five times she came back as another")
}

// comesBack has API Gateway end the connection of a quiet client. It reports whether that came back as the same, and then
// compares what localdev metered with what the model says.
func comesBack(t *testing.T) bool {
	t.Helper()
	url := startService(t, func(o *emulator.Options) { o.Env["SOCKETIO_RECIPE"] = "join-call" })
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	alice := dialIO(ctx, t, url, "")
	alice.joins(ctx, t, alice)
	advance(ctx, t, url, "10m1s")
	if _, err := alice.hear(ctx, "anything"); websocket.CloseStatus(err) != websocket.StatusGoingAway {
		t.Fatalf("got %v, want that the connection is ended", err)
	}
	start := cost.Call{Peers: 1, FrameBytes: 1}.SocketIO(cost.AsDeployed())
	start.WRU, start.RRU, start.Invocations = start.WRU-2, start.RRU-1, start.Invocations-1 // she stays
	var kept struct{ WRU float64 }
	for tick := time.Tick(10 * time.Millisecond); kept.WRU < start.WRU+2; <-tick { // the connection forgotten, the socket kept
		if ctx.Err() != nil {
			t.Fatal("nothing is kept of her socket")
		}
		bill(t, url, &kept)
	}
	if back := dialIO(ctx, t, url, `{"pid":`+strconv.Quote(alice.pid)+`}`); back.id != alice.id {
		return false
	}
	awaitBill(t, url, start.Plus(cost.Returns(1, cost.AsDeployed())))
	return true
}

func advance(ctx context.Context, t *testing.T, url, by string) {
	t.Helper()
	host, _, _ := strings.Cut(strings.TrimPrefix(url, "ws://"), "/")
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+host+"/_localdev/clock", strings.NewReader(`{"advance":"`+by+`"}`))
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		t.Fatalf("got %s", resp.Status)
	}
}

// awaitBill waits until localdev has metered what the model says.
func awaitBill(t *testing.T, url string, want cost.Usage) {
	t.Helper()
	var got struct {
		MessagesIn, MessagesOut, WRU, RRU float64
		Invocations                       map[string]float64
	}
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(patience); ; <-tick.C {
		bill(t, url, &got)
		invocations := got.Invocations["connect"] + got.Invocations["disconnect"] + got.Invocations["message"]
		if invocations == want.Invocations && got.MessagesIn == want.MessagesIn && got.MessagesOut == want.MessagesOut &&
			got.WRU == want.WRU && got.RRU >= want.RRU {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("the bill is %+v, the model says %+v", got, want)
		}
	}
}

// playIO is the call: all join, each pair exchanges its signals by the sockets' ids, all close their pages.
func playIO(t *testing.T, url string, call cost.Call) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	var peers []*ioPeer
	for range call.Peers {
		p := dialIO(ctx, t, url, "")
		peers = append(peers, p)
		p.joins(ctx, t, peers...)
	}
	for _, from := range peers {
		for _, to := range peers {
			if from == to {
				continue
			}
			for range 1 + call.Candidates { // the offer or the answer, and the candidates
				must(from.say(ctx, fmt.Sprintf(`42["signal",%q,%q]`, to.id, strings.Repeat("x", call.FrameBytes))))
				_, err := to.hear(ctx, `42["signal",`+strconv.Quote(from.id))
				must(err)
			}
		}
	}
	for i, p := range peers {
		must(p.socket.Close(websocket.StatusNormalClosure, ""))
		for _, other := range peers[i+1:] {
			_, err := other.hear(ctx, `42["user-left",`+strconv.Quote(p.id))
			must(err)
		}
	}
}
