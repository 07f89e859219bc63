// Command message handles every message: it decodes, acts and tells the peers. What a project adds is in actions.go,
// and in functions/servers.
package main

import (
	"context"
	"log/slog"
	"os"

	"github.com/aws/aws-lambda-go/lambda"

	"github.com/parley-rtc/parley/functions/rule"
	"github.com/parley-rtc/parley/functions/servers"
	"github.com/parley-rtc/parley/internal/app"
	"github.com/parley-rtc/parley/internal/app/door"
	"github.com/parley-rtc/parley/internal/app/sockets"
)

func main() {
	a, err := app.New(os.Getenv)
	if err == nil {
		err = a.ServeMessages(context.Background(), withExamples(actions()))
	}
	if err == nil {
		err = sockets.Serve(a, servers.Own())
	}
	if err != nil {
		slog.Error("start", "err", err)
		os.Exit(1)
	}
	door.Later(a, rule.Own())
	lambda.Start(a.Handler.Message)
}
