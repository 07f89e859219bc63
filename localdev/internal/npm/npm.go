// Package npm installs packages that localdev needs, beside what other localdevs do at the same time.
package npm

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/parley-rtc/parley/localdev/internal/proc"
)

// ErrNone says that this machine has no npm.
var ErrNone = errors.New("npm is not on PATH")

// Install runs npm with those arguments beside files, package.json among them, and makes what it installs dir's node_modules.
// It works in a folder of its own and renames the result, so that several may do it at once: the first wins.
func Install(ctx context.Context, starter *proc.Starter, dir string, files map[string][]byte, args ...string) error {
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
		return fmt.Errorf("npm %s: %w", args[0], err)
	}
	target := filepath.Join(dir, "node_modules")
	if err := os.Rename(filepath.Join(work, "node_modules"), target); err != nil {
		if _, other := os.Stat(target); other != nil { // else somebody was first
			return err
		}
	}
	return nil
}

// maxLines is how much of npm's last words is told: the reason comes first, and a trace behind it.
const maxLines = 4

// run ends with ctx. Its error is what npm said.
func run(ctx context.Context, starter *proc.Starter, dir, binary string, args []string) error {
	var out bytes.Buffer
	cmd := exec.Command(binary, append(args, "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error",
		"--fetch-retries=1", "--fetch-retry-mintimeout=1000")...)
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
		lines := strings.SplitN(strings.TrimSpace(out.String()), "\n", maxLines+1)
		return fmt.Errorf("%w: %s", err, strings.Join(lines[:min(maxLines, len(lines))], "; "))
	}
	return nil
}
