// Command message handles every message: it decodes, acts and tells the peers. What a project adds is in actions.go,
// and in functions/servers.
package main

import (
	"context"
	"log/slog"
	"os"

	"github.com/parley-rtc/parley/functions/rule"
	"github.com/parley-rtc/parley/functions/servers"
	"github.com/parley-rtc/parley/internal/app"
	"github.com/parley-rtc/parley/internal/app/door"
	"github.com/parley-rtc/parley/internal/app/sockets"
	"github.com/parley-rtc/parley/internal/gateway"
	"github.com/parley-rtc/parley/internal/runtimeapi"
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
	runtimeapi.Run(gateway.JSON(a.Handler.Message), a.Asked)
}
