package lambda

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/parley-rtc/parley/localdev/internal/proc"
)

func TestMain(m *testing.M) {
	if os.Getenv(asFunction) != "" {
		function()
	}
	goleak.VerifyTestMain(m)
}

type noMeter struct{}

func (noMeter) Invoked(string)         {}
func (noMeter) Ran(int, time.Duration) {}

// runtimeClient is a test that speaks the Runtime API in the place of a process.
type runtimeClient struct {
	t    testing.TB
	pool *Pool
	in   *instance
	url  string
}

func newRuntime(t testing.TB, timeout time.Duration) *runtimeClient {
	t.Helper()
	return newRuntimeThatPrints(t, timeout, nil)
}

func newRuntimeThatPrints(t testing.TB, timeout time.Duration, output io.Writer) *runtimeClient {
	t.Helper()
	pool := New(Function{Name: "f", ARN: "arn:aws:lambda:us-east-1:1:function:f", Timeout: timeout, MemoryMB: 128},
		"/nonexistent/bootstrap",
		Options{
			Starter: proc.NewStarter(), Keys: &Keys{}, Meter: noMeter{}, Log: slog.New(slog.DiscardHandler), Output: output,
			Awake: true,
		})
	pool.mu.Lock()
	in := newInstance(pool, false)
	pool.instances[in] = struct{}{}
	pool.live, pool.starting = softCap(), 1 // so that no real process is started beside it
	pool.mu.Unlock()
	go in.output.write()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	stop := in.serveAPI(listener)
	t.Cleanup(func() {
		close(in.gone)
		stop()
		in.output.close()
		pool.Close()
		pool.opt.Starter.Close()
		http.DefaultClient.CloseIdleConnections()
	})
	return &runtimeClient{t, pool, in, "http://" + listener.Addr().String() + apiPrefix}
}

func (r *runtimeClient) call(method, path, body string, headers ...string) (int, http.Header, string) {
	r.t.Helper()
	req, err := http.NewRequestWithContext(r.t.Context(), method, r.url+path, strings.NewReader(body))
	if err != nil {
		r.t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		r.t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		r.t.Fatal(err)
	}
	return resp.StatusCode, resp.Header, string(b)
}

// request is the header of one that the instance signs.
func (r *runtimeClient) request(userAgent, trace string) http.Header {
	h := http.Header{}
	h.Set("Authorization", "AWS4-HMAC-SHA256 Credential="+r.in.key+"/20310101/us-east-1/dynamodb/aws4_request, Signature=0")
	h.Set("User-Agent", userAgent)
	if trace != "" {
		h.Set("X-Amzn-Trace-Id", trace)
	}
	return h
}

// want checks an answer's status and errorType.
func (r *runtimeClient) want(status int, errorType, method, path, body string) {
	r.t.Helper()
	got, _, answer := r.call(method, path, body)
	var failed struct{ ErrorType string }
	if err := json.Unmarshal([]byte(answer), &failed); err != nil || got != status || failed.ErrorType != errorType {
		r.t.Errorf("%s %s: got %d %s, want %d %s", method, path, got, answer, status, errorType)
	}
}

type result struct {
	answer []byte
	err    error
}

func (r *runtimeClient) invoke(event string) <-chan result {
	done := make(chan result, 1)
	go func() {
		answer, err := r.pool.Invoke(context.WithoutCancel(r.t.Context()), []byte(event))
		done <- result{answer, err}
	}()
	return done
}

