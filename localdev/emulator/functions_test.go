package emulator_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/parley-rtc/parley/localdev/emulator"
)

func TestEnvironmentOfFunctions(t *testing.T) {
	w := start(t, func(o *emulator.Options) {
		o.Env = map[string]string{"COLOUR": "green", "EXTRA": "a=b", "AWS_REGION": "mars-1", "TZ": ":Europe/Berlin"}
	})
	c := w.dial("")
	c.do("act", map[string]any{"do": "environment"})
	got := map[string]string{}
	for _, line := range decode[[]string](t, c.text()) {
		name, value, _ := strings.Cut(line, "=")
		got[name] = value
	}
	for name, want := range map[string]string{
		"COLOUR":       "green", // -env goes over the template's
		"EXTRA":        "a=b",
		"TZ":           ":Europe/Berlin", // not reserved on Lambda
		"EVENTS_TABLE": "Events",
		"AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI": "http://" + w.Addr + "/prod",
		"SOCKET_URL":                      "wss://" + w.APIs[0].ID + ".execute-api.us-east-1.amazonaws.com/prod", // AWS's
		"PUSH_URL":                        "https://" + w.APIs[0].ID + ".execute-api.us-east-1.amazonaws.com/prod",
		"AWS_ENDPOINT_URL_DYNAMODB":       "http://" + w.Addr,
		"AWS_ENDPOINT_URL_LAMBDA":         "http://" + w.Addr,
		"AWS_REGION":                      "us-east-1", // reserved
		"AWS_DEFAULT_REGION":              "us-east-1",
		"AWS_LAMBDA_FUNCTION_NAME":        "localdev-Actor",
		"AWS_LAMBDA_FUNCTION_VERSION":     "$LATEST",
		"AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "128",
		"AWS_LAMBDA_INITIALIZATION_TYPE":  "on-demand",
		"AWS_LAMBDA_LOG_GROUP_NAME":       "/aws/lambda/localdev-Actor",
		"LAMBDA_RUNTIME_DIR":              "/var/runtime",
		"LANG":                            "en_US.UTF-8",
		"_HANDLER":                        "bootstrap",
	} {
		if got[name] != want {
			t.Errorf("%s: got %q, want %q", name, got[name], want)
		}
	}
	if _, err := os.Stat(filepath.Join(got["LAMBDA_TASK_ROOT"], "bootstrap")); err != nil || got["LAMBDA_TASK_ROOT"] == "" {
		t.Errorf("LAMBDA_TASK_ROOT: got %q, which is not where the function's code is: %v", got["LAMBDA_TASK_ROOT"], err)
	}
	if _, err := os.Stat(filepath.Join(got["LAMBDA_TASK_ROOT"], "functions", "actor", "main.go")); err != nil {
		t.Errorf("what Metadata: Beside names is not beside it: %v", err)
	}
	for _, name := range []string{
		"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN",
		"AWS_LAMBDA_RUNTIME_API", "AWS_LAMBDA_LOG_STREAM_NAME",
	} {
		if got[name] == "" {
			t.Errorf("%s is not set", name)
		}
	}
	for _, name := range []string{"HOME", "USER", "AWS_EXECUTION_ENV", "AWS_LAMBDA_MAX_CONCURRENCY"} {
		if v, ok := got[name]; ok {
			t.Errorf("%s=%s is set", name, v)
		}
	}
}

