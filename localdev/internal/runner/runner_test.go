package runner_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/parley-rtc/parley/localdev/internal/lambda"
	"github.com/parley-rtc/parley/localdev/internal/runner"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestCommand(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	script := filepath.Join(dir, "run.sh")
	if err := os.WriteFile(script, []byte("#!/bin/sh\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		line, fault string
		want        []string
	}{
		{line: "./run.sh", want: []string{script}},
		{line: "  ./run.sh  a\tb ", want: []string{script, "a", "b"}},
		{line: `./run.sh 'a b' "it's" x'y z'w ''`, want: []string{script, "a b", "it's", "xy zw", ""}},
		{line: `./run.sh $HOME *`, want: []string{script, "$HOME", "*"}},
		{line: "./run.sh 'a", fault: "a ' that is not closed"},
		{line: "./missing.sh", fault: "no such file"},
		{line: " ", fault: "no command"},
	} {
		got, err := runner.Command(tt.line, dir)
		switch {
		case tt.fault != "" && (err == nil || !strings.Contains(err.Error(), tt.fault)):
			t.Errorf("%s: got %v, want %q", tt.line, err, tt.fault)
		case tt.fault == "" && (err != nil || !slices.Equal(got, tt.want)):
			t.Errorf("%s: got %q, %v, want %q", tt.line, got, err, tt.want)
		}
	}
}

// meter counts events.
type meter struct{ invoked, ran chan struct{} }

func newMeter() meter { return meter{make(chan struct{}, 10), make(chan struct{}, 10)} }

func (m meter) Invoked(string)         { m.invoked <- struct{}{} }
func (m meter) Ran(int, time.Duration) { m.ran <- struct{}{} }

// remote returns function Fn, by its other name stack-Fn, of an endpoint that answers with handler.
func remote(t *testing.T, handler http.HandlerFunc) (*runner.Remote, meter) {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	endpoint, err := runner.NewEndpoint(server.URL + "/")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(endpoint.Close)
	m := newMeter()
	return endpoint.Function(lambda.Function{Folder: "fn", MemoryMB: 128, Timeout: time.Minute},
		lambda.Options{Meter: m, Log: slog.New(slog.DiscardHandler)}, "Fn", "stack-Fn"), m
}

func TestRemoteIsFoundByEitherName(t *testing.T) {
	t.Parallel()
	paths := make(chan string, 10)
	f, m := remote(t, func(w http.ResponseWriter, r *http.Request) {
		paths <- r.Method + " " + r.URL.Path
		if !strings.Contains(r.URL.Path, "stack-") {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		_, _ = io.Copy(w, r.Body)
	})
	for range 2 {
		if got, err := f.Invoke(t.Context(), []byte(`{"a":1}`)); err != nil || string(got) != `{"a":1}` {
			t.Fatalf("got %s, %v", got, err)
		}
		<-m.invoked
		<-m.ran
	}
	for _, want := range []string{"Fn", "stack-Fn", "stack-Fn"} { // the name that was found is asked for first
		if got := <-paths; got != "POST /2015-03-31/functions/"+want+"/invocations" {
			t.Errorf("got %s, want function %s", got, want)
		}
	}
}

func TestRemoteFailures(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		handler http.HandlerFunc
		want    string
	}{
		"unknown": {http.NotFound, "knows no function Fn and no stack-Fn"},
		"broken": {func(w http.ResponseWriter, _ *http.Request) {
			http.Error(w, "no Docker", http.StatusInternalServerError)
		}, "500 Internal Server Error: no Docker"},
		"throttled": {func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusTooManyRequests)
		}, lambda.ErrThrottled.Error()},
		"too long": {func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write(make([]byte, 6<<20+1))
		}, "an answer of more than 6291456 bytes"},
		"gone": {func(w http.ResponseWriter, _ *http.Request) {
			if conn, _, err := http.NewResponseController(w).Hijack(); err == nil {
				conn.Close()
			}
		}, "does something serve Lambda there?"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f, _ := remote(t, tt.handler)
			if _, err := f.Invoke(t.Context(), nil); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

func TestRemoteFunctionError(t *testing.T) {
	t.Parallel()
	const payload = `{"errorMessage":"as asked","errorType":"Asked"}`
	f, _ := remote(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-Amz-Function-Error", "Unhandled")
		_, _ = io.WriteString(w, payload)
	})
	_, err := f.Invoke(t.Context(), nil)
	var failed *lambda.Error
	if !errors.As(err, &failed) || failed.Type != "Asked" || string(failed.Payload) != payload {
		t.Errorf("got %v, want the function's own error", err)
	}
}

// As on Lambda, a caller that stops waiting does not stop the function.
func TestRemoteOutlivesItsCaller(t *testing.T) {
	t.Parallel()
	here, goOn, finished := make(chan struct{}), make(chan struct{}), make(chan bool, 1)
	f, m := remote(t, func(_ http.ResponseWriter, r *http.Request) {
		close(here)
		select {
		case <-goOn:
			finished <- true
		case <-r.Context().Done():
			finished <- false
		}
	})
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-here; cancel() }()
	if _, err := f.Invoke(ctx, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want that the caller has gone", err)
	}
	close(goOn)
	if !<-finished {
		t.Error("the function was stopped with its caller")
	}
	<-m.ran
}
