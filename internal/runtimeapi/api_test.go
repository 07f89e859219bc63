package runtimeapi_test

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

// patience is how long a function may take for whatever it is to do.
const patience = 2 * time.Minute

// answer is one of the Runtime API's. The zero answer is 202, or for an event 200.
type answer struct {
	status int
	header map[string]string
	body   string
	raw    string // written instead, before the connection ends; or "nothing", or "hang"
	reset  bool   // so that what waits in it is lost
	flush  bool   // in chunks
}

// event returns an event of the Runtime API.
func event(body string, more ...string) answer {
	a := answer{body: body, header: map[string]string{
		requestID: "8476a536-e9f4-11e8-9739-2dfe598c3fcd", deadline: "1935410303419",
		traceID: "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=1",
		invoked: "arn:aws:lambda:us-east-2:123456789012:function:custom-runtime",
	}}
	for i := 0; i < len(more); i += 2 {
		a.header[more[i]] = more[i+1]
	}
	return a
}

// request is what matters of one to the Runtime API.
type request struct {
	Method, Path, Body, ContentType, UserAgent, Cause string
	theirs                                            bool // as only net/http asks
}

// api is a Runtime API that answers by a script. At its end it has no event, and says so.
type api struct {
	*httptest.Server
	t    *testing.T
	mu   sync.Mutex
	next []answer // to those who ask for an event
	post []answer // to those who bring what came of one
	got  []request
	hung chan struct{} // told of each that waits for an event for ever
	gone chan struct{} // told of each connection that has ended; who asks for /gone waits for one
}

func newAPI(t *testing.T, next, post []answer) *api {
	a := &api{t: t, next: next, post: post, hung: make(chan struct{}, 10), gone: make(chan struct{}, 10)}
	a.Server = httptest.NewServer(a)
	t.Cleanup(a.Close)
	return a
}

func (a *api) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/gone" {
		<-a.gone
		return
	}
	a.mu.Lock()
	list, usual, said := &a.post, http.StatusAccepted, answer{status: http.StatusAccepted}
	if r.Method == http.MethodGet {
		list, usual, said = &a.next, http.StatusOK, answer{status: http.StatusTeapot}
	}
	if len(*list) > 0 {
		said, *list = (*list)[0], (*list)[1:]
		said.status = cmp.Or(said.status, usual)
	}
	body, _ := io.ReadAll(r.Body)
	cause := r.Header.Get("Lambda-Runtime-Function-Xray-Error-Cause")
	a.got = append(a.got, request{
		Method: r.Method, Path: r.URL.EscapedPath(), Body: frames(a.t, body), Cause: frames(a.t, []byte(cause)),
		ContentType: r.Header.Get("Content-Type"), UserAgent: r.Header.Get("User-Agent"),
		theirs: r.Header.Get("Accept-Encoding") != "",
	})
	a.mu.Unlock()
	switch {
	case said.raw == "hang":
		a.hung <- struct{}{}
		<-r.Context().Done()
	case said.raw != "" || said.reset:
		conn, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			a.t.Error(err)
			return
		}
		_, _ = io.WriteString(conn, strings.TrimPrefix(said.raw, "nothing"))
		if said.reset {
			_ = conn.(*net.TCPConn).SetLinger(0)
		}
		conn.Close()
		a.gone <- struct{}{}
	default:
		for name, value := range said.header {
			w.Header().Set(name, value)
		}
		w.WriteHeader(said.status)
		_, _ = io.WriteString(w, said.body)
		if said.flush {
			_ = http.NewResponseController(w).Flush()
		}
	}
}

// outcome is what a function did: which requests it made, what it logged, and how it ended.
type outcome struct {
	Requests []request
	Log, End string
}

// play runs a function with a loop of ours or of aws-lambda-go until it ends. Meanwhile it does what
// during says, if that is not nil.
func (a *api) play(loop string, env []string, during func(*os.Process)) outcome {
	a.t.Helper()
	cmd := exec.CommandContext(a.t.Context(), os.Args[0])
	cmd.Env = append([]string{whose + "=" + loop, "AWS_LAMBDA_RUNTIME_API=" + a.Listener.Addr().String()}, env...)
	var logged bytes.Buffer
	cmd.Stdout, cmd.Stderr = &logged, &logged
	if err := cmd.Start(); err != nil {
		a.t.Fatal(err)
	}
	late := time.AfterFunc(patience, func() { _ = cmd.Process.Kill() })
	if during != nil {
		during(cmd.Process)
	}
	_ = cmd.Wait() // how it ended is compared
	late.Stop()
	a.mu.Lock()
	defer a.mu.Unlock()
	var lines []string
	for line := range strings.Lines(logged.String()) {
		lines = append(lines, frames(a.t, []byte(own.ReplaceAllString(line, ""))))
	}
	return outcome{a.got, strings.Join(lines, ""), cmd.ProcessState.String()}
}

// own is what is each process's own in its log: the time, addresses, and net/http's name.
var own = regexp.MustCompile(`^\d{4}/\d\d/\d\d \d\d:\d\d:\d\d |127\.0\.0\.1:\d+|` +
	`net/http: HTTP/1.x transport connection broken: `)

// frames returns text, and where it is a failure that came from a panic, with those frames of its stack
// only that lie in handlers: the loops have others.
func frames(t *testing.T, text []byte) string {
	if len(text) > 10_000 { // of which the error would say too much
		return fmt.Sprintf("%s… of %x", text[:100], sha256.Sum256(text))
	}
	var failure any
	if json.Unmarshal(text, &failure) != nil {
		return string(text)
	}
	out, err := json.Marshal(ofHandlers(failure))
	if err != nil {
		t.Error(err)
	}
	return string(out)
}

func ofHandlers(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for key := range v {
			v[key] = ofHandlers(v[key])
		}
	case []any:
		var kept []any
		for _, one := range v {
			path, isPath := one.(string)
			label := ""
			if frame, ok := one.(map[string]any); ok && frame["label"] != nil {
				path, isPath = frame["path"].(string)
				label, _ = frame["label"].(string)
			}
			if !isPath || strings.HasSuffix(path, "child_test.go") && !strings.HasPrefix(label, "TestMain") {
				kept = append(kept, ofHandlers(one))
			}
		}
		return kept
	}
	return v
}
