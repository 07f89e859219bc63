package managed_test

import (
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/parley-rtc/parley/localdev/internal/lambda"
	"github.com/parley-rtc/parley/localdev/internal/managed"
)

// startPython runs a handler of testdata/python, if this machine can: the project does not require
// Python.
func startPython(t *testing.T, runtime, handler string) *function {
	t.Helper()
	folder, err := filepath.Abs("testdata/python")
	if err != nil {
		t.Fatal(err)
	}
	return startCommand(t, findPython(t, t.TempDir(), folder), runtime, folder, handler)
}

// findPython returns what runs Python's functions with their code in dir, below a project's folder.
// Without it the test is skipped.
func findPython(t *testing.T, project, dir string) managed.Command {
	t.Helper()
	command, err := managed.On(filepath.Join(project, ".localdev")).Find(t.Context(), "python3.13", dir)
	if err != nil {
		t.Skip(err)
	}
	return command
}

func TestPython(t *testing.T) {
	t.Parallel()
	shared := startPython(t, "python3.13", "app.handler")
	for name, test := range map[string]func(*testing.T, *function){
		"answers": pythonHandlers, "context": pythonContext, "environment": pythonEnvironment, "path": pythonPath,
		"log": pythonLog, "payload of an error": pythonErrorPayload,
	} {
		t.Run(name, func(t *testing.T) {
			f := *shared
			f.t = t
			test(t, &f)
		})
	}
}

func pythonHandlers(t *testing.T, f *function) {
	t.Helper()
	for _, tt := range []struct{ do, want string }{
		{"event", `{"do": "event"}`},
		{"nothing", "null"},
		{"bytes", "raw"},
		{"text", `"Grüße"`},
		{"numbers", "[5, 1.5, 1000.0]"},
		{"set", "Runtime.MarshalError: Unable to marshal response: Object of type set is not JSON serializable"},
		{"async", "Runtime.MarshalError: Unable to marshal response: Object of type coroutine is not JSON serializable"},
		{"fail", "ValueError: as asked"},
		{"long", "Function.ResponseSizeTooLarge: Exceeded maximum allowed payload size (6291556 bytes)."},
		{"exit", "Runtime.ExitError: RequestId: ID Error: Runtime exited with error: exit status 3"},
		{"exit 0", "Runtime.ExitError: RequestId: ID Error: Runtime exited without providing a reason"},
	} {
		if got := requestID.ReplaceAllString(f.do(tt.do), "ID"); got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.do, got, tt.want)
		}
	}
}

