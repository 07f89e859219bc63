package template

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// Options are the choices a user makes beside the template itself.
type Options struct {
	Stage      string            // replaces the template's stage name, and whatever refers to it
	Parameters map[string]string // values for the template's Parameters
	// Defaults are values for those that neither Parameters nor the template's Metadata give;
	// others do not matter.
	Defaults map[string]string
	// Region is AWS::Region. "" is that for which the template was written, as the CDK or the
	// Serverless Framework has noted beside it, else LikelyRegion, else us-east-1.
	Region, LikelyRegion string
	StackName            string // AWS::StackName, default localdev
	// Env names the variables that functions will get from elsewhere. Load draws no Notice for one
	// of these whose value is only known on AWS.
	Env map[string]string
	// Exec and Remote say which functions are run by other means: those with these logical IDs, or
	// all that localdev cannot run by itself.
	Exec   []string
	Remote bool

	account string // AWS::AccountId
}

var stageName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,128}$`)

// Load reads the template at path: YAML or JSON, SAM or CloudFormation, a template that CDK wrote,
// or the cdk.out directory it wrote it to. What is wrong with the template comes back as an *Error
// with its place.
func Load(path string, opt Options) (*Stack, error) {
	if opt.Region != "" && !regionName.MatchString(opt.Region) {
		return nil, fmt.Errorf("region %q: want a name such as eu-central-1", opt.Region)
	}
	if opt.StackName == "" {
		opt.StackName = "localdev"
	}
	if opt.Stage != "" && (!stageName.MatchString(opt.Stage) || opt.Stage == "_localdev") {
		return nil, fmt.Errorf("stage %q: want 1 to 128 letters, digits, - or _, and not _localdev", opt.Stage)
	}
	files, err := locate(path)
	if err != nil {
		return nil, err
	}
	opt.settle(files)
	var parts []*part
	for _, file := range files {
		p, err := readPart(file)
		if err != nil {
			return nil, err
		}
		parts = append(parts, p)
	}
	if parts, err = withExports(parts); err != nil {
		return nil, err
	}
	return assemble(parts, opt)
}

// part is one template of those that make up a Stack.
type part struct {
	path    string // as the caller named it
	file    string // absolute
	root    *node
	notices []Notice // about it
}

func readPart(file string) (*part, error) {
	if isServerless(filepath.Base(file)) {
		return nil, &Error{Path: file, Msg: "not a SAM or CloudFormation template" + foreign(file, nil)}
	}
	data, err := read(file)
	if err != nil {
		return nil, err
	}
	abs, err := filepath.Abs(file)
	if err != nil {
		return nil, fmt.Errorf("find the template: %w", err)
	}
	p := &part{path: file, file: abs}
	p.root, p.notices, err = parse(file, data)
	return p, p.place(err)
}

// place makes a fault an Error. One without a place concerns this template.
func (p *part) place(err error) error {
	if f := (*fault)(nil); errors.As(err, &f) {
		return &Error{Path: cmp.Or(f.at.file, p.path), Line: f.at.line, Column: f.at.col, Msg: f.msg}
	}
	return err
}

func read(file string) ([]byte, error) {
	info, err := os.Stat(file)
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

// assemble evaluates templates, and the nested stacks in them, into one Stack; the first names it.
// They may use each other's exports.
func assemble(parts []*part, opt Options) (*Stack, error) {
	if err := checkParameters(parts, opt); err != nil {
		return nil, parts[0].place(err)
	}
	w := &whole{}
	stack, err := w.stack(parts, opt)
	if w.overflow != nil {
		err = w.overflow
	}
	if err != nil {
		err = parts[0].place(err)
		if e := (*Error)(nil); errors.As(err, &e) {
			e.Notices = w.sortedNotices()
		}
		return nil, err
	}
	return stack, nil
}

func (w *whole) stack(parts []*part, opt Options) (*Stack, error) {
	for _, p := range parts {
		s := &scope{whole: w, part: p, opt: declared(p.root, opt)}
		if err := s.open(); err != nil {
			return nil, err
		}
	}
	if err := distinct(w.scopes); err != nil {
		return nil, err
	}
	if err := w.grow(); err != nil {
		return nil, err
	}
	w.labels()
	for _, s := range w.scopes {
		if err := s.checkNames(); err != nil {
			return nil, err
		}
	}
	stack := &Stack{
		Name: opt.StackName, Region: opt.Region, AccountID: w.scopes[0].account, Path: parts[0].file,
		Ignored: map[string]int{},
	}
	for _, s := range w.scopes {
		s.countIgnored(stack.Ignored)
		stack.BuildTags = append(stack.BuildTags, s.tags...)
	}
	slices.Sort(stack.BuildTags)
	stack.BuildTags = slices.Compact(stack.BuildTags)
	if err := w.readFunctions(); err != nil {
		return nil, err
	}
	var err error
	if stack.APIs, err = w.apis(); err != nil {
		return nil, err
	}
	if len(stack.APIs) == 0 {
		return nil, w.noAPI(parts[0].root.entry("Resources").at)
	}
	stack.FrontDoor = w.frontDoor(stack.APIs)
	stack.Tables = w.tables()
	stack.Sources = w.sources()
	w.eventInvokes()
	if stack.Functions, err = w.runnable(opt); err != nil {
		return nil, err
	}
	for i, f := range w.functions { // last, as nothing that is wrong with it stops the start
		stack.Functions[i].Role = f.role()
	}
	for _, s := range w.scopes {
		s.noteUnserved()
		s.noteInvented()
	}
	stack.Notices = w.sortedNotices()
	return stack, nil
}

// noAPI is the fault of templates without a WebSocket API. It may be in a nested stack that is not
// here.
func (w *whole) noAPI(at pos) error {
	var away []string
	for _, r := range w.all(typeStack, typeApplication) {
		if r.nested == nil {
			away = append(away, r.label)
		}
	}
	const do = "add an AWS::Serverless::WebSocketApi, or an AWS::ApiGatewayV2::Api with ProtocolType WEBSOCKET"
	if len(away) > 0 {
		return faultf(at, "no WebSocket API: %s; the nested stacks %s are in no file here", do, strings.Join(away, ", "))
	}
	return faultf(at, "no WebSocket API: %s", do)
}

// sortedNotices returns those of all templates. Where there is but one, they need not name it.
func (w *whole) sortedNotices() []Notice {
	var all []Notice
	for _, s := range w.scopes {
		slices.SortStableFunc(s.notices, func(a, b Notice) int { return cmp.Compare(a.Line, b.Line) })
		for _, n := range s.notices {
			if len(w.scopes) == 1 && n.File == s.path {
				n.File = ""
			}
			all = append(all, n)
		}
	}
	return all
}

// parse reads JSON where the file's name or its first character says so, else YAML.
func parse(file string, data []byte) (*node, []Notice, error) {
	ext := filepath.Ext(file)
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	if ext == ".json" || bytes.HasPrefix(bytes.TrimSpace(data), []byte("{")) {
		root, notices, err := parseJSON(file, data)
		if err == nil || ext == ".json" {
			return root, notices, err
		}
		if flow, notices, yamlErr := parseYAML(file, data); yamlErr == nil {
			return flow, notices, nil // a YAML map in JSON's dress
		}
		return nil, nil, err
	}
	return parseYAML(file, data)
}
