package emulator_test

import (
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/gobwas/ws"

	"github.com/parley-rtc/parley/localdev/emulator"
)

func TestFramesOfAPIGatewayItself(t *testing.T) {
	w := start(t)
	c := w.dial("")
	frame := func(text string) string {
		return `^\{"message": "` + text + `", "connectionId":"` + regexp.QuoteMeta(c.id) + `", "requestId":"[A-Za-z0-9_-]{15}="\}$`
	}
	for _, tt := range []struct{ name, send, want string }{
		{"no route and no $default", `{"action":"nowhere"}`, frame("Forbidden")},
		{"not JSON", `hello`, frame("Forbidden")},
		{"empty", ``, frame("Forbidden")},
		{"an array", `[1]`, frame("Forbidden")},
		{"$connect cannot be selected", `{"action":"$connect"}`, frame("Forbidden")},
		{"$disconnect cannot be selected", `{"action":"$disconnect"}`, frame("Forbidden")},
		{"route keys are case-sensitive", `{"action":"Act"}`, frame("Forbidden")},
		{"10,000 levels of nesting", `{"action":` + strings.Repeat("[", 10_000) + strings.Repeat("]", 10_000) + `}`, frame("Forbidden")},
		{"function error", `{"action":"act","do":"error"}`, frame("Internal server error")},
		{"function exits", `{"action":"act","do":"exit"}`, frame("Internal server error")},
		{"function panics", `{"action":"act","do":"panic"}`, frame("Internal server error")},
		{"function times out", `{"action":"hasty","ms":60000}`, frame("Internal server error")},
		{"integration times out", `{"action":"short","ms":5000}`, frame("Endpoint request timed out")},
		{"the socket stays open", `{"action":"act","do":"post","data":"still"}`, `^still$`},
	} {
		run(t, tt.name, func(t *testing.T) {
			c.t = t
			c.send(tt.send)
			if got := c.text(); !regexp.MustCompile(tt.want).MatchString(got) {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

func TestAnswersOfFunctions(t *testing.T) {
	w := start(t)
	c := w.dial("")
	for _, tt := range []struct{ name, send, want string }{
		{"a body goes nowhere without a route response", `{"action":"act","data":"lost"}`, ""},
		{"a status of 500 is silent", `{"action":"act","status":500}`, ""},
		{"no answer is silent", `{"action":"act","do":"nothing"}`, ""},
		{"a route response sends the body", `{"action":"ask","data":"reply"}`, "reply"},
		{"a number is sent as it is written", `{"action":"ask","do":"answer","data":"{\"statusCode\":200,\"body\":1.50}"}`, "1.50"},
		{"a body that is an object fails", `{"action":"ask","do":"answer","data":"{\"statusCode\":200,\"body\":{}}"}`, "Internal server error"},
		{"a body that is an array fails", `{"action":"ask","do":"answer","data":"{\"statusCode\":200,\"body\":[1]}"}`, "Internal server error"},
		{"a large reply", `{"action":"ask","data":"` + strings.Repeat("x", 30_000) + `"}`, strings.Repeat("x", 30_000)},
	} {
		run(t, tt.name, func(t *testing.T) {
			c.t = t
			c.send(tt.send)
			if tt.want != "" {
				if got := c.text(); got != tt.want && (tt.want != "Internal server error" || !strings.HasPrefix(got, `{"message": "`+tt.want)) {
					t.Errorf("got %.100s, want %.100s", got, tt.want)
				}
				return
			}
			// Nothing was sent if what is asked for afterwards comes first. One function instance answers both, as the
			// first message is through once the log line of the second could be: so run them in turn.
			c.do("ask", map[string]any{"data": "next", "ms": 100})
			if got := c.text(); got != "next" {
				t.Errorf("got %s, want silence", got)
			}
		})
	}
	run(t, "an answer without a body is an empty frame", func(t *testing.T) {
		for _, answer := range []string{`{"statusCode":200}`, `{"statusCode":200,"body":null}`, `{"statusCode":200,"body":""}`} {
			c.do("ask", map[string]any{"do": "answer", "data": answer})
			if got := c.text(); got != "" {
				t.Errorf("%s: got %s", answer, got)
			}
		}
	})
}

func TestMessageEvent(t *testing.T) {
	w := start(t)
	c := w.dial("")
	const body = `{"action":"act","do":"event", "odd":"ü \u2028 \"\\/ <&>` + "\u2028" + `"}`
	c.send(body)
	raw := c.text()
	e := decode[map[string]any](t, raw)
	context := e["requestContext"].(map[string]any)
	for key, want := range map[string]any{
		"routeKey": "act", "eventType": "MESSAGE", "messageDirection": "IN", "stage": "prod", "connectionId": c.id,
		"apiId": w.APIs[0].ID, "domainName": w.APIs[0].ID + ".execute-api.us-east-1.amazonaws.com",
		"extendedRequestId": context["requestId"],
	} {
		if context[key] != want {
			t.Errorf("%s: got %v, want %v", key, context[key], want)
		}
	}
	if got := fmt.Sprint(context["identity"]); got != "map[sourceIp:127.0.0.1 userAgent:test/1.0]" {
		t.Errorf("identity: got %s", got)
	}
	if e["body"] != body {
		t.Errorf("body: got %s, want %s", e["body"], body)
	}
	if e["isBase64Encoded"] != false {
		t.Error("isBase64Encoded: want false")
	}
	wantKeys(t, e, "requestContext", "body", "isBase64Encoded")
	wantKeys(t, context, "routeKey", "messageId", "eventType", "extendedRequestId", "requestTime", "messageDirection", "stage",
		"connectedAt", "requestTimeEpoch", "identity", "requestId", "domainName", "connectionId", "apiId")
	wantForms(t, context)
	if !ids.MatchString(context["messageId"].(string)) {
		t.Errorf("messageId: got %v", context["messageId"])
	}
}

func TestFrames(t *testing.T) {
	w := start(t)
	// order is a message of n bytes that has itself answered with "got it".
	order := func(n int) []byte {
		m := `{"action":"act","do":"post","data":"got it","fill":"`
		return []byte(m + strings.Repeat("x", n-len(m)-2) + `"}`)
	}
	run(t, "a frame of 32 KB is delivered", func(t *testing.T) {
		c := w.dial("")
		c.frame(ws.OpText, true, order(32*1024))
		if got := c.text(); got != "got it" {
			t.Errorf("got %s", got)
		}
	})
	run(t, "fragments up to 128 KB are one message", func(t *testing.T) {
		c := w.dial("")
		m := order(128 * 1024)
		c.frame(ws.OpText, false, m[:32*1024])
		c.frame(ws.OpPing, true, []byte("between"))
		c.frame(ws.OpContinuation, false, m[32*1024:64*1024])
		c.frame(ws.OpContinuation, false, m[64*1024:96*1024])
		c.frame(ws.OpContinuation, true, m[96*1024:])
		if op, p := c.next(); op != ws.OpPong || string(p) != "between" {
			t.Errorf("got opcode %x %q, want a pong", op, p)
		}
		if got := c.text(); got != "got it" {
			t.Errorf("got %s", got)
		}
	})
	type frame struct {
		op      ws.OpCode
		fin     bool
		payload []byte
	}
	for _, tt := range []struct {
		name   string
		frames []frame
		code   int
	}{
		{"a frame over 32 KB", []frame{{ws.OpText, true, order(32*1024 + 1)}}, 1009},
		{"a frame of 1 MB", []frame{{ws.OpText, true, order(1024 * 1024)}}, 1009},
		{"a message over 128 KB", []frame{
			{ws.OpText, false, make([]byte, 32*1024)},
			{ws.OpContinuation, false, make([]byte, 32*1024)},
			{ws.OpContinuation, false, make([]byte, 32*1024)},
			{ws.OpContinuation, false, make([]byte, 32*1024)},
			{ws.OpContinuation, true, []byte("x")},
		}, 1009},
		{"binary", []frame{{ws.OpBinary, true, []byte{1, 2, 3}}}, 1003},
		{"invalid UTF-8", []frame{{ws.OpText, true, []byte{0xff}}}, 1007},
		{"a continuation of nothing", []frame{{ws.OpContinuation, true, []byte("x")}}, 1002},
		{"a text amid fragments", []frame{{ws.OpText, false, []byte("x")}, {ws.OpText, true, []byte("y")}}, 1002},
		{"a reserved opcode", []frame{{ws.OpCode(3), true, nil}}, 1002},
		{"a fragmented ping", []frame{{ws.OpPing, false, nil}}, 1002},
		{"a ping of 126 bytes", []frame{{ws.OpPing, true, make([]byte, 126)}}, 1002},
		{"a close frame of one byte", []frame{{ws.OpClose, true, []byte{3}}}, 1002},
		{"a close code that is reserved", []frame{{ws.OpClose, true, ws.NewCloseFrameBody(1005, "")}}, 1002},
		{"a close reason that is not UTF-8", []frame{{ws.OpClose, true, ws.NewCloseFrameBody(1000, "\xff")}}, 1007},
	} {
		run(t, tt.name, func(t *testing.T) {
			c := w.dial("")
			for _, f := range tt.frames {
				c.frame(f.op, f.fin, f.payload)
			}
			if code, reason := c.closed(); code != tt.code {
				t.Errorf("got %d %s, want %d", code, reason, tt.code)
			}
			if tt.code != 1002 {
				w.line("level=INFO", `msg="connection ended"`, fmt.Sprint("status=", tt.code), "do=")
			}
			c.conn.Close()
			e := decode[struct {
				RequestContext struct{ DisconnectStatusCode int }
			}](t, w.kept(c.id, "DISCONNECT"))
			if got := e.RequestContext.DisconnectStatusCode; got != tt.code {
				t.Errorf("$disconnect: got %d, want %d", got, tt.code)
			}
		})
	}
	run(t, "an unmasked frame", func(t *testing.T) {
		c := w.dial("")
		if err := ws.WriteFrame(c.conn, ws.NewTextFrame([]byte("x"))); err != nil {
			t.Fatal(err)
		}
		if code, _ := c.closed(); code != 1002 {
			t.Errorf("got %d, want 1002", code)
		}
	})
	run(t, "a reserved bit, as of permessage-deflate", func(t *testing.T) {
		c := w.dial("")
		f := ws.MaskFrame(ws.NewTextFrame([]byte("x")))
		f.Header.Rsv = ws.Rsv(true, false, false)
		if err := ws.WriteFrame(c.conn, f); err != nil {
			t.Fatal(err)
		}
		if code, _ := c.closed(); code != 1002 {
			t.Errorf("got %d, want 1002", code)
		}
	})
}

func TestOrder(t *testing.T) {
	run(t, "messages of one connection run at the same time", func(t *testing.T) {
		c := start(t).dial("")
		gone := filepath.Join(t.TempDir(), "gone")
		c.do("act", map[string]any{"do": "post", "data": "slow", "until": gone})
		c.do("act", map[string]any{"do": "post", "data": "fast"})
		first := c.text()
		write(t, gone, "")
		if second := c.text(); first != "fast" || second != "slow" {
			t.Errorf("got %s, %s; want fast, slow", first, second)
		}
	})
	run(t, "or one by one", func(t *testing.T) {
		c := start(t, func(o *emulator.Options) { o.Serial = true }).dial("")
		c.do("act", map[string]any{"do": "post", "data": "slow", "ms": 300})
		c.do("act", map[string]any{"do": "post", "data": "fast"})
		if first, second := c.text(), c.text(); first != "slow" || second != "fast" {
			t.Errorf("got %s, %s; want slow, fast", first, second)
		}
	})
}
