package managed_test

import (
	"encoding/json"
	"errors"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/parley-rtc/parley/localdev/internal/lambda"
	"github.com/parley-rtc/parley/localdev/internal/managed"
	"github.com/parley-rtc/parley/localdev/internal/proc"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// function is one of testdata that runs.
type function struct {
	t      *testing.T
	pool   *lambda.Pool
	output *output
}

type output struct {
	mu      sync.Mutex
	text    strings.Builder
	written chan struct{} // closed when there is more
}

func newOutput() *output { return &output{written: make(chan struct{})} }

func (o *output) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	close(o.written)
	o.written = make(chan struct{})
	return o.text.Write(b)
}

// has waits until the output has what the pattern matches, whose ^ and $ are those of lines.
func (o *output) has(t *testing.T, pattern string) {
	t.Helper()
	want, late := regexp.MustCompile(`(?m)`+pattern), time.After(time.Minute)
	for {
		o.mu.Lock()
		found, written := want.MatchString(o.text.String()), o.written
		o.mu.Unlock()
		if found {
			return
		}
		select {
		case <-written:
		case <-late:
			t.Errorf("the log has no %s", pattern)
			return
		}
	}
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

type noMeter struct{}

func (noMeter) Invoked(string)         {}
func (noMeter) Ran(int, time.Duration) {}

// start runs a handler of a runtime in a folder, with variables beside.
func start(t *testing.T, runtime, folder, handler string, env ...map[string]string) *function {
	t.Helper()
	command, err := managed.On(t.TempDir()).Find(t.Context(), runtime, folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, more := range env {
		command.Env = more
	}
	return startCommand(t, command, runtime, folder, handler)
}

func startCommand(t *testing.T, command managed.Command, runtime, folder, handler string) *function {
	t.Helper()
	env := map[string]string{"PYTHONDONTWRITEBYTECODE": "1"} // beside testdata
	maps.Copy(env, command.Env)
	starter, out := proc.NewStarter(), newOutput()
	pool := lambda.New(lambda.Function{
		Name: "Fn", Folder: "fn", Label: "fn", ARN: "arn:aws:lambda:us-east-1:123456789012:function:Fn", Handler: handler, Runtime: runtime,
		Region: "us-east-1", MemoryMB: 128, Timeout: time.Minute, Environment: env, Args: command.Args, Dir: folder,
	}, command.Binary, lambda.Options{
		Starter: starter, Keys: &lambda.Keys{}, Meter: noMeter{}, Log: slog.New(slog.DiscardHandler), Output: out,
		MaxInstances: 1, // else another may start before this one asks for its next event
	})
	t.Cleanup(func() {
		pool.Close()
		starter.Close()
		if t.Failed() {
			t.Log(out.String())
		}
	})
	return &function{t, pool, out}
}

func startNode(t *testing.T, runtime, handler string, env ...map[string]string) *function {
	t.Helper()
	return start(t, runtime, nodeFolder(t), handler, env...)
}

func nodeFolder(t *testing.T) string {
	t.Helper()
	folder, err := filepath.Abs("testdata/node")
	if err != nil {
		t.Fatal(err)
	}
	return folder
}

// answer returns what the function answers, or its error as AWS tells it: type and message.
func (f *function) answer(event string) string {
	f.t.Helper()
	payload, err := f.pool.Invoke(f.t.Context(), []byte(event))
	var failed *lambda.Error
	if !errors.As(err, &failed) {
		if err != nil {
			f.t.Fatal(err)
		}
		return string(payload)
	}
	var told struct{ ErrorType, ErrorMessage string }
	if err := json.Unmarshal(failed.Payload, &told); err != nil || told.ErrorType != failed.Type {
		f.t.Errorf("got the type %s for %s", failed.Type, failed.Payload)
	}
	return told.ErrorType + ": " + told.ErrorMessage
}

func (f *function) do(what string) string {
	f.t.Helper()
	return f.answer(`{"do":"` + what + `"}`)
}

func TestNodeHandlersBefore24(t *testing.T) {
	t.Parallel()
	f := startNode(t, "nodejs22.x", "legacy.handler")
	for _, tt := range []struct{ do, want string }{
		{"callback", `{"via":"callback"}`},
		{"callbackLater", `{"late":true}`},
		{"keptSocket", "404"}, // an agent's socket is nothing to wait for
		{"callbackError", "RangeError: too far"},
		{"callbackText", "string: just text"},
		{"promise", `{"via":"promise"}`},
		{"rejected", "RangeError: too far"},
		{"thrown", "RangeError: too far"},
		{"done", `{"via":"done"}`},
		{"succeed", `{"via":"succeed"}`},
		{"fail", "RangeError: too far"},
		{"failEmpty", "string: handled"},
		{"nothing", "null"},
		{"cyclic", "Runtime.JSONStringifyError: Unable to stringify response body"},
		{"callbackNow", `{"via":"callback"}`},
	} {
		if got := f.do(tt.do); got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.do, got, tt.want)
		}
	}
	if n := strings.Count(f.output.String(), "Init Duration"); n != 1 {
		t.Errorf("%d processes, want one for all events", n)
	}
}

