package template

import (
	"cmp"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/parley-rtc/parley/localdev/internal/managed"
)

// function is a Function with the fault that keeps localdev from running it, if any.
type function struct {
	Function
	broken   *fault
	bad      *fault // of a property: it is told even if something else runs the function
	scope    *scope
	resource *resource // nil for one of another stack
}

// breaks keeps the first fault of a function's properties. It breaks nothing else: what calls the
// function fails.
func (f *function) breaks(err error) {
	f.cannotRun(err)
	if f.bad == nil {
		f.bad = f.broken
	}
}

// cannotRun keeps the first fault of a function.
func (f *function) cannotRun(err error) {
	if err != nil && f.broken == nil {
		what := asFault(pos{file: f.scope.path, line: f.Line}, err)
		f.broken = &fault{at: what.at, msg: strings.TrimPrefix(what.msg, f.resource.id+": ")}
	}
}

// readFunctions reads those of all templates.
func (w *whole) readFunctions() error {
	for _, r := range w.all(typeFunction) {
		f := r.function()
		if i := slices.IndexFunc(w.functions, func(o *function) bool { return o.Name == f.Name }); i >= 0 {
			return faultf(r.at, "functions %s and %s have the same name %q", w.functions[i].LogicalID, f.LogicalID, f.Name)
		}
		w.functions = append(w.functions, f)
	}
	return nil
}

func (r *resource) function() *function {
	f := &function{scope: r.scope, resource: r, Function: Function{
		LogicalID: r.label, Name: r.physicalName(), Folder: r.label, Line: r.at.line,
	}}
	if r.broken != nil {
		f.breaks(r.broken)
	}
	var err error
	f.Handler, err = r.text("Handler")
	f.breaks(err)
	f.Runtime, err = r.text("Runtime")
	f.breaks(err)
	if managed.Knows(f.Runtime) {
		f.noteRuntime()
		if f.Handler == "" {
			f.cannotRun(faultf(r.at, "it has no Handler, without which AWS creates no function of %s: "+
				"add e.g. Handler: index.handler", f.Runtime))
		}
	}
	f.Handler = cmp.Or(f.Handler, "bootstrap")
	f.MemoryMB, _, err = r.number("MemorySize", 128, 128, 10240)
	f.breaks(err)
	seconds, _, err := r.number("Timeout", 3, 1, 900)
	f.breaks(err)
	f.Timeout = time.Duration(seconds) * time.Second
	reserved, _, err := r.number("ReservedConcurrentExecutions", -1, 0, math.MaxInt32)
	f.breaks(err)
	if reserved >= 0 {
		f.Reserved = &reserved
	}
	logging, err := r.texts("LoggingConfig")
	f.breaks(err)
	f.Logging = Logging{Format: logging["LogFormat"], Level: logging["ApplicationLogLevel"], Group: logging["LogGroup"]}
	f.environment()
	f.layers()
	f.cannotRun(f.code(filepath.Dir(r.scope.file)))
	r.scope.silentEvents(r)
	return f
}

// environment evaluates a function's variables. One that only AWS knows stays unset, with a Notice.
func (f *function) environment() {
	s, r := f.scope, f.resource
	f.Environment = map[string]string{}
	s.showing = true
	defer func() { s.showing = false }()
	env, err := r.value("Environment")
	f.breaks(err)
	variables := env.get("Variables")
	if variables != nil && variables.kind == kindList {
		f.breaks(faultf(variables.at, "Environment Variables must be a map, not %s", variables.kind))
	}
	for _, e := range variables.allEntries() {
		switch {
		case e.value.kind == kindNull:
			r.notice(e.at, "environment variable "+e.key+" has no value, which AWS refuses: write '' for an empty one")
			f.Environment[e.key] = ""
		case !e.value.scalar():
			f.breaks(faultf(e.at, "environment variable %s must be a string, not %s: write '' for an empty one",
				e.key, e.value.kind))
		case unknown(e.value) == nil:
			f.Environment[e.key] = e.value.text
		default:
			if _, given := s.opt.Env[e.key]; !given {
				r.notice(e.at, unset("environment variable "+e.key, e.value.text, "-env "+e.key+"=VALUE"))
			}
		}
	}
}

// unset says that something has no value here, and how it gets one.
func unset(what, text, flag string) string {
	if name := withoutValue(text); name != "" {
		return what + " stays unset, as parameter " + name + " has no value: " + giveParameter(name)
	}
	return what + " stays unset, as only AWS knows " + text + ": give it with " + flag
}

// nameInARN returns the function that an ARN, or what only AWS knows in its place, is of; "" if it
// is none.
func nameInARN(arn string) string {
	if _, rest, found := strings.Cut(arn, onlyOnAWS); found {
		rest, _, _ = strings.Cut(rest, "}}")
		_, name, _ := strings.Cut(rest, ":")
		return name
	}
	_, rest, _ := strings.Cut(arn, ":function:")
	name, _, _ := strings.Cut(rest, ":")
	return name
}

// stranger returns a function that is not there: what calls it meets one that fails, unless -exec
// or -lambda runs it.
func (s *scope) stranger(at pos, name, why string) *function {
	for _, f := range s.functions {
		if f.LogicalID == name {
			return f
		}
	}
	f := &function{scope: s, Function: Function{
		LogicalID: name, Name: name, Folder: name, Handler: "bootstrap", MemoryMB: 128, Timeout: maxIntegrationTimeout,
		Environment: map[string]string{}, Line: at.line,
	}}
	f.broken = &fault{at: at, msg: why + ": run it with -exec '" + name + "=COMMAND' or -lambda URL"}
	s.functions = append(s.functions, f)
	return f
}
