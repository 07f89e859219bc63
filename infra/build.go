package infra

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// build compiles the functions as `make build` does, from the sources of this module as the app's go.mod has it, and packs the
// recipes of a folder with those that handle Socket.IO.
func build(recipes string) (string, error) {
	dir, err := os.MkdirTemp("", "parley-functions-")
	if err != nil {
		return "", err
	}
	for _, name := range []string{"connect", "disconnect", "message"} {
		cmd := exec.CommandContext(context.Background(), "go", "build", "-trimpath", "-buildvcs=false", "-tags", "lambda.norpc", "-ldflags=-s -w -buildid=",
			"-o", filepath.Join(dir, name, "bootstrap"), module+"functions/"+name)
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOARCH=arm64")
		if out, err := cmd.CombinedOutput(); err != nil {
			return "", fmt.Errorf("the function %s does not build: %w\n%s", name, err, out)
		}
	}
	for _, name := range []string{"disconnect", "message"} {
		if err := pack(recipes, filepath.Join(dir, name)); err != nil {
			return "", fmt.Errorf("the recipes of the function %s: %w", name, err)
		}
	}
	return dir, nil
}
