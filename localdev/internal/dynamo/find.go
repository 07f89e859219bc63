package dynamo

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/parley-rtc/parley/localdev/engine"
	"github.com/parley-rtc/parley/localdev/internal/proc"
)

// ErrNoEngine says that there is no engine and that none could be installed.
var ErrNoEngine = errors.New("the DynamoDB engine dynoxide is missing")

// Find returns the path of the engine's binary: DYNOXIDE_BIN, then dynoxide on PATH, then the npm package in one of
// dirs. If there is none it installs the package into the last of dirs, once.
func Find(ctx context.Context, starter *proc.Starter, env func(string) string, dirs []string, log *slog.Logger) (string, error) {
	if path := env("DYNOXIDE_BIN"); path != "" {
		if err := executable(path); err != nil {
			return "", fmt.Errorf("DYNOXIDE_BIN=%s: %w", path, err)
		}
		return path, nil
	}
	if path, err := exec.LookPath("dynoxide"); err == nil {
		return path, nil
	}
	for _, dir := range dirs {
		if path := packaged(dir); executable(path) == nil {
			return path, nil
		}
	}
	dir := dirs[len(dirs)-1]
	if err := install(ctx, starter, dir, log); err != nil {
		return "", fmt.Errorf("%w: %w; install npm, or dynoxide itself and set DYNOXIDE_BIN to it, or name another DynamoDB with -dynamodb URL",
			ErrNoEngine, err)
	}
	if path := packaged(dir); executable(path) == nil {
		return path, nil
	}
	return "", fmt.Errorf("%w: no package for %s/%s is pinned; install dynoxide and set DYNOXIDE_BIN to it, or name another DynamoDB with -dynamodb URL",
		ErrNoEngine, runtime.GOOS, runtime.GOARCH)
}

// packaged is where the npm package for this machine has its binary.
func packaged(dir string) string {
	arch := strings.NewReplacer("amd64", "x64").Replace(runtime.GOARCH)
	return filepath.Join(dir, "node_modules", "@dynoxide", runtime.GOOS+"-"+arch, "dynoxide")
}

func executable(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if info.IsDir() || runtime.GOOS != "windows" && info.Mode()&0o111 == 0 {
		return errors.New("not an executable file")
	}
	return nil
}

// install runs npm in a folder of its own beside dir's and renames the result, so that several localdevs may do it at once.
func install(ctx context.Context, starter *proc.Starter, dir string, log *slog.Logger) error {
	npm, err := exec.LookPath("npm")
	if err != nil {
		return errors.New("npm is not on PATH")
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	work, err := os.MkdirTemp(dir, ".install-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)
	for _, name := range []string{"package.json", "package-lock.json"} {
		content, err := fs.ReadFile(engine.Files, name)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(work, name), content, 0o644); err != nil {
			return err
		}
	}
	log.Info("installing the DynamoDB engine", "folder", dir)
	var out bytes.Buffer
	cmd := exec.Command(npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
	cmd.Dir, cmd.Stdout, cmd.Stderr = work, &out, &out
	child, err := starter.Start(cmd)
	if err != nil {
		return fmt.Errorf("npm ci: %w", err)
	}
	select {
	case <-child.Done():
	case <-ctx.Done():
		child.Kill()
		<-child.Done()
		return ctx.Err()
	}
	if err := child.Err(); err != nil {
		return fmt.Errorf("npm ci: %w: %s", err, bytes.ReplaceAll(bytes.TrimSpace(out.Bytes()), []byte("\n"), []byte("; ")))
	}
	err = os.Rename(filepath.Join(work, "node_modules"), filepath.Join(dir, "node_modules"))
	if err != nil && executable(packaged(dir)) != nil { // else somebody was first
		return err
	}
	return nil
}
