package template

import (
	"cmp"
	"encoding/base64"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// eval returns n with all intrinsic functions resolved; nil is AWS::NoValue, and absent things stay
// absent.
func (s *scope) eval(n *node) (*node, error) {
	if n == nil {
		return nil, nil
	}
	if err := s.visit(n.at); err != nil {
		return nil, err
	}
	if name, arg := n.intrinsic(); name != "" {
		return s.call(n.at, name, arg)
	}
	switch n.kind {
	case kindList:
		out := &node{kind: kindList, at: n.at}
		for _, item := range n.list {
			v, err := s.eval(item)
			if err != nil {
				return nil, err
			}
			if v != nil {
				out.list = append(out.list, v)
			}
		}
		return out, nil
	case kindMap:
		entries, err := s.unrolled(n.entries)
		if err != nil {
			return nil, err
		}
		out := &node{kind: kindMap, at: n.at}
		for _, e := range entries {
			v, err := s.eval(e.value)
			if err != nil {
				return nil, err
			}
			if v != nil {
				out.entries = append(out.entries, entry{key: e.key, at: e.at, value: v})
			}
		}
		return out, nil
	}
	return n, nil
}

func (s *scope) call(at pos, function string, arg *node) (*node, error) {
	switch function {
	case "Ref":
		name, err := s.refName(at, arg)
		if err != nil || unknown(name) != nil {
			return name, err
		}
		return s.ref(at, name.text)
	case "Fn::If":
		return s.callIf(at, arg)
	case "Fn::Sub":
		return s.callSub(at, arg)
	case "Fn::GetAtt":
		name, attr, err := s.attributeName(at, arg)
		if err != nil {
			return nil, err
		}
		if text := textNode(at, name+"."+attr); unknown(text) != nil {
			return text, nil
		}
		return s.getAtt(at, name, attr)
	case "Fn::And", "Fn::Or", "Fn::Not", "Fn::Equals":
		return nil, faultf(at, "%s belongs in Conditions; here, name a condition in Fn::If", function)
	case "Fn::Transform":
		return s.macro(at, arg)
	}
	if strings.HasPrefix(function, loopPrefix) {
		entries, err := s.unroll(entry{key: function, at: at, value: arg})
		if err != nil {
			return nil, err
		}
		return s.eval(mapNode(at, entries...))
	}
	if function == "Fn::FindInMap" && arg.kind == kindList && len(arg.list) == 4 &&
		arg.list[3].entry("DefaultValue") != nil {
		return s.findOr(at, listNode(arg.at, arg.list[:3]...), arg.list[3].get("DefaultValue"))
	}
	v, err := s.eval(arg)
	if err != nil {
		return nil, err
	}
	if v == nil {
		return nil, faultf(at, "%s has no argument", function)
	}
	switch function {
	case "Fn::Join":
		return s.join(at, v)
	case "Fn::Select":
		return selectItem(at, v)
	case "Fn::Split":
		return split(at, v)
	case "Fn::FindInMap":
		return s.findInMap(at, v)
	case "Fn::ImportValue":
		if !v.scalar() {
			return nil, faultf(at, "Fn::ImportValue takes the name of an export, not %s", v.kind)
		}
		if exported, err := s.imported(v.text); exported != nil || err != nil {
			return exported, err
		}
		return awsOnly(at, ofExport, v.text), nil
	case "Fn::Base64":
		if !v.scalar() {
			return nil, faultf(at, "Fn::Base64 takes a string, not %s", v.kind)
		}
		if unknown(v) != nil {
			return v, nil
		}
		return textNode(at, base64.StdEncoding.EncodeToString([]byte(v.text))), nil
	case "Fn::GetAZs":
		region := cmp.Or(v.plainText(), s.opt.Region)
		return listNode(at, textNode(at, region+"a"), textNode(at, region+"b"), textNode(at, region+"c")), nil
	case "Fn::Length":
		if unknown(v) != nil {
			return v, nil
		}
		if v.kind != kindList {
			return nil, faultf(at, "Fn::Length takes a list, not %s", v.kind)
		}
		return &node{kind: kindNumber, at: at, text: strconv.Itoa(len(v.list))}, nil
	case "Fn::ToJsonString":
		b := v.appendJSON(nil)
		if len(b) > maxText {
			return nil, s.tooMuch(at, fmt.Sprintf("a string of more than %d bytes", maxText))
		}
		return textNode(at, string(b)), nil
	case "Fn::Cidr":
		return cidr(at, v)
	}
	return nil, unknownFunction(at, function)
}

func unknownFunction(at pos, function string) error {
	names := make([]string, 0, len(shortForms))
	for _, n := range shortForms {
		names = append(names, strings.TrimPrefix(n, "Fn::"))
	}
	return faultf(at, "unknown function %s%s", function, didYouMean(strings.TrimPrefix(function, "Fn::"), names))
}

func isFunction(name string) bool {
	for _, n := range shortForms {
		if n == name {
			return true
		}
	}
	return false
}

// callIf evaluates the chosen branch only, so that the other may name what does not exist under
// this condition.
func (s *scope) callIf(at pos, arg *node) (*node, error) {
	if arg.kind != kindList || len(arg.list) != 3 || !arg.list[0].scalar() {
		return nil, faultf(at, "Fn::If takes [condition, value if true, value if false]")
	}
	yes, err := s.holds(arg.list[0].at, arg.list[0].text)
	if err != nil {
		return nil, err
	}
	if yes {
		return s.eval(arg.list[1])
	}
	return s.eval(arg.list[2])
}

// refName reads the argument of Ref: a name, or a function that yields one.
func (s *scope) refName(at pos, arg *node) (*node, error) {
	name, err := s.eval(arg)
	if err == nil && !name.scalar() {
		err = faultf(at, "Ref takes a name, not %s", arg.kind)
	}
	return name, err
}

// attributeName reads the argument of Fn::GetAtt: "Name.Attr" or [Name, Attr], either of which a
// function may yield.
func (s *scope) attributeName(at pos, arg *node) (name, attr string, err error) {
	v, err := s.eval(arg)
	if err != nil {
		return "", "", err
	}
	text := v.plainText()
	if v != nil && v.kind == kindList {
		var words []string
		for _, word := range v.list {
			words = append(words, word.plainText())
		}
		text = strings.Join(words, ".")
	}
	if name, attr, _ = strings.Cut(text, "."); name == "" || attr == "" {
		return "", "", faultf(at, "Fn::GetAtt takes Name.Attribute or [Name, Attribute]")
	}
	return name, attr, nil
}

func (s *scope) join(at pos, arg *node) (*node, error) {
	if arg.kind == kindList && len(arg.list) == 2 && unknown(arg.list[1]) != nil {
		return arg.list[1], nil
	}
	if arg.kind != kindList || len(arg.list) != 2 || !arg.list[0].scalar() || arg.list[1].kind != kindList {
		return nil, faultf(at, "Fn::Join takes [delimiter, [values]]")
	}
	var b strings.Builder
	for i, item := range arg.list[1].list {
		if !item.scalar() {
			return nil, faultf(item.at, "Fn::Join joins strings, not %s", item.kind)
		}
		if i > 0 {
			b.WriteString(arg.list[0].text)
		}
		b.WriteString(item.text)
		if b.Len() > maxText {
			return nil, s.tooMuch(at, fmt.Sprintf("a string of more than %d bytes", maxText))
		}
	}
	return textNode(at, b.String()), nil
}

func selectItem(at pos, arg *node) (*node, error) {
	if arg.kind == kindList && len(arg.list) == 2 {
		if v := unknown(arg.list...); v != nil {
			return v, nil
		}
	}
	if arg.kind != kindList || len(arg.list) != 2 || !arg.list[0].scalar() || arg.list[1].kind != kindList {
		return nil, faultf(at, "Fn::Select takes [index, [values]]")
	}
	values := arg.list[1].list
	i, err := strconv.Atoi(arg.list[0].text)
	if err != nil || i < 0 || i >= len(values) {
		return nil, faultf(at, "Fn::Select: no value %s in a list of %d", arg.list[0].text, len(values))
	}
	return values[i], nil
}

func split(at pos, arg *node) (*node, error) {
	if arg.kind != kindList || len(arg.list) != 2 || !arg.list[0].scalar() || !arg.list[1].scalar() || arg.list[0].text == "" {
		return nil, faultf(at, "Fn::Split takes [delimiter, string]")
	}
	if unknown(arg.list[1]) != nil {
		return arg.list[1], nil // and so is what Fn::Select or Fn::Join makes of it
	}
	out := &node{kind: kindList, at: at}
	for part := range strings.SplitSeq(arg.list[1].text, arg.list[0].text) {
		out.list = append(out.list, textNode(at, part))
	}
	return out, nil
}

func (s *scope) findInMap(at pos, arg *node) (*node, error) {
	isNoKey := func(n *node) bool { return !n.scalar() }
	if arg.kind != kindList || len(arg.list) != 3 || slices.ContainsFunc(arg.list, isNoKey) {
		return nil, faultf(at, "Fn::FindInMap takes [map, first key, second key]")
	}
	if v := unknown(arg.list...); v != nil {
		return v, nil
	}
	m, first, second := arg.list[0].text, arg.list[1].text, arg.list[2].text
	if v := s.mappings.get(m).get(first).get(second); v != nil {
		return v, nil
	}
	return nil, faultf(at, "Mappings has no %s / %s / %s", m, first, second)
}

// findOr evaluates Fn::FindInMap with a DefaultValue, which is looked at only if the map has
// nothing.
func (s *scope) findOr(at pos, keys *node, otherwise *node) (*node, error) {
	v, err := s.eval(keys)
	if err != nil {
		return nil, err
	}
	if found, err := s.findInMap(at, v); err == nil {
		return found, nil
	}
	return s.eval(otherwise)
}
