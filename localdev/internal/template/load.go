package template

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// Options are the choices a user makes beside the template itself.
type Options struct {
	Stage      string            // replaces the template's stage name, and whatever refers to it
	Parameters map[string]string // values for the template's Parameters
	Region     string            // AWS::Region, default us-east-1
	StackName  string            // AWS::StackName, default localdev
	// Env names the variables that functions will get from elsewhere. Load draws no Notice for one of these
	// whose value is only known on AWS.
	Env map[string]string
}

// Load reads the template at path: YAML or JSON, SAM or CloudFormation, a template that CDK wrote, or the cdk.out
// directory it wrote it to. What is wrong with the template comes back as an *Error with its place.
func Load(path string, opt Options) (*Stack, error) {
	if opt.Region == "" {
		opt.Region = "us-east-1"
	}
	if opt.StackName == "" {
		opt.StackName = "localdev"
	}
	file, err := locate(path)
	if err != nil {
		return nil, err
	}
	data, err := read(file)
	if err != nil {
		return nil, err
	}
	abs, err := filepath.Abs(file)
	if err != nil {
		return nil, fmt.Errorf("find the template: %w", err)
	}
	stack, err := load(data, abs, opt)
	if f := (*fault)(nil); errors.As(err, &f) {
		return nil, &Error{Path: file, Line: f.at.line, Column: f.at.col, Msg: f.msg}
	}
	return stack, err
}

func read(file string) ([]byte, error) {
	info, err := os.Stat(file)
	if errors.Is(err, os.ErrNotExist) {
		return nil, &Error{Path: file, Msg: "no such template: name one with -template FILE"}
	}
	if err != nil {
		return nil, fmt.Errorf("read the template: %w", err)
	}
	if info.Size() > maxBytes {
		return nil, &Error{Path: file, Msg: "larger than 1 MB, which is more than CloudFormation takes"}
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read the template: %w", err)
	}
	return data, nil
}

// load evaluates a template whose relative paths start at the folder of file.
func load(data []byte, file string, opt Options) (*Stack, error) {
	root, err := parse(data, filepath.Ext(file))
	if err != nil {
		return nil, err
	}
	s, err := newScope(root, opt)
	if err != nil {
		return nil, err
	}
	stack := &Stack{Name: opt.StackName, Region: opt.Region, AccountID: s.account, Path: file}
	functions, err := s.functions(filepath.Dir(file))
	if err != nil {
		return nil, err
	}
	if stack.APIs, err = s.apis(root, functions); err != nil {
		return nil, err
	}
	for _, f := range functions {
		var why *fault
		if errors.As(f.broken, &why) { // no route uses it, else that would have been an error
			s.notices = append(s.notices, Notice{LogicalID: f.LogicalID, Line: why.at.line, Text: why.msg})
			continue
		}
		stack.Functions = append(stack.Functions, f.Function)
	}
	if stack.Tables, err = s.tables(); err != nil {
		return nil, err
	}
	s.noteUnserved()
	stack.Notices = s.sortedNotices()
	return stack, nil
}

// parse reads JSON where the file's name or its first character says so, else YAML.
func parse(data []byte, ext string) (*node, error) {
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	if ext == ".json" || bytes.HasPrefix(bytes.TrimSpace(data), []byte("{")) {
		root, err := parseJSON(data)
		if err == nil || ext == ".json" {
			return root, err
		}
		if flow, yamlErr := parseYAML(data); yamlErr == nil {
			return flow, nil // a YAML map in JSON's dress
		}
		return nil, err
	}
	return parseYAML(data)
}
