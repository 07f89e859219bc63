package dynamodb_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/parley-rtc/parley/internal/dynamodb"
)

// TestAnAnswerWithAWrongChecksumIsAskedForAgain, which the SDK's client no more than logs.
func TestAnAnswerWithAWrongChecksumIsAskedForAgain(t *testing.T) {
	for _, status := range []int{200, 400} {
		s := &server{t: t, script: []say{
			{status: status, header: checksum("another"), body: done}, {status: 200, header: checksum(done), body: done},
		}}
		out, err := ours(s).GetItem(t.Context(), &dynamodb.GetItemInput{TableName: aws.String("t")})
		if err != nil || len(s.heard) != 2 || out.CapacityUnits != 1.5 {
			t.Errorf("%d: got %v after %d requests", status, err, len(s.heard))
		}
	}
}

func TestWhatNoAttributeCanBeIsNotSent(t *testing.T) {
	for _, v := range []types.AttributeValue{nil, &types.UnknownUnionMember{Tag: "X"}} {
		s := &server{t: t, script: []say{{status: 200}}}
		list := &types.AttributeValueMemberL{Value: []types.AttributeValue{v}}
		_, err := ours(s).PutItem(t.Context(), &dynamodb.PutItemInput{Item: dynamodb.Item{"a": list}})
		if err == nil || len(s.heard) > 0 {
			t.Errorf("%T: got %v after %d requests", v, err, len(s.heard))
		}
	}
}

// TestTheTraceIsTheEventsUnlessItIsOfNone, and escaped as the SDK does it.
func TestTheTraceIsTheEventsUnlessItIsOfNone(t *testing.T) {
	t.Setenv("AWS_LAMBDA_FUNCTION_NAME", "f")
	t.Setenv("_X_AMZN_TRACE_ID", "Root=1-2-3;Lineage=é")
	s := &server{t: t, script: []say{{status: 200}}}
	us, in := ours(s), &dynamodb.GetItemInput{TableName: aws.String("t")}
	_, err := us.GetItem(t.Context(), in)
	_, untracedErr := us.GetItem(t.Context(), in, func(o *dynamodb.Options) { o.Untraced = true })
	_, sdkErr := theirs(s).GetItem(t.Context(), &sdk.GetItemInput{TableName: in.TableName, Key: dynamodb.Item{}})
	if err := errors.Join(err, untracedErr, sdkErr); err != nil {
		t.Fatal(err)
	}
	var traces []string
	for _, a := range s.heard {
		traces = append(traces, a.header.Get("X-Amzn-Trace-Id"))
		if !strings.HasPrefix(a.header.Get("User-Agent"), "aws-sdk-go-v2/") {
			t.Errorf("it is from %s", a.header.Get("User-Agent"))
		}
	}
	if traces[0] != traces[2] || traces[0] == "" || traces[1] != "" {
		t.Errorf("got %q", traces)
	}
}

// TestOneConnectionServesAll, those with refusals too.
func TestOneConnectionServesAll(t *testing.T) {
	var conns, requests atomic.Int32
	ts := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		answer := []byte(`{"Item":{"a":{"S":"` + strings.Repeat("x", 300_000) + `"}}}`)
		if requests.Add(1)%2 == 0 {
			w.WriteHeader(http.StatusBadRequest)
			answer = []byte(`{"__type":"ValidationException"}` + strings.Repeat(" ", 100_000))
		}
		_, _ = w.Write(answer)
	}))
	ts.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		if s == http.StateNew {
			conns.Add(1)
		}
	}
	ts.Start()
	t.Cleanup(ts.Close)
	c := dynamodb.New(dynamodb.Options{
		Endpoint: ts.URL, Region: "eu-west-1", Credentials: identity, HTTPClient: ts.Client(), Retryer: quick(),
	})
	for range 6 {
		_, _ = c.GetItem(t.Context(), &dynamodb.GetItemInput{TableName: aws.String("t")})
	}
	if conns.Load() != 1 || requests.Load() != 6 {
		t.Errorf("%d connections for %d requests", conns.Load(), requests.Load())
	}
}

// TestAnEndedContextEndsAReading that hangs.
func TestAnEndedContextEndsAReading(t *testing.T) {
	release := make(chan struct{})
	ts := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "100")
		_, _ = w.Write([]byte(`{`))
		_ = http.NewResponseController(w).Flush()
		<-release
	}))
	t.Cleanup(ts.Close)
	t.Cleanup(func() { close(release) })
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	c := dynamodb.New(dynamodb.Options{Endpoint: ts.URL, Region: "eu-west-1", Credentials: identity, HTTPClient: ts.Client()})
	if _, err := c.GetItem(ctx, &dynamodb.GetItemInput{}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
}
