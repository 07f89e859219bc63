package egress_test

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/parley-rtc/parley/localdev/internal/egress"
)

// Hosts of AWS that localdev does not answer for, and what is said of each.
var astray = map[string]string{
	"execute-api.us-east-1.amazonaws.com":     "is a host that nobody has: give the client of @connections an endpoint",
	"abc.execute-api.eu-west-1.amazonaws.com": "is not led to localdev, which runs as in us-east-1",
	"dynamodb.eu-west-1.amazonaws.com":        "is not led to localdev, which runs as in us-east-1",
	"xyz.execute-api.us-east-1.amazonaws.com": "is not emulated: what is asked of it goes to AWS",
	"sqs.us-east-1.amazonaws.com":             "is not emulated: what is asked of it goes to AWS",
	"bucket.s3.amazonaws.com":                 "is not emulated: what is asked of it goes to AWS",
	"example.com":                             "",
}

// wantNotes checks that there is a line for each of them, and only one.
func wantNotes(t *testing.T, log string) {
	t.Helper()
	for host, want := range astray {
		found := 0
		for line := range strings.Lines(log) {
			if strings.Contains(" "+strings.ReplaceAll(line, `"`, " "), " "+host+" ") {
				found++
				if want == "" || !strings.Contains(line, want) {
					t.Errorf("%s: got %s", host, line)
				}
			}
		}
		if (found == 1) != (want != "") {
			t.Errorf("%s: got %d lines in %s", host, found, log)
		}
	}
}

func TestHostsThatProxyPassesThroughAreTold(t *testing.T) {
	var log bytes.Buffer
	p, err := egress.New(egress.Options{Region: "us-east-1", Log: slog.New(slog.NewTextHandler(&log, nil)), CacheDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	ctx, cancel := context.WithCancel(t.Context())
	cancel() // nobody is to be called
	for host := range astray {
		for range 2 {
			r := httptest.NewRequestWithContext(ctx, http.MethodConnect, host+":443", nil)
			r.RemoteAddr = "127.0.0.1:1234"
			p.ServeHTTP(httptest.NewRecorder(), r)
		}
	}
	wantNotes(t, log.String())
}

func TestNodeTellsOfHostsThatAreNotRedirected(t *testing.T) {
	const script = `for (const host of process.argv.slice(1)) {
		const lookup = (name, options, callback) => callback(new Error('nobody is to be called'))
		for (const port of [443, 443]) require('net').connect({ host, port, lookup }).on('error', () => {})
	}`
	env, _ := setUp(t, nil)
	wantNotes(t, noted(t, "node", env, "-e", script))
}

func TestPythonTellsOfHostsThatAreNotRedirected(t *testing.T) {
	if _, err := exec.LookPath("python3"); err != nil {
		t.Skip("there is no python3 on PATH, which the project does not require")
	}
	const script = `import socket, sys
for host in sys.argv[1:]:
    for port in 443, 443:
        try:
            socket.getaddrinfo(host, port, flags=socket.AI_NUMERICHOST)  # which asks nobody
        except socket.gaierror:
            pass`
	env, _ := setUp(t, nil, "PYTHONDONTWRITEBYTECODE", "1")
	wantNotes(t, noted(t, "python3", env, "-c", script))
}

// noted runs a script with the hosts, and returns what is on standard error.
func noted(t *testing.T, program string, env map[string]string, args ...string) string {
	t.Helper()
	for host := range astray {
		args = append(args, host)
	}
	cmd := exec.CommandContext(t.Context(), program, args...)
	for name, value := range env {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	cmd.Env = append(cmd.Env, "PATH="+os.Getenv("PATH"))
	var stderr strings.Builder
	cmd.Stderr = &stderr
	if err := cmd.Run(); err != nil {
		t.Fatal(err, stderr.String())
	}
	return stderr.String()
}
