package emulator

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/parley-rtc/parley/localdev/internal/apigw"
	"github.com/parley-rtc/parley/localdev/internal/gobuild"
	"github.com/parley-rtc/parley/localdev/internal/lambda"
	"github.com/parley-rtc/parley/localdev/internal/managed"
	"github.com/parley-rtc/parley/localdev/internal/runner"
	"github.com/parley-rtc/parley/localdev/internal/template"
)

// program is what is started for an instance of a function.
type program struct {
	binary  string
	args    []string
	env     map[string]string // unless the template sets them
	dir     string            // working folder and LAMBDA_TASK_ROOT
	how     string            // for people
	yours   bool              // a program of the user's machine, not one that Lambda would start
	managed bool              // by a bootstrap of localdev's, as of a runtime that Lambda brings along
}

// with returns the program with another variable.
func (p program) with(name, value string) program {
	env := map[string]string{name: value}
	maps.Copy(env, p.env)
	p.env = env
	return p
}

// environment adds what a program of the user's needs to find its interpreter and its packages,
// where the template does not say.
func (p program) environment(env map[string]string) map[string]string {
	if !p.yours && runtime.GOOS != "windows" {
		return env
	}
	out := maps.Clone(p.env)
	if out == nil {
		out = map[string]string{}
	}
	maps.Copy(out, inherited("PATH", "HOME"))
	maps.Copy(out, env)
	return out
}

// inherited are those of this process's own variables that are set. On Windows programs need some
// more than elsewhere.
func inherited(names ...string) map[string]string {
	if runtime.GOOS == "windows" {
		names = append(names, "USERPROFILE", "APPDATA", "LOCALAPPDATA", "TEMP", "TMP", "COMSPEC", "PATHEXT")
	}
	out := map[string]string{}
	for _, name := range names {
		if value, ok := os.LookupEnv(name); ok {
			out[name] = value
		}
	}
	return out
}

// prebuilt returns the programs of the functions that need no build, by logical ID. One that does
// not run here is broken, and nothing else.
func (e *Emulator) prebuilt(ctx context.Context) (map[string]program, error) {
	programs := map[string]program{}
	for i := range e.stack.Functions {
		f := &e.stack.Functions[i]
		if e.opt.Exec[f.LogicalID] == "" && f.Package != "" {
			if err := e.needGo(f); err != nil {
				return nil, err
			}
			continue
		}
		p, found, err := e.program(ctx, f)
		if err != nil {
			return nil, err
		}
		if found {
			programs[f.LogicalID] = p
		}
	}
	return programs, nil
}

// needGo breaks a function that is to be built, where there is nothing to build it with.
func (e *Emulator) needGo(f *template.Function) error {
	err := e.builder.Beside(f.Package, f.Beside...)
	if err == nil {
		err = e.builder.BesideJSON(f.Package, f.BesideJSON...)
	}
	if err != nil {
		return fmt.Errorf("function %s: %w", f.LogicalID, err)
	}
	_, missing := gobuild.Tool()
	if missing == nil || e.builder.Fresh(f.Package) {
		return nil
	}
	f.Package, f.Broken = "", missing.Error()
	e.stack.Notices = append(e.stack.Notices, template.Notice{LogicalID: f.LogicalID, Line: f.Line, Text: f.Broken})
	return nil
}

func (e *Emulator) program(ctx context.Context, f *template.Function) (p program, found bool, err error) {
	dir, why, line := f.Code, "", e.opt.Exec[f.LogicalID]
	switch {
	case f.Zip != "":
		if dir, err = runner.Unpack(f.Zip, e.cacheDir()); err != nil {
			why = err.Error()
		}
	case f.Inline != "" && managed.Knows(f.Runtime):
		if dir, err = managed.LayOut(e.cacheDir(), f.LogicalID, f.Runtime, f.Inline, line != ""); err != nil {
			return program{}, false, fmt.Errorf("function %s: %w", f.LogicalID, err)
		}
	}
	switch {
	case line != "":
		if dir == "" {
			dir = filepath.Dir(e.stack.Path)
		}
		words, err := runner.Command(line, dir)
		if err != nil {
			return program{}, false, fmt.Errorf("-exec %s: %w", f.LogicalID, err)
		}
		return program{binary: words[0], args: words[1:], dir: dir, yours: true, how: line}, true, nil
	case f.Broken != "" || why != "":
	case managed.Knows(f.Runtime) && e.opt.Lambda != "": // who names an endpoint wants Lambda's own versions
	case managed.Knows(f.Runtime):
		command, err := e.machine.Find(ctx, f.Runtime, dir)
		if err == nil {
			p := program{
				binary: command.Binary, args: command.Args, env: command.Env, dir: dir, yours: true, managed: true,
				how: command.Version + " for " + f.Runtime,
			}
			if len(f.Layers) > 0 {
				p = p.with("LOCALDEV_LAYERS", layers(f.Layers))
			} else if why := managed.NoHandler(f.Runtime, f.Handler, dir); why != "" {
				e.stack.Notices = append(e.stack.Notices, template.Notice{LogicalID: f.LogicalID, Line: f.Line, Text: why})
			}
			return p, true, nil
		}
		why = err.Error()
	case f.Binary != "":
		return program{binary: f.Binary, dir: dir, how: "bootstrap"}, true, nil
	case f.Zip != "":
		p := program{binary: filepath.Join(dir, filepath.FromSlash(f.Program)), dir: dir, how: f.Program}
		if why = template.CannotRun(p.binary); why == "" {
			return p, true, nil
		}
		why = fmt.Sprintf("the %s in %s %s", f.Program, f.Zip, why)
	}
	if why != "" && e.opt.Lambda == "" {
		f.Broken = why
		e.stack.Notices = append(e.stack.Notices, template.Notice{LogicalID: f.LogicalID, Line: f.Line, Text: why})
	}
	return program{}, false, nil
}

// layers is how a bootstrap is told of a function's layers: a later one's files replace an earlier
// one's, so it comes first.
func layers(folders []string) string {
	last := slices.Clone(folders)
	slices.Reverse(last)
	return strings.Join(last, string(os.PathListSeparator))
}

// foreign returns a function that does not run here: one of the -lambda endpoint, or one that fails each event and says why.
func (e *Emulator) foreign(f template.Function, fn lambda.Function, options lambda.Options) apigw.Function {
	if e.remote != nil {
		return e.remote.Function(fn, options, f.LogicalID, f.Name)
	}
	return &runner.Missing{Line: f.Line, Why: f.Broken}
}

// callable returns a function by its logical ID, wherever it runs; nil if there is none.
func (e *Emulator) callable(id string) apigw.Function {
	if pool := e.pools[id]; pool != nil {
		return pool
	}
	if u := e.unbuilt[id]; u != nil {
		return u
	}
	return e.elsewhere[id]
}
