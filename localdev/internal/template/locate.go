package template

import (
	"cmp"
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
	msg := "no template in this folder"
	if do := advice(path); do != nameOne {
		return nil, &Error{Path: path, Msg: msg + ", but " + do}
	}
	return nil, &Error{Path: path, Msg: msg + ": " + nameOne + "; localdev looks for " +
		strings.Join(templateNames, ", ") + ", " + cdkOutput(path) + "/manifest.json and " + packaged}
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

// nameOne is what to do where nothing lies.
const nameOne = "name one with -template FILE"

// advice says what to do in a folder without a template, by what lies there and one folder below.
func advice(dir string) string {
	if do := toDo(dir); do != "" {
		return do
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nameOne
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
	return nameOne
}

// toDo says how a folder comes to have a template, "" if nothing in it tells.
func toDo(dir string) string {
	output := cdkOutput(dir)
	stacks, err := assembly(filepath.Join(dir, output), 0)
	file := firstFile(dir, append(slices.Clone(templateNames), packaged))
	if len(stacks) > 0 || err != nil {
		file = cmp.Or(file, filepath.Join(dir, output))
	}
	if file != "" {
		return "there is " + filepath.ToSlash(file) + ": name it with -template"
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return ""
	}
	named := func(names ...string) bool {
		return slices.ContainsFunc(entries, func(e fs.DirEntry) bool { return slices.Contains(names, e.Name()) })
	}
	const unread = ", which localdev does not read: describe the API and its functions in a template.yaml"
	switch {
	case slices.ContainsFunc(entries, func(e fs.DirEntry) bool { return isServerless(e.Name()) }):
		return "there is a file of the Serverless Framework: " + serverlessPackage
	case named("cdk.json"):
		return "there is a CDK app: run cdk synth, which writes its templates, then localdev -template " + output
	case named(output) && firstFile(filepath.Join(dir, output), []string{"manifest.json"}) != "":
		return "there is a " + output + " without a stack: run cdk synth, which writes the templates into it"
	}
	for _, e := range entries {
		if isTemplate(filepath.Join(dir, e.Name())) {
			return "there is " + filepath.ToSlash(filepath.Join(dir, e.Name())) + ": name it with -template"
		}
	}
	switch {
	case named("sst.config.ts", "sst.config.js"):
		return "there is an app of SST" + unread
	case named("app.arc"):
		return "there is an app of Architect" + unread
	case slices.ContainsFunc(entries, func(e fs.DirEntry) bool { return strings.HasSuffix(e.Name(), ".tf") }):
		return "there are files of Terraform" + unread
	}
	return ""
}

// isTemplate reports whether a file is a template with a WebSocket API, whatever it is called.
func isTemplate(file string) bool {
	if !slices.Contains([]string{".yaml", ".yml", ".json"}, filepath.Ext(file)) {
		return false
	}
	data, err := read(file)
	if err != nil {
		return false
	}
	text := string(data)
	return strings.Contains(text, "Resources") && (strings.Contains(text, "AWS::Serverless::WebSocketApi") ||
		strings.Contains(text, typeAPI) && strings.Contains(text, "WEBSOCKET"))
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
