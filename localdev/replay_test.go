package main_test

import (
	"errors"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/coder/websocket"
)

func TestRecordThenReplay(t *testing.T) {
	path := filepath.Join(t.TempDir(), "r.jsonl")
	r := run(t, "-watch=false", "-record", path)
	c := r.dial()
	if err := c.Write(t.Context(), websocket.MessageText, []byte(`{"action":"ask","data":"recorded"}`)); err != nil {
		t.Fatal(err)
	}
	if _, _, err := c.Read(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := r.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := <-r.ended; err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name, template, want string
		status               int
	}{
		{"as it was", "template.yaml", "localdev: replayed 1 connections, 1 messages sent, 2 answers and pushes expected", 0},
		{"another template", "stream.yaml", ": 1 difference", 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			cmd := command(t, "-template", "emulator/testdata/"+tt.template, "-listen", "127.0.0.1:0", "-watch=false", "-replay", path)
			var stdout, stderr strings.Builder
			cmd.Stdout, cmd.Stderr = &stdout, &stderr
			err := cmd.Run()
			status := 0
			var exit *exec.ExitError
			if errors.As(err, &exit) {
				status = exit.ExitCode()
			}
			lines := strings.Split(strings.TrimSpace(stderr.String()), "\n")
			if last := lines[len(lines)-1]; status != tt.status || !strings.Contains(last, tt.want) {
				t.Errorf("ended with %d and %s, want %d and %s\n%s", status, last, tt.status, tt.want, stderr.String())
			}
			if out := stdout.String(); !strings.HasPrefix(out, "ready ") || strings.Count(out, "\n") != 1 {
				t.Errorf("wrote %q to stdout, want a ready line", out)
			}
		})
	}
}