func TestRuntimeAPI(t *testing.T) {
	r := newRuntime(t, time.Minute)
	r.want(403, "InvalidStateTransition", "POST", "invocation/any/response", "{}")
	untraced, traced := r.request("aws-sdk-go-v2/1.47.8 ua/2.1", ""), r.request("aws-sdk-go-v2/1.47.8 ua/2.1", "Root=1-1-1")
	byHand := r.request("curl/8", "")
	ofInit := r.pool.opt.Keys.OfInit
	if !ofInit(untraced) || !ofInit(traced) || !ofInit(byHand) {
		t.Error("before the first next: not of init")
	}

	done := r.invoke(`{"n":1}`)
	before := time.Now()
	status, header, event := r.call("GET", "invocation/next", "")
	id := header.Get("Lambda-Runtime-Aws-Request-Id")
	if status != 200 || event != `{"n":1}` || !regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`).MatchString(id) {
		t.Fatalf("next: got %d %s %s", status, id, event)
	}
	if ofInit(traced) || ofInit(byHand) {
		t.Error("after the first next: still of init")
	}
	if !ofInit(untraced) {
		t.Error("after the first next: what was begun before is not of init")
	}
	if ofInit(http.Header{"User-Agent": untraced["User-Agent"]}) {
		t.Error("what no function sent is of init")
	}
	if ms, err := strconv.ParseInt(header.Get("Lambda-Runtime-Deadline-Ms"), 10, 64); err != nil ||
		time.UnixMilli(ms).Sub(before) < 59*time.Second || time.UnixMilli(ms).Sub(before) > 70*time.Second {
		t.Errorf("deadline: got %s", header.Get("Lambda-Runtime-Deadline-Ms"))
	}
	if got := header.Get("Lambda-Runtime-Invoked-Function-Arn"); got != r.pool.fn.ARN {
		t.Errorf("ARN: got %s", got)
	}
	if got := header.Get("Lambda-Runtime-Trace-Id"); !regexp.MustCompile(`^Root=1-[0-9a-f]{8}-[0-9a-f]{24};Parent=[0-9a-f]{16};Sampled=0$`).MatchString(got) {
		t.Errorf("trace: got %s", got)
	}

	r.want(403, "InvalidStateTransition", "GET", "invocation/next", "")
	r.want(400, "InvalidRequestID", "POST", "invocation/other/response", "{}")
	r.want(400, "InvalidRequestID", "POST", "invocation/other/error", "{}")
	r.want(403, "InvalidStateTransition", "POST", "init/error", "{}")
	if status, _, body := r.call("POST", "invocation/"+id+"/response", `"answer"`); status != 202 {
		t.Errorf("response: got %d %s", status, body)
	}
	if got := <-done; got.err != nil || string(got.answer) != `"answer"` {
		t.Errorf("got %s, %v", got.answer, got.err)
	}
	r.want(403, "InvalidStateTransition", "POST", "invocation/"+id+"/response", "{}")
	r.want(403, "InvalidStateTransition", "POST", "invocation/"+id+"/error", "{}")

	done = r.invoke(`{}`)
	_, header, _ = r.call("GET", "invocation/next", "")
	id = header.Get("Lambda-Runtime-Aws-Request-Id")
	const failure = `{"errorMessage":"no","errorType":"Mine","stackTrace":[]}`
	if status, _, body := r.call("POST", "invocation/"+id+"/error", failure, "Lambda-Runtime-Function-Error-Type",
		"Function.Mine"); status != 202 {
		t.Errorf("error: got %d %s", status, body)
	}
	var failed *Error
	if got := <-done; !errors.As(got.err, &failed) || failed.Type != "Function.Mine" || string(failed.Payload) != failure {
		t.Errorf("got %v", got.err)
	}

	done = r.invoke(`{}`)
	_, header, _ = r.call("GET", "invocation/next", "")
	r.want(413, "RequestEntityTooLarge", "POST", "invocation/"+header.Get("Lambda-Runtime-Aws-Request-Id")+"/response",
		strings.Repeat(" ", maxPayload+1))
	if got := <-done; !errors.As(got.err, &failed) || failed.Type != "Function.ResponseSizeTooLarge" ||
		!strings.Contains(string(failed.Payload), "(6291556 bytes)") {
		t.Errorf("got %v", got.err)
	}
	for _, path := range []string{"invocation", "invocation/x/y", "init/next"} {
		if status, _, _ := r.call("POST", path, ""); status != 404 {
			t.Errorf("%s: got %d, want 404", path, status)
		}
	}
}

func TestTimeoutEndsTheInstance(t *testing.T) {
	r := newRuntime(t, time.Second)
	done := r.invoke(`{}`)
	_, header, _ := r.call("GET", "invocation/next", "")
	id := header.Get("Lambda-Runtime-Aws-Request-Id")
	var failed *Error
	want := `{"errorMessage":"RequestId: ` + id + ` Error: Task timed out after 1.00 seconds","errorType":"Sandbox.Timedout"}`
	if got := <-done; !errors.As(got.err, &failed) || string(failed.Payload) != want {
		t.Errorf("got %v, want %s", got.err, want)
	}
	if status, _, _ := r.call("POST", "invocation/"+id+"/response", "{}"); status == 202 {
		t.Error("a late response was accepted")
	}
}

// What an instance asks for on its own behalf is on the bill of no event, though it is gone by then.
func TestLateRequestsAreTold(t *testing.T) {
	r := newRuntime(t, time.Minute)
	r.in.ready.Store(true)
	r.pool.opt.Keys.ended(r.in.key)
	untraced, traced := r.request("aws-sdk-go-v2/1.47.8 ua/2.1", ""), r.request("aws-sdk-go-v2/1.47.8 ua/2.1", "Root=1-1-1")
	keys := r.pool.opt.Keys
	if !keys.OfInit(untraced) || keys.OfInit(traced) || keys.Span(traced.Get("Authorization")) != nil {
		t.Error("a request is taken for another's, once its instance is gone")
	}
}

func TestCallerLeavesFunctionGoesOn(t *testing.T) {
	r := newRuntime(t, time.Minute)
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if _, err := r.pool.Invoke(ctx, []byte(`"late"`)); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("got %v", err)
	}
	if _, _, event := r.call("GET", "invocation/next", ""); event != `"late"` {
		t.Errorf("got %s, want the event all the same", event)
	}
}

func TestMissingBinaryFailsEvents(t *testing.T) {
	pool := New(Function{Name: "f", Timeout: time.Second}, "/nonexistent/bootstrap",
		Options{Starter: proc.NewStarter(), Keys: &Keys{}, Meter: noMeter{}, Log: slog.New(slog.DiscardHandler)})
	defer pool.opt.Starter.Close()
	defer pool.Close()
	for range 3 {
		var failed *Error
		if _, err := pool.Invoke(t.Context(), []byte(`{}`)); !errors.As(err, &failed) || failed.Type != "Runtime.InvalidEntrypoint" {
			t.Errorf("got %v", err)
		}
	}
	pool.Close()
	if _, err := pool.Invoke(t.Context(), nil); !errors.Is(err, ErrClosed) {
		t.Errorf("after Close: got %v", err)
	}
}

func TestTheWeatherEndsWhoRunsAndNotWhoStarts(t *testing.T) {
	r := newRuntime(t, time.Minute)
	p := r.pool
	done := r.invoke(`{}`)
	_, header, _ := r.call("GET", "invocation/next", "")
	p.killOne()
	p.mu.Lock()
	other := newInstance(p, false)
	p.instances[other] = struct{}{}
	p.live, p.starting = p.live+1, p.starting+1
	p.mu.Unlock()
	if _, err := p.next(other, nil); err != nil {
		t.Errorf("who started meanwhile: %v", err)
	}
	r.call("POST", "invocation/"+header.Get("Lambda-Runtime-Aws-Request-Id")+"/response", "{}")
	<-done
	if _, err := p.next(r.in, nil); !errors.Is(err, errDoomed) {
		t.Errorf("who ran: %v", err)
	}
}
