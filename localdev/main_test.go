package main_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/coder/websocket"
)

const patience = 2 * time.Minute // for what must happen, on a machine that has other work too

// binary builds localdev once for all tests.
var binary = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "localdev-test-")
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "localdev")
	// As the functions are built, so that what they have in common is compiled once.
	cmd := exec.Command("go", "build", "-trimpath", "-tags", "nethttpomithttp2", "-o", path, ".")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	out, err := cmd.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%w: %s", err, out)
	}
	return path, nil
})

func TestMain(m *testing.M) {
	code := m.Run()
	if path, err := binary(); err == nil {
		os.RemoveAll(filepath.Dir(path))
	}
	os.Exit(code)
}

func command(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	path, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	return exec.Command(path, args...)
}

// running is a localdev of the test API that has said it is ready.
type running struct {
	t      *testing.T
	cmd    *exec.Cmd
	url    string
	stdout *bufio.Reader
	ended  chan error
}

func run(t *testing.T, args ...string) *running {
	t.Helper()
	r := &running{t: t, ended: make(chan error, 1)}
	r.cmd = command(t, append([]string{"-template", "emulator/testdata/template.yaml", "-listen", "127.0.0.1:0"}, args...)...)
	r.cmd.Stderr = os.Stderr
	out, in, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	r.cmd.Stdout = in
	if err := r.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	in.Close()
	go func() { r.ended <- r.cmd.Wait() }()
	t.Cleanup(func() { _ = r.cmd.Process.Kill(); out.Close() })
	r.stdout = bufio.NewReader(out)
	line, err := r.stdout.ReadString('\n')
	if err != nil {
		t.Fatalf("no ready line: %v", err)
	}
	var ok bool
	if r.url, ok = strings.CutPrefix(strings.TrimSpace(line), "ready "); !ok || !strings.HasSuffix(r.url, "/prod") {
		t.Fatalf("got %q, want a ready line", line)
	}
	return r
}

func (r *running) dial() *websocket.Conn {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(r.t.Context(), patience)
	defer cancel()
	c, _, err := websocket.Dial(ctx, r.url, nil)
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { c.CloseNow() })
	return c
}

// children returns the processes whose parent is pid.
func children(t *testing.T, pid int) []int {
	t.Helper()
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		t.Fatal(err)
	}
	var list []int
	for _, path := range stats {
		stat, err := os.ReadFile(path)
		if err != nil {
			continue // it ended
		}
		fields := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:]))
		if fields[0] != "Z" && fields[1] == strconv.Itoa(pid) {
			child, _ := strconv.Atoi(filepath.Base(filepath.Dir(path)))
			list = append(list, child)
		}
	}
	return list
}

func alive(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err == nil && !bytes.Contains(stat, []byte(") Z "))
}

func TestEndLeavesNothing(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Log("only Linux has /proc and a parent-death signal: nothing to check")
		return
	}
	for _, tt := range []struct {
		signal syscall.Signal
		exit   string
	}{{syscall.SIGTERM, ""}, {syscall.SIGINT, ""}, {syscall.SIGKILL, "signal: killed"}} {
		t.Run(tt.signal.String(), func(t *testing.T) {
			var took time.Duration
			for range 5 { // on a machine that has other work it may be slow once
				if took = endOf(t, run(t), tt.signal, tt.exit); took <= 2*time.Second {
					return
				}
			}
			t.Errorf("took %v to end", took)
		})
	}
}

// endOf ends a localdev that has work, and returns how long it took. Nothing of it may be left.
func endOf(t *testing.T, r *running, signal syscall.Signal, exit string) time.Duration {
	t.Helper()
	c := r.dial()
	busy := []byte(`{"action":"act","ms":60000}`) // until the end
	if err := c.Write(t.Context(), websocket.MessageText, busy); err != nil {
		t.Fatal(err)
	}
	var pids []int
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for limit := time.Now().Add(patience); len(pids) < 3; <-tick.C { // engine, gate, actor
		if pids = children(t, r.cmd.Process.Pid); time.Now().After(limit) {
			t.Fatalf("there are only the processes %v", pids)
		}
	}
	began := time.Now()
	if err := r.cmd.Process.Signal(signal); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-r.ended:
		if got := fmt.Sprint(err); exit == "" && err != nil || exit != "" && got != exit {
			t.Errorf("ended with %v, want %q", err, exit)
		}
	case <-time.After(patience):
		t.Fatal("did not end")
	}
	took := time.Since(began)
	if rest, _ := io.ReadAll(r.stdout); len(rest) > 0 {
		t.Errorf("wrote %q to stdout after the ready line", rest)
	}
	for _, pid := range pids {
		for limit := time.Now().Add(patience); alive(pid); <-tick.C {
			if time.Now().After(limit) {
				t.Errorf("process %d is left", pid)
				break
			}
		}
	}
	return took
}

