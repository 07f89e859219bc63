package template

import (
	"os"
	"path/filepath"
	"strings"
)

const (
	typeStack       = "AWS::CloudFormation::Stack"
	typeApplication = "AWS::Serverless::Application"
	outputsOf       = "Outputs."

	maxStacks = 100 // of one Load: a template may nest itself
)

// grow reads the templates of nested stacks, and of those in them.
func (w *whole) grow() error {
	for i := 0; i < len(w.scopes); i++ {
		s := w.scopes[i]
		s.activate()
		for _, r := range s.of(typeStack, typeApplication) {
			if _, err := r.stack(); err != nil {
				return err
			}
		}
	}
	return nil
}

// stack returns the template of a nested stack; nil, with a Notice, if it is in no file here.
func (r *resource) stack() (*scope, error) {
	if r.read {
		return r.nested, nil
	}
	r.read = true
	file, why := r.templateFile()
	if file == "" {
		r.notice(r.at, "localdev does not look into this nested stack: "+why)
		return nil, nil
	}
	s := r.scope
	if len(s.scopes) >= maxStacks {
		return nil, s.tooMuch(r.at, "more nested stacks than CloudFormation takes: does one nest itself?")
	}
	p, err := readPart(file)
	if err != nil {
		return nil, err
	}
	given := r.props.get("Parameters")
	if function, _ := given.intrinsic(); function != "" {
		if given, err = r.value("Parameters"); err != nil {
			return nil, err
		}
	}
	opt := s.opt
	opt.StackName, opt.Parameters = s.opt.StackName+"-"+r.id, nil
	r.nested = &scope{whole: s.whole, part: p, opt: opt, parent: s, given: given, prefix: s.prefix + r.id}
	return r.nested, r.nested.open()
}

// templateFile returns the file of a nested stack's template, or why there is none.
func (r *resource) templateFile() (file, why string) {
	property := "TemplateURL"
	if r.typ == typeApplication {
		property = "Location"
	}
	dir := filepath.Dir(r.scope.path)
	name := r.meta.get("aws:asset:path").plainText() // CDK's, whose TemplateURL is one in S3
	if name == "" {
		v, err := r.value(property)
		switch {
		case err != nil:
			return "", err.Error()
		case !v.scalar():
			return "", property + " is no file"
		}
		name = strings.TrimPrefix(v.text, "file://")
	}
	if strings.Contains(name, "://") || strings.Contains(name, onlyOnAWS) {
		asset := assetOf(dir, name)
		if asset == "" {
			return "", property + " is not a file beside the template, but " + name
		}
		name = asset
	}
	file = filepath.FromSlash(name)
	if !filepath.IsAbs(file) {
		file = filepath.Join(dir, file)
	}
	if info, err := os.Stat(file); err != nil || info.IsDir() {
		return "", "there is no file " + file
	}
	return file, ""
}

// output evaluates an output of a nested stack.
func (r *resource) output(at pos, name string) (*node, error) {
	s, err := r.stack()
	if err != nil {
		return nil, err
	}
	if s == nil {
		return awsOnly(at, ofStack, r.id+"."+outputsOf+name), nil
	}
	var known []string
	for _, e := range s.outputs {
		if e.key == name {
			return s.outputValue(e)
		}
		known = append(known, e.key)
	}
	return nil, faultf(at, "%s has no output %q%s", r.id, name, didYouMean(name, known))
}

// outputValue evaluates an output.
func (s *scope) outputValue(e entry) (*node, error) {
	if s.exports[e.key] {
		return nil, faultf(e.at, "output %s depends on itself", e.key)
	}
	s.exports[e.key] = true
	defer delete(s.exports, e.key)
	return s.eval(e.value.get("Value"))
}

// labels gives resources of nested stacks whose logical ID another one of the whole has too, the
// nested stack's in front.
func (w *whole) labels() {
	count := map[string]int{}
	for _, s := range w.scopes {
		for _, r := range s.order {
			count[r.id]++
		}
	}
	for _, s := range w.scopes {
		for _, r := range s.order {
			switch label := s.prefix + r.id; {
			case count[r.id] == 1:
				r.label = r.id
			case s.prefix != "" && count[label] > 0:
				r.label = s.prefix + "." + r.id // which no logical ID is
			default:
				r.label = label
			}
		}
	}
}
