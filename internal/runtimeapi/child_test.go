package runtimeapi_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambda/messages"
	"github.com/aws/aws-lambda-go/lambdacontext"

	"github.com/parley-rtc/parley/internal/runtimeapi"
)

// whose is the variable that makes a function of this binary, with a loop of ours or of aws-lambda-go.
const whose = "RUNTIMEAPI_TEST_LOOP"

func TestMain(m *testing.M) {
	switch os.Getenv(whose) {
	case "ours":
		runtimeapi.Run(handle, func() { asked++ })
	case "theirs":
		lambda.StartWithOptions(func(ctx context.Context, event json.RawMessage) (json.RawMessage, error) {
			return handle(ctx, event)
		})
	}
	os.Exit(m.Run())
}

var asked int // how often a function of ours was told that it has asked for its first event

type byValue struct{ what string }

func (e byValue) Error() string { return e.what }

type byPointer struct{ byValue }

// handle does what an event says, or answers with all that it knows of it.
func handle(ctx context.Context, event []byte) ([]byte, error) {
	var e struct {
		Do   string
		Size int
	}
	if err := json.Unmarshal(event, &e); err != nil {
		return nil, err
	}
	said := "it says <\"é\n\u2028\xff>" + strings.Repeat("x", e.Size)
	switch e.Do {
	case "error":
		return nil, errors.New(said)
	case "delete":
		return nil, errors.New("\x7f")
	case "wrapped":
		return nil, fmt.Errorf("wrapped: %w", &byPointer{byValue{said}})
	case "by value":
		return nil, byValue{said}
	case "by pointer":
		return nil, &byPointer{byValue{said}}
	case "own":
		return nil, messages.InvokeResponse_Error{Message: said, Type: "Own"}
	case "own, the last":
		return nil, messages.InvokeResponse_Error{Message: said, Type: "Own", ShouldExit: true}
	case "deadline":
		<-ctx.Done()
		return nil, ctx.Err()
	case "panic":
		panic(said) //nolint:forbidigo // what it is about
	case "panic with an error":
		panic(&byPointer{byValue{said}}) //nolint:forbidigo // what it is about
	case "panic with an own":
		panic(messages.InvokeResponse_Error{Message: said, Type: "Own"}) //nolint:forbidigo // what it is about
	case "panic deep down":
		deep(40)
	case "nil":
		var m map[string]int
		m["x"]++ //nolint:staticcheck // likewise
	case "big":
		return []byte(`"` + strings.Repeat("x", e.Size) + `"`), nil
	case "wait for an end":
		resp, err := http.Get("http://" + os.Getenv("AWS_LAMBDA_RUNTIME_API") + "/gone")
		if err != nil {
			return nil, err
		}
		return []byte("null"), resp.Body.Close()
	case "asked":
		return json.Marshal(asked)
	case "nothing":
		return []byte("null"), nil
	}
	known := map[string]any{
		"event": string(event), "threads": runtime.GOMAXPROCS(0),
		"env": os.Getenv("_X_AMZN_TRACE_ID"), "trace": ctx.Value("x-amzn-trace-id"),
	}
	known["context"], _ = lambdacontext.FromContext(ctx)
	deadline, ok := ctx.Deadline()
	known["deadline"], known["limited"], known["over"] = deadline.UTC().Format(time.RFC3339Nano), ok, ctx.Err() != nil
	return json.Marshal(known)
}

func deep(n int) {
	if n == 0 {
		panic("deep down") //nolint:forbidigo // what it is about
	}
	deep(n - 1)
}
