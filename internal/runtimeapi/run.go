// Package runtimeapi runs a handler of Lambda events.
package runtimeapi

import (
	"context"
	"encoding/json"

	"github.com/aws/aws-lambda-go/lambda"
)

// A Handler answers an event; both are JSON. The bytes of the event are its own until it returns.
type Handler func(ctx context.Context, event []byte) ([]byte, error)

// Run has handler answer every event that Lambda has for this process. It does not return.
func Run(handler Handler) {
	lambda.Start(func(ctx context.Context, event json.RawMessage) (json.RawMessage, error) { return handler(ctx, event) })
}
