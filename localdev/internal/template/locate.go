package template

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// What a project's template is called, and where the Serverless Framework writes the one that it
// makes.
var templateNames = []string{"template.yaml", "template.yml", "template.json"}

const maxAdvice = 4 // of so many folders below

const packaged = ".serverless/cloudformation-template-update-stack.json"

// serverlessPackage is what a file of the Serverless Framework's own asks for.
const serverlessPackage = "run serverless package, which writes a CloudFormation template and the functions' " +
	"zips into .serverless, then localdev -template " + packaged

// locate returns the template files that path means: itself, those in a cdk.out folder that have a
// WebSocket API, or what a project's folder has.
func locate(path string) ([]string, error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, &Error{Path: path, Msg: "no such template: " + advice(filepath.Dir(path))}
	case err != nil || !info.IsDir():
		return []string{path}, nil // reading it tells what is wrong
	}
	for _, dir := range []string{path, filepath.Join(path, cdkOutput(path))} {
		if dir != path {
			if file := firstFile(path, templateNames); file != "" {
				return []string{file}, nil
			}
		}
		files, err := assembly(dir, 0)
		if err != nil {
			return nil, err
		}
		if len(files) > 0 {
			return withAPI(dir, files)
		}
	}
	if file := firstFile(path, []string{packaged, filepath.Base(packaged)}); file != "" {
		return []string{file}, nil
	}
	return nil, &Error{Path: path, Msg: "no template in this folder (" + strings.Join(templateNames, ", ") + ", " +
		cdkOutput(path) + "/manifest.json, " + packaged + "): " + advice(path)}
}

func firstFile(dir string, names []string) string {
	for _, name := range names {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if info, err := os.Stat(file); err == nil && !info.IsDir() {
			return file
		}
	}
	return ""
}

// cdkOutput is the folder that a CDK app is synthesized into.
func cdkOutput(dir string) string {
	var app struct{ Output string }
	data, err := os.ReadFile(filepath.Join(dir, "cdk.json"))
	if err == nil && json.Unmarshal(data, &app) == nil && app.Output != "" {
		return app.Output
	}
	return "cdk.out"
}

// advice says what to do in a folder without a template, by what lies there and one folder below.
func advice(dir string) string {
	if do := toDo(dir); do != "" {
		return do
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return "name one with -template FILE"
	}
	var below []string
	for _, e := range entries {
		if !e.IsDir() || strings.HasPrefix(e.Name(), ".") || e.Name() == "node_modules" {
			continue
		}
		folder := filepath.Join(dir, e.Name())
		if do := toDo(folder); do != "" {
			below = append(below, "in "+e.Name()+" "+do)
		}
	}
	if len(below) > maxAdvice {
		below = append(below[:maxAdvice], "…")
	}
	if len(below) > 0 {
		return strings.Join(below, "; or ")
	}
	return "name one with -template FILE"
}

// toDo says how a folder comes to have a template, "" if nothing in it tells.
func toDo(dir string) string {
	names := append(slices.Clone(templateNames), cdkOutput(dir)+"/manifest.json", packaged)
	if file := firstFile(dir, names); file != "" {
		if filepath.Base(file) == "manifest.json" {
			file = filepath.Dir(file)
		}
		return "there is " + filepath.ToSlash(file) + ": name it with -template"
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return ""
	}
	named := func(match func(string) bool) bool {
		return slices.ContainsFunc(entries, func(e fs.DirEntry) bool { return match(e.Name()) })
	}
	switch {
	case named(isServerless):
		return "there is a file of the Serverless Framework: " + serverlessPackage
	case named(func(name string) bool { return name == "cdk.json" }):
		return "there is a CDK app: run cdk synth, which writes its templates, then localdev -template " + cdkOutput(dir)
	case named(func(name string) bool { return strings.HasSuffix(name, ".tf") }):
		return "there are files of Terraform, which localdev does not read: " +
			"describe the API and its functions in a template.yaml"
	}
	return ""
}

// isServerless reports whether a file is one that the Serverless Framework reads.
func isServerless(name string) bool {
	switch name {
	case "serverless.yml", "serverless.yaml", "serverless.json", "serverless.ts", "serverless.js":
		return true
	}
	return false
}

// foreign says what a file is that is no template, as the end of a sentence; "" where nothing
// tells.
func foreign(file string, root *node) string {
	if isServerless(filepath.Base(file)) || root.get("service") != nil && root.get("provider") != nil {
		return ", but the Serverless Framework's own: " + serverlessPackage
	}
	return ""
}