var requestID = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f-]{27}`)

// Before 3.12 what is not ASCII was escaped.
func TestPythonAnswersOfOldRuntimes(t *testing.T) {
	t.Parallel()
	if got := startPython(t, "python3.11", "app.handler").do("text"); got != `"Gr\u00fc\u00dfe"` {
		t.Errorf("got %s", got)
	}
}

func TestPythonModulesOfHandlers(t *testing.T) {
	t.Parallel()
	for handler, want := range map[string]string{
		"src/app.handler":       `"hello from src.app"`,
		"src.app.handler":       `"hello from src.app"`,
		"pkg.mod.inner.handler": `"hello from pkg.mod.inner"`,
		"app":                   "Runtime.MalformedHandlerName: Bad handler 'app': not enough values to unpack (expected 2, got 1)",
		"app.handle":            "Runtime.HandlerNotFound: Handler 'handle' missing on module 'app'",
		"sys.handler":           "Runtime.BuiltInModuleConflict: Cannot use built-in module sys as a handler module",
		"nowhere.handler":       "Runtime.ImportModuleError: Unable to import module 'nowhere': No module named 'nowhere'",
		"broken/missing.handler": "Runtime.ImportModuleError: Unable to import module 'broken/missing': " +
			"No module named 'no_such_package'",
		"broken/throws.handler": "RuntimeError: no start",
		"broken/leaves.handler": "Runtime.ExitError: RequestId: ID Error: Runtime exited with error: exit status 1",
		"broken.syntax.handler": "Runtime.UserCodeSyntaxError: Syntax error in module 'broken.syntax': invalid syntax (syntax.py, line 1)",
	} {
		t.Run(handler, func(t *testing.T) {
			t.Parallel()
			if got := requestID.ReplaceAllString(startPython(t, "python3.12", handler).do("event"), "ID"); got != want {
				t.Errorf("got %s, want %s", got, want)
			}
		})
	}
}

func pythonContext(t *testing.T, f *function) {
	t.Helper()
	got := map[string]any{}
	ctx := lambda.WithCall(t.Context(), &lambda.Call{ClientContext: `{"client":{"app_title":"chat"},"custom":{"a":"b"}}`})
	payload, err := f.pool.Invoke(ctx, []byte(`{"do":"context"}`))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(payload, &got); err != nil {
		t.Fatal(err)
	}
	if remaining, ok := got["remaining"].(float64); !ok || remaining > 60_000 || remaining <= 0 {
		t.Errorf("got %v ms left of a minute", got["remaining"])
	}
	for name, want := range map[string]string{
		"function_name": "Fn", "function_version": "$LATEST", "memory_limit_in_mb": "128", "log_group_name": "/aws/lambda/Fn",
		"invoked_function_arn": "arn:aws:lambda:us-east-1:123456789012:function:Fn",
	} {
		if got[name] != want {
			t.Errorf("%s: got %v, want %v", name, got[name], want)
		}
	}
	if id, _ := got["aws_request_id"].(string); !requestID.MatchString(id) {
		t.Errorf("got the request ID %q", id)
	}
	if client, _ := json.Marshal(got["client"]); string(client) != `[{"a":"b"},"chat",null]` {
		t.Errorf("got the client context %s", client)
	}
}

func pythonEnvironment(t *testing.T, f *function) {
	t.Helper()
	got := map[string]string{}
	if err := json.Unmarshal([]byte(f.do("environment")), &got); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"AWS_EXECUTION_ENV": "AWS_Lambda_python3.13", "_HANDLER": "app.handler"} {
		if got[name] != want {
			t.Errorf("%s: got %q, want %q", name, got[name], want)
		}
	}
	if !strings.HasPrefix(got["_X_AMZN_TRACE_ID"], "Root=1-") {
		t.Errorf("_X_AMZN_TRACE_ID: got %q", got["_X_AMZN_TRACE_ID"])
	}
}

// Names mean what they mean on Lambda: the function's own modules come before localdev's.
func pythonPath(t *testing.T, f *function) {
	t.Helper()
	var path []string
	if err := json.Unmarshal([]byte(f.do("path")), &path); err != nil {
		t.Fatal(err)
	}
	if folder, _ := filepath.Abs("testdata/python"); path[0] != folder {
		t.Errorf("got %q, want %s first", path, folder)
	}
}

func pythonLog(t *testing.T, f *function) {
	t.Helper()
	f.do("log")
	f.do("context.log")
	f.do("fail")
	const at = `\t\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z\t[0-9a-f-]{36}\t`
	for _, want := range []string{
		`fn \S+ printed in pieces`,
		`fn \S+ \[INFO\]` + at + `two\nfn \S+ lines`,
		`fn \S+ \[INFO\]` + at + `Grüße`,
		`fn \S+ ValueError: as asked\nfn \S+ printed after it`,
		`fn \S+ by context`,
		`fn \S+ \[ERROR\] ValueError: as asked\nfn \S+ Traceback \(most recent call last\):\n` +
			`fn \S+   File "\S+/app\.py", line \d+, in handler`,
	} {
		f.output.has(t, `^`+want+`$`)
	}
	if strings.Contains(f.output.String(), "basic ") {
		t.Error("logging.basicConfig made a second handler")
	}
}

func TestPythonLogAsJSON(t *testing.T) {
	t.Parallel()
	folder, err := filepath.Abs("testdata/python")
	if err != nil {
		t.Fatal(err)
	}
	command := findPython(t, t.TempDir(), folder)
	command.Env = map[string]string{"AWS_LAMBDA_LOG_FORMAT": "JSON", "AWS_LAMBDA_LOG_LEVEL": "WARN"}
	f := startCommand(t, command, "python3.13", folder, "app.handler")
	f.do("log")
	f.do("fail")
	const at = `"timestamp": "\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", `
	for _, want := range []string{
		`\{` + at + `"level": "INFO", "message": "Grüße", "logger": "root", "requestId": "[0-9a-f-]{36}", "room": "blue"\}$`,
		`\{` + at + `"level": "ERROR", "message": "caught", "logger": "root", "stackTrace": \[.*\], "errorType": "ValueError", ` +
			`"errorMessage": "as asked", "location": ".*app\.py:logs:\d+", "requestId": "[0-9a-f-]{36}"\}$`,
		`\{` + at + `"level": "ERROR", "errorMessage": "as asked", "errorType": "ValueError", "requestId": "[0-9a-f-]{36}", "stackTrace": \[`,
	} {
		f.output.has(t, want)
	}
}

func pythonErrorPayload(t *testing.T, f *function) {
	t.Helper()
	_, err := f.pool.Invoke(t.Context(), []byte(`{"do":"fail"}`))
	var failed *lambda.Error
	if !errors.As(err, &failed) {
		t.Fatal(err)
	}
	var told struct {
		RequestID  string `json:"requestId"`
		StackTrace []string
	}
	if err := json.Unmarshal(failed.Payload, &told); err != nil {
		t.Fatal(err)
	}
	if !requestID.MatchString(told.RequestID) || len(told.StackTrace) != 2 || !strings.Contains(told.StackTrace[1], "in fails\n    raise ValueError(") {
		t.Errorf("got %s", failed.Payload)
	}
}

func TestPythonSaysWhatToInstall(t *testing.T) {
	t.Parallel()
	for handler, want := range map[string]string{
		"broken/missing.handler": "localdev: no_such_package is not beside the code, nor in ",
		"nowhere.handler":        "localdev: the handler's module is looked for in ",
	} {
		t.Run(handler, func(t *testing.T) {
			t.Parallel()
			f := startPython(t, "python3.13", handler)
			f.do("event")
			f.output.has(t, regexp.QuoteMeta(want))
		})
	}
}

// A virtual environment of the project is taken before what is on PATH. This one has no packages.
func TestPythonOfAVirtualEnvironment(t *testing.T) {
	t.Parallel()
	project := t.TempDir()
	code := filepath.Join(project, "services", "chat")
	if err := os.MkdirAll(code, 0o755); err != nil {
		t.Fatal(err)
	}
	write := func(name, content string) {
		if err := os.WriteFile(filepath.Join(code, name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("app.py", "import boto3\n")
	write("requirements.txt", "boto3\n")
	system := findPython(t, t.TempDir(), code)
	venv := filepath.Join(project, ".venv")
	if out, err := exec.CommandContext(t.Context(), system.Binary, "-m", "venv", "--without-pip", venv).CombinedOutput(); err != nil {
		t.Skipf("this Python makes no virtual environments: %v %s", err, out)
	}
	command := findPython(t, project, code)
	python := filepath.Join(venv, "bin", "python")
	if command.Binary != python || !strings.HasSuffix(command.Version, " of "+python) {
		t.Errorf("got %+v, want that of %s", command, venv)
	}
	f := startCommand(t, command, "python3.13", code, "app.handler")
	f.do("event")
	want := "localdev: boto3 is part of Lambda's Python, not of " + python + ": " + python + " -m pip install -r " +
		filepath.Join(code, "requirements.txt")
	f.output.has(t, regexp.QuoteMeta(want))
}

func TestPythonThatIsTooOldIsNamed(t *testing.T) {
	onPath(t, "python3", "echo 3.8.10")
	_, err := managed.On(t.TempDir()).Find(t.Context(), "python3.13", t.TempDir())
	if err == nil || !strings.Contains(err.Error(), "cannot be used: it is version 3.8.10: install Python 3.9 or later") {
		t.Errorf("got %v", err)
	}
}
