// Command connect handles $connect: it remembers the connection, before the handshake ends.
package main

import (
	"context"
	"log/slog"
	"os"

	"github.com/aws/aws-lambda-go/lambda"

	"github.com/parley-rtc/parley/internal/app"
)

func main() {
	h, err := app.NewConnect(context.Background(), os.Getenv)
	if err != nil {
		slog.Error("start", "err", err)
		os.Exit(1)
	}
	lambda.Start(h.Connect)
}