func TestInstances(t *testing.T) {
	run(t, "one instance takes one event after the other", func(t *testing.T) {
		// Without a limit an event that comes before the first is quite over starts another.
		c := start(t, func(o *emulator.Options) { o.MaxInstances = 1 }).dial("")
		c.do("act", map[string]any{"do": "count"})
		first := c.text()
		c.do("act", map[string]any{"do": "count"})
		pid := strings.TrimPrefix(first, "1 of ")
		if got := c.text(); got != "2 of "+pid {
			t.Errorf("got %s after %s", got, first)
		}
	})
	run(t, "events at the same time run in instances of their own, beyond the soft cap too", func(t *testing.T) {
		const events = 16
		w := start(t, func(o *emulator.Options) { o.MaxInstances = events })
		c := w.dial("")
		all := filepath.Join(t.TempDir(), "all") // each goes on until all have been counted
		for range events {
			c.do("act", map[string]any{"do": "count", "until": all})
		}
		pids := map[string]bool{}
		for range events {
			got := c.text()
			pids[got[strings.LastIndexByte(got, ' '):]] = true
		}
		write(t, all, "")
		if len(pids) != events {
			t.Errorf("got %d instances for %d slow events", len(pids), events)
		}
	})
	run(t, "frozen between events, with what it has not waited for", func(t *testing.T) {
		w := start(t, func(o *emulator.Options) { o.MaxInstances = 1 })
		c := w.dial("")
		c.do("act", map[string]any{"do": "count"})
		pid := strings.TrimPrefix(c.text(), "1 of ")
		c.do("act", map[string]any{"do": "afterwards", "data": "late"})
		w.eventually("a process that is stopped", func() bool { return stateOf(t, pid) == "T" })
		c.do("act", map[string]any{"do": "post", "data": "next", "ms": 2000})
		if got := []string{c.text(), c.text()}; !slices.Contains(got, "late") || !slices.Contains(got, "next") {
			t.Errorf("got %s, want the late one during the next event", got)
		}
	})
	run(t, "awake between events if so wished", func(t *testing.T) {
		w := start(t, func(o *emulator.Options) { o.Awake = true })
		c := w.dial("")
		c.do("act", map[string]any{"do": "afterwards", "data": "late"})
		if got := c.text(); got != "late" {
			t.Errorf("got %s", got)
		}
	})
	run(t, "never more than the limit", func(t *testing.T) {
		w := start(t, func(o *emulator.Options) { o.MaxInstances = 2 })
		c := w.dial("")
		pids := map[string]bool{}
		for range 6 {
			c.do("act", map[string]any{"do": "count", "ms": 100})
		}
		for range 6 {
			got := c.text()
			pids[got[strings.LastIndexByte(got, ' '):]] = true
		}
		if len(pids) > 2 {
			t.Errorf("got %d instances", len(pids))
		}
	})
	run(t, "a crashed one is replaced, and says why", func(t *testing.T) {
		w := start(t)
		c := w.dial("")
		c.do("act", map[string]any{"do": "panic", "data": "oh dear"})
		if got := c.text(); !strings.Contains(got, "Internal server error") {
			t.Fatalf("got %s", got)
		}
		c.do("act", map[string]any{"do": "count"})
		if got := c.text(); !strings.HasPrefix(got, "1 of ") {
			t.Errorf("got %s, want a new instance", got)
		}
		w.eventually("the panic in the log", func() bool { return strings.Contains(w.log.String(), "oh dear") })
	})
	run(t, "one that cannot start fails its events", func(t *testing.T) {
		w := start(t, func(o *emulator.Options) { o.Env = map[string]string{"COLOUR": "crash-at-init"} })
		c := w.dial("")
		for range 3 {
			c.do("act", map[string]any{"do": "count"})
			if got := c.text(); !strings.Contains(got, "Internal server error") {
				t.Fatalf("got %s", got)
			}
		}
		w.eventually("its output in the log", func() bool { return strings.Contains(w.log.String(), "cannot start") })
	})
	run(t, "its lines go to the output behind function and request", func(t *testing.T) {
		w := start(t)
		w.dial("").do("act", map[string]any{"do": "log", "data": "a line"})
		line := regexp.MustCompile(`(?m)^\w+ [0-9a-f-]{36} a line$`)
		w.eventually("the line in the output", func() bool { return line.MatchString(w.log.String()) })
	})
}

// stateOf returns the state of a process as ps writes it: T is stopped.
func stateOf(t *testing.T, pid string) string {
	t.Helper()
	if stat, err := os.ReadFile("/proc/" + pid + "/stat"); err == nil {
		_, rest, _ := strings.Cut(string(stat), ") ")
		return rest[:1]
	}
	out, err := exec.CommandContext(t.Context(), "ps", "-o", "stat=", "-p", pid).Output() // where there is no /proc
	if err != nil {
		t.Fatal(err)
	}
	return string(out[:1])
}

