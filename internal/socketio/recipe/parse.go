package recipe

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/parley-rtc/parley/internal/socketio/server"
)

// Parse reads a recipe from YAML, or JSON. It fails with Problems.
func Parse(source []byte, file string) (*Recipe, error) {
	p := &parser{recipe: &Recipe{file: file}, rooms: map[string]bool{}}
	if root := p.read(source); root != nil {
		p.sections(root)
		p.after()
	}
	if len(p.problems) > 0 {
		slices.SortStableFunc(p.problems, func(a, b Problem) int { return cmp.Compare(a.Line, b.Line) })
		return nil, p.problems[:min(len(p.problems), maxProblems)]
	}
	return p.recipe, nil
}

type parser struct {
	recipe   *Recipe
	problems Problems
	joins    bool            // somebody can be in a room
	rooms    map[string]bool // and names, that are written out
	named    []*yaml.Node    // targets that are
	steps    int
}

// place is where in a recipe something stands.
type place struct {
	section string // connect, on, leave or disconnect
	nested  int
	loops   int
	roomed  *bool // a room was joined before
}

func (p *parser) fault(n *yaml.Node, format string, args ...any) {
	p.problems = append(p.problems, Problem{File: p.recipe.file, Line: n.Line, Words: fmt.Sprintf(format, args...)})
}

// read returns the root of what the source says, or nil.
func (p *parser) read(source []byte) *yaml.Node {
	if len(source) > maxSource {
		p.fault(&yaml.Node{Line: 1}, "the recipe is %d bytes long, the limit is %d", len(source), maxSource)
		return nil
	}
	dec := yaml.NewDecoder(strings.NewReader(string(source)))
	var document, more yaml.Node
	err := dec.Decode(&document)
	if errors.Is(err, io.EOF) || err == nil && document.Content[0].ShortTag() == "!!null" {
		p.fault(&yaml.Node{Line: 1}, "the recipe is empty; it wants at least %q", "on")
		return nil
	}
	if err == nil {
		if err = dec.Decode(&more); err == nil {
			p.fault(more.Content[0], "a second document begins here; a file is one recipe")
		} else if errors.Is(err, io.EOF) {
			err = nil
		}
	}
	if err != nil {
		p.malformed(err)
		return nil
	}
	root := document.Content[0]
	if p.anchored(root) {
		return nil
	}
	return root
}

// malformed tells of what is no YAML, with what is often the reason.
func (p *parser) malformed(err error) {
	words := strings.TrimPrefix(err.Error(), "yaml: ")
	n := &yaml.Node{Line: 1}
	if m := regexp.MustCompile(`^line (\d+): `).FindStringSubmatch(words); m != nil {
		n.Line, _ = strconv.Atoi(m[1])
		words = words[len(m[0]):]
	}
	switch {
	case strings.Contains(words, "alphabetic or numeric character"):
		words += `; write "*" in quotes`
	case strings.Contains(words, "cannot start any token"):
		words += `; write ">", "@…" and "%…" in quotes, and spaces for tabs`
	}
	p.fault(n, "this is neither YAML nor JSON: %s", words)
}

// anchored refuses what YAML has and recipes do not need.
func (p *parser) anchored(n *yaml.Node) bool {
	if n.Kind == yaml.AliasNode || n.Anchor != "" {
		p.fault(n, `recipes have no & and *; for several events with the same steps write "a|b", and a "*" in quotes`)
		return true
	}
	if n.Style&yaml.TaggedStyle != 0 {
		p.fault(n, "%q is a tag to YAML; write it in quotes", strings.TrimRight(n.Tag, ",]}"))
		return true
	}
	return slices.ContainsFunc(n.Content, p.anchored)
}

// pairs returns what a mapping says, and tells of keys that come twice.
func (p *parser) pairs(n *yaml.Node) [][2]*yaml.Node {
	var all [][2]*yaml.Node
	lines := map[string]int{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		if key.Kind != yaml.ScalarNode {
			p.fault(key, "a key is a word, and this is %s", kind(key))
			continue
		}
		if line := lines[key.Value]; line > 0 {
			p.fault(key, "%q is here for the second time, after line %d", key.Value, line)
			continue
		}
		lines[key.Value] = key.Line
		all = append(all, [2]*yaml.Node{key, n.Content[i+1]})
	}
	return all
}

var sections = []string{"connect", "on", "leave", "disconnect"}

func (p *parser) sections(root *yaml.Node) {
	if root.Kind != yaml.MappingNode {
		p.fault(root, "a recipe is an object of %s, and this is %s", strings.Join(sections, ", "), kind(root))
		return
	}
	for _, pair := range p.pairs(root) {
		key, n := pair[0], pair[1]
		at := place{section: key.Value, roomed: new(key.Value == "leave")}
		switch key.Value {
		case "connect":
			p.recipe.connect = p.section(key.Value, n, at)
		case "leave":
			p.recipe.leave = p.section(key.Value, n, at)
		case "disconnect":
			p.recipe.disconnect = p.section(key.Value, n, at)
		case "on":
			p.events(n)
		default:
			p.fault(key, "unknown key %q; %s", key.Value, near(key.Value, sections))
		}
	}
}

func (p *parser) section(name string, n *yaml.Node, at place) []step {
	steps := p.list(n, at)
	p.recipe.sections = append(p.recipe.sections, section{name, steps})
	return steps
}

func (p *parser) events(n *yaml.Node) {
	if n.Kind != yaml.MappingNode {
		p.fault(n, `"on" is an object of events and their steps, and this is %s`, kind(n))
		return
	}
	p.recipe.on = map[string][]step{}
	lines := map[string]int{}
	for _, pair := range p.pairs(n) {
		key := pair[0]
		steps := p.section("on "+key.Value, pair[1], place{section: "on", roomed: new(true)})
		if key.Value == "*" {
			p.recipe.other = steps
			continue
		}
		for event := range strings.SplitSeq(key.Value, "|") {
			event = strings.TrimSpace(event)
			switch {
			case event == "":
				p.fault(key, "an event in %q has no name", key.Value)
			case event == "*":
				p.fault(key, `"*" stands alone: it is every event that no other key names`)
			case event == "connection" || event == "connect" || event == "disconnect" || event == "disconnecting":
				p.fault(key, "no client emits %q; %q is a key of the recipe, beside %q", event,
					map[bool]string{true: "connect", false: "disconnect"}[strings.HasPrefix(event, "c")], "on")
			case server.Reserved(event):
				p.fault(key, "no client can emit %q", event)
			case lines[event] > 0:
				p.fault(key, "the event %q is here for the second time, after line %d", event, lines[event])
			}
			lines[event] = key.Line
			p.recipe.on[event] = steps
		}
	}
}

// after checks what shows only when all is read.
func (p *parser) after() {
	if len(p.recipe.leave) > 0 && !p.joins {
		p.problems = append(p.problems, Problem{
			File: p.recipe.file, Line: p.recipe.leave[0].line,
			Words: `these steps are never run: nobody is in a room, as there is neither "join" nor "pair"`,
		})
	}
	for _, n := range p.named {
		if !p.rooms[n.Value] {
			p.fault(n, "unknown target %q; %s; a room or a name has to be one that the recipe itself joins or gives",
				n.Value, near(n.Value, targets))
		}
	}
}

func kind(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "an object"
	case yaml.SequenceNode:
		return "a list"
	}
	switch n.ShortTag() {
	case "!!null":
		return "empty"
	case "!!int", "!!float":
		return "the number " + n.Value
	case "!!bool":
		return n.Value
	}
	return strconv.Quote(n.Value)
}
