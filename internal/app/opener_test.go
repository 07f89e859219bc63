package app_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/parley-rtc/parley/internal/app"
)

// answer is one of Lambda's: a status, or 0 for a connection that breaks.
type answer struct {
	status     int
	kind, body string
}

// invoking returns what invokes at a Lambda that gives answers in order, the last one ever again, and counts its requests.
func invoking(t *testing.T, answers ...answer) (invoke func(context.Context, string) error, requests *atomic.Int64) {
	t.Helper()
	requests = new(atomic.Int64)
	lambda := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		raw, err := io.ReadAll(r.Body)
		if err != nil || string(raw) != `{"a":1}` || r.Method != http.MethodPost || r.Header.Get("X-Amz-Invocation-Type") != "Event" ||
			r.URL.Path != "/2015-03-31/functions/calls-Message/invocations" ||
			!strings.Contains(r.Header.Get("Authorization"), "/eu-west-1/lambda/aws4_request") || r.Header.Get("X-Amz-Security-Token") != "session" {
			t.Errorf("got %s %s %s with %v, %v", r.Method, r.URL, raw, r.Header, err)
		}
		next := answers[min(int(requests.Add(1)), len(answers))-1]
		if next.status == 0 {
			panic(http.ErrAbortHandler) //nolint:forbidigo // how a handler breaks its connection
		}
		if next.kind != "" {
			w.Header().Set("X-Amzn-ErrorType", next.kind)
		}
		w.WriteHeader(next.status)
		_, _ = io.WriteString(w, next.body)
	}))
	t.Cleanup(lambda.Close)
	vars := map[string]string{
		"CONNECTIONS_TABLE": "c", "ROOMS_TABLE": "r", "AWS_REGION": "eu-west-1", "AWS_ACCESS_KEY_ID": "id", "AWS_SECRET_ACCESS_KEY": "key", "AWS_SESSION_TOKEN": "session",
		"AWS_ENDPOINT_URL_LAMBDA": lambda.URL,
	}
	a, err := app.New(func(name string) string { return vars[name] })
	if err != nil {
		t.Fatal(err)
	}
	return func(ctx context.Context, function string) error {
		return app.InvokeLater(a, ctx, function, []byte(`{"a":1}`))
	}, requests
}

func TestAnInvocationIsTriedAgainWhereThatHelps(t *testing.T) {
	busy := answer{429, "TooManyRequestsException", `{"Reason":"CallerRateLimitExceeded","Message":"Rate Exceeded."}`}
	accepted := answer{status: http.StatusAccepted}
	for _, tt := range []struct {
		name     string
		answers  []answer
		requests int64
		fault    string
	}{
		{"accepted", []answer{accepted}, 1, ""},
		{"throttled twice", []answer{busy, busy, accepted}, 3, ""},
		{"throttled for long", []answer{busy}, 4, "429 Too Many Requests: TooManyRequestsException Rate Exceeded."},
		{"trouble at Lambda", []answer{{status: 500, kind: "ServiceException"}, {status: 503}, accepted}, 3, ""},
		{"trouble in between", []answer{{status: 502, body: "<html>bad gateway</html>"}}, 4, "answered 502 Bad Gateway: no reason"},
		{"a connection that breaks", []answer{{}, accepted}, 2, ""},
		{"not permitted", []answer{{403, "AccessDeniedException", `{"Message":"User: arn:x is not authorized to perform: lambda:InvokeFunction"}`}}, 1, "allow lambda:InvokeFunction"},
		{"no such function", []answer{{404, "ResourceNotFoundException:http://internal/", `{"Message":"Function not found: x"}`}}, 1, "set MESSAGE_FUNCTION"},
		{"not a word that helps", []answer{{400, "InvalidRequestContentException", `{"message":"no JSON"}`}}, 1, "400 Bad Request: InvalidRequestContentException no JSON"},
		{"ran at once, as the type got lost", []answer{{status: 200, body: "{}"}}, 1, "200 OK"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			invoke, requests := invoking(t, tt.answers...)
			err := invoke(t.Context(), "calls-Message")
			if (err == nil) != (tt.fault == "") || err != nil && (!strings.Contains(err.Error(), tt.fault) || !strings.Contains(err.Error(), "calls-Message")) {
				t.Errorf("got %v, want %q", err, tt.fault)
			}
			if got := requests.Load(); got != tt.requests {
				t.Errorf("got %d requests, want %d", got, tt.requests)
			}
		})
	}
}

func TestAnInvocationEndsWithItsContext(t *testing.T) {
	invoke, requests := invoking(t, answer{status: 503})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := invoke(ctx, "calls-Message"); !errors.Is(err, context.Canceled) || requests.Load() != 0 {
		t.Errorf("got %v after %d requests", err, requests.Load())
	}
	ctx, cancel = context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := invoke(ctx, "calls-Message"); err == nil || ctx.Err() != nil {
		t.Errorf("got %v, %v: it waits longer than a handshake may", err, ctx.Err())
	}
}
