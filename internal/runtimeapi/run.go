// Package runtimeapi has a function's events answered as aws-lambda-go does, at a fifth of what that
// spends on them: it asks Lambda's Runtime API over one connection, by hand, and to it events and
// responses are bytes. Everything else is the same, and held to aws-lambda-go by tests: context,
// environment, errors, panics, the texts with which a process ends. Where Lambda runs functions in a
// way that is not known here, aws-lambda-go has the events.
package runtimeapi

import (
	"context"
	"encoding/json"
	"log"
	"net/netip"
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

// Run has handler answer the events that Lambda has for this process, until that ends. Once it has
// asked for the first, when nobody waits for a start any more, it calls what is to begin then.
func Run(handler Handler, asked ...func()) {
	if partOfACore(os.Getenv) {
		// There is one event at a time: a second thread would only take turns with the first.
		asked = append(asked, func() { runtime.GOMAXPROCS(1) })
	}
	if !known(os.Getenv) {
		for _, do := range asked {
			do()
		}
		lambda.Start(func(ctx context.Context, event json.RawMessage) (json.RawMessage, error) {
			return handler(ctx, event)
		})
	}
	err := newLoop(os.Getenv("AWS_LAMBDA_RUNTIME_API"), handler, asked...).run()
	log.Fatal(err) //nolint:forbidigo // as aws-lambda-go ends: Lambda then starts another process
}

// partOfACore tells whether the function has less than a core, and nobody has said what to do then.
func partOfACore(env func(string) string) bool {
	memory, err := strconv.Atoi(env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE"))
	return err == nil && memory > 0 && memory < wholeCore && env("GOMAXPROCS") == ""
}

// known tells whether events come one at a time, from the Runtime API.
func known(env func(string) string) bool {
	address, err := netip.ParseAddrPort(env("AWS_LAMBDA_RUNTIME_API"))
	if err != nil || address.Addr().Zone() != "" {
		return false
	}
	if env("_LAMBDA_SERVER_PORT") != "" || lambdacontext.MaxConcurrency() > 1 {
		return false
	}
	switch env("AWS_LAMBDA_INITIALIZATION_TYPE") {
	case "", "on-demand", "provisioned-concurrency":
		return true
	}
	return false
}
