package template

import (
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"
)

// parameters gives each of the template's Parameters its value: the option, else what the template's Metadata, localdev,
// Parameters says for here, else its default. One without either, or one
// that AWS reads from SSM, is marked onlyOnAWS: an error where the value matters, and only there.
func (s *scope) parameters(declared *node) error {
	s.params = map[string]*node{}
	if declared != nil && declared.kind != kindMap && declared.kind != kindNull {
		return faultf(declared.at, "Parameters must be a map")
	}
	for _, e := range declared.allEntries() {
		v, err := s.parameter(e)
		if err != nil {
			return err
		}
		s.params[e.key] = v
	}
	return nil
}

func (s *scope) parameter(e entry) (*node, error) {
	typ := "String"
	if t := e.value.get("Type"); t.scalar() {
		typ = t.text
	}
	text, given := s.opt.Parameters[e.key]
	at := e.at
	if !given {
		d := s.suggested.get(e.key)
		if d == nil {
			d = e.value.get("Default")
		}
		switch {
		case strings.HasPrefix(typ, "AWS::SSM::Parameter::Value"):
			name := e.key
			if d.scalar() {
				name = d.text
			}
			return textNode(at, onlyOnAWS+"ssm:"+name+"}}"), nil
		case d == nil || d.kind == kindNull:
			return textNode(at, onlyOnAWS+"parameter:"+e.key+"}}"), nil
		case !d.scalar():
			return nil, faultf(d.at, "the default of parameter %s must be a string, not %s", e.key, d.kind)
		}
		text, at = d.text, d.at
	}
	items := []string{text}
	list := typ == "CommaDelimitedList" || strings.HasPrefix(typ, "List<")
	if list {
		items = strings.Split(text, ",")
	}
	out := &node{kind: kindList, at: at}
	for _, item := range items {
		if list {
			item = strings.TrimSpace(item)
		}
		if err := allowed(at, e, typ, item); err != nil {
			return nil, err
		}
		out.list = append(out.list, textNode(at, item))
	}
	if list {
		return out, nil
	}
	return out.list[0], nil
}

// allowed checks a value against the parameter's own rules.
func allowed(at pos, e entry, typ, value string) error {
	hint := ""
	if c := e.value.get("ConstraintDescription"); c.scalar() {
		hint = ": " + c.text
	}
	number, numberErr := strconv.ParseFloat(value, 64)
	if (typ == "Number" || typ == "List<Number>") && numberErr != nil {
		return faultf(at, "parameter %s = %q is not a number%s", e.key, value, hint)
	}
	if values := e.value.get("AllowedValues"); values != nil && values.kind == kindList {
		var known []string
		ok := false
		for _, v := range values.list {
			known = append(known, v.text)
			ok = ok || v.text == value
		}
		if !ok {
			return faultf(at, "parameter %s = %q is not one of %s%s", e.key, value, strings.Join(known, ", "), hint)
		}
	}
	if p := e.value.get("AllowedPattern"); p.scalar() {
		// Java's regular expressions know more than Go's; a pattern that Go cannot read is AWS's to check.
		if re, err := regexp.Compile(`^(?:` + p.text + `)$`); err == nil && !re.MatchString(value) {
			return faultf(at, "parameter %s = %q does not match %s%s", e.key, value, p.text, hint)
		}
	}
	for _, rule := range []struct {
		name    string
		measure float64
		numeric bool
		sign    float64
	}{
		{"MinLength", float64(utf8.RuneCountInString(value)), false, 1},
		{"MaxLength", float64(utf8.RuneCountInString(value)), false, -1},
		{"MinValue", number, true, 1},
		{"MaxValue", number, true, -1},
	} {
		n := e.value.get(rule.name)
		if !n.scalar() || (rule.numeric && numberErr != nil) {
			continue
		}
		if limit, err := strconv.ParseFloat(n.text, 64); err == nil && (rule.measure-limit)*rule.sign < 0 {
			return faultf(at, "parameter %s = %q breaks %s %s%s", e.key, value, rule.name, n.text, hint)
		}
	}
	return nil
}
