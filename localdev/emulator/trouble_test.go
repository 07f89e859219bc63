package emulator_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/gobwas/ws"

	"github.com/parley-rtc/parley/localdev/emulator"
)

func odd(o *emulator.Options) { o.Template = "testdata/odd.yaml" }

// line waits for a line of localdev's own log with all of these in it.
func (w *world) line(parts ...string) string {
	w.t.Helper()
	found := ""
	w.eventually(fmt.Sprintf("a line with %q", parts), func() bool {
		for line := range strings.Lines(w.log.String()) {
			has := strings.HasPrefix(line, "time=")
			for _, part := range parts {
				has = has && strings.Contains(line, part)
			}
			if has {
				found = line
			}
		}
		return found != ""
	})
	return found
}

// wantNothingOf checks that localdev's own lines have none of what only clients said.
func (w *world) wantNothingOf(secret string) {
	w.t.Helper()
	for line := range strings.Lines(w.log.String()) {
		if strings.HasPrefix(line, "time=") && strings.Contains(line, secret) {
			w.t.Errorf("the log has what a client said: %s", line)
		}
	}
}

const malformed = `aws="Execution failed due to configuration error: Malformed Lambda proxy response"`

func TestFailedMessagesSayWhy(t *testing.T) {
	w := start(t, odd)
	c := w.dial("")
	const internal, silent = "Internal server error", ""
	answer := func(text string) map[string]any { return map[string]any{"answer": text} }
	for _, tt := range []struct {
		name, route string
		order       map[string]any
		level, why  string // of the line, and in the console
		rest        string // of the line
		frame       string
	}{
		{"no statusCode", "ask", answer(`{"a":1}`), "WARN", "the answer has no statusCode", malformed, internal},
		{"a string", "ask", answer(`"OK"`), "WARN", "the answer is a string", malformed, internal},
		{"a number", "ask", answer(`7`), "WARN", "the answer is a number", malformed, internal},
		{"null", "ask", answer(`null`), "WARN", "the function answered nothing", malformed, internal},
		{"an array", "ask", answer(`[1]`), "WARN", "the answer is an array", malformed, internal},
		{"no JSON", "ask", answer(`hello`), "WARN", `the answer is no JSON: it has \"hello\" at byte 0`, malformed, internal},
		{"a statusCode out of range", "ask", answer(`{"statusCode":999}`), "WARN", "the answer's statusCode is 999, which is no whole number from 200", malformed, internal},
		{"a body that is no base64", "ask", answer(`{"statusCode":200,"isBase64Encoded":true,"body":"%"}`), "WARN", "its body is no base64", malformed, internal},
		{"a member that no answer has", "ask", answer(`{"statusCode":200,"Data":"x"}`), "WARN", `the answer has a member \"Data\"`, malformed, internal},
		{"such a member, unheard", "act", answer(`{"statusCode":200,"Other":"x"}`), "WARN", `the answer has a member \"Other\"`, malformed, internal},
		{"a body that is an object", "ask", answer(`{"statusCode":200,"body":{"a":1}}`), "WARN", "the answer's body is an object, not a string", malformed, internal},
		{"its own 500, heard", "ask", answer(`{"statusCode":500,"body":"sorry"}`), "WARN", "the function answered statusCode 500", "status=500", "sorry"},
		{"its own 500, unheard", "act", answer(`{"statusCode":500}`), "WARN", "the function answered statusCode 500, which no client is told", "status=500", silent},
		{"its own 404, unheard", "act", answer(`{"statusCode":404}`), "INFO", "the function answered statusCode 404, which no client is told", "status=404", silent},
		{"a string, unheard", "act", answer(`"OK"`), "INFO", "the answer is a string", malformed, silent},
		{"null, unheard", "act", answer(`null`), "INFO", "the function answered nothing", malformed, silent},
		{
			"an error", "act",
			map[string]any{"error": map[string]string{"errorType": "TypeError", "errorMessage": "x is not a function"}},
			"WARN",
			"the function failed: TypeError: x is not a function",
			`aws="Lambda execution failed with status 200 due to customer function error: x is not a function"`, internal,
		},
		{"an exit", "act", map[string]any{"exit": 3}, "WARN", "the function's process ended before it answered: Runtime exited with error: exit status 3", "customer function error", internal},
		{"an answer that is too large", "act", map[string]any{"size": 6*1024*1024 + 101}, "WARN", "the function's answer is too large", "128 KB", internal},
		{"a time-out", "hasty", map[string]any{"ms": 60_000}, "WARN", "the function timed out: Task timed out after 1.00 seconds", "customer function error", internal},
		{
			"an integration's time-out", "short",
			map[string]any{"ms": 5000},
			"WARN", "no answer within the integration's 50ms",
			`aws="Execution failed due to a timeout error"`, "Endpoint request timed out",
		},
		{"no room", "full", nil, "WARN", "the function already works on as many events as it may", `aws="Execution failed due to configuration error: Rate Exceeded."`, internal},
		{"a module that is not there", "import", nil, "WARN", "the function did not start: Runtime.ImportModuleError: Cannot find module 'none'", "function=ImportFunction", internal},
		{"an exit at its start", "start", nil, "WARN", "the function did not start: Runtime.ExitError: Runtime exited with error: exit status 7", "function=StartFunction", internal},
		{"what localdev has not", "queue", nil, "WARN", "localdev calls no service but Lambda and DynamoDB", "route=queue", internal},
		{"a back end that is not there", "web", nil, "WARN", "http://127.0.0.1:1/back: dial tcp", "something serves it there", internal},
	} {
		run(t, tt.name, func(t *testing.T) {
			w.t, c.t = t, t
			m := map[string]any{"action": tt.route, "said": "S3CRET"}
			for name, value := range tt.order {
				m[name] = value
			}
			body, err := json.Marshal(m)
			if err != nil {
				t.Fatal(err)
			}
			c.send(string(body))
			if tt.frame != silent {
				if got := c.text(); !strings.Contains(got, tt.frame) {
					t.Errorf("the client got %s, want %s", got, tt.frame)
				}
			}
			w.line("level="+tt.level, `msg="integration failed"`, tt.why, "route="+tt.route+" ", "connection=", c.id, "request=", tt.rest)
			w.trace(tt.name, func(s traced) bool {
				return s.Kind == "message" && s.Event.Body+s.Body == string(body) && strings.Contains(s.Failure, strings.ReplaceAll(tt.why, `\`, ""))
			})
		})
	}
	w.t, c.t = t, t
	w.wantNothingOf("S3CRET")

	run(t, "the end of a connection", func(t *testing.T) {
		w.t, c.t = t, t
		c.frame(ws.OpClose, true, ws.NewCloseFrameBody(1000, `{"error":{"errorType":"E","errorMessage":"at the end"}}`))
		w.line("level=WARN", "the function failed: E: at the end", "route=$disconnect", "function=Odd ", "invocation=")
		w.trace("it", func(s traced) bool { return s.Kind == "disconnect" && strings.Contains(s.Failure, "at the end") })
	})
}

func TestRefusedHandshakesSayWhy(t *testing.T) {
	w := start(t, odd)
	for _, tt := range []struct {
		order, level, what, why string
		status                  int
	}{
		{`{"answer":"\"OK\""}`, "WARN", "integration failed", "the answer is a string", 502},
		{`{"answer":"null"}`, "WARN", "integration failed", "the function answered nothing", 502},
		{`{"error":{"errorType":"E","errorMessage":"no"}}`, "WARN", "integration failed", "the function failed: E: no", 502},
		{`{"answer":"{\"statusCode\":403}"}`, "INFO", "handshake refused", "the function answered statusCode 403", 403},
		{`{"answer":"{\"statusCode\":503}"}`, "WARN", "handshake refused", "the function answered statusCode 503", 503},
	} {
		run(t, tt.order, func(t *testing.T) {
			w.t = t
			resp, _ := w.handshake("/odd?token=S3CRET&order=" + url.QueryEscape(tt.order))
			if resp.StatusCode != tt.status {
				t.Errorf("got %s, want %d", resp.Status, tt.status)
			}
			w.line("level="+tt.level, `msg="`+tt.what+`"`, tt.why, fmt.Sprintf("status=%d", tt.status), "route=$connect", "function=Odd ", "invocation=")
			w.trace(tt.order, func(s traced) bool {
				return s.Kind == "connect" && s.Status == tt.status && strings.Contains(s.Failure, tt.why)
			})
		})
	}
	w.t = t
	w.wantNothingOf("S3CRET")

	run(t, "too slow", func(t *testing.T) {
		w := start(t, hurried)
		w.handshake("/prod?do=sleep")
		w.line("level=WARN", "no answer within the integration's 100ms", "status=504", "route=$connect", "function=Gate")
	})
}

func TestAuthorizersSayWhy(t *testing.T) {
	w := startFacts(t, "guarded")
	for _, tt := range []struct {
		query, token, level, what, why string
		status                         int
	}{
		{"do=deny", "S3CRET", "INFO", "handshake refused", "denies execute-api:Invoke on arn:aws:execute-api:", 403},
		{"do=elsewhere", "S3CRET", "INFO", "handshake refused", "no statement of authorizer", 403},
		{"do=unauthorized", "S3CRET", "INFO", "handshake refused", "said \\\"Unauthorized\\\"", 401},
		{"do=allow", "", "WARN", "handshake refused", "has no route.request.header.X-Token", 401},
		{"do=shape", "S3CRET", "WARN", "authorizer failed", "makes no sense: want principalId and policyDocument: it is of type string", 500},
		{"do=document", "S3CRET", "WARN", "authorizer failed", "want principalId and policyDocument: policyDocument is of type array", 500},
		{"do=statement", "S3CRET", "WARN", "authorizer failed", "makes no sense: statement: Effect is of type number", 500},
		{"do=nobody", "S3CRET", "WARN", "authorizer failed", "makes no sense", 500},
		{"do=big", "S3CRET", "WARN", "authorizer failed", "is over 8 KB", 500},
		{"do=exit", "S3CRET", "WARN", "authorizer failed", "process ended before it answered", 500},
		{"do=error", "S3CRET", "WARN", "authorizer failed", "the function failed", 500},
	} {
		run(t, tt.query, func(t *testing.T) {
			w.t = t
			if resp, _ := w.handshake("/guarded?"+tt.query, "X-Token", tt.token); resp.StatusCode != tt.status {
				t.Errorf("got %s, want %d", resp.Status, tt.status)
			}
			w.line("level="+tt.level, `msg="`+tt.what+`"`, tt.why, fmt.Sprintf("status=%d", tt.status), "route=$connect", "function=Guard", "connection=")
			inConsole := strings.ReplaceAll(tt.why, `\`, "")
			w.trace(tt.query, func(s traced) bool {
				return s.Kind == "connect" && s.Status == tt.status && strings.Contains(s.Failure, inConsole)
			})
			if tt.token != "" {
				w.trace(tt.query, func(s traced) bool {
					return s.Kind == "authorize" && s.Status == tt.status && strings.Contains(s.Failure, inConsole)
				})
			}
		})
	}
	w.t = t
	w.wantNothingOf("S3CRET")
}

func TestRefusedPushesSayWhy(t *testing.T) {
	w := start(t)
	c := w.dial("")
	pushed := func(why string) func(traced) bool {
		return func(s traced) bool {
			for _, step := range s.Steps {
				if step.Kind == "push" && step.Status >= 400 && strings.Contains(step.Failure, why) {
					return true
				}
			}
			return false
		}
	}
	for _, tt := range []struct {
		name, path string
		size       int
		status     int
		level, why string
	}{
		{"a connection that is gone", "/prod/@connections/AAAAAAAAAAAAAAA=", 1, 410, "INFO", "there is no such connection (any more)"},
		{"no ID", "/prod/@connections/no*id", 1, 400, "WARN", `is no connection's ID`},
		{"another stage", "/dev/@connections/" + c.id, 1, 403, "WARN", "no stage has the path"},
		{"no stage", "/@connections/" + c.id, 1, 403, "WARN", "no stage has the path"},
		{"@connections twice", "/prod/@connections/@connections/" + c.id, 1, 404, "WARN", "@connections has no POST for"},
		{"too large", "/prod/@connections/" + c.id, 128*1024 + 1, 413, "WARN", "the message is over 128 KB"},
	} {
		run(t, tt.name, func(t *testing.T) {
			w.t = t
			if resp, body := w.http("POST", tt.path, strings.Repeat("x", tt.size)); resp.StatusCode != tt.status {
				t.Errorf("got %s %s, want %d", resp.Status, body, tt.status)
			}
			w.line("level="+tt.level, `msg="push refused"`, tt.why, fmt.Sprintf("status=%d", tt.status), "connection=", "do=")
			w.trace(tt.name, pushed(tt.why))
		})
	}
	run(t, "inside $connect", func(t *testing.T) {
		w.t = t
		w.dial("do=post")
		w.line("level=WARN", `msg="push refused"`, "the connection exists only when $connect has answered", "status=410", "route=$connect", "function=Gate", "request=")
		w.trace("it", func(s traced) bool {
			return s.Kind == "connect" && pushed("the connection exists only when $connect has answered")(s)
		})
	})
	run(t, "without the permission", func(t *testing.T) {
		w.t, c.t = t, t
		c.do("hasty", map[string]any{"do": "post", "data": "x"})
		if got := c.text(); !strings.Contains(got, "Internal server error") {
			t.Errorf("got %s", got)
		}
		w.line("level=WARN", `msg="refused, as AWS would"`, "function=Hasty", "action=execute-api:ManageConnections", "do=")
		w.line("level=WARN", `msg="integration failed"`, "route=hasty", "function=Hasty", "is not authorized to perform: execute-api:ManageConnections")
		w.trace("it", func(s traced) bool {
			return s.Route == "hasty" && pushed("is not authorized to perform: execute-api:ManageConnections")(s)
		})
	})
}

func TestMessagesWithoutARouteSayWhy(t *testing.T) {
	w := start(t)
	c := w.dial("")
	for _, tt := range []struct{ send, why string }{
		{`{"action":"Ask","said":"S3CRET"}`, `no route has the key \"Ask\"`},
		{`{"act":"ask","said":"S3CRET"}`, "the message has nothing at $request.body.action"},
		{`S3CRET`, "the message is no JSON object"},
		{`{"action":"$connect"}`, `a client cannot select \"$connect\"`},
	} {
		c.send(tt.send)
		if got := c.text(); !strings.Contains(got, "Forbidden") {
			t.Errorf("got %s", got)
		}
		w.line("level=WARN", `msg="message refused"`, tt.why, "the routes for messages are act, ask, hasty, short", c.id)
		why := strings.ReplaceAll(tt.why, `\`, "")
		w.trace(tt.send, func(s traced) bool { return s.Kind == "message" && s.Route == "" && strings.Contains(s.Failure, why) })
	}
	w.wantNothingOf("S3CRET")
	run(t, "one that is one too many", func(t *testing.T) {
		w := startFacts(t, "limited")
		w.dial("").send(`{"action":"never"}`)
		w.line("level=WARN", `msg="message refused"`, "throttled", "status=429", "route=never", "ThrottlingRateLimit")
	})
}

func TestAnswersThatAreNoJSONAreShown(t *testing.T) {
	w := start(t, odd)
	c := w.dial("")
	for answer, want := range map[string]string{
		`{"statusCode": 200, "n": NaN}`: `why="the answer is no JSON: it has \"NaN\" at byte 25"`,
		`{"n": -Infinity}`:              `do="JSON has no such number: answer null in its place"`,
		`{'statusCode': 200}`:           `it has \"'statusCode'\" at byte 1`,
		`{"a":"b"`:                      "it ends too early, after 8 bytes",
		" ":                             "the answer is empty, which is no JSON",
	} {
		c.do("ask", map[string]any{"answer": answer})
		c.text()
		w.line("level=WARN", want, malformed)
	}
}

func TestTheSameFailureDoesNotFloodTheLog(t *testing.T) {
	w := start(t, odd)
	c := w.dial("")
	began := time.Now()
	const times = 300
	for range times {
		c.do("ask", map[string]any{"answer": "7"})
		c.text()
	}
	most := 2 + int(time.Since(began).Seconds())
	lines := len(regexp.MustCompile(`msg="integration failed"`).FindAllString(w.log.String(), -1))
	if lines < 1 || lines > most {
		t.Errorf("got %d lines for %d failures, want one a second: %d at most", lines, times, most)
	}
}

func TestBodiesThatAreTooLongAreTold(t *testing.T) {
	w := start(t, odd)
	c := w.dial("")
	for _, size := range []int{128 << 10, 128<<10 + 1} {
		c.do("ask", map[string]any{"body": size})
		if got := len(c.text()); got != size {
			t.Errorf("got %d bytes, want %d", got, size)
		}
	}
	w.line("level=WARN", `msg="odd answer"`, "the answer's body has 131073 bytes", "route=ask", "function=Odd")
	if strings.Contains(w.log.String(), "131072 bytes") {
		t.Error("what is just short enough is told as well")
	}
}

func TestBodiesThatNobodyHearsAreLookedAt(t *testing.T) {
	w := start(t, odd)
	c := w.dial("")
	for answer, want := range map[string]string{
		`{"statusCode":200,"body":{"a":1}}`:                    "the answer's body is an object, not a string; no client was to get it",
		`{"statusCode":200,"body":"%","isBase64Encoded":true}`: "the answer has isBase64Encoded, and its body is no base64; no client was to get it",
	} {
		c.do("act", map[string]any{"answer": answer})
		w.line("level=INFO", `msg="integration failed"`, want, "route=act", malformed)
		w.trace(want, func(s traced) bool { return s.Kind == "message" && strings.Contains(s.Failure, want) })
	}
}

// Whoever mends a function, tries it again and sees no line believes that it is mended.
func TestTheSameFailureIsToldAgainSoon(t *testing.T) {
	w := start(t, odd)
	c := w.dial("")
	lines := func() int { return strings.Count(w.log.String(), "the function answered nothing") }
	began := time.Now()
	w.eventually("a second line", func() bool { c.do("act", map[string]any{"answer": "null"}); return lines() > 1 })
	if took := time.Since(began); took > 50*time.Second {
		t.Errorf("it took %v, want a second", took)
	}
}

// Such failures have words from which one has to guess.
func TestWellKnownFailuresSayWhatToDo(t *testing.T) {
	w := start(t, odd)
	c := w.dial("")
	ours := w.APIs[0].ID + ".execute-api.us-east-1.amazonaws.com"
	for said, do := range map[string]string{
		`Post "https://` + ours + `/prod": dial tcp: lookup ` + ours + `: no such host`: `the client does not come to localdev: give an http.Transport`,
		`lookup execute-api.us-east-1.amazonaws.com: no such host`:                      `execute-api.us-east-1.amazonaws.com is a host that nobody has`,
		`https://` + ours + `/prod answered 410`:                                        "see its lines in the log",
		"Object of type coroutine is not JSON serializable":                             "Lambda's Python awaits no handler",
	} {
		c.do("ask", map[string]any{"error": map[string]string{"errorType": "E", "errorMessage": said}})
		c.text()
		w.line("level=WARN", `msg="integration failed"`, strings.ReplaceAll(said, `"`, `\"`), `do="`+do)
	}
}

func TestFailedInvocationsSayWhy(t *testing.T) {
	w := start(t, odd)
	w.http("POST", "/2015-03-31/functions/Odd/invocations", `{"body":"{\"exit\":3}"}`)
	w.line("level=WARN", `msg="invocation failed"`, "process ended before it answered", "function=Odd ", "by=outside")
	// Nobody waits for the answer of a function whose integration is over. That it fails then is
	// said all the same.
	c := w.dial("")
	c.do("short", map[string]any{"ms": 1000, "exit": 3})
	if got := c.text(); !strings.Contains(got, "Endpoint request timed out") {
		t.Errorf("got %s", got)
	}
	w.line("level=WARN", "function failed after its caller had left", "exit status 3", "function=localdev-Odd", "invocation=")
}

// The first mistake of all: the URL without its stage, or with another.
func TestHandshakeAtNoStageSaysWhere(t *testing.T) {
	w := start(t, odd)
	for _, path := range []string{"/", "/Prod", "/nope/nope"} {
		res, _ := w.http(http.MethodGet, path, "", "Connection", "Upgrade", "Upgrade", "websocket",
			"Sec-WebSocket-Version", "13", "Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==")
		if res.StatusCode != http.StatusForbidden {
			t.Errorf("%s: got %s", path, res.Status)
		}
		w.line("level=WARN", `msg="handshake refused"`, "no stage has the path", path+`\"`, w.APIs[0].URL)
	}
}
