package emulator_test

import (
	"archive/zip"
	"encoding/base64"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/parley-rtc/parley/localdev/emulator"
)

// foreign runs a template whose functions localdev cannot run by itself.
func foreign(o *emulator.Options) { o.Template = "testdata/foreign/template.yaml" }

func withNode(o *emulator.Options) {
	foreign(o)
	o.Exec = map[string]string{"Node": "node index.mjs 'two words' x"}
}

// answer is what testdata/foreign/node answers.
type answer struct {
	Greeting, Handler, Folder string
	Arguments                 []string
}

func wantAnswer(t *testing.T, got answer, greeting string) {
	t.Helper()
	if got.Greeting != greeting || got.Handler != "index.handler" || filepath.Base(got.Folder) != "node" ||
		strings.Join(got.Arguments, "|") != "two words|x" {
		t.Errorf("got %+v", got)
	}
}

func TestCommandRunsAFunction(t *testing.T) {
	t.Parallel()
	w := start(t, withNode, func(o *emulator.Options) { o.Parameters = map[string]string{"Greeting": "good day"} })
	c := w.dial("")
	c.send(`{"action":"node"}`)
	wantAnswer(t, decode[answer](t, c.text()), "good day")
	c.send(`{"action":"node","fail":true}`)
	if got := c.text(); !strings.Contains(got, "Internal server error") {
		t.Errorf("got %s for a function that failed", got)
	}
	if strings.Contains(w.log.String(), "honour HTTPS_PROXY") {
		t.Error("the log speaks of proxies though Node.js needs none")
	}
}

func TestFunctionThatCannotBeRunFailsAlone(t *testing.T) {
	t.Parallel()
	w := start(t, withNode)
	c := w.dial("")
	c.send(`{"action":"java"}`)
	if got := c.text(); !strings.Contains(got, `"Internal server error"`) {
		t.Errorf("got %s", got)
	}
	c.send(`{"action":"node"}`)
	wantAnswer(t, decode[answer](t, c.text()), "hello")
	for _, want := range []string{"function cannot be run", "function=Java", "line=41", "no java21", "-exec 'Java=COMMAND'"} {
		if !strings.Contains(w.log.String(), want) {
			t.Errorf("the log has no %q", want)
		}
	}
}

// What nobody can run here, and what is wrong with one function, is told at the start and fails
// with its routes.
func TestTemplateNoneOfWhichRunsStarts(t *testing.T) {
	t.Parallel()
	w := start(t, func(o *emulator.Options) { o.Template = "testdata/broken.yaml" })
	if resp, _ := w.handshake("/prod"); resp.StatusCode != http.StatusBadGateway {
		t.Errorf("got %s for a $connect that cannot run, want 502", resp.Status)
	}
	for _, want := range []string{
		`about the template" resource=Java line=`, "localdev runs no java21 by itself", `about the template" resource=Missing line=`, "no folder not/there",
		"resource=Late line=20 reason=\"Timeout is", `about the template" resource=elsewhere`, "function cannot be run", "function=Java",
	} {
		if !strings.Contains(w.log.String(), want) {
			t.Errorf("the log has no %q", want)
		}
	}
}

