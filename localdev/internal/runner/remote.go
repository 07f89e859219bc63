package runner

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/parley-rtc/parley/localdev/internal/lambda"
	"github.com/parley-rtc/parley/localdev/internal/trace"
)

const (
	maxAnswer = 6 << 20     // bytes, Lambda's limit
	coldStart = time.Minute // what a container may need beyond the function's own time-out
)

// Endpoint is a Lambda Invoke API that is not ours, such as that of sam local start-lambda.
type Endpoint struct {
	url     string
	client  *http.Client
	ctx     context.Context //nolint:containedctx // of all invocations; ends with Close
	cancel  context.CancelFunc
	running sync.WaitGroup
}

// NewEndpoint returns the endpoint at a URL such as http://127.0.0.1:3001. It calls nothing yet.
func NewEndpoint(address string) (*Endpoint, error) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return nil, fmt.Errorf("-lambda %q is no address such as http://127.0.0.1:3001", address)
	}
	e := &Endpoint{
		url:    strings.TrimSuffix(address, "/"),
		client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64, DisableCompression: true}},
	}
	e.ctx, e.cancel = context.WithCancel(context.Background())
	return e, nil
}

// Close ends the invocations that run and waits for them.
func (e *Endpoint) Close() {
	e.cancel()
	e.running.Wait()
	e.client.CloseIdleConnections()
}

// Function returns a function there. names are those that it may have: its logical ID, which sam local uses, then its
// physical name. Of opt it uses all but what is about processes.
func (e *Endpoint) Function(f lambda.Function, opt lambda.Options, names ...string) *Remote {
	return &Remote{endpoint: e, fn: f, opt: opt, names: names}
}

// Remote is one function of an Endpoint.
type Remote struct {
	endpoint *Endpoint
	fn       lambda.Function
	opt      lambda.Options
	names    []string
	known    atomic.Int32 // index of the name that was found last
}

// reply is what the endpoint answers.
type reply struct {
	answer []byte
	log    []byte // the end of it; empty from an endpoint that does not tell
}

// Invoke runs the function there and returns its answer. The error is a *lambda.Error if the function failed, or that of
// ctx: then the function goes on, as on Lambda, and nobody hears of its answer.
func (r *Remote) Invoke(ctx context.Context, event []byte) ([]byte, error) {
	type outcome struct {
		answer []byte
		err    error
	}
	done := make(chan outcome, 1)
	r.Start(ctx, event, func(answer []byte, err error) { done <- outcome{answer, err} })
	select {
	case out := <-done:
		return out.answer, out.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Start is Invoke without waiting: done gets the outcome, once.
func (r *Remote) Start(ctx context.Context, event []byte, done func(answer []byte, err error)) (leave func()) {
	span, call, id := trace.From(ctx), lambda.CallFrom(ctx), lambda.RequestID()
	r.endpoint.running.Go(func() {
		limited, cancel := context.WithTimeout(lambda.WithCall(r.endpoint.ctx, call), r.fn.Timeout+coldStart)
		defer cancel()
		began := time.Now()
		r.opt.Meter.Invoked(r.fn.Folder)
		out, err := r.inWeather(limited, id, event)
		took := time.Since(began)
		r.opt.Meter.Ran(r.fn.MemoryMB, took)
		step := trace.Step{
			Kind: trace.Invoke, Began: began, Took: took, Name: r.fn.Label, RequestID: id, Billed: took,
			MemoryMB: r.fn.MemoryMB, Instance: "elsewhere",
		}
		if err != nil {
			step.Failure = err.Error()
		}
		span.Add(step)
		for line := range bytes.Lines(out.log) {
			span.Line(r.fn.Label, bytes.TrimSuffix(line, []byte("\n")))
		}
		call.Ran(out.log)
		done(out.answer, err)
	})
	return func() {}
}

// call tries the function's names until one is known there.
func (r *Remote) call(ctx context.Context, event []byte) (reply, error) {
	first := int(r.known.Load())
	for i := range r.names {
		n := (first + i) % len(r.names)
		out, found, err := r.post(ctx, r.names[n], event)
		if err != nil {
			return out, err
		}
		if found {
			r.known.Store(int32(n))
			return out, nil
		}
	}
	return reply{}, fmt.Errorf("%s knows no function %s", r.endpoint.url, strings.Join(r.names, " and no "))
}

func (r *Remote) post(ctx context.Context, name string, event []byte) (out reply, found bool, err error) {
	address := r.endpoint.url + "/2015-03-31/functions/" + url.PathEscape(name) + "/invocations"
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(event))
	if err != nil {
		return out, false, fmt.Errorf("invoke %s: %w", name, err)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("X-Amz-Log-Type", "Tail")
	if call := lambda.CallFrom(ctx); call != nil && call.ClientContext != "" {
		req.Header.Set("X-Amz-Client-Context", base64.StdEncoding.EncodeToString([]byte(call.ClientContext)))
	}
	resp, err := r.endpoint.client.Do(req)
	if err != nil {
		return out, false, fmt.Errorf("invoke %s: %w; does something serve Lambda there?", name, err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	out.log, _ = base64.StdEncoding.DecodeString(resp.Header.Get("X-Amz-Log-Result")) // no log is no failure
	switch {
	case err != nil:
		return out, false, fmt.Errorf("invoke %s: %w", name, err)
	case resp.StatusCode == http.StatusNotFound:
		return out, false, nil
	case resp.StatusCode == http.StatusTooManyRequests:
		return out, false, lambda.ErrThrottled
	case resp.StatusCode != http.StatusOK:
		return out, false, fmt.Errorf("invoke %s: %s answers %s: %.200s", name, r.endpoint.url, resp.Status, body)
	case len(body) > maxAnswer:
		return out, false, fmt.Errorf("invoke %s: an answer of more than %d bytes", name, maxAnswer)
	case resp.Header.Get("X-Amz-Function-Error") != "":
		return out, false, functionError(body)
	}
	out.answer = body
	return out, true, nil
}

func functionError(payload []byte) *lambda.Error {
	var text struct{ ErrorType string }
	if json.Unmarshal(payload, &text) != nil || text.ErrorType == "" {
		text.ErrorType = "Unhandled"
	}
	return &lambda.Error{Type: text.ErrorType, Payload: payload}
}
