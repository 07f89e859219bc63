// Command connect handles $connect: it decides who may, and remembers the connection, before the handshake ends.
package main

import (
	"context"
	"log/slog"
	"os"

	"github.com/aws/aws-lambda-go/lambda"

	"github.com/parley-rtc/parley/functions/rule"
	"github.com/parley-rtc/parley/internal/app"
	"github.com/parley-rtc/parley/internal/app/door"
)

func main() {
	a, err := app.New(os.Getenv)
	if err == nil {
		err = door.Open(context.Background(), a, rule.Own())
	}
	if err != nil {
		slog.Error("start", "err", err)
		os.Exit(1)
	}
	lambda.Start(a.Handler.Connect)
}
