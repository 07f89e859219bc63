package recipe

import (
	"fmt"
	"slices"
	"strings"
)

// value reads a value.
func (p *parser) value(n *node, at place) value { return p.valueIn(n, at, 0) }

func (p *parser) valueIn(n *node, at place, depth int) value {
	if depth++; depth > maxLiteral {
		p.fault(n, "lists and objects in each other are more than %d", maxLiteral)
		return literal(null)
	}
	switch n.kind {
	case sequence:
		all := make(list, len(n.content))
		for i, item := range n.content {
			all[i] = p.valueIn(item, at, depth)
		}
		return all
	case mapping:
		return p.object(n, at, depth)
	}
	return p.scalar(n, at)
}

func (p *parser) scalar(n *node, at place) value {
	switch n.is {
	case isNull:
		return literal(null)
	case isBool, isInt, isFloat:
		return literal(n.value)
	}
	if strings.HasPrefix(n.value, "$") && !strings.HasPrefix(n.value, "$$") {
		return p.variable(n, at)
	}
	return literal(quote(dollar(n.value)))
}

// dollar takes the dollar off that keeps a text from being a variable.
func dollar(s string) string {
	if strings.HasPrefix(s, "$$") {
		return s[1:]
	}
	return s
}

// key reads the key of a member that a recipe makes.
func (p *parser) key(n *node) string {
	if strings.HasPrefix(n.value, "$") && !strings.HasPrefix(n.value, "$$") {
		p.fault(n, `a key cannot be a variable, as %q is; write "$$" for a dollar`, n.value)
	}
	return dollar(n.value)
}

func (p *parser) object(n *node, at place, depth int) value {
	pairs := p.pairs(n)
	for _, pair := range pairs {
		key := pair[0].value
		if !strings.HasPrefix(key, "$") || strings.HasPrefix(key, "$$") {
			continue
		}
		if key != "$json" && key != "$cat" {
			p.fault(pair[0], `unknown operator %q; %s; write "$$" for a dollar`, key, Near(key, []string{"$json", "$cat"}))
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
		switch key := pair[0].value; key {
		case "-":
			o.drop = p.dropped(pair[1])
			if !slices.ContainsFunc(pairs, func(other [2]*node) bool { return other[0].value == "..." }) {
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

func (p *parser) dropped(n *node) []string {
	if n.kind != sequence {
		p.fault(n, `"-" is a list of keys, as in "-": [to], and this is %s`, kind(n))
		return nil
	}
	var keys []string
	for _, item := range n.content {
		if item.kind != scalar {
			p.fault(item, `"-" is a list of keys, and in it is %s`, kind(item))
			continue
		}
		keys = append(keys, p.key(item))
	}
	return keys
}

// listValue reads what has to be a list: one that is written out, or a variable. nil is none.
func (p *parser) listValue(n *node, at place, word string) value {
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
func (p *parser) name(n *node, at place) value {
	v := p.value(n, at)
	switch f := shapeOf(v); {
	case f != anything && f != aText && f != aNumber:
		p.fault(n, "a name is wanted here, and this is %s", kind(n))
	case n.kind == scalar && n.value == "":
		p.fault(n, "a name is wanted here, and this is empty")
	case n.kind == scalar && !strings.HasPrefix(n.value, "$"):
		p.rooms[n.value] = true
	}
	return v
}

func (p *parser) condition(n *node, at place) *condition {
	if n.kind != sequence || len(n.content) != 3 {
		p.fault(n, `"if" is a list of three, as in [$count, "=", 1], and this is %s`, lengthOf(n))
		return nil
	}
	c := &condition{a: p.value(n.content[0], at), operator: n.content[1].value, b: p.value(n.content[2], at)}
	_, oneKnown := c.a.(literal)
	_, otherKnown := c.b.(literal)
	switch {
	case n.content[1].kind != scalar || !slices.Contains(operators, c.operator):
		p.fault(n.content[1], "unknown operator %s; %s", kind(n.content[1]), nearOperator(c.operator))
	case oneKnown && otherKnown:
		p.fault(n, `"if" compares two values that are always the same`)
	case c.operator == "in" && !slices.Contains([]shape{anything, aList, texts, objects, anObject}, shapeOf(c.b)):
		p.fault(n.content[2], `what something is "in" is a list or an object, and this is %s`, kind(n.content[2]))
	case c.operator == "<" || c.operator == ">":
		for i, v := range []value{c.a, c.b} {
			if f := shapeOf(v); f != anything && f != aText && f != aNumber {
				p.fault(n.content[2*i], "%q compares numbers, or texts, and this is %s", c.operator, kind(n.content[2*i]))
			}
		}
	}
	return c
}

func lengthOf(n *node) string {
	if n.kind == sequence {
		return fmt.Sprintf("a list of %d", len(n.content))
	}
	return kind(n)
}

func nearOperator(word string) string {
	if meant := map[string]string{"==": "=", "===": "=", "is": "=", "!==": "!=", "<>": "!=", "not": "!="}[word]; meant != "" {
		return fmt.Sprintf("did you mean %q?", meant)
	}
	return "there are " + strings.Join(operators, " ")
}
