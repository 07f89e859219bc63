package emulator_test

import (
	"bufio"
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gobwas/ws"
	"go.uber.org/goleak"

	"github.com/parley-rtc/parley/localdev/emulator"
)

func TestMain(m *testing.M) {
	factsNeedAll()
	goleak.VerifyTestMain(m)
}

const patience = 2 * time.Minute // for what must happen; a loaded machine may take long

// world is a running emulator and what a test does with it.
type world struct {
	*emulator.Emulator
	t   *testing.T
	log *syncBuffer
}

// start runs testdata/template.yaml; options may change how.
func start(t *testing.T, options ...func(*emulator.Options)) *world {
	t.Helper()
	prove(t)
	log := &syncBuffer{}
	opt := emulator.Options{Template: "testdata/template.yaml", Log: slog.New(slog.NewTextHandler(log, nil)), Output: log}
	for _, o := range options {
		o(&opt)
	}
	e, err := emulator.Start(t.Context(), opt)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		e.Close()
		http.DefaultClient.CloseIdleConnections()
		if t.Failed() {
			t.Log(log.String())
		}
	})
	return &world{Emulator: e, t: t, log: log}
}

type syncBuffer struct {
	mu sync.Mutex
	b  strings.Builder
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *syncBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// client is a WebSocket client that can break every rule.
type client struct {
	t    *testing.T
	conn net.Conn
	r    io.Reader
	hs   ws.Handshake
	id   string
}

// dial connects with a query such as "status=200" and finds out the connection's ID.
func (w *world) dial(query string, options ...func(*ws.Dialer)) *client {
	w.t.Helper()
	before := map[string]bool{}
	for _, c := range w.connections() {
		before[c["connectionId"]] = true
	}
	c, err := w.tryDial(query, options...)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, info := range w.connections() {
		if !before[info["connectionId"]] {
			c.id = info["connectionId"]
		}
	}
	return c
}

func (w *world) tryDial(query string, options ...func(*ws.Dialer)) (*client, error) {
	d := ws.Dialer{Header: ws.HandshakeHeaderHTTP{"User-Agent": {"test/1.0"}}}
	for _, o := range options {
		o(&d)
	}
	url := w.APIs[0].URL
	if query != "" {
		url += "?" + query
	}
	ctx, cancel := context.WithTimeout(w.t.Context(), patience)
	defer cancel()
	conn, buffered, hs, err := d.Dial(ctx, url)
	if err != nil {
		return nil, err
	}
	w.t.Cleanup(func() { conn.Close() })
	c := &client{t: w.t, conn: conn, r: conn, hs: hs}
	if buffered != nil {
		c.r = io.MultiReader(io.LimitReader(buffered, int64(buffered.Buffered())), conn)
	}
	c.r = bufio.NewReader(c.r)
	return c, nil
}

func (c *client) frame(op ws.OpCode, fin bool, payload []byte) {
	c.t.Helper()
	if err := ws.WriteFrame(c.conn, ws.MaskFrame(ws.NewFrame(op, fin, payload))); err != nil {
		c.t.Fatal(err)
	}
}

func (c *client) send(text string) {
	c.t.Helper()
	c.frame(ws.OpText, true, []byte(text))
}

// do sends an order to the actor.
func (c *client) do(action string, order map[string]any) {
	c.t.Helper()
	order["action"] = action
	b, err := json.Marshal(order)
	if err != nil {
		c.t.Fatal(err)
	}
	c.send(string(b))
}

// next returns the next message or control frame.
func (c *client) next() (ws.OpCode, []byte) {
	c.t.Helper()
	_ = c.conn.SetReadDeadline(time.Now().Add(patience))
	var message []byte
	first := ws.OpCode(0xf)
	for {
		f, err := ws.ReadFrame(c.r)
		if err != nil {
			c.t.Fatalf("read a frame: %v", err)
		}
		if f.Header.Length > 32*1024 {
			c.t.Fatalf("got a frame of %d bytes", f.Header.Length)
		}
		if first == 0xf {
			first = f.Header.OpCode
		}
		message = append(message, f.Payload...)
		if f.Header.Fin {
			return first, message
		}
	}
}

// text returns the next text message.
func (c *client) text() string {
	c.t.Helper()
	op, payload := c.next()
	if op != ws.OpText {
		c.t.Fatalf("got opcode %x %q, want a text", op, payload)
	}
	return string(payload)
}

// closed returns the code and reason of the close frame that must come next, 1005 if it has none.
func (c *client) closed() (int, string) {
	c.t.Helper()
	op, payload := c.next()
	if op != ws.OpClose {
		c.t.Fatalf("got opcode %x %q, want a close frame", op, payload)
	}
	if len(payload) == 0 {
		return 1005, ""
	}
	return int(binary.BigEndian.Uint16(payload)), string(payload[2:])
}

// eof checks that the server ended the socket.
func (c *client) eof() {
	c.t.Helper()
	_ = c.conn.SetReadDeadline(time.Now().Add(patience))
	if n, err := io.Copy(io.Discard, c.r); err != nil || n != 0 {
		c.t.Fatalf("got %d more bytes, %v; want the end", n, err)
	}
}

// http sends a request to the one address and returns the answer with its body.
func (w *world) http(method, path, body string, headers ...string) (*http.Response, string) {
	w.t.Helper()
	req, err := http.NewRequestWithContext(w.t.Context(), method, "http://"+w.Addr+path, strings.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		w.t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	return resp, string(b)
}

func (w *world) connections() []map[string]string {
	w.t.Helper()
	_, body := w.http("GET", "/_localdev/connections", "")
	return decode[[]map[string]string](w.t, body)
}

func (w *world) bill() map[string]any {
	w.t.Helper()
	_, body := w.http("GET", "/_localdev/bill", "")
	return decode[map[string]any](w.t, body)
}

func (w *world) advance(d string) {
	w.t.Helper()
	if resp, body := w.http("POST", "/_localdev/clock", fmt.Sprintf(`{"advance":%q}`, d)); resp.StatusCode != 200 {
		w.t.Fatal(body)
	}
}

func decode[T any](t *testing.T, s string) T {
	t.Helper()
	var v T
	if err := json.Unmarshal([]byte(s), &v); err != nil {
		t.Fatalf("%v in %s", err, s)
	}
	return v
}

// kept returns the event of a kind that the gate has kept for a connection, once it has.
func (w *world) kept(id, kind string) string {
	w.t.Helper()
	var found string
	w.eventually("event "+kind+" of "+id, func() bool {
		_, body := w.http("GET", "/_localdev/tables/Events", "")
		for _, item := range decode[[]map[string]map[string]string](w.t, body) {
			if item["connection"]["S"] == id && item["kind"]["S"] == kind {
				found = item["event"]["S"]
			}
		}
		return found != ""
	})
	return found
}

// eventually waits until what is true; it looks again after each tick.
func (w *world) eventually(what string, isTrue func() bool) {
	w.t.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	end := time.After(patience)
	for !isTrue() {
		select {
		case <-tick.C:
		case <-end:
			w.t.Fatalf("%s did not come", what)
		}
	}
}
