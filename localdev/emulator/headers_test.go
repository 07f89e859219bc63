package emulator_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gobwas/ws"

	"github.com/parley-rtc/parley/localdev/emulator"
)

// spelling gives a client headers that net/http would spell otherwise.
func spelling(d *ws.Dialer) {
	d.Header = ws.HandshakeHeaderHTTP{
		"test": {"test"}, "X-TWO": {"1"}, "x-two": {"2"}, "user-agent": {"small"}, "x-forwarded-for": {"192.0.2.1"},
		"x-forwarded-proto": {"http"}, "X-Token": {"t"},
	}
}

type headers struct {
	Headers           map[string]string
	MultiValueHeaders map[string][]string
	RequestContext    struct {
		Identity   struct{ UserAgent string }
		Authorizer struct{ Event string }
	}
}

func TestHeaderNames(t *testing.T) {
	recording := filepath.Join(t.TempDir(), "r.jsonl")
	w := start(t, func(o *emulator.Options) { o.Record = recording })
	front := startFront(t)
	run(t, "are spelled as the client spells them", func(t *testing.T) {
		c := w.dial("", spelling)
		e := decode[headers](t, w.kept(c.id, "CONNECT"))
		if e.Headers["test"] != "test" || e.Headers["Test"] != "" || e.RequestContext.Identity.UserAgent != "small" {
			t.Errorf("got %v", e)
		}
		if got := fmt.Sprint(e.MultiValueHeaders["X-TWO"], e.MultiValueHeaders["x-two"]); got != "[1 2] []" {
			t.Errorf("a name in two spellings: got %s, want all values under the first", got)
		}
		if e.Headers["X-Forwarded-For"] != "192.0.2.1, 127.0.0.1" || e.Headers["X-Forwarded-Proto"] != "https" ||
			e.Headers["x-forwarded-for"] != "" {
			t.Errorf("those that API Gateway adds: got %v", e.Headers)
		}
	})
	run(t, "so they are for an authorizer", func(t *testing.T) {
		w := startFacts(t, "guarded")
		c := w.dial("do=allow", spelling)
		connect := decode[headers](t, w.kept(c.id, "CONNECT"))
		asked := decode[headers](t, connect.RequestContext.Authorizer.Event)
		for _, e := range []headers{connect, asked} {
			if e.Headers["test"] != "test" || e.Headers["user-agent"] != "small" {
				t.Errorf("got %v", e.Headers)
			}
		}
		if a, b := asked.Headers["X-Amzn-Trace-Id"], connect.Headers["X-Amzn-Trace-Id"]; a != b || a == "" {
			t.Errorf("got the trace %s, then %s", a, b)
		}
	})
	run(t, "so they are for a mapping template", func(t *testing.T) {
		w := startFacts(t, "spelled")
		for name, want := range map[string]int{"x-sTatus": 204, "X-Status": 502} { // 204 opens
			_, err := w.tryDial("", func(d *ws.Dialer) { d.Header = ws.HandshakeHeaderHTTP{name: {"204"}} })
			if opened := err == nil; opened != (want == 204) {
				t.Errorf("%s: got %v", name, err)
			}
		}
	})
	run(t, "in a handshake on a connection that was used before", func(t *testing.T) {
		socket, err := net.Dial("tcp", w.Addr)
		if err != nil {
			t.Fatal(err)
		}
		defer socket.Close()
		_ = socket.SetDeadline(time.Now().Add(patience))
		post := "POST /prod/@connections/AAAAAAAAAAAAAAA= HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi"
		if _, err := io.WriteString(socket, post+"GET /prod HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\n"+
			"upgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n"+
			"long: one\r\n two\r\n\r\n"); err != nil {
			t.Fatal(err)
		}
		in := bufio.NewReader(socket)
		for _, want := range []int{410, 101} {
			resp, err := http.ReadResponse(in, nil)
			if err != nil {
				t.Fatal(err)
			}
			resp.Body.Close()
			if resp.StatusCode != want {
				t.Fatalf("got %s, want %d", resp.Status, want)
			}
		}
		var id string
		for _, c := range w.connections() {
			id = c["connectionId"]
		}
		e := decode[headers](t, w.kept(id, "CONNECT"))
		wantNames(t, e, "host", "long", "sec-websocket-key", "sec-websocket-version",
			"X-Amzn-Trace-Id", "X-Forwarded-For", "X-Forwarded-Port", "X-Forwarded-Proto")
		if got := e.Headers["long"]; got != "one two" {
			t.Errorf("a folded value: got %q", got)
		}
	})
	run(t, "a mapping of several levels writes them in lower case", func(t *testing.T) {
		w := &world{front.Emulator, t, front.log}
		for path, want := range map[string]string{"/chat/deep": "x-two", "/chat": "X-TWO"} {
			there := &emulator.Emulator{Addr: w.Addr, APIs: []emulator.API{{URL: "ws://" + w.Addr + path}}}
			c := (&world{there, t, w.log}).dial("", spelling)
			e := decode[headers](t, w.kept(c.id, "CONNECT"))
			if e.MultiValueHeaders[want] == nil {
				t.Errorf("%s: got %v", path, e.Headers)
			}
			for name := range e.Headers {
				if path == "/chat/deep" && name != strings.ToLower(name) {
					t.Errorf("%s: got %s", path, name)
				}
			}
		}
	})
	run(t, "a CloudFront Function writes them with capitals", func(t *testing.T) {
		there := &emulator.Emulator{Addr: front.Addr, APIs: []emulator.API{{URL: "ws://" + front.Addr + "/anywhere"}}}
		c := (&world{there, t, front.log}).dial("", spelling)
		e := decode[headers](t, front.kept(c.id, "CONNECT"))
		if e.Headers["Test"] != "test" || e.Headers["test"] != "" || e.Headers["Sec-Websocket-Key"] == "" {
			t.Errorf("got %v", e.Headers)
		}
	})
	run(t, "a recording has them as they were", func(t *testing.T) {
		w.eventually("a line of the recording", func() bool {
			text, err := os.ReadFile(recording)
			if err != nil {
				t.Fatal(err)
			}
			return strings.Contains(string(text), `"test":["test"]`) &&
				strings.Contains(string(text), `"user-agent":["small"]`)
		})
	})
}

// wantNames checks all names of an event's headers, in both of its maps.
func wantNames(t *testing.T, e headers, names ...string) {
	t.Helper()
	slices.Sort(names)
	var one, all []string
	for name := range e.Headers {
		one = append(one, name)
	}
	for name := range e.MultiValueHeaders {
		all = append(all, name)
	}
	slices.Sort(one)
	slices.Sort(all)
	if !slices.Equal(one, names) || !slices.Equal(all, names) {
		t.Errorf("got %v and %v, want %v", one, all, names)
	}
}
