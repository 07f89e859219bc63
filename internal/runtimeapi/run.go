// Package runtimeapi has a function's events answered as aws-lambda-go does, at a quarter of what that
// spends on them: it asks Lambda's Runtime API over one connection, by hand, and to it events and
// responses are bytes. Everything else is the same, and held to aws-lambda-go by tests: context,
// environment, errors, panics, the texts with which a process ends. Where Lambda runs functions in a
// way that is not known here, aws-lambda-go has the events.
package runtimeapi

import (
	"context"
	"encoding/json"
	"log"
	"net"
	"os"
	"runtime"
	"strconv"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambdacontext"
)

// A Handler answers an event; both are JSON. The bytes of the event are its own until it returns.
type Handler func(ctx context.Context, event []byte) ([]byte, error)

// wholeCore is the memory, in MB, from which on a function has a whole core.
const wholeCore = 1769

// Run has handler answer the events that Lambda has for this process, until that ends.
func Run(handler Handler) {
	if partOfACore(os.Getenv) {
		runtime.GOMAXPROCS(1) // there is one event at a time: a second thread would only take turns with the first
	}
	if !known(os.Getenv) {
		lambda.Start(func(ctx context.Context, event json.RawMessage) (json.RawMessage, error) {
			return handler(ctx, event)
		})
	}
	err := newLoop(os.Getenv("AWS_LAMBDA_RUNTIME_API"), handler).run()
	log.Fatal(err) //nolint:forbidigo // as aws-lambda-go ends: Lambda then starts another process
}

// partOfACore tells whether the function has less than a core, and nobody has said what to do then.
func partOfACore(env func(string) string) bool {
	memory, err := strconv.Atoi(env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE"))
	return err == nil && memory > 0 && memory < wholeCore && env("GOMAXPROCS") == ""
}

// known tells whether events come one at a time, from the Runtime API.
func known(env func(string) string) bool {
	host, port, err := net.SplitHostPort(env("AWS_LAMBDA_RUNTIME_API"))
	if err != nil || !plain(host) || !plain(port) || env("_LAMBDA_SERVER_PORT") != "" ||
		lambdacontext.MaxConcurrency() > 1 {
		return false
	}
	switch env("AWS_LAMBDA_INITIALIZATION_TYPE") {
	case "", "on-demand", "provisioned-concurrency":
		return true
	}
	return false
}

// plain tells whether s is in a URL as it is.
func plain(s string) bool {
	for _, c := range []byte(s) {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '-', c == '.', c == '_':
		default:
			return false
		}
	}
	return s != ""
}
