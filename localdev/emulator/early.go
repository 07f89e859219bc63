package emulator

import (
	"bytes"
	"context"
	"os"
	"path/filepath"

	"github.com/parley-rtc/parley/localdev/internal/dynamo"
	"github.com/parley-rtc/parley/localdev/internal/proc"
)

// early is an engine that starts while the template is read: both take as long, and most templates
// have tables.
type early struct {
	stop context.CancelFunc
	done chan struct{}
	runs *dynamo.Engine // once done is closed; nil if it does not run
}

// startEarly starts an engine if the template looks as if it had tables, and nothing is fetched or
// written for it. It may not run: then whoever needs one starts it, and says what is wrong.
func startEarly(ctx context.Context, starter *proc.Starter, opt Options) *early {
	ctx, stop := context.WithCancel(ctx)
	e := &early{stop: stop, done: make(chan struct{})}
	go func() {
		defer close(e.done)
		if opt.DynamoDB != "" || opt.Data != "" || !mentionsTables(opt.Template) {
			return
		}
		folder, err := filepath.Abs(filepath.Dir(opt.Template))
		if err != nil {
			return
		}
		binary, err := dynamo.Installed(os.Getenv, engineDirs(folder))
		if err != nil {
			return
		}
		e.runs, _ = dynamo.Start(ctx, starter, binary, opt.Data, opt.Log)
	}()
	return e
}

func mentionsTables(template string) bool {
	text, err := os.ReadFile(template)
	if err != nil {
		return false
	}
	for _, kind := range []string{"AWS::DynamoDB::", "AWS::Serverless::SimpleTable"} {
		if bytes.Contains(text, []byte(kind)) {
			return true
		}
	}
	return false
}

// take waits for the engine, whose end is the caller's from then on, and returns nil if there is
// none.
func (e *early) take(ctx context.Context) *dynamo.Engine {
	select {
	case <-e.done:
	case <-ctx.Done():
		return nil
	}
	runs := e.runs
	if runs != nil { // once it is taken, several may ask at a time
		e.runs = nil
	}
	return runs
}

// Close ends the engine that nobody took.
func (e *early) Close() {
	e.stop()
	if runs := e.take(context.Background()); runs != nil {
		runs.Close()
	}
}