// mock is an API and nothing else.
const mock = `Parameters: {Name: {Type: String}}
Resources:
  Api: {Type: AWS::ApiGatewayV2::Api, Properties: {Name: a, ProtocolType: WEBSOCKET, RouteSelectionExpression: $request.body.action}}
  Stage: {Type: AWS::ApiGatewayV2::Stage, Properties: {ApiId: !Ref Api, StageName: !Ref Name, AutoDeploy: true}}
  Integration: {Type: AWS::ApiGatewayV2::Integration, Properties: {ApiId: !Ref Api, IntegrationType: MOCK}}
  Default: {Type: AWS::ApiGatewayV2::Route, Properties: {ApiId: !Ref Api, RouteKey: $default, Target: !Sub "integrations/${Integration}"}}
`

func TestStartWithoutAFlag(t *testing.T) {
	dir := t.TempDir()
	for name, content := range map[string]string{
		"sam/app.yaml": mock,
		"samconfig.toml": "version = 0.1\n[default.global.parameters]\ntemplate_file = \"sam/app.yaml\"\n" +
			"parameter_overrides = \"Name=told Unknown=x\"\n",
	} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	cmd := command(t, "-listen", "127.0.0.1:0")
	cmd.Dir = dir
	var stderr strings.Builder
	cmd.Stderr = &stderr
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil || !strings.HasPrefix(line, "ready ws://127.0.0.1:") || !strings.HasSuffix(line, "/told\n") {
		t.Errorf("got %q, %v, want a ready line", line, err)
	}
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("ended with %v", err)
	}
	first, _, _ := strings.Cut(stderr.String(), "\n")
	if want := "localdev runs " + filepath.Join("sam", "app.yaml") + ", as samconfig.toml says"; first != want {
		t.Errorf("it begins with %q, want %q", first, want)
	}
}