func TestNodeErrorsThatNobodyCatches(t *testing.T) {
	t.Parallel()
	old, modern := startNode(t, "nodejs22.x", "legacy.handler"), startNode(t, "nodejs24.x", "modern.handler")
	for _, tt := range []struct {
		f        *function
		do, want string
	}{
		{old, "uncaught", "RangeError: too late"},
		{old, "unhandled", "Runtime.UnhandledPromiseRejection: RangeError: nobody looks"},
		{old, "exit", "Runtime.ExitError: … Error: Runtime exited with error: exit status 7"},
		{startNode(t, "nodejs22.x", "legacy.neverSettles"), "", "Runtime.NodeJsExit: The Lambda runtime client detected an unexpected Node.js exit code. …"},
		{modern, "uncaught", "Runtime.ExitError: … Error: Runtime exited with error: exit status 1"},
		{modern, "never", "Runtime.ExitError: … Error: Runtime exited without providing a reason"},
	} {
		got := tt.f.do(tt.do)
		before, after, _ := strings.Cut(tt.want, "…")
		if !strings.HasPrefix(got, before) || !strings.HasSuffix(got, after) {
			t.Errorf("%s: got %s, want %s", tt.do, got, tt.want)
		}
	}
	if got := old.do("promise"); got != `{"via":"promise"}` {
		t.Errorf("after all that: %s", got)
	}
}

func TestNodeHandlersSince24(t *testing.T) {
	t.Parallel()
	f := startNode(t, "nodejs24.x", "modern.handler")
	for _, tt := range []struct{ do, want string }{
		{"plain", `{"via":"return"}`},
		{"thrown", "RangeError: too far"},
		{"cyclic", "Runtime.JSONStringifyError: Unable to stringify response body"},
		{"names", `["awsRequestId","clientContext","functionName","functionVersion","getRemainingTimeInMillis","identity",` +
			`"invokedFunctionArn","logGroupName","logStreamName","memoryLimitInMB"]`},
	} {
		if got := f.do(tt.do); got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.do, got, tt.want)
		}
	}
}

func TestNodeContext(t *testing.T) {
	t.Parallel()
	f := startNode(t, "nodejs22.x", "legacy.handler")
	f.do("context")
	call := &lambda.Call{ClientContext: `{"custom":{"colour":"blue"}}`}
	payload, err := f.pool.Invoke(lambda.WithCall(t.Context(), call), []byte(`{"do":"context"}`))
	if err != nil {
		t.Fatal(err)
	}
	var got struct {
		AwsRequestID, FunctionName, FunctionVersion, MemoryLimitInMB, LogGroupName, LogStreamName, InvokedFunctionArn string
		Trace, Environment                                                                                            string
		Left, CallbackWaitsForEmptyEventLoop                                                                          bool
		Before                                                                                                        int
		ClientContext                                                                                                 any
	}
	if err := json.Unmarshal(payload, &got); err != nil {
		t.Fatal(err)
	}
	if len(got.AwsRequestID) != 36 || got.FunctionName != "Fn" || got.FunctionVersion != "$LATEST" || got.MemoryLimitInMB != "128" ||
		got.LogGroupName != "/aws/lambda/Fn" || got.LogStreamName == "" || !strings.HasSuffix(got.InvokedFunctionArn, ":function:Fn") {
		t.Errorf("got %s", payload)
	}
	if !strings.HasPrefix(got.Trace, "Root=1-") || got.Environment != "AWS_Lambda_nodejs22.x" || !got.Left ||
		!got.CallbackWaitsForEmptyEventLoop || got.Before != 1 || !strings.Contains(string(payload), `"clientContext":{"custom":{"colour":"blue"}}`) {
		t.Errorf("got %s", payload)
	}
}