func TestInvokeAPI(t *testing.T) {
	w := start(t)
	post := func(name, body string, headers ...string) (int, string, string) {
		resp, answer := w.http("POST", "/2015-03-31/functions/"+name+"/invocations", body, headers...)
		return resp.StatusCode, resp.Header.Get("X-Amz-Function-Error") + resp.Header.Get("X-Amzn-ErrorType"), answer
	}
	for _, tt := range []struct {
		name, function, body string
		headers              []string
		status               int
		err, answer          string
	}{
		{"by name", "localdev-Actor", `{"body":"{\"data\":\"hi\"}"}`, nil, 200, "", `{"body":"hi","statusCode":200}`},
		{"by ARN", "arn:aws:lambda:us-east-1:123456789012:function:localdev-Actor", `{}`, nil, 200, "", `{"body":"","statusCode":200}`},
		{
			"by partial ARN with a qualifier", "123456789012:function:localdev-Actor:$LATEST", `{}`, nil, 200, "",
			`{"body":"","statusCode":200}`,
		},
		{"without an event", "localdev-Actor", ``, nil, 200, "", `{"body":"","statusCode":200}`},
		{
			"a function error is 200", "localdev-Actor", `{"body":"{\"do\":\"error\",\"data\":\"oh\"}"}`, nil, 200,
			"Unhandled", `{"errorMessage":"oh","errorType":"errorString"}`,
		},
		{
			"an exit too", "localdev-Actor", `{"body":"{\"do\":\"exit\"}"}`, nil, 200, "Unhandled",
			`Error: Runtime exited with error: exit status 1","errorType":"Runtime.ExitError"}`,
		},
		{
			"a time-out too", "localdev-Hasty", `{"body":"{\"ms\":60000}"}`, nil, 200, "Unhandled",
			`Error: Task timed out after 1.00 seconds","errorType":"Sandbox.Timedout"}`,
		},
		{"asynchronous", "localdev-Actor", `{}`, []string{"X-Amz-Invocation-Type", "Event"}, 202, "", ``},
		{"dry run", "localdev-Actor", `{}`, []string{"X-Amz-Invocation-Type", "DryRun"}, 204, "", ``},
		{"unknown function", "nobody", `{}`, nil, 404, "ResourceNotFoundException", `"Type":"User"`},
		{"not JSON", "localdev-Actor", `{`, nil, 400, "InvalidRequestContentException", ``},
		{"over 6 MB", "localdev-Actor", strings.Repeat(" ", 6*1024*1024+1), nil, 413, "RequestTooLargeException", ``},
	} {
		run(t, tt.name, func(t *testing.T) {
			status, failed, answer := post(tt.function, tt.body, tt.headers...)
			if status != tt.status || failed != tt.err || !strings.Contains(answer, tt.answer) {
				t.Errorf("got %d %q %s, want %d %q %s", status, failed, answer, tt.status, tt.err, tt.answer)
			}
		})
	}
}

// plainFunction answers "v1: " and the body to the sender; it needs only the standard library.
const plainFunction = `package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"time"
)

func main() {
	api := "http://" + os.Getenv("AWS_LAMBDA_RUNTIME_API") + "/2018-06-01/runtime/invocation/"
	for {
		resp, err := http.Get(api + "next")
		if err != nil {
			os.Exit(1)
		}
		var event struct{ Body string }
		json.NewDecoder(resp.Body).Decode(&event)
		resp.Body.Close()
		if event.Body == "slow" {
			time.Sleep(time.Second)
		}
		if event.Body == "where" {
			folder, _ := os.Getwd()
			data, err := os.ReadFile(os.Getenv("LAMBDA_TASK_ROOT") + "/data.txt")
			event.Body = fmt.Sprint(folder, " ", string(data), err)
		}
		answer, _ := json.Marshal(map[string]any{"statusCode": 200, "body": "v1: " + event.Body})
		done, err := http.Post(api+resp.Header.Get("Lambda-Runtime-Aws-Request-Id")+"/response", "", bytes.NewReader(answer))
		if err != nil {
			os.Exit(1)
		}
		done.Body.Close()
	}
}
`

