package recipe

import (
	"strconv"
	"strings"
)

// maxArg is the last argument that a recipe may name.
const maxArg = 99

// variable reads $name.path.
func (p *parser) variable(n *node, at place) value {
	words := strings.Split(n.value[1:], ".")
	v := variable{name: words[0]}
	var form shape
	if arg, err := strconv.Atoi(v.name); err == nil && arg >= 0 && arg <= maxArg && strconv.Itoa(arg) == v.name {
		v.name, v.arg = "", arg
		p.ofEvent(n, at)
	} else if form = p.shapeNamed(n, v.name, at); form == nothing {
		return literal(null)
	}
	plucks := false
	for _, word := range words[1:] {
		next, ok := p.part(n, word, form)
		if !ok {
			return literal(null)
		}
		v.path = append(v.path, next)
		form = below(form, next)
		plucks = plucks || next.each
	}
	v.shape = form
	switch {
	case plucks && form == aText:
		v.shape = texts
	case plucks:
		v.shape = aList
	}
	return v
}

// shapeNamed checks the name of a variable, and returns its shape; nothing if there is none of that name.
func (p *parser) shapeNamed(n *node, name string, at place) shape {
	names := []string{"$0", "$1"}
	for _, known := range variables {
		names = append(names, "$"+known.name)
		if known.name != name {
			continue
		}
		switch known.when {
		case "event":
			p.ofEvent(n, at)
		case "room":
			p.roomed(n, at)
		case "each":
			if at.loops == 0 {
				p.fault(n, `"$it" is the item of an "each", and this is outside of one`)
			}
		}
		if name == "all" || name == "directory" {
			p.everyone(n)
		}
		return known.shape
	}
	if name == "" {
		p.fault(n, `%q is no variable; write "$$" for a dollar`, n.value)
	} else {
		p.fault(n, `unknown variable "$%s"; %s`, name, Near("$"+name, names))
	}
	return nothing
}

// ofEvent tells of what an event has where there is none.
func (p *parser) ofEvent(n *node, at place) {
	if at.section != "on" {
		p.fault(n, `%q is of an event, and in %q there is none; keep with "set" what is wanted later, and read it as $data`, n.value, at.section)
	}
}

// part reads a step down a path from what has a shape.
func (p *parser) part(n *node, word string, from shape) (part, bool) {
	index, err := strconv.Atoi(word)
	if err != nil || index < 0 {
		index = -1
	}
	next := part{key: word, index: index, each: word == "*", json: word == "@json"}
	isList := from == aList || from == texts || from == objects
	switch {
	case word == "":
		p.fault(n, "%q has an empty part", n.value)
	case strings.HasPrefix(word, "@") && !next.json:
		p.fault(n, `unknown part %q of %q; did you mean "@json"?`, word, n.value)
	case next.json && from != anything && from != aText:
		p.fault(n, `"@json" reads a text, and %q is %s`, strings.TrimSuffix(n.value, ".@json"), from)
	case !next.json && (from == aText || from == aNumber):
		p.fault(n, "%q is not in what has no members: %q is %s", word, n.value[:strings.LastIndex(n.value, "."+word)], from)
	case isList && !next.each && index < 0:
		p.fault(n, `%q is not in a list; its items are .0, .1 and so on, or .* for all`, word)
	default:
		return next, true
	}
	return part{}, false
}

// below is the shape of what a part finds.
func below(from shape, next part) shape {
	switch from {
	case texts:
		return aText
	case objects:
		return anObject
	}
	return anything
}

// shapeOf says what is known of a value.
func shapeOf(v value) shape {
	switch v := v.(type) {
	case list:
		return aList
	case object:
		return anObject
	case asText:
		return aText
	case literal:
		switch kindOf([]byte(v)) {
		case '"':
			return aText
		case 0:
			return aNumber
		}
		return nothing
	case variable:
		return v.shape
	}
	return anything
}