func TestNodeModules(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ runtime, handler, want string }{
		{"nodejs18.x", "src/app.nested.deeper.handler", `{"file":"` + nodeFolder(t) + `/src/app.js","folder":"` + nodeFolder(t) + `"}`},
		{"nodejs22.x", "plain.handler", `"cjs"`},
		{"nodejs22.x", "module.handler", `"mjs"`},
		{"nodejs24.x", "module.other", `"default"`},
		{"nodejs20.x", "esm/dist/index.api.handler", `"dist/index.js"`},
		{"nodejs22.x", "nodots", "Runtime.MalformedHandlerName: Bad handler"},
		{"nodejs22.x", "../node/plain.handler", "Runtime.MalformedHandlerName: '../node/plain.handler' is not a valid handler name. …"},
		{"nodejs22.x", "plain.other", "Runtime.HandlerNotFound: plain.other is undefined or not exported"},
		{"nodejs22.x", "src/app.notCallable", "Runtime.HandlerNotFound: src/app.notCallable is not a function"},
		{"nodejs22.x", "nowhere.handler", "Runtime.ImportModuleError: Error: Cannot find module './nowhere'…"},
		{"nodejs22.x", "broken/missing.handler", "Runtime.ImportModuleError: Error: Cannot find module 'no-such-package'…"},
		{"nodejs22.x", "broken/syntax.handler", "Runtime.UserCodeSyntaxError: SyntaxError: …"},
		{"nodejs22.x", "broken/throws.handler", "RangeError: at the start"},
		{"nodejs24.x", "modern.old", "Runtime.CallbackHandlerDeprecated: ERROR: AWS Lambda has removed support for callback-based function handlers …"},
	} {
		got := startNode(t, tt.runtime, tt.handler).answer("{}")
		before, _, open := strings.Cut(tt.want, "…")
		if got != before && (!open || !strings.HasPrefix(got, before)) {
			t.Errorf("%s of %s: got %s, want %s", tt.handler, tt.runtime, got, tt.want)
		}
	}
}

// Node.js does not tell who catches the error of an ES module.
func TestNodeTellsWhereSyntaxIsWrong(t *testing.T) {
	t.Parallel()
	for handler, place := range map[string]string{
		"broken/syntax.handler":    "broken/syntax.js:2",
		"broken/imports.handler":   "broken/syntax.mjs:3",
		"broken/names.handler":     "broken/names.mjs:2",
		"broken/evaluated.handler": "", // it is at run time that something else is parsed
	} {
		f := startNode(t, "nodejs22.x", handler)
		_, err := f.pool.Invoke(t.Context(), []byte("{}"))
		var failed *lambda.Error
		if !errors.As(err, &failed) || failed.Place != place {
			t.Errorf("%s: got %+v, want the place %s", handler, failed, place)
		}
		why, _, _ := failed.Explain()
		if want := "the function did not start: " + place; !strings.HasPrefix(why, want) {
			t.Errorf("%s: got %q, want %q first", handler, why, want)
		}
		if n := strings.Count(f.output.String(), "it runs"); n > 1 {
			t.Errorf("%s: its code ran %d times", handler, n)
		}
	}
}

