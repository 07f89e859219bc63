// Package npm installs packages that localdev needs, beside what other localdevs do at the same
// time.
package npm

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/parley-rtc/parley/localdev/internal/proc"
)

// ErrNone says that this machine has no npm.
var ErrNone = errors.New("npm is not on PATH: install Node.js, which brings it")

// Install runs npm with those arguments beside files, package.json among them, and makes what it
// installs dir's node_modules. It works in a folder of its own and renames the result, so that
// several may do it at once: the first wins, if lacking finds nothing wrong with its folder. nil
// looks for node_modules only.
func Install(
	ctx context.Context, starter *proc.Starter, dir string, files map[string][]byte, lacking func(dir string) error,
	args ...string,
) error {
	if lacking == nil {
		lacking = func(dir string) error {
			_, err := os.Stat(filepath.Join(dir, "node_modules"))
			return err
		}
	}
	binary, err := exec.LookPath("npm")
	if err != nil {
		return ErrNone
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	work, err := os.MkdirTemp(dir, ".install-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(work, name), content, 0o644); err != nil {
			return err
		}
	}
	if err := run(ctx, starter, work, binary, args); err != nil {
		return err
	}
	if err := lacking(work); err != nil {
		return err
	}
	from, to := filepath.Join(work, "node_modules"), filepath.Join(dir, "node_modules")
	if err := os.Rename(from, to); err == nil || lacking(dir) == nil { // somebody was first
		return nil
	}
	if err := os.RemoveAll(to); err != nil {
		return err
	}
	return os.Rename(from, to)
}

// run ends with ctx. Its error is what npm said.
func run(ctx context.Context, starter *proc.Starter, dir, binary string, args []string) error {
	var out bytes.Buffer
	cmd := exec.Command(binary, append(args, "--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier",
		"--loglevel=error", "--fetch-retries=1", "--fetch-retry-mintimeout=1000")...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, &out, &out
	child, err := starter.Start(cmd)
	if err != nil {
		return err
	}
	select {
	case <-child.Done():
	case <-ctx.Done():
		child.Kill()
		<-child.Done()
		return ctx.Err()
	}
	if err := child.Err(); err != nil {
		return explain(args[0], err, out.String())
	}
	return nil
}
