package runtimeapi

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"time"

	"github.com/aws/aws-lambda-go/lambdacontext"

	"github.com/parley-rtc/parley/internal/deadline"
	"github.com/parley-rtc/parley/internal/http1"
)

// context returns what a handler knows of an event beside its bytes. It tells the environment of the
// event's trace, where the AWS SDK looks for it.
func (l *loop) context(event *http1.Answer, id string) (context.Context, context.CancelFunc, error) {
	end, err := strconv.ParseInt(string(event.Header("Lambda-Runtime-Deadline-Ms")), 10, 64)
	if err != nil {
		return nil, nil, fmt.Errorf("failed to parse deadline: %v", err) //nolint:errorlint // the type is told, too
	}
	lc := &lambdacontext.LambdaContext{
		AwsRequestID: id, InvokedFunctionArn: l.invoked(event),
		TenantID: string(event.Header("Lambda-Runtime-Aws-Tenant-Id")),
	}
	if raw := event.Header("Lambda-Runtime-Client-Context"); len(raw) > 0 {
		if err := json.Unmarshal(raw, &lc.ClientContext); err != nil {
			return nil, nil, fmt.Errorf("failed to unmarshal client context json: %v", err) //nolint:errorlint // likewise
		}
	}
	if raw := event.Header("Lambda-Runtime-Cognito-Identity"); len(raw) > 0 {
		if err := json.Unmarshal(raw, &lc.Identity); err != nil {
			return nil, nil, fmt.Errorf("failed to unmarshal cognito identity json: %v", err) //nolint:errorlint // likewise
		}
	}
	trace := string(event.Header("Lambda-Runtime-Trace-Id"))
	_ = os.Setenv("_X_AMZN_TRACE_ID", trace) // fails for no value that a header can have
	ctx, cancel := deadline.With(context.Background(), time.UnixMilli(end))
	ctx = lambdacontext.NewContext(ctx, lc)
	ctx = context.WithValue(ctx, "x-amzn-trace-id", trace) //nolint:revive,staticcheck // the key that others know
	return ctx, cancel, nil
}

// invoked returns the ARN that an event is for, nearly always that of the last one.
func (l *loop) invoked(event *http1.Answer) string {
	if arn := event.Header("Lambda-Runtime-Invoked-Function-Arn"); string(arn) != l.arn {
		l.arn = string(arn)
	}
	return l.arn
}
