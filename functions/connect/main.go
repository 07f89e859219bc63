// Command connect handles $connect: it decides who may, and remembers the connection, before the handshake ends.
package main

import (
	"context"
	"log/slog"
	"os"

	"github.com/parley-rtc/parley/functions/rule"
	"github.com/parley-rtc/parley/internal/app"
	"github.com/parley-rtc/parley/internal/app/door"
	"github.com/parley-rtc/parley/internal/gateway"
	"github.com/parley-rtc/parley/internal/runtimeapi"
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
	runtimeapi.Run(gateway.JSON(a.Handler.Connect))
}
