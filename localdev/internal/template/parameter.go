package template

import (
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"
)

// parameters takes up the template's Parameters. Of those that the caller gave a value, it has to
// be allowed.
func (s *scope) parameters(declared *node) error {
	if declared != nil && declared.kind != kindMap && declared.kind != kindNull {
		return faultf(declared.at, "Parameters must be a map")
	}
	s.declared, s.params, s.asked = map[string]entry{}, map[string]*node{}, map[string]bool{}
	for _, e := range declared.allEntries() {
		s.declared[e.key] = e
	}
	for _, e := range declared.allEntries() {
		_, given := s.opt.Parameters[e.key]
		if s.parent != nil && !given {
			continue // its values are the parent's to tell, once all templates are read
		}
		if _, err := s.parameterValue(e.key); err != nil {
			return err
		}
	}
	return nil
}

func (s *scope) isParameter(name string) bool {
	_, ok := s.declared[name]
	return ok
}

// parameterValue gives a parameter its value, when first asked for: the option, else what the
// parent of a nested stack says, else what the template's Metadata, localdev, Parameters says for
// here, else its default. One without any of these, or one that AWS reads from SSM, is only known
// on AWS: an error where the value matters, and only there.
func (s *scope) parameterValue(name string) (*node, error) {
	if v := s.params[name]; v != nil {
		return v, nil
	}
	e := s.declared[name]
	if s.asked[name] {
		return nil, faultf(e.at, "parameter %s depends on itself", name)
	}
	s.asked[name] = true
	defer delete(s.asked, name)
	v, err := s.parameter(e)
	if err == nil {
		s.params[name] = v
	}
	return v, err
}

// overrideParameter gives a parameter another value, and the one of the parent's that it comes
// from.
func (s *scope) overrideParameter(name, value *node) {
	if !name.scalar() || !s.isParameter(name.text) {
		return
	}
	s.params[name.text] = value
	if function, arg := s.given.get(name.text).intrinsic(); function == "Ref" {
		s.parent.overrideParameter(arg, value)
	}
}

func (s *scope) parameter(e entry) (*node, error) {
	typ := "String"
	if t := e.value.get("Type"); t.scalar() {
		typ = t.text
	}
	text, given := s.opt.Parameters[e.key]
	at := e.at
	if !given {
		d, err := s.ungiven(e)
		if err != nil {
			return nil, err
		}
		switch {
		case unknown(d) != nil:
			return d, nil
		case strings.HasPrefix(typ, "AWS::SSM::Parameter::Value"):
			name := e.key
			if d.scalar() {
				name = d.text
			}
			return awsOnly(at, ofSSM, name), nil
		case d == nil || d.kind == kindNull:
			return awsOnly(at, ofParameter, s.prefixed(e.key)), nil
		case !d.scalar():
			return nil, faultf(d.at, "the value of parameter %s must be a string, not %s", e.key, d.kind)
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
			if given {
				return nil, err
			}
			n := noticeOf(e.key, err)
			n.Text += refused
			s.notices = append(s.notices, n)
		}
		out.list = append(out.list, textNode(at, item))
	}
	if list {
		return out, nil
	}
	return out.list[0], nil
}

// prefixed is how a parameter is called that has no value.
func (s *scope) prefixed(name string) string {
	if s.parent == nil {
		return name
	}
	return s.prefix + "." + name
}

// ungiven is the value of a parameter that no option gives.
func (s *scope) ungiven(e entry) (*node, error) {
	if n := s.given.get(e.key); n != nil {
		v, err := s.parent.eval(n)
		if v == nil || v.kind != kindList {
			return v, err
		}
		return s.parent.join(v.at, listNode(v.at, textNode(v.at, ","), v))
	}
	if d := s.suggested.get(e.key); d != nil {
		return d, nil
	}
	if text, found := s.opt.Defaults[e.key]; found && s.parent == nil {
		return textNode(e.at, text), nil
	}
	return e.value.get("Default"), nil
}

// matchesWhole reports whether a pattern matches all of a value. Without ^ in front a pattern costs
// two thirds to compile, and templates have dozens that are used once: a match of all begins at 0,
// which no other comes before.
func matchesWhole(pattern, value string) (bool, error) {
	re, err := regexp.Compile(`(?:` + pattern + `)$`)
	if err != nil {
		return false, err
	}
	found := re.FindStringIndex(value)
	return found != nil && found[0] == 0, nil
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
		// Java's regular expressions know more than Go's; a pattern that Go cannot read is AWS's to
		// check.
		if whole, err := matchesWhole(p.text, value); err == nil && !whole {
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