func TestNodeTellsOfATopLevelThatNeverSettles(t *testing.T) {
	t.Parallel()
	for _, runtime := range []string{"nodejs22.x", "nodejs24.x"} {
		f := startNode(t, runtime, "broken/waits.handler")
		if got := f.answer("{}"); !strings.HasSuffix(got, "Runtime exited without providing a reason") {
			t.Errorf("%s: got %s", runtime, got)
		}
		f.output.has(t, `^fn init .*broken/waits\.handler awaits at its top level what never settles`)
	}
}

func TestNodeLayers(t *testing.T) {
	t.Parallel()
	layer := t.TempDir()
	for _, name := range []string{"nodejs/node_modules/common/index.js", "nodejs/node22/node_modules/versioned/index.js", "nodejs/file.js"} {
		path := filepath.Join(layer, filepath.FromSlash(name))
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte("module.exports = '"+name+"'"), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	env := map[string]string{"LOCALDEV_LAYERS": layer}
	managed.Layers(env, "nodejs22.x", nodeFolder(t), []string{layer})
	f := startNode(t, "nodejs22.x", "layers.handler", env)
	want := `["nodejs/node_modules/common/index.js","nodejs/file.js","nodejs/node_modules/common/index.js",` +
		`"nodejs/node22/node_modules/versioned/index.js","nodejs/file.js","ERR_MODULE_NOT_FOUND","MODULE_NOT_FOUND"]`
	if got := f.answer("{}"); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestNodeConsole(t *testing.T) {
	t.Parallel()
	f := startNode(t, "nodejs22.x", "legacy.handler")
	call := &lambda.Call{Tail: true}
	if _, err := f.pool.Invoke(lambda.WithCall(t.Context(), call), []byte(`{"do":"log"}`)); err != nil {
		t.Fatal(err)
	}
	var lines []string
	id := ""
	for line := range strings.Lines(string(call.Log())) {
		if start, ok := strings.CutPrefix(line, "START RequestId: "); ok {
			id, _, _ = strings.Cut(start, " ")
		}
		if fields := strings.SplitN(strings.TrimSpace(line), "\t", 4); len(fields) == 4 && fields[1] == id {
			if _, err := time.Parse("2006-01-02T15:04:05.000Z", fields[0]); err != nil {
				t.Error(err)
			}
			lines = append(lines, fields[2]+" "+fields[3])
		}
	}
	if got := strings.Join(lines, "|"); got != "INFO one two { three: 3 }|WARN careful|ERROR Error: with|DEBUG details" {
		t.Errorf("got %s of\n%s", got, call.Log())
	}
}

// A pipe holds 64 KB.
func TestNodeKeepsBackNothingThatItPrints(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		do, line string
		want     int
	}{
		{"flood", strings.Repeat("x", 1023), 1024},
		{"floods", strings.Repeat("x", 100), 2000},
		{"floods", " written", 2000},
	} {
		f := startNode(t, "nodejs22.x", "legacy.handler")
		f.do(tt.do)
		f.output.has(t, "^.* REPORT .*$")
		before, _, _ := strings.Cut(f.output.String(), " END RequestId: ")
		if n := strings.Count(before, tt.line+"\n"); n != tt.want {
			t.Errorf("%s: %d of %d lines stand before END", tt.do, n, tt.want)
		}
	}
}

func TestNodeLogsOnceStdoutHasEnded(t *testing.T) {
	t.Parallel()
	f := startNode(t, "nodejs22.x", "legacy.handler")
	for _, do := range []string{"end", "log"} {
		if got := f.do(do); got != "null" {
			t.Errorf("%s: got %s", do, got)
		}
	}
	f.output.has(t, `^.*\tWARN\tcareful$`)
}

func TestNodeStreams(t *testing.T) {
	t.Parallel()
	f := startNode(t, "nodejs22.x", "stream.handler")
	for _, tt := range []struct{ do, want string }{
		{"write", `{"statusCode":200}`},
		{"pipe", `"ab"`},
		{"http", "{\"statusCode\":201}\x00\x00\x00\x00\x00\x00\x00\x00{\"a\":1}"},
		{"fail", "RangeError: half-way"},
		{"open", "Error: Response stream is not finished."},
		{"write", `{"statusCode":200}`},
	} {
		if got := f.do(tt.do); got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.do, got, tt.want)
		}
	}
}
