package template

import (
	"math"
	"slices"
	"strings"
	"time"
)

// function is a Function with the fault that keeps localdev from running it, if any.
type function struct {
	Function
	broken   *fault
	notices  *[]Notice // of its template
	scope    *scope
	resource *resource
}

// functions adds the template's functions to those of others.
func (s *scope) functions(dir string, functions []*function) ([]*function, error) {
	for _, r := range s.of(typeFunction) {
		f, err := s.function(r, dir)
		if err != nil {
			return nil, err
		}
		if i := slices.IndexFunc(functions, func(o *function) bool { return o.Name == f.Name }); i >= 0 {
			return nil, faultf(r.at, "functions %s and %s have the same name %q", functions[i].LogicalID, r.id, f.Name)
		}
		f.notices, f.scope, f.resource = &s.notices, s, r
		functions = append(functions, f)
	}
	return functions, nil
}

func (s *scope) function(r *resource, dir string) (*function, error) {
	name, err := r.physicalName()
	if err != nil {
		return nil, err
	}
	f := &function{Function: Function{LogicalID: r.id, Name: name, Folder: r.id, Line: r.at.line}}
	if f.Handler, err = r.text("Handler"); err != nil {
		return nil, err
	}
	if f.Handler == "" {
		f.Handler = "bootstrap"
	}
	if f.Runtime, err = r.text("Runtime"); err != nil {
		return nil, err
	}
	if f.MemoryMB, _, err = r.number("MemorySize", 128, 128, 10240); err != nil {
		return nil, err
	}
	seconds, _, err := r.number("Timeout", 3, 1, 900)
	if err != nil {
		return nil, err
	}
	f.Timeout = time.Duration(seconds) * time.Second
	if n, _, err := r.number("ReservedConcurrentExecutions", -1, 0, math.MaxInt32); err != nil {
		return nil, err
	} else if n >= 0 {
		f.Reserved = &n
	}
	if f.Environment, err = s.environment(r); err != nil {
		return nil, err
	}
	if err := s.code(r, dir, f); err != nil {
		return nil, err
	}
	s.silentEvents(r)
	if e := r.props.entry("Layers"); e != nil {
		r.notice(e.at, "localdev loads no layers")
	}
	return f, nil
}

// environment evaluates a function's variables. One that only AWS knows stays unset, with a Notice.
func (s *scope) environment(r *resource) (map[string]string, error) {
	env, err := r.value("Environment")
	if err != nil {
		return nil, err
	}
	out := map[string]string{}
	for _, e := range env.get("Variables").allEntries() {
		if !e.value.scalar() {
			return nil, faultf(e.at, "environment variable %s must be a string, not %s: write '' for an empty one", e.key, e.value.kind)
		}
		if !strings.Contains(e.value.text, onlyOnAWS) {
			out[e.key] = e.value.text
			continue
		}
		if _, given := s.opt.Env[e.key]; !given {
			r.notice(e.at, "environment variable "+e.key+" stays unset, as only AWS knows "+e.value.text+": give it with -env "+e.key+"=VALUE")
		}
	}
	return out, nil
}
