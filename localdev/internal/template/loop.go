package template

import "strings"

const (
	loopPrefix = "Fn::ForEach::"
	maxLooped  = 500 // resources of a template on AWS
)

// loop takes up the resources of an Fn::ForEach in Resources: [identifier, [values], {key: resource}], which may hold
// further loops.
func (s *scope) loop(e entry, globals *node) error {
	arg := e.value
	if arg.kind != kindList || len(arg.list) != 3 || !arg.list[0].scalar() || arg.list[2].kind != kindMap {
		return faultf(e.at, "%s takes [identifier, [values], {key: resource}]", e.key)
	}
	values, err := s.eval(arg.list[1])
	if err != nil {
		return err
	}
	if values == nil || values.kind != kindList {
		return faultf(arg.list[1].at, "%s goes through a list, not through %s", e.key, arg.list[1].kind)
	}
	for _, v := range values.list {
		value, err := plain(v, e.key)
		if err != nil {
			return err
		}
		for _, body := range arg.list[2].entries {
			made, err := s.substitute(body.value, arg.list[0].text, value)
			if err != nil {
				return err
			}
			key := replaceIdentifier(body.key, arg.list[0].text, value)
			if !strings.HasPrefix(key, loopPrefix) {
				s.looped = append(s.looped, made)
			}
			if len(s.looped) > maxLooped {
				return faultf(e.at, "%s makes more than %d resources, which is more than CloudFormation takes", e.key, maxLooped)
			}
			if err := s.add(entry{key: key, at: body.at, value: made}, globals); err != nil {
				return err
			}
		}
	}
	return nil
}

// substitute returns a copy of n with a loop's identifier replaced: in {Ref: identifier} and ${identifier}, keys included.
func (s *scope) substitute(n *node, name, value string) (*node, error) {
	if n == nil {
		return nil, nil
	}
	if s.visits++; s.visits > maxVisits {
		return nil, faultf(n.at, "too much to evaluate: loops multiply here")
	}
	if function, arg := n.intrinsic(); function == "Ref" && arg.scalar() && arg.text == name {
		return textNode(n.at, value), nil
	}
	out := *n
	if n.kind == kindString {
		out.text = replaceIdentifier(n.text, name, value)
		if s.copied += len(out.text); s.copied > 4*maxText {
			return nil, faultf(n.at, "too much to evaluate: loops multiply this string")
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

// replaceIdentifier puts a value in place of ${name}, and its letters and digits in place of &{name}.
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
