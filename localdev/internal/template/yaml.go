package template

import (
	"bytes"
	"errors"
	"io"
	"regexp"
	"sort"
	"strings"

	"go.yaml.in/yaml/v3"
)

// shortForms are CloudFormation's YAML tags and what they stand for.
var shortForms = map[string]string{
	"!Ref": "Ref", "!Condition": "Condition",
	"!And": "Fn::And", "!Base64": "Fn::Base64", "!Cidr": "Fn::Cidr", "!Equals": "Fn::Equals", "!FindInMap": "Fn::FindInMap",
	"!GetAZs": "Fn::GetAZs", "!GetAtt": "Fn::GetAtt", "!If": "Fn::If", "!ImportValue": "Fn::ImportValue", "!Join": "Fn::Join",
	"!Length": "Fn::Length", "!Not": "Fn::Not", "!Or": "Fn::Or", "!Select": "Fn::Select", "!Split": "Fn::Split", "!Sub": "Fn::Sub",
	"!ToJsonString": "Fn::ToJsonString", "!Transform": "Fn::Transform",
}

// parseYAML reads a YAML template.
func parseYAML(file string, data []byte) (*node, []Notice, error) {
	dec := yaml.NewDecoder(bytes.NewReader(data))
	var document, second yaml.Node
	switch err := dec.Decode(&document); {
	case errors.Is(err, io.EOF):
		return &node{kind: kindNull}, nil, nil
	case err != nil:
		return nil, nil, yamlFault(file, data, err)
	}
	switch err := dec.Decode(&second); {
	case err == nil:
		return nil, nil, faultf(pos{file, second.Line, second.Column}, "a second YAML document: a template is one document")
	case !errors.Is(err, io.EOF):
		return nil, nil, yamlFault(file, data, err)
	}
	r := &yamlReader{file: file, done: map[*yaml.Node]*node{}}
	root, err := r.value(document.Content[0], 0)
	return root, r.notices, err
}

type yamlReader struct {
	file    string
	done    map[*yaml.Node]*node // read already; nil while being read
	way     way
	notices []Notice
}

func (r *yamlReader) value(n *yaml.Node, depth int) (*node, error) {
	at := pos{r.file, n.Line, n.Column}
	if depth > maxDepth {
		return nil, faultf(at, "nested deeper than %d levels", maxDepth)
	}
	if n.Kind == yaml.AliasNode {
		if c := r.done[n.Alias]; c != nil {
			return c, nil
		}
		return nil, faultf(at, "alias *%s is inside what it stands for", n.Value)
	}
	var out *node
	var err error
	switch n.Kind {
	case yaml.SequenceNode:
		out = &node{kind: kindList, at: at}
		for _, item := range n.Content {
			c, err := r.value(item, depth+1)
			if err != nil {
				return nil, err
			}
			out.list = append(out.list, c)
		}
	case yaml.MappingNode:
		if out, err = r.mapping(at, n.Content, depth); err != nil {
			return nil, err
		}
	default:
		out = &node{kind: scalarKind(n), at: at, text: n.Value}
	}
	if out = tagged(n, out); n.Anchor != "" {
		r.done[n] = out
	}
	return out, nil
}

func scalarKind(n *yaml.Node) kind {
	switch n.ShortTag() {
	case "!!null":
		return kindNull
	case "!!bool":
		return kindBool
	case "!!int", "!!float":
		return kindNumber
	}
	// A tag of CloudFormation hides what the plain text would be: !Ref with nothing after it is
	// null.
	if n.Value == "" && n.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle|yaml.LiteralStyle|yaml.FoldedStyle) == 0 {
		return kindNull
	}
	return kindString
}

func tagged(n *yaml.Node, value *node) *node {
	tag := n.Tag
	if n.Style&yaml.TaggedStyle == 0 || strings.HasPrefix(tag, "!!") || tag == "!" {
		return value
	}
	if function := shortForms[tag]; function != "" {
		return call(value.at, function, value)
	}
	return call(value.at, "Fn::"+strings.TrimPrefix(tag, "!"), value) // whether there is such a function may not matter
}

func (r *yamlReader) mapping(at pos, content []*yaml.Node, depth int) (*node, error) {
	m := &node{kind: kindMap, at: at}
	seen := make(map[string]int, len(content)/2)
	var merged []*node
	for i := 0; i+1 < len(content); i += 2 {
		key, at := content[i], pos{r.file, content[i].Line, content[i].Column}
		r.way = append(r.way, key.Value)
		value, err := r.value(content[i+1], depth+1)
		if err != nil {
			return nil, err
		}
		id := r.way.id()
		r.way = r.way[:len(r.way)-1]
		switch {
		case key.ShortTag() == "!!merge":
			merged = append(merged, value)
			continue
		case key.Kind != yaml.ScalarNode || key.ShortTag() == "!!null":
			return nil, faultf(at, "a key must be a string")
		}
		r.notices = append(r.notices, m.set(seen, id, entry{key: key.Value, at: at, value: value})...)
	}
	for _, value := range merged {
		sources := []*node{value}
		if value.kind == kindList {
			sources = value.list
		}
		for _, source := range sources {
			for _, e := range source.entries {
				if _, own := seen[e.key]; !own {
					seen[e.key] = len(m.entries)
					m.entries = append(m.entries, e)
				}
			}
		}
	}
	return m, nil
}

// maxSearched bounds the files, in bytes, in which the place of a syntax error is looked for.
const maxSearched = 256 << 10

var yamlPlace = regexp.MustCompile(`^yaml: (?:line \d+: )?`)

// yamlFault finds the place of a syntax error. The parser's own line numbers are often those of the
// construct around it, or missing, so the place is the line without which all before it still
// parses.
func yamlFault(file string, data []byte, err error) error {
	msg := yamlPlace.ReplaceAllString(err.Error(), "")
	if len(data) > maxSearched {
		return faultf(pos{file: file}, "not valid YAML: %s", strings.TrimPrefix(err.Error(), "yaml: "))
	}
	lines := bytes.SplitAfter(data, []byte("\n"))
	parses := func(n int) bool {
		var v yaml.Node
		return yaml.Unmarshal(bytes.Join(lines[:n], nil), &v) == nil
	}
	// The beginning of a file may end inside brackets or quotes that close later, and so parse no
	// better than the whole: some of the lines around count as well.
	const around = 12
	parsesNear := func(n int) bool {
		for i := n; i >= max(0, n-around); i-- {
			if parses(i) {
				return true
			}
		}
		return false
	}
	n := max(0, sort.Search(len(lines), func(n int) bool { return !parsesNear(n) })-1)
	for n > 0 && !parses(n) {
		n--
	}
	// Empty lines and comments are no error's place.
	for n < len(lines)-1 && (len(bytes.TrimSpace(lines[n])) == 0 || bytes.HasPrefix(bytes.TrimSpace(lines[n]), []byte("#"))) {
		n++
	}
	line := lines[min(n, len(lines)-1)]
	indent := len(line) - len(bytes.TrimLeft(line, " \t"))
	switch {
	case bytes.Contains(line[:indent], []byte("\t")):
		msg = "a tab in the indentation: indent with spaces"
	case strings.Contains(msg, "could not find expected ':'"):
		msg = `a value without a key: expected "key: value"`
	case strings.Contains(msg, "unexpected end of stream"):
		msg = "a quote that is not closed"
	case strings.Contains(msg, "did not find expected '-' indicator"), strings.Contains(msg, "did not find expected key"):
		msg = "the indentation fits nothing above"
	}
	return faultf(pos{file, min(n, len(lines)-1) + 1, indent + 1}, "not valid YAML: %s", msg)
}
