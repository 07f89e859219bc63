// Package dynamo runs a DynamoDB engine as a child process, creates a template's tables in it, and stands in front of it
// with a proxy that adds up what requests consume.
package dynamo

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"github.com/parley-rtc/parley/localdev/internal/proc"
)

// errInUse says that a data folder has its engine.
var errInUse = errors.New("another localdev uses it: end that one or choose another folder")

// Engine is a running engine.
type Engine struct {
	URL string

	lock  io.Closer // of the data folder
	child *proc.Child
	tail  *tail
	quit  chan struct{}
	done  chan struct{}
}

const (
	startLimit = 10 * time.Second
	startTries = 5 // ports: another program may take a free one before the engine does
)

// Start runs the engine's binary on a free port and returns once it answers. dataDir "" keeps the tables in memory.
// If the engine ends by itself later, that is logged.
func Start(ctx context.Context, starter *proc.Starter, binary, dataDir string, log *slog.Logger) (*Engine, error) {
	args := []string{"serve", "--host", "127.0.0.1"}
	var held io.Closer = io.NopCloser(nil)
	if dataDir != "" {
		if err := os.MkdirAll(dataDir, 0o755); err != nil {
			return nil, fmt.Errorf("data folder: %w", err)
		}
		var err error
		if held, err = lock(filepath.Join(dataDir, "lock")); err != nil {
			return nil, fmt.Errorf("data folder %s: %w", dataDir, err)
		}
		args = append(args, "--db-path", filepath.Join(dataDir, "dynamodb.sqlite"))
	}
	ctx, cancel := context.WithTimeout(ctx, startLimit)
	defer cancel()
	var err error
	for range startTries {
		var e *Engine
		if e, err = start(ctx, starter, binary, args); err == nil {
			e.lock = held
			go e.watch(log)
			return e, nil
		}
		if ctx.Err() != nil {
			break
		}
	}
	_ = held.Close()
	return nil, fmt.Errorf("start the DynamoDB engine %s: %w", binary, err)
}

func start(ctx context.Context, starter *proc.Starter, binary string, args []string) (*Engine, error) {
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	e := &Engine{
		URL: "http://127.0.0.1:" + strconv.Itoa(port), tail: &tail{},
		quit: make(chan struct{}), done: make(chan struct{}),
	}
	cmd := exec.Command(binary, append(args, "--port", strconv.Itoa(port))...)
	cmd.Stdout, cmd.Stderr = e.tail, e.tail
	cmd.WaitDelay = 200 * time.Millisecond
	if e.child, err = starter.Start(cmd); err != nil {
		return nil, err
	}
	if err := e.answers(ctx); err != nil {
		e.child.Kill()
		<-e.child.Done()
		return nil, err
	}
	return e, nil
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

// answers polls until the engine speaks HTTP. It takes some 8 ms, so the first steps are short.
func (e *Engine) answers(ctx context.Context) error {
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	for wait := time.Millisecond; ; wait = min(2*wait, 50*time.Millisecond) {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, e.URL, nil)
		if err != nil {
			return err
		}
		if resp, err := client.Do(req); err == nil {
			resp.Body.Close()
			select {
			case <-e.child.Done(): // then it was somebody else who answered
			default:
				return nil
			}
		}
		select {
		case <-e.child.Done():
			return fmt.Errorf("it ended: %w: %s", orExit(e.child.Err()), e.tail)
		case <-ctx.Done():
			return fmt.Errorf("it does not answer: %w: %s", ctx.Err(), e.tail)
		case <-time.After(wait):
		}
	}
}

func orExit(err error) error {
	if err == nil {
		return errors.New("exit status 0")
	}
	return err
}

// watch reports an end that nobody asked for.
func (e *Engine) watch(log *slog.Logger) {
	defer close(e.done)
	select {
	case <-e.quit:
	case <-e.child.Done():
		log.Error("the DynamoDB engine ended: restart localdev", "err", orExit(e.child.Err()), "output", e.tail.String())
	}
}

// Close ends the engine. Its files are complete: it keeps nothing unwritten.
func (e *Engine) Close() {
	close(e.quit)
	<-e.done
	e.child.Kill()
	<-e.child.Done()
	_ = e.lock.Close()
}

// tail keeps the end of what the engine wrote.
type tail struct {
	mu  sync.Mutex
	end []byte
}

var _ io.Writer = (*tail)(nil)

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.end = append(t.end, p...)
	if over := len(t.end) - 2048; over > 0 {
		t.end = t.end[over:]
	}
	return len(p), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(bytes.ReplaceAll(bytes.TrimSpace(t.end), []byte("\n"), []byte("; ")))
}