func TestBadExecAndParameterNames(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		change func(*emulator.Options)
		want   string
	}{
		"a function that is not there": {func(o *emulator.Options) { o.Exec["Nod"] = "x" }, `the template has no function "Nod"; did you mean Node?`},
		"a program that is not there":  {func(o *emulator.Options) { o.Exec["Node"] = "no-such-program-here" }, "-exec Node: command"},
		"a quote that stays open":      {func(o *emulator.Options) { o.Exec["Node"] = "node 'x" }, "a ' that is not closed"},
		"a parameter that is not there": {
			func(o *emulator.Options) { o.Parameters = map[string]string{"Greetin": "x"} }, `no parameter "Greetin"; did you mean Greeting?`,
		},
		"an endpoint that is no URL": {func(o *emulator.Options) { o.Lambda = "127.0.0.1:3001" }, "is no address such as http://127.0.0.1:3001"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			opt := emulator.Options{}
			withNode(&opt)
			tt.change(&opt)
			e, err := emulator.Start(t.Context(), opt)
			if err == nil {
				e.Close()
			}
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

// Another localdev stands for sam local start-lambda: it knows functions by the same names, and speaks the same protocol.
func TestFunctionsElsewhere(t *testing.T) {
	t.Parallel()
	there := start(t, withNode)
	here := start(t, foreign, func(o *emulator.Options) { o.Lambda = "http://" + there.Addr })
	c := here.dial("")
	c.send(`{"action":"node"}`)
	wantAnswer(t, decode[answer](t, c.text()), "hello")
	c.send(`{"action":"node","fail":true}`)
	if got := c.text(); !strings.Contains(got, `"Internal server error"`) {
		t.Errorf("got %s for a function that failed", got)
	}
	resp, body := here.http(http.MethodPost, "/2015-03-31/functions/Node/invocations", `{"fail":true}`)
	if got := resp.Header.Get("X-Amz-Function-Error"); got != "Unhandled" || !strings.Contains(body, `"as asked"`) {
		t.Errorf("got X-Amz-Function-Error %q and %s, want the function's own error", got, body)
	}
	resp, _ = here.http(http.MethodPost, "/2015-03-31/functions/Node/invocations", `{}`, "X-Amz-Log-Type", "Tail")
	if log, err := base64.StdEncoding.DecodeString(resp.Header.Get("X-Amz-Log-Result")); err != nil || !strings.Contains(string(log), "REPORT RequestId") {
		t.Errorf("got the log %q, %v", log, err)
	}
	if got := here.bill()["invocations"].(map[string]any)["node"]; got != 4.0 {
		t.Errorf("got %v invocations on the bill, want 4", got)
	}
}

// The console and the weather know a function wherever it runs.
func TestFunctionsElsewhereInConsoleAndWeather(t *testing.T) {
	t.Parallel()
	there := start(t, withNode)
	here := start(t, foreign, func(o *emulator.Options) { o.Lambda = "http://" + there.Addr })
	c := here.dial("")
	c.send(`{"action":"node"}`)
	c.text()
	span := here.trace("the message", func(s traced) bool { return s.Kind == "message" && !s.Running })
	if got := span.steps(); !strings.HasPrefix(got, "invoke node, ") || !strings.Contains(got, "REPORT RequestId") {
		t.Errorf("got %s, want the function's run and its log", got)
	}
	for rule, want := range map[string]string{
		`{"fault":"crash","function":"node","times":1}`:                 "signal: killed",
		`{"fault":"timeout","function":"node","times":1,"delay":"1ms"}`: "Task timed out after 60.00 seconds",
	} {
		if resp, body := here.http(http.MethodPost, "/_localdev/weather", rule); resp.StatusCode >= 300 {
			t.Fatalf("weather: %s %s", resp.Status, body)
		}
		if _, body := here.http(http.MethodPost, "/2015-03-31/functions/Node/invocations", `{}`); !strings.Contains(body, want) {
			t.Errorf("%s: got %s", rule, body)
		}
	}
}

func TestZippedFunction(t *testing.T) {
	t.Parallel()
	node, err := exec.LookPath("node")
	if err != nil {
		t.Fatal(err)
	}
	script, err := os.ReadFile("testdata/foreign/node/index.mjs")
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile("testdata/foreign/template.yaml")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	template := filepath.Join(dir, "template.yaml")
	write(t, template, strings.NewReplacer("CodeUri: node", "CodeUri: build/code.zip", "nodejs22.x", "provided.al2023").Replace(string(text)))
	write(t, filepath.Join(dir, "build", "code.zip"), archive(t, map[string]string{
		"bootstrap":     "#!/bin/sh\nexec " + node + " lib/index.mjs 'two words' x\n",
		"lib/index.mjs": string(script),
	}))
	w := start(t, func(o *emulator.Options) { o.Template = template })
	c := w.dial("")
	c.send(`{"action":"node"}`)
	got := decode[answer](t, c.text())
	if want := filepath.Join(dir, ".localdev", "zip"); got.Greeting != "hello" || filepath.Dir(got.Folder) != want {
		t.Errorf("got %+v, want that it ran below %s", got, want)
	}
	if !strings.Contains(w.log.String(), "only by clients that honour HTTPS_PROXY\" functions=Node ") {
		t.Error("the log does not say how a program of any language reaches localdev")
	}
}

func archive(t *testing.T, files map[string]string) string {
	t.Helper()
	var b strings.Builder
	z := zip.NewWriter(&b)
	for name, content := range files {
		f, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write([]byte(content)); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}
