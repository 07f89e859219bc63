package infra

import (
	"context"
	_ "embed"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/parley-rtc/parley/internal/socketio/recipe/recipefile"
)

//go:embed hot.txt
var hot string

// goBuild are the arguments by which the go command compiles a function, the file and the package left out.
func goBuild() []string {
	args := []string{
		"build", "-trimpath", "-buildvcs=false", "-tags", "lambda.norpc,nethttpomithttp2",
		"-ldflags=-s -w -buildid=", "-gcflags=all=-l",
	}
	for line := range strings.Lines(hot) {
		if line = strings.TrimSpace(line); !strings.HasPrefix(line, "#") {
			args = append(args, "-gcflags="+line+"=")
		}
	}
	return args
}

// build compiles the functions as `make build` does, from the sources of this module as the app's go.mod has it, and packs the
// recipes of a folder with those that handle Socket.IO.
func build(recipes string) (string, error) {
	dir, err := os.MkdirTemp("", "parley-functions-")
	if err != nil {
		return "", err
	}
	for _, name := range []string{"connect", "disconnect", "message"} {
		args := append(goBuild(), "-o", filepath.Join(dir, name, "bootstrap"), module+"functions/"+name)
		cmd := exec.CommandContext(context.Background(), "go", args...)
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOARCH=arm64")
		if out, err := cmd.CombinedOutput(); err != nil {
			return "", fmt.Errorf("the function %s does not build: %w\n%s", name, err, out)
		}
	}
	return dir, pack(recipes, dir)
}

// pack packs the recipes of a folder with the functions in dir.
func pack(recipes, dir string) error {
	for _, name := range []string{"disconnect", "message"} {
		if err := recipefile.Pack(recipes, filepath.Join(dir, name, packedRecipes)); err != nil {
			return fmt.Errorf("the recipes of the function %s: %w", name, err)
		}
	}
	return nil
}
