package emulator_test

import (
	"encoding/base64"
	"regexp"
	"strings"
	"testing"

	"github.com/parley-rtc/parley/localdev/emulator"
)

func TestLogLines(t *testing.T) {
	const uuid = `[0-9a-f-]{36}`
	match := func(t *testing.T, w *world, pattern string) {
		t.Helper()
		w.t = t
		re := regexp.MustCompile(`(?m)` + pattern)
		w.eventually(pattern, func() bool { return re.MatchString(w.log.String()) })
	}
	w := start(t)
	c := w.dial("")
	run(t, "START, END and REPORT of a cold start", func(t *testing.T) {
		c.do("ask", map[string]any{"do": "log", "data": "hello"})
		c.text()
		match(t, w, `^Actor (`+uuid+`) START RequestId: `+uuid+` Version: \$LATEST$`)
		match(t, w, `^Actor `+uuid+` END RequestId: `+uuid+`$`)
		match(t, w, `^Actor `+uuid+` REPORT RequestId: `+uuid+`\tDuration: \d+\.\d\d ms\tBilled Duration: \d+ ms\tMemory Size: 128 MB\t`+
			`(Max Memory Used: \d+ MB\t)?Init Duration: \d+\.\d\d ms\t$`)
	})
	run(t, "REPORT of a warm start has no init", func(t *testing.T) {
		warm := regexp.MustCompile(`(?m)Memory Size: 128 MB\t(Max Memory Used: \d+ MB\t)?$`)
		w.t = t
		// An event that comes before the first instance asks for its next starts another.
		w.eventually("a warm start", func() bool {
			c.do("ask", map[string]any{"data": "x"})
			c.text()
			return warm.MatchString(w.log.String())
		})
	})
	run(t, "a time-out has a line of its own", func(t *testing.T) {
		c.do("hasty", map[string]any{"ms": 60000})
		c.text()
		match(t, w, `\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z `+uuid+` Task timed out after 1\.00 seconds$`)
	})
	run(t, "what was printed before the answer stands before END", func(t *testing.T) {
		const times = 50
		for range times {
			c.do("ask", map[string]any{"do": "log", "data": "before the answer"})
			c.text()
		}
		w.t = t
		w.eventually("all of it", func() bool { return strings.Count(w.log.String(), "before the answer") == times })
		ended := map[string]bool{}
		for line := range strings.Lines(w.log.String()) {
			name, rest, _ := strings.Cut(line, " ")
			id, text, _ := strings.Cut(rest, " ")
			ended[id] = ended[id] || strings.HasPrefix(text, "END ")
			if ended[id] && name == "Actor" && strings.Contains(text, "before the answer") {
				t.Fatalf("it stands after END: %s", line)
			}
		}
	})
	run(t, "functions of one folder go by their own names", func(t *testing.T) {
		match(t, w, `^Hasty `+uuid+` START RequestId: `+uuid+` Version: \$LATEST$`)
		if n := w.bill()["invocations"].(map[string]any); n["actor"] == 0.0 || n["Hasty"] != nil {
			t.Errorf("the bill is by folder: got %v", n)
		}
	})
	run(t, "INIT_REPORT of an init that failed", func(t *testing.T) {
		w := start(t, func(o *emulator.Options) { o.Env = map[string]string{"COLOUR": "crash-at-init"} })
		w.dial("").do("act", map[string]any{})
		match(t, w, `^Actor init INIT_REPORT Init Duration: \d+\.\d\d ms\tPhase: init\tStatus: error\tError Type: Runtime\.ExitError$`)
	})
}

