// Command disconnect handles $disconnect: it forgets the connection and tells the rooms it was in.
package main

import (
	"log/slog"
	"os"

	"github.com/parley-rtc/parley/functions/servers"
	"github.com/parley-rtc/parley/internal/app"
	"github.com/parley-rtc/parley/internal/app/sockets"
	"github.com/parley-rtc/parley/internal/gateway"
	"github.com/parley-rtc/parley/internal/runtimeapi"
)

func main() {
	a, err := app.New(os.Getenv)
	if err == nil {
		err = sockets.Serve(a, servers.Own())
	}
	if err != nil {
		slog.Error("start", "err", err)
		os.Exit(1)
	}
	runtimeapi.Run(gateway.JSON(a.Handler.Disconnect))
}
