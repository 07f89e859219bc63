package e2e_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

// alone is Lambda's Runtime API for one function that runs alone, so that events can be given to it one by one and
// their time taken. Between events the function is frozen, as Lambda has it.
type alone struct {
	server  *httptest.Server
	asked   chan struct{}      // once the function wants an event, and is frozen
	events  chan string        // what it gets
	answers chan runtimeAnswer // what it said of the event
	child   *exec.Cmd
	started chan struct{} // once child.Process is set
}

type runtimeAnswer struct {
	at     time.Time
	failed string
}

// aloneWith makes a Runtime API for a command that has not started yet.
func aloneWith(b *testing.B, child *exec.Cmd) *alone {
	b.Helper()
	r := &alone{
		asked: make(chan struct{}, 1), events: make(chan string), answers: make(chan runtimeAnswer, 1),
		child: child, started: make(chan struct{}),
	}
	r.server = httptest.NewServer(r)
	b.Cleanup(r.server.Close)
	child.Env = append(child.Env, "AWS_LAMBDA_RUNTIME_API="+strings.TrimPrefix(r.server.URL, "http://"))
	return r
}

func (r *alone) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	if req.Method == http.MethodGet { // next
		<-r.started
		_ = r.child.Process.Signal(syscall.SIGSTOP)
		r.asked <- struct{}{}
		select {
		case event := <-r.events:
			h := w.Header()
			h.Set("Content-Type", "application/json")
			h.Set("Lambda-Runtime-Aws-Request-Id", "8476a536-e9f4-11e8-9739-2dfe598c3fcd")
			h.Set("Lambda-Runtime-Deadline-Ms", fmt.Sprint(time.Now().Add(10*time.Second).UnixMilli()))
			h.Set("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:us-east-1:000000000000:function:message")
			h.Set("Lambda-Runtime-Trace-Id", "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=0")
			_, _ = io.WriteString(w, event)
		case <-req.Context().Done():
		}
		return
	}
	body, _ := io.ReadAll(req.Body) // as much as came
	answer := runtimeAnswer{at: time.Now()}
	if !strings.HasSuffix(req.URL.Path, "/response") {
		answer.failed = string(body)
	}
	r.answers <- answer
	w.WriteHeader(http.StatusAccepted)
}

// start starts the function, and returns how long it took until it asked for an event.
func (r *alone) start(ctx context.Context, b *testing.B) time.Duration {
	b.Helper()
	began := time.Now()
	if err := r.child.Start(); err != nil {
		b.Fatal(err)
	}
	close(r.started)
	b.Cleanup(r.end)
	r.wait(ctx, b)
	return time.Since(began)
}

func (r *alone) wait(ctx context.Context, b *testing.B) {
	b.Helper()
	select {
	case <-r.asked:
	case <-ctx.Done():
		b.Fatal("the function asks for no event")
	}
}

// invoke gives the function an event and returns how long it took to answer.
func (r *alone) invoke(ctx context.Context, b *testing.B, event string) time.Duration {
	b.Helper()
	began := time.Now()
	_ = r.child.Process.Signal(syscall.SIGCONT)
	r.events <- event
	select {
	case answer := <-r.answers:
		if answer.failed != "" {
			b.Fatal(answer.failed)
		}
		r.wait(ctx, b)
		return answer.at.Sub(began)
	case <-ctx.Done():
		b.Fatal("the function does not answer")
	}
	return 0
}

func (r *alone) end() {
	_ = r.child.Process.Kill()
	_ = r.child.Wait() // killed
	r.server.CloseClientConnections()
}
