package apigw_test

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gobwas/ws"
	"go.uber.org/goleak"

	"github.com/parley-rtc/parley/localdev/internal/apigw"
	"github.com/parley-rtc/parley/localdev/internal/clock"
	"github.com/parley-rtc/parley/localdev/internal/template"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const patience = 2 * time.Minute // for what must happen; a loaded machine may take long

// endless is a listener whose connections wait for their clients for ever: what ends one is an
// event, not time.
type endless struct{ net.Listener }

func (l endless) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return untimed{c.(*net.TCPConn)}, nil
}

type untimed struct{ *net.TCPConn }

func (c untimed) SetReadDeadline(t time.Time) error {
	if t.After(time.Now()) {
		return nil
	}
	return c.TCPConn.SetReadDeadline(t) // by which net/http gets hold of a socket that it reads
}

type noMeter struct{}

func (noMeter) Opened(string)  {}
func (noMeter) Closed(string)  {}
func (noMeter) MessageIn(int)  {}
func (noMeter) MessageOut(int) {}

// start serves an API without routes at /prod.
func start(t *testing.T) (g *apigw.Gateway, addr string) {
	t.Helper()
	api := template.API{ID: "abcdef1234", Stage: "prod", RouteSelection: "$request.body.action"}
	g, err := apigw.New(api, apigw.Options{
		Region: "us-east-1", Mount: "/prod", Clock: &clock.Clock{}, Meter: noMeter{}, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(g)
	server.Listener = endless{server.Listener}
	server.Start()
	t.Cleanup(func() {
		g.Close()
		server.Close()
	})
	return g, server.Listener.Addr().String()
}

// dial returns a socket behind its handshake.
func dial(t *testing.T, addr string) (net.Conn, *bufio.Reader) {
	t.Helper()
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	_ = c.SetDeadline(time.Now().Add(patience))
	if _, err := io.WriteString(c, "GET /prod HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"+
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	in := bufio.NewReader(c)
	resp, err := http.ReadResponse(in, nil)
	if err != nil || resp.StatusCode != http.StatusSwitchingProtocols {
		t.Fatalf("got %v, %v", resp, err)
	}
	resp.Body.Close()
	return c, in
}

func masked(op ws.OpCode, fin bool, payload []byte) []byte {
	return ws.MustCompileFrame(ws.MaskFrame(ws.NewFrame(op, fin, payload)))
}

// A client that never ends its own side sees the end of the socket right behind both close frames,
// whoever was first and whatever else it has sent.
func TestTheSocketEndsWithTheHandshake(t *testing.T) {
	text := func(n int) []byte { return masked(ws.OpText, true, []byte(strings.Repeat("x", n))) }
	answer := masked(ws.OpClose, true, ws.NewCloseFrameBody(1000, ""))
	ping := masked(ws.OpPing, true, nil)
	join := func(frames ...[]byte) (all []byte) {
		for _, f := range frames {
			all = append(all, f...)
		}
		return all
	}
	part := masked(ws.OpText, false, []byte(strings.Repeat("x", 30_000)))
	more := masked(ws.OpContinuation, false, []byte(strings.Repeat("x", 30_000)))
	for name, tt := range map[string]struct {
		send []byte // before the close frame is read
		then []byte // after it
		want int
	}{
		"the client closes":                  {send: answer, want: 1000},
		"without a code":                     {send: masked(ws.OpClose, true, nil), want: 1005},
		"with a code of its own":             {send: masked(ws.OpClose, true, ws.NewCloseFrameBody(4000, "x")), want: 4000},
		"a binary frame":                     {send: masked(ws.OpBinary, true, []byte("xyz")), then: answer, want: 1003},
		"an empty one":                       {send: masked(ws.OpBinary, true, nil), then: answer, want: 1003},
		"a frame over 32 KB":                 {send: text(100_000), then: answer, want: 1009},
		"many of them, and nothing was read": {send: join(text(300_000), text(300_000), text(300_000), answer), want: 1009},
		"a message over 128 KB":              {send: join(part, more, more, more, more), then: answer, want: 1009},
		"text that is not UTF-8":             {send: masked(ws.OpText, true, []byte{0xff}), then: answer, want: 1007},
		"messages before the answer":         {send: masked(ws.OpBinary, true, nil), then: join(text(5), text(70_000), ping, answer), want: 1003},
		"a frame that is not masked":         {send: ws.MustCompileFrame(ws.NewTextFrame([]byte("xyz"))), then: answer, want: 1002},
		"reserved bits":                      {send: append([]byte{0xc1}, text(3)[1:]...), then: answer, want: 1002},
		"fragments out of order":             {send: masked(ws.OpContinuation, true, []byte("x")), then: answer, want: 1002},
		"a length that is none":              {send: []byte{0x81, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4}, want: 1002},
		"a bad close code":                   {send: masked(ws.OpClose, true, ws.NewCloseFrameBody(1005, "")), want: 1002},
		"a close reason that is not UTF-8":   {send: masked(ws.OpClose, true, ws.NewCloseFrameBody(1000, "\xff")), want: 1007},
		"a close frame that is too long":     {send: masked(ws.OpClose, true, make([]byte, 200)), want: 1002},
		"DELETE @connections":                {then: answer, want: 1000},
		"DELETE, and messages meanwhile":     {then: join(text(5), text(70_000), answer), want: 1000},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g, addr := start(t)
			c, in := dial(t, addr)
			if tt.send == nil {
				_, open := g.Connections(1)
				for _, it := range open {
					g.Delete(it.ConnectionID)
				}
			}
			if _, err := c.Write(tt.send); err != nil {
				t.Fatal(err)
			}
			if got, err := readClose(in); err != nil || got != tt.want {
				t.Fatalf("got %d, %v, want %d", got, err, tt.want)
			}
			if _, err := c.Write(tt.then); err != nil {
				t.Fatal(err)
			}
			if n, err := io.Copy(io.Discard, in); err != nil || n != 0 {
				t.Fatalf("got %d more bytes, %v; want the end", n, err)
			}
		})
	}
}

// readClose returns the code of the close frame, 1005 if it has none.
func readClose(in io.Reader) (int, error) {
	for {
		f, err := ws.ReadFrame(in)
		if err != nil {
			return 0, fmt.Errorf("read the close frame: %w", err)
		}
		switch {
		case f.Header.OpCode != ws.OpClose:
		case len(f.Payload) == 0:
			return 1005, nil
		default:
			return int(binary.BigEndian.Uint16(f.Payload)), nil
		}
	}
}
