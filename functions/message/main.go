// Command message handles every message: it decodes, acts and tells the peers. What a project adds is in actions.go.
package main

import (
	"context"
	"log/slog"
	"os"

	"github.com/aws/aws-lambda-go/lambda"

	"github.com/parley-rtc/parley/internal/app"
)

func main() {
	a, err := app.New(os.Getenv)
	if err == nil {
		err = a.ServeMessages(context.Background(), withExamples(actions()))
	}
	if err != nil {
		slog.Error("start", "err", err)
		os.Exit(1)
	}
	lambda.Start(a.Handler.Message)
}
