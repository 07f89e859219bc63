package template

import "strings"

const (
	loopPrefix = "Fn::ForEach::"
	maxLooped  = 500 // resources of a template on AWS
)

// unrolled returns the entries of a map, each Fn::ForEach among them replaced by what it stands
// for: resources, conditions, outputs, or properties.
func (s *scope) unrolled(entries []entry) ([]entry, error) {
	var out []entry
	for _, e := range entries {
		if !strings.HasPrefix(e.key, loopPrefix) {
			out = append(out, e)
			continue
		}
		made, err := s.unroll(e)
		if err != nil {
			return nil, err
		}
		out = append(out, made...)
	}
	return out, nil
}

// unroll runs one Fn::ForEach: [identifier, [values], {key: value}], and the loops in it.
func (s *scope) unroll(e entry) ([]entry, error) {
	arg := e.value
	if arg.kind != kindList || len(arg.list) != 3 || !arg.list[0].scalar() || arg.list[2].kind != kindMap {
		return nil, faultf(e.at, "%s takes [identifier, [values], {key: value}]", e.key)
	}
	values, err := s.loopValues(e.key, arg.list[1])
	if err != nil {
		return nil, err
	}
	var out []entry
	for _, value := range values {
		for _, body := range arg.list[2].entries {
			made, err := s.substitute(body.value, arg.list[0].text, value)
			if err != nil {
				return nil, err
			}
			out = append(out, entry{key: replaceIdentifier(body.key, arg.list[0].text, value), at: body.at, value: made})
		}
	}
	return s.unrolled(out)
}

// loopValues are what a loop goes through. A list in the list, such as a parameter's, counts by its
// items.
func (s *scope) loopValues(loop string, list *node) ([]string, error) {
	v, err := s.eval(list)
	if err != nil {
		return nil, err
	}
	if v == nil || v.kind != kindList {
		if unknown := unknown(v); unknown != nil {
			return nil, faultf(list.at, "%s goes through what %s", loop, onlyKnown(unknown.text))
		}
		return nil, faultf(list.at, "%s goes through a list, not through %s", loop, list.kind)
	}
	var values []string
	for _, item := range v.list {
		for _, one := range items(item) {
			value, err := plain(one, loop)
			if err != nil {
				return nil, err
			}
			values = append(values, value)
		}
	}
	return values, nil
}

// substitute returns a copy of n with a loop's identifier replaced: in {Ref: identifier} and
// ${identifier}, keys included.
func (s *scope) substitute(n *node, name, value string) (*node, error) {
	if n == nil {
		return nil, nil
	}
	if err := s.visit(n.at); err != nil {
		return nil, err
	}
	if function, arg := n.intrinsic(); function == "Ref" && arg.scalar() && arg.text == name {
		return textNode(n.at, value), nil
	}
	out := *n
	if n.kind == kindString {
		out.text = replaceIdentifier(n.text, name, value)
		if s.copied += len(out.text); s.copied > 4*maxText {
			return nil, s.tooMuch(n.at, "too much to evaluate: loops multiply this string")
		}
	}
	out.list, out.entries = nil, nil
	for _, item := range n.list {
		c, err := s.substitute(item, name, value)
		if err != nil {
			return nil, err
		}
		out.list = append(out.list, c)
	}
	for _, e := range n.entries {
		c, err := s.substitute(e.value, name, value)
		if err != nil {
			return nil, err
		}
		out.entries = append(out.entries, entry{key: replaceIdentifier(e.key, name, value), at: e.at, value: c})
	}
	return &out, nil
}

// replaceIdentifier puts a value in place of ${name}, and its letters and digits in place of
// &{name}.
func replaceIdentifier(text, name, value string) string {
	if !strings.Contains(text, "{"+name+"}") {
		return text
	}
	plain := strings.Map(func(r rune) rune {
		if alphanumeric(string(r)) {
			return r
		}
		return -1
	}, value)
	return strings.NewReplacer("${"+name+"}", value, "&{"+name+"}", plain).Replace(text)
}