const plainTemplate = `
Resources:
  Api: {Type: AWS::ApiGatewayV2::Api, Properties: {Name: a, ProtocolType: WEBSOCKET, RouteSelectionExpression: $request.body.action}}
  Stage: {Type: AWS::ApiGatewayV2::Stage, Properties: {ApiId: !Ref Api, StageName: dev}}
  Integration:
    Type: AWS::ApiGatewayV2::Integration
    Properties: {ApiId: !Ref Api, IntegrationType: AWS_PROXY,
	IntegrationUri: !Sub "arn:aws:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${F.Arn}/invocations"}
  Default: {Type: AWS::ApiGatewayV2::Route, Properties: {ApiId: !Ref Api, RouteKey: $default,
	RouteResponseSelectionExpression: $default, Target: !Sub "integrations/${Integration}"}}
  Answer: {Type: AWS::ApiGatewayV2::RouteResponse, Properties: {ApiId: !Ref Api, RouteId: !Ref Default, RouteResponseKey: $default}}
  F: {Type: AWS::Serverless::Function, Properties: {CodeUri: f, Handler: bootstrap, Runtime: provided.al2023, Timeout: 60}}
`

// A function that does not build fails alone, says the compiler's words, and runs as soon as it
// builds.
func TestFunctionThatDoesNotBuild(t *testing.T) {
	dir := t.TempDir()
	source := filepath.Join(dir, "f", "main.go")
	write(t, filepath.Join(dir, "template.yaml"), plainTemplate)
	write(t, filepath.Join(dir, "f", "go.mod"), "module f\n\ngo 1.26\n")
	write(t, source, "package main\n\nfunc main() { nothing() }\n")
	w := start(t, func(o *emulator.Options) { o.Template, o.Watch = filepath.Join(dir, "template.yaml"), true })
	c := w.dial("")
	c.send("hello")
	if got := c.text(); !strings.Contains(got, `"Internal server error"`) {
		t.Errorf("got %s", got)
	}
	for _, want := range []string{`level=ERROR msg="function does not build`, "function=F line=12", "undefined: nothing", "function cannot be run"} {
		if !strings.Contains(w.log.String(), want) {
			t.Errorf("the log has no %q", want)
		}
	}
	write(t, source, plainFunction)
	w.eventually("an answer of the function", func() bool { c.send("hello"); return c.text() == "v1: hello" })
}

func TestRebuiltFunctionsAreSwappedIn(t *testing.T) {
	dir := t.TempDir()
	source := filepath.Join(dir, "f", "main.go")
	write(t, filepath.Join(dir, "template.yaml"), plainTemplate)
	write(t, filepath.Join(dir, "f", "go.mod"), "module f\n\ngo 1.26\n")
	write(t, source, plainFunction)
	w := start(t, func(o *emulator.Options) { o.Template, o.Watch = filepath.Join(dir, "template.yaml"), true })
	c := w.dial("")
	say := func(text string) string { c.send(text); return c.text() }
	if got := say("hello"); got != "v1: hello" {
		t.Errorf("got %s", got)
	}
	slow := w.dial("")
	slow.send("slow") // runs while the new build comes in, and finishes on the old one
	w.trace("the slow one", func(s traced) bool { return s.Event.Body == "slow" && len(s.Steps) > 0 })
	write(t, source, strings.Replace(plainFunction, "v1", "v2", 1))
	w.eventually("the second version", func() bool { return say("hello") == "v2: hello" })
	if got := slow.text(); got != "v1: slow" {
		t.Errorf("got %s", got)
	}

	write(t, source, "package main\n\nfunc main() { nonsense }\n")
	w.eventually("the compile error", func() bool { return strings.Contains(w.log.String(), "main.go:3:15") })
	if got := say("hello"); got != "v2: hello" {
		t.Errorf("got %s", got)
	}
	write(t, source, strings.Replace(plainFunction, "v1", "v3", 1))
	w.eventually("the third version", func() bool { return say("hello") == "v3: hello" })
}

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestWithoutGoOnlyFunctionsInGoFail(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "template.yaml"), plainTemplate)
	write(t, filepath.Join(dir, "f", "main.go"), plainFunction)
	t.Setenv("PATH", dir)
	var screen strings.Builder
	w := start(t, func(o *emulator.Options) { o.Template, o.Screen = filepath.Join(dir, "template.yaml"), &screen })
	c := w.dial("")
	c.send("hello")
	if got := c.text(); !strings.Contains(got, "Internal server error") {
		t.Errorf("got %s", got)
	}
	if want := "does not run: no go command on PATH"; !strings.Contains(screen.String(), want) {
		t.Errorf("the screen has no %q:\n%s", want, screen.String())
	}
	if got := w.log.String(); !strings.Contains(got, "resource=F") || !strings.Contains(got, "install Go from") {
		t.Errorf("the log does not say what to do: %s", got)
	}
}
