package emulator

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/parley-rtc/parley/localdev/internal/apigw"
	"github.com/parley-rtc/parley/localdev/internal/lambda"
	"github.com/parley-rtc/parley/localdev/internal/runner"
	"github.com/parley-rtc/parley/localdev/internal/template"
)

// program is what is started for an instance of a function.
type program struct {
	binary string
	args   []string
	dir    string // working folder; "" is that of the binary
}

// environment adds what a command of -exec needs to find its interpreter and its packages, where the template does not say.
func (p program) environment(env map[string]string) map[string]string {
	if p.dir == "" {
		return env
	}
	out := map[string]string{}
	for _, name := range []string{"PATH", "HOME"} {
		if value, ok := os.LookupEnv(name); ok {
			out[name] = value
		}
	}
	maps.Copy(out, env)
	return out
}

// prebuilt returns the program of a function that needs no build; not found is one that does not run here. An archive
// that turns out to be useless breaks its function, and nothing else.
func (e *Emulator) prebuilt(f *template.Function, cache string) (p program, found bool, err error) {
	line := e.opt.Exec[f.LogicalID]
	switch {
	case line != "":
		dir := f.Code
		if dir == "" {
			dir = filepath.Dir(e.stack.Path)
		}
		words, err := runner.Command(line, dir)
		if err != nil {
			return program{}, false, fmt.Errorf("-exec %s: %w", f.LogicalID, err)
		}
		return program{binary: words[0], args: words[1:], dir: dir}, true, nil
	case f.Binary != "":
		return program{binary: f.Binary}, true, nil
	case f.Zip != "":
		binary, err := runner.Unpack(f.Zip, cache)
		if err != nil {
			f.Broken = err.Error()
		} else if why := template.CannotRun(binary); why != "" {
			f.Broken = fmt.Sprintf("the bootstrap in %s %s", f.Zip, why)
		}
		if f.Broken != "" {
			e.log.Warn("left out", "resource", f.LogicalID, "line", f.Line, "reason", f.Broken)
			return program{}, false, nil
		}
		return program{binary: binary}, true, nil
	}
	return program{}, false, nil
}

// foreign returns a function that does not run here: one of the -lambda endpoint, or one that fails each event and says why.
func (e *Emulator) foreign(f template.Function, fn lambda.Function, options lambda.Options) apigw.Function {
	if e.remote != nil {
		return e.remote.Function(fn, options, f.LogicalID, f.Name)
	}
	return &runner.Missing{Function: f.LogicalID, Line: f.Line, Why: f.Broken, Log: e.log}
}

// callable returns a function by its logical ID, wherever it runs; nil if there is none.
func (e *Emulator) callable(id string) apigw.Function {
	if pool := e.pools[id]; pool != nil {
		return pool
	}
	return e.elsewhere[id]
}

// templateOptions are what the template is read with.
func (o *Options) templateOptions() template.Options {
	return template.Options{
		Stage: o.Stage, Parameters: o.Parameters, Env: o.Env, Exec: slices.Sorted(maps.Keys(o.Exec)), Remote: o.Lambda != "",
	}
}
