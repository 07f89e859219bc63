package emulator

import (
	"fmt"
	"maps"
	"slices"

	"github.com/parley-rtc/parley/localdev/internal/project"
	"github.com/parley-rtc/parley/localdev/internal/template"
)

// found is how a template came to be the one that runs.
type found struct {
	why    string         // "" is nothing to tell
	config project.Config // beside it
}

// load reads the template that Options name, else that of the working folder's project. What samconfig.toml says of its
// parameters holds where nothing else does.
func load(opt *Options) (found, *template.Stack, error) {
	var f found
	if opt.Template == "" {
		project, err := project.Find(".", func(file string) bool {
			with, _, err := opt.read(file)
			stack, loadErr := template.Load(file, with)
			return err == nil && loadErr == nil && !slices.ContainsFunc(stack.Functions, func(f template.Function) bool { return f.Package == "" })
		})
		if err != nil {
			return f, nil, err
		}
		opt.Template, f.why = project.Template, project.Why
	}
	with, config, err := opt.read(opt.Template)
	if err != nil {
		return f, nil, err
	}
	f.config = config
	stack, err := template.Load(opt.Template, with)
	return f, stack, err
}

// read returns what a template is read with.
func (o *Options) read(file string) (template.Options, project.Config, error) {
	config, err := project.ReadConfig(project.Root(file))
	if err != nil {
		return template.Options{}, config, fmt.Errorf("%w: localdev reads it for parameter_overrides and template_file", err)
	}
	return template.Options{
		Stage: o.Stage, Parameters: o.Parameters, Env: o.Env, Exec: slices.Sorted(maps.Keys(o.Exec)), Remote: o.Lambda != "",
	}, config, nil
}