func TestInvokeDetails(t *testing.T) {
	w := start(t)
	const path = "/2015-03-31/functions/localdev-Actor/invocations"
	tail := func(t *testing.T, body string) string {
		t.Helper()
		resp, _ := w.http("POST", path, body, "X-Amz-Log-Type", "Tail")
		log, err := base64.StdEncoding.DecodeString(resp.Header.Get("X-Amz-Log-Result"))
		if err != nil || len(log) > 4096 {
			t.Errorf("got %d bytes, %v", len(log), err)
		}
		return string(log)
	}
	run(t, "the log tail holds the event's own lines in order", func(t *testing.T) {
		for _, line := range []string{"first line", "second line"} {
			got := tail(t, `{"body":"{\"do\":\"log\",\"data\":\"`+line+`\"}"}`)
			if !regexp.MustCompile(`^START RequestId: [^\n]+\n` + line + `\nEND RequestId: [^\n]+\nREPORT RequestId: [^\n]+\t\n$`).MatchString(got) {
				t.Errorf("got %q", got)
			}
		}
	})
	run(t, "the log tail is the last 4 KB", func(t *testing.T) {
		got := tail(t, `{"body":"{\"do\":\"log\",\"data\":\"`+strings.Repeat("x", 9000)+`\"}"}`)
		if len(got) != 4096 || !strings.Contains(got, "REPORT") || strings.Contains(got, "START") {
			t.Errorf("got %d bytes", len(got))
		}
	})
	run(t, "the log tail of a crash", func(t *testing.T) {
		if got := tail(t, `{"body":"{\"do\":\"panic\",\"data\":\"oh dear\"}"}`); !strings.Contains(got, "oh dear") || !strings.Contains(got, "REPORT") {
			t.Errorf("got %q", got)
		}
	})
	run(t, "without Tail there is none", func(t *testing.T) {
		if resp, _ := w.http("POST", path, "{}"); resp.Header.Get("X-Amz-Log-Result") != "" {
			t.Error("there is")
		}
	})
	run(t, "the client context reaches the function", func(t *testing.T) {
		custom := base64.StdEncoding.EncodeToString([]byte(`{"custom":{"colour":"red"}}`))
		_, body := w.http("POST", path, `{"body":"{\"do\":\"client\"}"}`, "X-Amz-Client-Context", custom)
		if !strings.Contains(body, "red") {
			t.Errorf("got %s", body)
		}
	})
	run(t, "a client context that is no JSON is 400", func(t *testing.T) {
		for _, bad := range []string{"%", "eA==", strings.Repeat("IiAg", 1000)} {
			if resp, _ := w.http("POST", path, "{}", "X-Amz-Client-Context", bad); resp.StatusCode != 400 {
				t.Errorf("%.10s: got %s", bad, resp.Status)
			}
		}
	})
	run(t, "an asynchronous event that fails is tried twice again, after 1 and 2 minutes", func(t *testing.T) {
		w := start(t)
		tries := func() float64 { n, _ := w.bill()["invocations"].(map[string]any)["actor"].(float64); return n }
		w.http("POST", path, `{"body":"{\"do\":\"error\",\"data\":\"no\"}"}`, "X-Amz-Invocation-Type", "Event")
		w.eventually("the pause after the first try", func() bool { return strings.Count(w.log.String(), "it is tried again") == 1 })
		if n := tries(); n != 1 {
			t.Errorf("got %v tries before a minute has passed", n)
		}
		w.advance("1m")
		w.eventually("the second try", func() bool { return strings.Count(w.log.String(), "it is tried again") == 2 })
		w.advance("2m")
		w.eventually("the end", func() bool { return strings.Contains(w.log.String(), "failed for good") })
		if n := tries(); n != 3 {
			t.Errorf("got %v tries, want 3", n)
		}
	})
}

func TestSwitches(t *testing.T) {
	with := func(t *testing.T, name string, options ...func(*emulator.Options)) *world {
		t.Helper()
		return start(t, append(options, func(o *emulator.Options) {
			if err := o.Switches.Set(name); err != nil {
				t.Fatal(err)
			}
		})...)
	}
	run(t, "ping-resets-idle", func(t *testing.T) {
		w := with(t, "ping-resets-idle")
		c := w.dial("")
		w.advance("9m")
		c.frame(0x9, true, nil)
		if op, _ := c.next(); op != 0xa {
			t.Fatalf("got opcode %x, want a pong", op)
		}
		w.advance("9m")
		c.do("ask", map[string]any{"data": "here"})
		if got := c.text(); got != "here" {
			t.Errorf("got %s", got)
		}
	})
	run(t, "delete-closes-1005", func(t *testing.T) {
		w := with(t, "delete-closes-1005")
		c := w.dial("")
		w.http("DELETE", "/prod/@connections/"+c.id, "")
		if code, _ := c.closed(); code != 1005 {
			t.Errorf("client: got %d, want no code", code)
		}
		if e := decode[disconnected](t, w.kept(c.id, "DISCONNECT")).RequestContext; e.DisconnectStatusCode != 1000 {
			t.Errorf("$disconnect: got %d, want 1000 as ever", e.DisconnectStatusCode)
		}
	})
	run(t, "connect-timeout-502", func(t *testing.T) {
		if resp, _ := with(t, "connect-timeout-502", hurried).handshake("/prod?do=sleep"); resp.StatusCode != 502 {
			t.Errorf("got %s, want 502", resp.Status)
		}
	})
	run(t, "status-error-frame", func(t *testing.T) {
		c := with(t, "status-error-frame").dial("")
		c.do("act", map[string]any{"status": 500})
		if got := c.text(); !strings.HasPrefix(got, `{"message": "Internal server error", `) {
			t.Errorf("got %s", got)
		}
	})
	run(t, "double-slash-404", func(t *testing.T) {
		const path = "/prod//%40connections/AAAAAAAAAAAAAAA="
		resp, body := with(t, "double-slash-404").http("POST", path, "hello")
		if resp.StatusCode != 404 || body != noMethod("/@connections/AAAAAAAAAAAAAAA=", "POST") {
			t.Errorf("got %s %s", resp.Status, body)
		}
	})
	run(t, "an unknown one is named with those there are", func(t *testing.T) {
		var s emulator.Switches
		if err := s.Set("x"); err == nil || !strings.Contains(err.Error(), "ping-resets-idle") {
			t.Errorf("got %v", err)
		}
	})
}

func TestLongURL(t *testing.T) {
	w := start(t)
	fill := func(n int) string { return "/prod?x=" + strings.Repeat("y", n-len("/prod?x=")) }
	if resp, _ := w.handshake(fill(4096)); resp.StatusCode != 101 {
		t.Errorf("4,096 characters: got %s", resp.Status)
	}
	if resp, _ := w.handshake(fill(4097)); resp.StatusCode != 414 {
		t.Errorf("4,097 characters: got %s, want 414", resp.Status)
	}
}
