// Command localdev runs a WebSocket API of API Gateway, its Lambda functions and its DynamoDB tables on this machine, from
// the template that deploys them. See localdev --help.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/parley-rtc/parley/localdev/emulator"
	"github.com/parley-rtc/parley/localdev/internal/proc"
	"github.com/parley-rtc/parley/localdev/internal/replay"
)

func main() {
	err := run(os.Args[1:], os.Stdout, os.Stderr)
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "localdev:", err)
		os.Exit(1)
	}
}

// startPace has nothing collected while localdev starts: it keeps most of what it allocates then,
// some 10 MB.
const startPace = 500

// run runs localdev until SIGINT or SIGTERM. It writes the ready lines to stdout and nothing else.
func run(args []string, stdout, stderr io.Writer) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second one ends it as it ends any program
	opt, recording, err := parse(args, stdout)
	if err != nil {
		return err
	}
	var session *replay.Session
	if recording != "" { // read first: -record may name the same file
		if session, err = replay.Load(recording); err != nil {
			return err
		}
	}
	if err := proc.EndWithGoRun(); err != nil {
		return fmt.Errorf("follow go run: %w", err)
	}
	pace := debug.SetGCPercent(startPace)
	opt.Log = slog.New(slog.NewTextHandler(stderr, nil))
	opt.Output, opt.Screen = stderr, stderr
	e, err := emulator.Start(ctx, opt)
	switch {
	case err != nil && ctx.Err() != nil: // told to end before it was up
		return nil
	case err != nil:
		return err
	}
	defer e.Close()
	debug.SetGCPercent(pace)
	for _, api := range e.APIs {
		if _, err := fmt.Fprintln(stdout, "ready", api.URL); err != nil {
			return fmt.Errorf("say ready: %w", err)
		}
	}
	if session != nil {
		return again(ctx, session, e, stderr)
	}
	<-ctx.Done()
	return nil
}

// again replays a recording. That something differs is an error.
func again(ctx context.Context, session *replay.Session, e *emulator.Emulator, stderr io.Writer) error {
	target := replay.Target{Out: stderr}
	for _, api := range e.APIs {
		target.URLs = append(target.URLs, api.URL)
	}
	result, err := session.Replay(ctx, target)
	e.Close() // what the functions still print comes before the summary
	switch {
	case err != nil:
		return err
	case result.Differences > 0:
		return errors.New(result.String())
	}
	if _, err := fmt.Fprintln(stderr, "localdev:", result); err != nil {
		return fmt.Errorf("say what the replay found: %w", err)
	}
	return nil
}
