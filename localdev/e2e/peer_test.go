package e2e_test

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/coder/websocket"
)

// patience is how long a test waits for what must come. It is no measure of speed.
const patience = 2 * time.Minute

// eventually looks again after each tick until it is true, and reports whether patience lasted.
func eventually(isTrue func() bool) bool {
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(patience); !isTrue(); <-tick.C {
		if time.Now().After(end) {
			return false
		}
	}
	return true
}

// frame is a server frame with the fields that tests read.
type frame struct {
	Type    string          `json:"type"`
	ID      string          `json:"id"`
	Action  string          `json:"action"`
	Room    string          `json:"room"`
	Peer    string          `json:"peer"`
	From    string          `json:"from"`
	Rev     int             `json:"rev"`
	Reason  string          `json:"reason"`
	Code    string          `json:"code"`
	Address string          `json:"address"`
	Resume  string          `json:"resume"`
	Data    json.RawMessage `json:"data"`
	N       int             `json:"n"`
	Retry   bool            `json:"retry"`
	Queued  bool            `json:"queued"`
	Strokes []any           `json:"strokes"`
	By      string          `json:"by"`
	Pass    string          `json:"pass"`
	Seats   int             `json:"seats"`
	Waiting []struct {
		Peer string          `json:"peer"`
		Data json.RawMessage `json:"data"`
	} `json:"waiting"`
	Peers []struct {
		Peer    string          `json:"peer"`
		Address string          `json:"address"`
		Data    json.RawMessage `json:"data"`
		Role    string          `json:"role"`
	} `json:"peers"`
}

// peer is one raw WebSocket client. Its frames are read as they come.
type peer struct {
	t      testing.TB
	socket *websocket.Conn
	frames chan frame
	closed chan websocket.StatusCode
}

func dial(t testing.TB, url string) *peer {
	t.Helper()
	return dialOffering(t, url, "parley.v1")
}

// dialOffering opens the socket of a client that offers those subprotocols.
func dialOffering(t testing.TB, url string, subprotocols ...string) *peer {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	socket, resp, err := websocket.Dial(ctx, url, &websocket.DialOptions{Subprotocols: subprotocols})
	if err != nil {
		t.Fatalf("dial %s: %v (%v)", url, err, resp)
	}
	socket.SetReadLimit(256 << 10)
	p := &peer{t: t, socket: socket, frames: make(chan frame, 128), closed: make(chan websocket.StatusCode, 1)}
	go p.read()
	t.Cleanup(func() { _ = socket.CloseNow() })
	return p
}

// readFrame reads one frame of a socket that nobody else reads.
func readFrame(t testing.TB, socket *websocket.Conn) frame {
	t.Helper()
	_, raw, err := socket.Read(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	var f frame
	if err := json.Unmarshal(raw, &f); err != nil {
		t.Fatal(err)
	}
	return f
}

func (p *peer) read() {
	defer close(p.frames)
	for {
		_, raw, err := p.socket.Read(context.Background())
		if err != nil {
			p.closed <- websocket.CloseStatus(err)
			return
		}
		var f frame
		if err := json.Unmarshal(raw, &f); err != nil {
			f = frame{Type: "unreadable: " + string(raw)}
		}
		p.frames <- f
	}
}

func (p *peer) send(format string, args ...any) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	frame := fmt.Appendf(nil, format, args...)
	plant(frame)
	if err := p.socket.Write(ctx, websocket.MessageText, frame); err != nil {
		p.t.Fatalf("send: %v", err)
	}
}

// next returns the next frame, which must be of that type.
func (p *peer) next(kind string) frame {
	p.t.Helper()
	select {
	case f, open := <-p.frames:
		if !open {
			p.t.Fatalf("closed while waiting for %s", kind)
		}
		if f.Type != kind {
			p.t.Fatalf("got %+v, want %s", f, kind)
		}
		return f
	case <-time.After(patience):
		p.t.Fatalf("no %s came", kind)
	}
	return frame{}
}

// fails sends a frame that must be answered with an error of that code.
func (p *peer) fails(code, format string, args ...any) {
	p.t.Helper()
	p.send(format, args...)
	if f := p.next("error"); f.Code != code {
		p.t.Fatalf("%.80s: got %+v, want code %s", fmt.Sprintf(format, args...), f, code)
	}
}

// quiet fails the test if anything was said to the peer before its own ping is answered.
func (p *peer) quiet() {
	p.t.Helper()
	p.send(`{"action":"ping"}`)
	p.next("pong")
}

func (p *peer) join(room, name string) frame {
	p.t.Helper()
	p.send(`{"action":"join","id":"j","room":%q,"peer":%q}`, room, name)
	return p.next("joined")
}

func (p *peer) close() {
	p.t.Helper()
	_ = p.socket.Close(websocket.StatusNormalClosure, "")
}

// closeCode waits for the server to close the socket.
func (p *peer) closeCode() websocket.StatusCode {
	p.t.Helper()
	select {
	case code := <-p.closed:
		return code
	case <-time.After(patience):
		p.t.Fatal("the socket stays open")
	}
	return 0
}
