package push

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/parley-rtc/parley/internal/http1"
)

type outcome int

const (
	unmade    outcome = iota // there was no attempt
	unclear                  // the SDK has to see to it
	delivered                // 200
	gone                     // 410, as API Gateway says it
)

const goneException = "GoneException"

// attempt is the first one of a push, and where its outcome is unclear an HTTP client for one call of
// the SDK's: the SDK is told what came of it when it makes its first attempt.
type attempt struct {
	outcome outcome
	answer  *http.Response // to be read by the SDK
	err     error          // there is none
	late    *overdue       // the time was over before there was one
}

// judge says what an answer means. It is good for as long as the connection that it came on rests.
func judge(a *http1.Answer, err error) attempt {
	switch {
	case a.Status == 0:
		return attempt{outcome: unclear, err: err}
	case a.Status == http.StatusOK && err == nil:
		return attempt{outcome: delivered}
	case a.Status == http.StatusGone && err == nil && len(a.Body) == 0 &&
		string(a.Header("X-Amzn-ErrorType")) == goneException:
		return attempt{outcome: gone}
	}
	header := http.Header{}
	for name, value := range a.Fields {
		header.Add(string(name), string(value))
	}
	var body io.Reader = bytes.NewReader(bytes.Clone(a.Body))
	if err != nil {
		body = io.MultiReader(body, broken{err})
	}
	return attempt{outcome: unclear, answer: &http.Response{
		Status: strconv.Itoa(a.Status) + " " + http.StatusText(a.Status), StatusCode: a.Status,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: header, Body: io.NopCloser(body), ContentLength: -1,
	}}
}

// broken is the end of a body that did not come whole.
type broken struct{ error }

func (b broken) Read([]byte) (int, error) { return 0, b.error }

// rest is the context of what follows. Where no time is left the SDK is to learn that from its
// first attempt, as it does of its own: it says more of that than of a call that began too late.
func (a *attempt) rest(ctx context.Context, end time.Time) (context.Context, context.CancelFunc) {
	inTime := ctx.Err() == nil && time.Now().Before(end) && !errors.Is(a.err, os.ErrDeadlineExceeded)
	if a.outcome != unclear || a.err == nil || inTime {
		return context.WithDeadline(ctx, end)
	}
	why := ctx.Err()
	if why == nil {
		why = context.DeadlineExceeded
	}
	a.late = &overdue{Context: ctx, done: make(chan struct{}), why: why}
	return a.late, func() {}
}

// replay has the SDK make the attempt again in its mind.
type replay struct {
	aws.HTTPClient // for all attempts but the first

	first *attempt // nil once it was told
}

// Do implements aws.HTTPClient.
func (r *replay) Do(req *http.Request) (*http.Response, error) {
	a := r.first
	if a == nil {
		return r.HTTPClient.Do(req)
	}
	r.first = nil
	if req.Body != nil {
		_ = req.Body.Close()
	}
	if a.late != nil {
		close(a.late.done)
	}
	if a.err != nil {
		return nil, &url.Error{Op: "Post", URL: req.URL.String(), Err: a.err}
	}
	a.answer.Request = req
	return a.answer, nil
}

// overdue is a context whose end is known only when done says so.
type overdue struct {
	context.Context //nolint:containedctx // it is one itself

	done chan struct{}
	why  error
}

func (o *overdue) Done() <-chan struct{} { return o.done }

func (o *overdue) Err() error {
	select {
	case <-o.done:
		return o.why
	default:
		return nil
	}
}
