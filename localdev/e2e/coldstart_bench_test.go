package e2e_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// hello is the smallest function there is in Go: the yardstick of a cold start.
const hello = `package main

import (
	"context"

	"github.com/aws/aws-lambda-go/lambda"
)

func main() {
	lambda.Start(func(context.Context, any) (string, error) { return "hello", nil })
}
`

// BenchmarkColdStart is the time from starting a function's process until it asks for its first event, against that of a
// function that does nothing, in turns.
func BenchmarkColdStart(b *testing.B) {
	s := start(b)
	asked := make(chan time.Time, 1)
	runtime := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		select {
		case asked <- time.Now():
		default:
		}
		<-r.Context().Done() // there never is an event
	}))
	b.Cleanup(runtime.Close)
	names := []string{"hello", "connect", "disconnect", "message"}
	binaries := functionBinaries(b)
	env := []string{
		"AWS_LAMBDA_RUNTIME_API=" + strings.TrimPrefix(runtime.URL, "http://"), "AWS_REGION=us-east-1", "AWS_ACCESS_KEY_ID=x", "AWS_SECRET_ACCESS_KEY=y",
		"CONNECTIONS_TABLE=localdev-ConnectionsTable", "ROOMS_TABLE=localdev-RoomsTable", "AUTH=none", "AWS_ENDPOINT_URL_DYNAMODB=" + s.http,
		"AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI=" + s.http + "/prod",
	}
	took := map[string][]time.Duration{}
	for b.Loop() {
		for _, name := range names {
			cmd := exec.CommandContext(b.Context(), binaries[name])
			cmd.Env = env
			began := time.Now()
			if err := cmd.Start(); err != nil {
				b.Fatal(err)
			}
			select {
			case at := <-asked:
				took[name] = append(took[name], at.Sub(began))
			case <-time.After(patience):
				b.Fatalf("%s asked for nothing", name)
			}
			if err := cmd.Process.Kill(); err != nil {
				b.Fatal(err)
			}
			_ = cmd.Wait() // killed
			select {
			case <-asked: // it had asked twice
			default:
			}
		}
	}
	b.ReportMetric(0, "ns/op")
	median := func(name string) float64 {
		slices.Sort(took[name])
		return float64(took[name][len(took[name])/2].Microseconds()) / 1000
	}
	b.ReportMetric(median("hello"), "hello-ms")
	for _, name := range names[1:] {
		b.ReportMetric(median(name), name+"-ms")
		b.ReportMetric(median(name)/median("hello"), name+"-ratio")
	}
}

// functionBinaries builds the functions, and hello, as `make build` does but for this machine.
func functionBinaries(b *testing.B) map[string]string {
	b.Helper()
	dir := b.TempDir()
	// Inside of the module, where its library is known; the go command does not look into testdata.
	source, err := os.MkdirTemp("testdata", "hello")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = os.RemoveAll(source) })
	if err := os.WriteFile(filepath.Join(source, "main.go"), []byte(hello), 0o600); err != nil {
		b.Fatal(err)
	}
	binaries := map[string]string{}
	for name, pkg := range map[string]string{"hello": "./" + source, "connect": "../../functions/connect", "disconnect": "../../functions/disconnect", "message": "../../functions/message"} {
		binaries[name] = filepath.Join(dir, name)
		cmd := exec.CommandContext(b.Context(), "go", "build", "-trimpath", "-buildvcs=false", "-tags", "lambda.norpc", "-ldflags=-s -w -buildid=", "-o", binaries[name], pkg)
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
		if out, err := cmd.CombinedOutput(); err != nil {
			b.Fatalf("%s: %v\n%s", name, err, out)
		}
	}
	return binaries
}