func TestBadStarts(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	dir := t.TempDir()
	bad := filepath.Join(dir, "bad.yaml")
	if err := os.WriteFile(bad, []byte("Resources:\n  A: [\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	const good = "emulator/testdata/template.yaml"
	for _, tt := range []struct {
		name string
		args []string
		env  []string
		want string
	}{
		{"no template", []string{"-template", filepath.Join(dir, "none.yaml")}, nil, "none.yaml"},
		{"bad YAML", []string{"-template", bad}, nil, "bad.yaml:2:"},
		{"port taken", []string{"-template", good, "-listen", taken.Addr().String()}, nil, "cannot listen on " + taken.Addr().String()},
		{"bad address", []string{"-template", good, "-listen", "nowhere"}, nil, "cannot listen on nowhere: address nowhere: missing port in address; -listen wants"},
		{"no engine", []string{"-template", good, "-listen", "127.0.0.1:0"}, []string{
			"PATH=" + dir, "HOME=" + dir,
			"XDG_CACHE_HOME=" + dir,
		}, "dynoxide is missing"},
		{"bad engine", []string{"-template", good, "-listen", "127.0.0.1:0"}, []string{"DYNOXIDE_BIN=" + bad}, "DYNOXIDE_BIN=" + bad},
		{
			"an engine that ends",
			[]string{"-template", good, "-listen", "127.0.0.1:0"},
			[]string{"DYNOXIDE_BIN=/bin/false"},
			"exit status 1",
		},
		{"no DynamoDB at the URL", []string{
			"-template", good, "-listen", "127.0.0.1:0", "-dynamodb",
			"http://" + taken.Addr().String() + "0",
		}, nil, "does a DynamoDB listen there?"},
		{"bad stage", []string{"-template", good, "-stage", "a/b"}, nil, `stage "a/b"`},
		{"the console's stage", []string{"-template", good, "-stage", "_localdev"}, nil, "not _localdev"},
		{"unknown flag", []string{"-colour", "red"}, nil, "-colour"},
		{"bad order", []string{"-order", "random"}, nil, "want concurrent or serial"},
		{"bad switch", []string{"-switch", "random"}, nil, "there are connect-timeout-502, delete-closes-1005"},
		{"bad variable", []string{"-env", "NAME"}, nil, "want NAME=VALUE"},
		{"bad command", []string{"-exec", "Node="}, nil, "want LogicalID=COMMAND"},
		{"bad parameter", []string{"-parameter", "=x"}, nil, "want NAME=VALUE"},
		{"bad Lambda endpoint", []string{"-template", good, "-listen", "127.0.0.1:0", "-lambda", "3001"}, nil, `-lambda "3001" is no address`},
		{"a mapping that is no path", []string{"-template", good, "-listen", "127.0.0.1:0", "-map", "a b"}, nil, `-map "a b": want a name such as peerjs`},
		{"no recording", []string{"-replay", good}, nil, good + ":1: this is no recording"},
		{"an argument", []string{"template.yaml"}, nil, `"template.yaml"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			cmd := command(t, tt.args...)
			if tt.env != nil {
				cmd.Env = append(withoutEngine(), tt.env...)
			}
			var stdout, stderr strings.Builder
			cmd.Stdout, cmd.Stderr = &stdout, &stderr
			err := cmd.Run()
			var exit *exec.ExitError
			if !errors.As(err, &exit) || exit.ExitCode() != 1 {
				t.Errorf("ended with %v, want exit status 1", err)
			}
			lines := strings.Split(strings.TrimSpace(stderr.String()), "\n")
			if last := lines[len(lines)-1]; !strings.HasPrefix(last, "localdev: ") || !strings.Contains(last, tt.want) {
				t.Errorf("got %q, want %s", last, tt.want)
			}
			if stdout.Len() > 0 {
				t.Errorf("wrote %q to stdout", stdout.String())
			}
		})
	}
}

// withoutEngine is the environment without what names an engine.
func withoutEngine() []string {
	var env []string
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "DYNOXIDE_BIN=") {
			env = append(env, v)
		}
	}
	return env
}

func TestHelp(t *testing.T) {
	for _, dashes := range []string{"-", "--"} {
		out, err := command(t, dashes+"help").Output()
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{"-template", "-listen", "-stage", "-data", "-dynamodb", "-env", "-lambda", "-exec", "-parameter", "-order", "-switch", "-freeze", "-iam", "-map", "-front", "-watch", "-weather", "-ttl-delay", "-identity", "-record", "-replay", "-version", "Examples:"} {
			if !strings.Contains(string(out), want) {
				t.Errorf("%shelp lacks %s", dashes, want)
			}
		}
	}
	out, err := command(t, "-version").Output()
	if want := runtime.GOOS + "/" + runtime.GOARCH; err != nil || !strings.HasPrefix(string(out), "localdev ") || !strings.Contains(string(out), want) {
		t.Errorf("-version: got %s, %v, want %s", out, err, want)
	}
	if r := run(t, "--stage=prod", "--order", "serial", "--switch", "ping-resets-idle", "-watch=false"); r.url == "" {
		t.Error("two dashes do not work")
	}
}

func TestIdleConnectionsAreCheap(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Log("only Linux has /proc: nothing to measure")
		return
	}
	const connections, limit = 1000, 40 // KiB each; they may have cost 24
	r := run(t, "-watch=false")
	r.dial()
	before := resident(t, r.cmd.Process.Pid)
	var dialling sync.WaitGroup
	for range 10 {
		dialling.Go(func() {
			for range connections / 10 {
				r.dial()
			}
		})
	}
	dialling.Wait()
	each := (resident(t, r.cmd.Process.Pid) - before) / connections
	t.Logf("%d KiB for each idle connection", each)
	if each > limit {
		t.Errorf("an idle connection costs %d KiB, want at most %d", each, limit)
	}
}

// resident returns the resident memory of a process in KiB.
func resident(t *testing.T, pid int) int {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(status)) {
		if rest, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			n, err := strconv.Atoi(strings.TrimSuffix(strings.TrimSpace(rest), " kB"))
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
	}
	t.Fatal("no VmRSS")
	return 0
}
