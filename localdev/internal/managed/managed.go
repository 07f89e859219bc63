// Package managed runs functions of the runtimes that Lambda brings along, by what this machine
// has: nodejs* by node, python* by python3, each with a bootstrap of localdev's own that speaks the
// Runtime API.
package managed

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"

	"github.com/parley-rtc/parley/localdev/internal/carried"
)

// Command starts a function of one runtime.
type Command struct {
	Binary  string // absolute path of the interpreter
	Args    []string
	Env     map[string]string // what Lambda's runtime sets as well, unless the template does
	Version string            // what it is, e.g. node 20.20.2
}

// language is how functions of a family of runtimes are run.
type language struct {
	name     string                                            // that the runtimes' names begin with
	source   string                                            // name of the file that code in a template makes
	beside   map[string]string                                 // further files that it needs
	layers   func(runtime string) []string                     // folders of a layer that have packages, the first counts
	path     func(env map[string]string, folders, code string) // has the program look into such folders
	programs func(runtime string, near []string) []string      // names on PATH and paths, the best first
	probe    []string                                          // has it print its version, a space and its own path
	usable   func(version string) error                        // nil is all
	install  string                                            // what to do where there is none
	files    fs.FS                                             // the bootstrap
	args     func(folder string) []string                      // of the program, with the bootstrap in folder
}

// languages are those that localdev brings a bootstrap for.
var languages = []*language{&nodejs, &python}

// Knows reports whether the runtime, as Lambda names it, is one that this package runs.
func Knows(runtime string) bool { return languageOf(runtime) != nil }

func languageOf(runtime string) *language {
	for _, l := range languages {
		if strings.HasPrefix(runtime, l.name) {
			return l
		}
	}
	return nil
}

// Machine is what this machine has. It looks for each program once.
type Machine struct {
	cacheDir string

	mu    sync.Mutex
	found map[string]func() (program, error) // by name
}

// program is an interpreter.
type program struct{ path, version string }

// On returns this machine; bootstraps are written below cacheDir, which lies in the project's
// folder.
func On(cacheDir string) *Machine {
	return &Machine{cacheDir: cacheDir, found: map[string]func() (program, error){}}
}

// Find returns what runs functions of a runtime that Knows, with their code in dir. Its error says
// what to install.
func (m *Machine) Find(ctx context.Context, runtime, dir string) (Command, error) {
	l := languageOf(runtime)
	if l == nil || l.files == nil {
		return Command{}, fmt.Errorf("localdev runs no %s", runtime)
	}
	p, err := m.program(ctx, l, l.programs(runtime, m.near(dir)))
	if err != nil {
		return Command{}, fmt.Errorf("localdev runs %s by this machine's %s, but %w: %s", runtime, l.name, err, l.install)
	}
	folder, err := carried.LayOut(filepath.Join(m.cacheDir, "runtime"), l.files)
	if err != nil {
		return Command{}, err
	}
	return Command{Binary: p.path, Args: l.args(folder), Version: p.version}, nil
}

// program returns the first of a language's programs that is there and can be used, else why there
// is none.
func (m *Machine) program(ctx context.Context, l *language, names []string) (program, error) {
	var unusable error
	for _, name := range names {
		m.mu.Lock()
		look := m.found[name]
		if look == nil {
			look = sync.OnceValues(func() (program, error) { return ask(ctx, name, l) })
			m.found[name] = look
		}
		m.mu.Unlock()
		p, err := look()
		if err == nil {
			return p, nil
		}
		if unusable == nil && !errors.Is(err, exec.ErrNotFound) {
			unusable = err
		}
	}
	if unusable != nil {
		return program{}, unusable
	}
	return program{}, fmt.Errorf("there is no %s on PATH", strings.Join(names, ", and no "))
}

var number = regexp.MustCompile(`\d+(\.\d+)+\S*`)

// near returns the folders that may hold what belongs to code in dir: those from there up to the
// project's, and the one that localdev was started in.
func (m *Machine) near(dir string) []string {
	var folders []string
	project, err := filepath.Abs(filepath.Dir(m.cacheDir))
	if err != nil {
		return nil
	}
	if way, err := filepath.Rel(project, dir); err == nil && filepath.IsLocal(way) {
		for ; dir != project; dir = filepath.Dir(dir) {
			folders = append(folders, dir)
		}
	}
	folders = append(folders, project)
	if started, err := os.Getwd(); err == nil && started != project {
		folders = append(folders, started)
	}
	return folders
}

// ask asks a program for its version. What is found on PATH may be a script that looks for the
// interpreter each time.
func ask(ctx context.Context, name string, l *language) (program, error) {
	path, err := exec.LookPath(name)
	if err != nil {
		return program{}, fmt.Errorf("%s cannot be used: %w", name, err)
	}
	if path, err = filepath.Abs(path); err != nil {
		return program{}, err
	}
	out, err := exec.CommandContext(ctx, path, l.probe...).CombinedOutput()
	version, itself, _ := strings.Cut(strings.TrimSpace(string(out)), " ")
	if version = number.FindString(version); err == nil && version == "" {
		err = errors.New("it prints no version")
	}
	if err == nil && l.usable != nil {
		err = l.usable(version)
	}
	if err != nil {
		return program{}, fmt.Errorf("%s cannot be used: %w", path, err)
	}
	said := filepath.Base(name) + " " + version
	if filepath.IsAbs(name) {
		said += " of " + name
	}
	return program{path: cmp.Or(itself, path), version: said}, nil
}
