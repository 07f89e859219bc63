// Command hello is the least that a function in Go does over aws-lambda-go: the yardstick of starts and of events.
package main

import (
	"context"

	"github.com/aws/aws-lambda-go/lambda"
)

type answer struct {
	StatusCode int    `json:"statusCode"`
	Body       string `json:"body"`
}

func main() {
	lambda.Start(func(context.Context, any) (answer, error) { return answer{200, "hello"}, nil })
}
