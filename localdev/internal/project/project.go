// Package project finds what to run in a folder where nobody says it: what SAM, the CDK and others
// leave there.
package project

import (
	"os"
	"path/filepath"
	"time"
)

// Found is the template of a project.
type Found struct {
	Template string // a file, or a folder for template.Load to look into
	Why      string // for people, "" where there is no choice
}

// Find finds the template of the project in dir: the one that its config names, or one of SAM's own
// names for it; in its place what `sam build` made of it, if that is not older. fromSource reports
// whether localdev runs all functions of a template from their sources, so that it needs no build
// of SAM's.
func Find(dir string, config Config, fromSource func(template string) bool) (found Found, err error) {
	built := filepath.Join(dir, ".aws-sam", "build", "template.yaml")
	if config.Template != "" {
		file := filepath.Join(dir, filepath.FromSlash(config.Template))
		if filepath.IsAbs(config.Template) {
			file = config.Template
		}
		if file == built {
			return Found{Template: built, Why: "as " + filepath.Base(config.Path) + " says"}, nil
		}
		if _, there := changed(file); there {
			found = Found{Template: file, Why: "as " + filepath.Base(config.Path) + " says"}
		}
	}
	for _, name := range []string{"template.yaml", "template.yml", "template.json"} {
		file := filepath.Join(dir, name)
		if _, there := changed(file); there && found.Template == "" {
			found.Template = file
		}
	}
	at, there := changed(built)
	if !there {
		if found.Template == "" {
			found.Template, err = filepath.Abs(dir) // for an error to name it
		}
		return found, err
	}
	source, hasSource := changed(found.Template)
	switch {
	case !hasSource:
		found = Found{Template: built, Why: "of sam build, as there is no template.yaml"}
	case at.Before(source):
		found.Why = "which is newer than .aws-sam/build: that is not used"
	case fromSource(found.Template):
		found.Why = "whose functions are built from their sources, not taken from .aws-sam/build"
	default:
		found = Found{Template: built, Why: "of sam build, at " + at.Format("15:04 on 2 January") +
			": run that again after a change, or name the sources, -template " + found.Template}
	}
	return found, nil
}

func changed(file string) (time.Time, bool) {
	info, err := os.Stat(file)
	if err != nil || !info.Mode().IsRegular() {
		return time.Time{}, false
	}
	return info.ModTime(), true
}

// Root is the folder of the project that a template is of: that of the template, or around what
// `sam build` wrote.
func Root(template string) string {
	dir := filepath.Dir(template)
	if up := filepath.Dir(dir); filepath.Base(dir) == "build" && filepath.Base(up) == ".aws-sam" {
		return filepath.Dir(up)
	}
	return dir
}
