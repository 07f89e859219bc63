package recipe

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// value reads a value.
func (p *parser) value(n *yaml.Node, at place) value { return p.valueIn(n, at, 0) }

func (p *parser) valueIn(n *yaml.Node, at place, depth int) value {
	if depth++; depth > maxLiteral {
		p.fault(n, "lists and objects in each other are more than %d", maxLiteral)
		return literal(null)
	}
	switch n.Kind {
	case yaml.SequenceNode:
		all := make(list, len(n.Content))
		for i, item := range n.Content {
			all[i] = p.valueIn(item, at, depth)
		}
		return all
	case yaml.MappingNode:
		return p.object(n, at, depth)
	}
	return p.scalar(n, at)
}

func (p *parser) scalar(n *yaml.Node, at place) value {
	switch n.ShortTag() {
	case "!!null":
		return literal(null)
	case "!!bool":
		var b bool
		_ = n.Decode(&b)
		return literal(strconv.FormatBool(b))
	case "!!int", "!!float":
		if json.Valid([]byte(n.Value)) {
			return literal(n.Value)
		}
		var number float64
		if err := n.Decode(&number); err == nil {
			if raw, err := json.Marshal(number); err == nil {
				return literal(raw)
			}
		}
		p.fault(n, "%s is no number in JSON; write it in quotes if it is a text", n.Value)
		return literal(null)
	}
	if strings.HasPrefix(n.Value, "$") && !strings.HasPrefix(n.Value, "$$") {
		return p.variable(n, at)
	}
	return literal(quote(dollar(n.Value)))
}

// dollar takes the dollar off that keeps a text from being a variable.
func dollar(s string) string {
	if strings.HasPrefix(s, "$$") {
		return s[1:]
	}
	return s
}

// key reads the key of a member that a recipe makes.
func (p *parser) key(n *yaml.Node) string {
	if strings.HasPrefix(n.Value, "$") && !strings.HasPrefix(n.Value, "$$") {
		p.fault(n, `a key cannot be a variable, as %q is; write "$$" for a dollar`, n.Value)
	}
	return dollar(n.Value)
}

func (p *parser) object(n *yaml.Node, at place, depth int) value {
	pairs := p.pairs(n)
	for _, pair := range pairs {
		key := pair[0].Value
		if !strings.HasPrefix(key, "$") || strings.HasPrefix(key, "$$") {
			continue
		}
		if key != "$json" && key != "$cat" {
			p.fault(pair[0], `unknown operator %q; %s; write "$$" for a dollar`, key, near(key, []string{"$json", "$cat"}))
			return literal(null)
		}
		if len(pairs) > 1 {
			p.fault(n, "%q stands alone in its object", key)
		}
		v := p.valueIn(pair[1], at, depth)
		if key == "$json" {
			return asText{v}
		}
		if parts, ok := v.(list); ok {
			return joined(parts)
		}
		p.fault(pair[1], `"$cat" is a list of what is put together, and this is %s`, kind(pair[1]))
		return literal(null)
	}
	var o object
	for _, pair := range pairs {
		switch key := pair[0].Value; key {
		case "-":
			o.drop = p.dropped(pair[1])
			if !slices.ContainsFunc(pairs, func(other [2]*yaml.Node) bool { return other[0].Value == "..." }) {
				p.fault(pair[0], `"-" drops members of what "..." spreads, and there is no "..."`)
			}
		case "...":
			v := p.valueIn(pair[1], at, depth)
			if f := shapeOf(v); f != anything && f != anObject {
				p.fault(pair[1], `"..." spreads the members of an object, and this is %s`, f)
			}
			o.members = append(o.members, field{value: v, all: true})
		default:
			o.members = append(o.members, field{key: p.key(pair[0]), value: p.valueIn(pair[1], at, depth)})
		}
	}
	return o
}

func (p *parser) dropped(n *yaml.Node) []string {
	if n.Kind != yaml.SequenceNode {
		p.fault(n, `"-" is a list of keys, as in "-": [to], and this is %s`, kind(n))
		return nil
	}
	var keys []string
	for _, item := range n.Content {
		if item.Kind != yaml.ScalarNode {
			p.fault(item, `"-" is a list of keys, and in it is %s`, kind(item))
			continue
		}
		keys = append(keys, p.key(item))
	}
	return keys
}

// listValue reads what has to be a list: one that is written out, or a variable. nil is none.
func (p *parser) listValue(n *yaml.Node, at place, word string) value {
	if n == nil {
		return nil
	}
	v := p.value(n, at)
	switch shapeOf(v) {
	case anything, aList, texts, objects:
	default:
		p.fault(n, "%q is a list, as in [$id], and this is %s", word, kind(n))
	}
	return v
}

// name reads what names a room, a socket, a queue or an event.
func (p *parser) name(n *yaml.Node, at place) value {
	v := p.value(n, at)
	switch f := shapeOf(v); {
	case f != anything && f != aText && f != aNumber:
		p.fault(n, "a name is wanted here, and this is %s", kind(n))
	case n.Kind == yaml.ScalarNode && n.Value == "":
		p.fault(n, "a name is wanted here, and this is empty")
	case n.Kind == yaml.ScalarNode && !strings.HasPrefix(n.Value, "$"):
		p.rooms[n.Value] = true
	}
	return v
}

func (p *parser) condition(n *yaml.Node, at place) *condition {
	if n.Kind != yaml.SequenceNode || len(n.Content) != 3 {
		p.fault(n, `"if" is a list of three, as in [$count, "=", 1], and this is %s`, lengthOf(n))
		return nil
	}
	c := &condition{a: p.value(n.Content[0], at), operator: n.Content[1].Value, b: p.value(n.Content[2], at)}
	_, oneKnown := c.a.(literal)
	_, otherKnown := c.b.(literal)
	switch {
	case n.Content[1].Kind != yaml.ScalarNode || !slices.Contains(operators, c.operator):
		p.fault(n.Content[1], "unknown operator %s; %s", kind(n.Content[1]), nearOperator(c.operator))
	case oneKnown && otherKnown:
		p.fault(n, `"if" compares two values that are always the same`)
	case c.operator == "in" && !slices.Contains([]shape{anything, aList, texts, objects, anObject}, shapeOf(c.b)):
		p.fault(n.Content[2], `what something is "in" is a list or an object, and this is %s`, kind(n.Content[2]))
	case c.operator == "<" || c.operator == ">":
		for i, v := range []value{c.a, c.b} {
			if f := shapeOf(v); f != anything && f != aText && f != aNumber {
				p.fault(n.Content[2*i], "%q compares numbers, or texts, and this is %s", c.operator, kind(n.Content[2*i]))
			}
		}
	}
	return c
}

func lengthOf(n *yaml.Node) string {
	if n.Kind == yaml.SequenceNode {
		return fmt.Sprintf("a list of %d", len(n.Content))
	}
	return kind(n)
}

func nearOperator(word string) string {
	if meant := map[string]string{"==": "=", "===": "=", "is": "=", "!==": "!=", "<>": "!=", "not": "!="}[word]; meant != "" {
		return fmt.Sprintf("did you mean %q?", meant)
	}
	return "there are " + strings.Join(operators, " ")
}
