package dynamo

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/parley-rtc/parley/localdev/engine"
	"github.com/parley-rtc/parley/localdev/internal/npm"
	"github.com/parley-rtc/parley/localdev/internal/proc"
)

// ErrNoEngine says that there is no engine and that none could be installed.
var ErrNoEngine = errors.New("the DynamoDB engine dynoxide is missing")

// instead is what else to do about it.
const instead = "set DYNOXIDE_BIN to a dynoxide that is there, or run another DynamoDB, such as DynamoDB Local, " +
	"and name it: -dynamodb http://127.0.0.1:8000"

// Find returns the path of the engine's binary: DYNOXIDE_BIN, then dynoxide on PATH, then the npm package in one of
// dirs. If there is none it installs the package into the last of dirs, once.
func Find(ctx context.Context, starter *proc.Starter, env func(string) string, dirs []string, log *slog.Logger) (string, error) {
	if path, err := Installed(env, dirs); !errors.Is(err, ErrNoEngine) {
		return path, err
	}
	dir := dirs[len(dirs)-1]
	name := packageName(runtime.GOOS, runtime.GOARCH)
	version, pinned, err := engine.Pinned(name)
	switch {
	case err != nil:
		return "", err
	case !pinned:
		return "", unpinned(name, version, dirs[0])
	}
	log.Info("fetching the DynamoDB engine by npm, once", "folder", dir)
	if err := install(ctx, starter, name, dir); err != nil {
		return "", fmt.Errorf("%w, and cannot be fetched: %w. Or %s", ErrNoEngine, err, instead)
	}
	return packaged(dir), nil
}

// Installed is Find for who does not wait for an installation: it fails with ErrNoEngine instead.
func Installed(env func(string) string, dirs []string) (string, error) {
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
	return "", ErrNoEngine
}

// install makes an engine that works dir's.
func install(ctx context.Context, starter *proc.Starter, name, dir string) error {
	files, err := engine.Require(name)
	if err != nil {
		return err
	}
	lacking := func(dir string) error {
		if err := executable(packaged(dir)); err != nil {
			return fmt.Errorf("%s is there now, but its program is not: %w", name, err)
		}
		return nil
	}
	return npm.Install(ctx, starter, dir, files, lacking, "ci", "--prefer-offline")
}

// unpinned says what to do where localdev knows no checksum, and therefore fetches nothing by
// itself.
func unpinned(name, version, dir string) error {
	return fmt.Errorf("%w, and localdev fetches it by itself only where it knows its checksum, not for %s/%s. "+
		"Install it: npm install --prefix %q %s@%s. Or %s",
		ErrNoEngine, runtime.GOOS, runtime.GOARCH, dir, name, version, instead)
}

// packageName is the npm package of the engine for a machine, which npm names as Node does.
func packageName(goos, goarch string) string {
	system, machine := strings.NewReplacer("windows", "win32"), strings.NewReplacer("amd64", "x64")
	return "@dynoxide/" + system.Replace(goos) + "-" + machine.Replace(goarch)
}

// packaged is where the npm package for this machine has its binary.
func packaged(dir string) string {
	binary := "dynoxide"
	if runtime.GOOS == "windows" {
		binary += ".exe"
	}
	return filepath.Join(dir, "node_modules", filepath.FromSlash(packageName(runtime.GOOS, runtime.GOARCH)), binary)
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
