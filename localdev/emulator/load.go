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

// choose settles on the template: that which Options name, else that of the working folder's
// project; and on how it is read. What samconfig.toml says of its parameters holds where nothing
// else does.
func choose(opt *Options) (found, template.Options, error) {
	var f found
	folder := project.Root(opt.Template)
	if opt.Template == "" {
		folder = "."
	}
	var err error
	if f.config, err = project.ReadConfig(folder); err != nil {
		return f, template.Options{}, fmt.Errorf("%w: localdev reads it for parameter_overrides and template_file", err)
	}
	with := template.Options{
		Stage: opt.Stage, Region: opt.Region, LikelyRegion: f.config.Region,
		Parameters: opt.Parameters, Defaults: f.config.Parameters, Env: opt.Env,
		Exec: slices.Sorted(maps.Keys(opt.Exec)), Remote: opt.Lambda != "",
	}
	if opt.Template == "" {
		project, err := project.Find(folder, f.config, func(file string) bool {
			stack, err := template.Load(file, with)
			return err == nil && !slices.ContainsFunc(stack.Functions, func(f template.Function) bool { return f.Package == "" })
		})
		if err != nil {
			return f, with, err
		}
		opt.Template, f.why = project.Template, project.Why
	}
	return f, with, nil
}
