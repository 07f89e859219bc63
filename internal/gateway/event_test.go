package gateway_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"

	"github.com/parley-rtc/parley/internal/gateway"
)

// oddEvents are read as encoding/json reads them, though API Gateway writes none of them.
var oddEvents = []string{
	`{}`, ` { } `, `null`, `[]`, `7`, ``, `{`, `{"body":"x"`, `{"body":"x"}}`, `{"body":"x"} {}`, `{"body":7}`, `{"body":null}`, `{"Body":"x","body":"y"}`,
	`{"body":"x","BODY":"y"}`, `{"\u0062ody":"x"}`, `{"body":"\ud83d\ude00\ud800 \u0041\"` + "\xff" + `"}`, `{"body":"x","body":"y"}`,
	`{"headers":{"a":"b","a":"c"},"headers":{"d":"e"}}`, `{"headers":{}}`, `{"headers":null}`, `{"headers":{"a":null}}`, `{"headers":{"\u0061":"\n"}}`,
	`{"multiValueHeaders":{"a":["b","c"],"a":["d"],"e":[]}}`, `{"multiValueHeaders":{"a":null}}`, `{"multiValueHeaders":{"a":[null]}}`,
	`{"queryStringParameters":{"token":"t"},"multiValueQueryStringParameters":{"token":["t","u"]}}`,
	`{"requestContext":null}`, `{"requestContext":[]}`, `{"requestContext":{"connectedAt":1},"requestContext":{"requestTimeEpoch":2}}`,
	`{"requestContext":{"connectedAt":1.0}}`, `{"requestContext":{"connectedAt":1e3}}`, `{"requestContext":{"connectedAt":"1"}}`,
	`{"requestContext":{"connectedAt":9223372036854775808}}`, `{"requestContext":{"connectedAt":-0}}`, `{"requestContext":{"connection\u212Ad":"x"}}`,
	"{\"requestContext\":{\"requestId\":\"x\",\"re\u017fourcePath\":7,\"RouteKey\":\"$connect\"}}", "{\"requestContext\":{\"disconnect\u017ftatusCode\":7}}",
}

// inLambda returns what a handler behind JSON is called with, and what Lambda gets.
func inLambda(t testing.TB, event []byte, resp gateway.Response) (*gateway.Event, []byte, error) {
	var called *gateway.Event
	answer, err := gateway.JSON(func(_ context.Context, e gateway.Event) (gateway.Response, error) {
		called = &e
		return resp, nil
	})(t.Context(), event)
	return called, answer, err
}

// wantRead checks that an event is read as aws-lambda-go reads it, as far as it is needed.
func wantRead(t *testing.T, raw []byte) {
	var all events.APIGatewayWebsocketProxyRequest
	wantErr := json.NewDecoder(bytes.NewReader(raw)).Decode(&all)
	got, _, err := inLambda(t, raw, gateway.Response{})
	var mistyped *json.UnmarshalTypeError
	if errors.As(wantErr, &mistyped) && got != nil {
		return // of a member that is not needed
	}
	if (err == nil) != (wantErr == nil) || reflect.TypeOf(err) != reflect.TypeOf(wantErr) {
		t.Fatalf("%s: got %v, want %v", raw, err, wantErr)
	}
	if err != nil {
		if mistyped == nil && err.Error() != wantErr.Error() {
			t.Fatalf("%s: got %v, want %v", raw, err, wantErr)
		}
		return
	}
	rc := all.RequestContext
	want := gateway.Event{
		Headers: all.Headers, MultiValueHeaders: all.MultiValueHeaders, QueryStringParameters: all.QueryStringParameters,
		MultiValueQueryStringParameters: all.MultiValueQueryStringParameters, Body: all.Body,
		RequestContext: gateway.RequestContext{
			RouteKey: rc.RouteKey, ConnectionID: rc.ConnectionID, ConnectedAt: rc.ConnectedAt, RequestID: rc.RequestID,
			RequestTimeEpoch: rc.RequestTimeEpoch, DisconnectStatusCode: rc.DisconnectStatusCode,
		},
	}
	if rc.DisconnectReason != nil {
		want.RequestContext.DisconnectReason = *rc.DisconnectReason
	}
	if !reflect.DeepEqual(*got, want) {
		t.Fatalf("%s:\ngot  %+v\nwant %+v", raw, *got, want)
	}
}

func TestEventsAreReadAsBefore(t *testing.T) {
	files, err := filepath.Glob("../../events/*.json")
	if err != nil || len(files) < 3 {
		t.Fatalf("%v, %v", files, err)
	}
	for _, file := range files {
		wantRead(t, recorded(t, filepath.Base(file)))
	}
	for _, raw := range oddEvents {
		wantRead(t, []byte(raw))
	}
}

func FuzzEventIsReadAsBefore(f *testing.F) {
	for _, name := range []string{"connect.json", "message-join.json", "disconnect.json"} {
		f.Add(recorded(f, name))
	}
	for _, raw := range oddEvents {
		f.Add([]byte(raw))
	}
	f.Fuzz(wantRead)
}

func TestResponsesAreWrittenAsBefore(t *testing.T) {
	for _, token := range []string{"", "parley.v1", "sip", "!#$%'*+-.^_`|~09azAZ"} {
		for _, status := range []int{0, 200, 400, 401, 403, 500} {
			before := events.APIGatewayProxyResponse{StatusCode: status}
			if token != "" {
				before.Headers = map[string]string{"Sec-WebSocket-Protocol": token}
			}
			want, err := json.Marshal(before)
			if err != nil {
				t.Fatal(err)
			}
			_, got, err := inLambda(t, []byte("{}"), gateway.Response{StatusCode: status, Subprotocol: token})
			if err != nil || string(got) != string(want) {
				t.Errorf("got %s, %v, want %s", got, err, want)
			}
		}
	}
}

func TestReadingAMessageAllocatesLittle(t *testing.T) {
	event := []byte(strings.TrimSpace(string(recorded(t, "message-join.json"))))
	handle := gateway.JSON(func(_ context.Context, e gateway.Event) (gateway.Response, error) {
		return gateway.Response{StatusCode: len(e.Body)}, nil
	})
	allocated := testing.AllocsPerRun(100, func() {
		if _, err := handle(t.Context(), event); err != nil {
			t.Fatal(err)
		}
	})
	if allocated > 8 { // four strings of the event, and the response
		t.Errorf("%v allocations", allocated)
	}
}

func BenchmarkReadingAMessage(b *testing.B) {
	event := recorded(b, "message-join.json")
	handle := gateway.JSON(func(_ context.Context, e gateway.Event) (gateway.Response, error) {
		return gateway.Response{StatusCode: len(e.Body)}, nil
	})
	b.ReportAllocs()
	for b.Loop() {
		if _, err := handle(b.Context(), event); err != nil {
			b.Fatal(err)
		}
	}
}
