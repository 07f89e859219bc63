package recipe

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/parley-rtc/parley/internal/socketio/server"
)

// Parse reads a recipe from JSON, such as package recipefile makes of YAML. It fails with Problems.
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
	named    []*node         // targets that are
	steps    int
}

// place is where in a recipe something stands.
type place struct {
	section string // connect, on, leave or disconnect
	nested  int
	loops   int
	roomed  *bool // a room was joined before
}

func (p *parser) fault(n *node, format string, args ...any) {
	p.problems = append(p.problems, Problem{File: p.recipe.file, Line: n.line, Words: fmt.Sprintf(format, args...)})
}

// read returns the root of what the source says, or nil.
func (p *parser) read(source []byte) *node {
	top := &node{line: 1}
	if len(source) > maxPacked {
		p.fault(top, "the recipe is %d bytes long, the limit is %d", len(source), maxPacked)
		return nil
	}
	if len(bytes.TrimSpace(source)) == 0 {
		source = null
	}
	if !json.Valid(source) {
		top.line = lineOf(source)
		p.fault(top, "this is no JSON; functions read recipes as make build packs them, and localdev where the template has BesideJSON")
		return nil
	}
	root, err := read(source)
	if err != nil {
		p.fault(top, "this is no JSON: %v", err)
		return nil
	}
	if root.is == isNull {
		p.fault(top, "the recipe is empty; it wants at least %q", "on")
		return nil
	}
	return root
}

// pairs returns what a mapping says, and tells of keys that come twice.
func (p *parser) pairs(n *node) [][2]*node {
	var all [][2]*node
	lines := map[string]int{}
	for i := 0; i+1 < len(n.content); i += 2 {
		key := n.content[i]
		if line := lines[key.value]; line > 0 {
			p.fault(key, "%q is here for the second time, after line %d", key.value, line)
			continue
		}
		lines[key.value] = key.line
		all = append(all, [2]*node{key, n.content[i+1]})
	}
	return all
}

var sections = []string{"connect", "on", "leave", "disconnect"}

func (p *parser) sections(root *node) {
	if root.kind != mapping {
		p.fault(root, "a recipe is an object of %s, and this is %s", strings.Join(sections, ", "), kind(root))
		return
	}
	for _, pair := range p.pairs(root) {
		key, n := pair[0], pair[1]
		at := place{section: key.value, roomed: new(key.value == "leave")}
		switch key.value {
		case "connect":
			p.recipe.connect = p.section(key.value, n, at)
		case "leave":
			p.recipe.leave = p.section(key.value, n, at)
		case "disconnect":
			p.recipe.disconnect = p.section(key.value, n, at)
		case "on":
			p.events(n)
		default:
			p.fault(key, "unknown key %q; %s", key.value, Near(key.value, sections))
		}
	}
}

func (p *parser) section(name string, n *node, at place) []step {
	steps := p.list(n, at)
	p.recipe.sections = append(p.recipe.sections, section{name, steps})
	return steps
}

func (p *parser) events(n *node) {
	if n.kind != mapping {
		p.fault(n, `"on" is an object of events and their steps, and this is %s`, kind(n))
		return
	}
	p.recipe.on = map[string][]step{}
	lines := map[string]int{}
	for _, pair := range p.pairs(n) {
		key := pair[0]
		steps := p.section("on "+key.value, pair[1], place{section: "on", roomed: new(true)})
		if key.value == "*" {
			p.recipe.other = steps
			continue
		}
		for event := range strings.SplitSeq(key.value, "|") {
			event = strings.TrimSpace(event)
			switch {
			case event == "":
				p.fault(key, "an event in %q has no name", key.value)
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
			lines[event] = key.line
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
		if !p.rooms[n.value] {
			p.fault(n, "unknown target %q; %s; a room or a name has to be one that the recipe itself joins or gives",
				n.value, Near(n.value, targets))
		}
	}
}

func kind(n *node) string {
	switch n.kind {
	case mapping:
		return "an object"
	case sequence:
		return "a list"
	}
	switch n.is {
	case isNull:
		return "empty"
	case isInt, isFloat:
		return "the number " + n.value
	case isBool:
		return n.value
	}
	return strconv.Quote(n.value)
}
