//go:build unix

package emulator

import (
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/parley-rtc/parley/localdev/internal/dynamo"
	"github.com/parley-rtc/parley/localdev/internal/proc"
)

// earlyEngine starts an engine for a template and returns its process ID, 0 if none has been started.
func earlyEngine(t *testing.T, template string) (e *early, pid int) {
	t.Helper()
	dir := t.TempDir()
	binary, err := dynamo.Installed(os.Getenv, engineDirs("../.."))
	if err != nil {
		t.Fatalf("%v: make engine", err)
	}
	note, script, file := filepath.Join(dir, "pid"), filepath.Join(dir, "engine"), filepath.Join(dir, "template.yaml")
	for name, text := range map[string]string{
		script: fmt.Sprintf("#!/bin/sh\necho $$ > '%s'\nexec '%s' \"$@\"\n", note, binary), file: template,
	} {
		if err := os.WriteFile(name, []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("DYNOXIDE_BIN", script)
	starter := proc.NewStarter()
	t.Cleanup(starter.Close)
	e = startEarly(t.Context(), starter, Options{Template: file, Log: slog.New(slog.DiscardHandler)})
	t.Cleanup(e.Close)
	<-e.done
	raw, err := os.ReadFile(note)
	if os.IsNotExist(err) {
		return e, 0
	}
	if pid, err = strconv.Atoi(strings.TrimSpace(string(raw))); err != nil {
		t.Fatal(err)
	}
	return e, pid
}

func runs(pid int) bool { return syscall.Kill(pid, 0) == nil }

func TestAnEngineThatStartedEarlyEndsUnlessItIsTaken(t *testing.T) {
	const tables = "Resources:\n  T: {Type: AWS::DynamoDB::Table}\n"
	e, pid := earlyEngine(t, tables)
	if pid == 0 || !runs(pid) {
		t.Fatalf("no engine runs for a template with a table (process %d)", pid)
	}
	if e.Close(); runs(pid) {
		t.Error("the engine that nobody took still runs")
	}
	e, pid = earlyEngine(t, tables)
	engine := e.take(t.Context())
	if engine == nil {
		t.Fatal("there is no engine to take")
	}
	if e.Close(); !runs(pid) {
		t.Error("the engine that was taken has ended")
	}
	if engine.Close(); runs(pid) {
		t.Error("it still runs")
	}
}

func TestNoEngineStartsEarlyForATemplateWithoutTables(t *testing.T) {
	e, pid := earlyEngine(t, "Resources:\n  Api: {Type: AWS::ApiGatewayV2::Api}\n")
	if engine := e.take(t.Context()); pid != 0 || engine != nil {
		t.Errorf("got process %d, %v", pid, engine)
	}
}
