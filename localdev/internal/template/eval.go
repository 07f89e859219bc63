package template

import (
	"encoding/base64"
	"slices"
	"strconv"
	"strings"
)

// onlyOnAWS marks a string whose value is known at deployment only; it looks like the dynamic references of CloudFormation.
const onlyOnAWS = "{{resolve:"

// eval returns n with all intrinsic functions resolved; nil is AWS::NoValue, and absent things stay absent.
func (s *scope) eval(n *node) (*node, error) {
	if n == nil {
		return nil, nil
	}
	if s.visits++; s.visits > maxVisits {
		return nil, faultf(n.at, "too much to evaluate: aliases or functions multiply here")
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
		out := &node{kind: kindMap, at: n.at}
		for _, e := range n.entries {
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
		if !arg.scalar() {
			return nil, faultf(at, "Ref takes a name, not %s", arg.kind)
		}
		return s.ref(at, arg.text)
	case "Fn::If":
		return s.callIf(at, arg)
	case "Fn::Sub":
		return s.callSub(at, arg)
	case "Fn::GetAtt":
		name, attr, err := s.attributeName(at, arg)
		if err != nil {
			return nil, err
		}
		return s.getAtt(at, name, attr)
	case "Fn::And", "Fn::Or", "Fn::Not", "Fn::Equals":
		return nil, faultf(at, "%s belongs in Conditions; here, name a condition in Fn::If", function)
	case "Fn::Transform":
		return nil, faultf(at, "macros run on AWS only; write out what this Fn::Transform yields")
	}
	if strings.HasPrefix(function, loopPrefix) {
		return nil, faultf(at, "localdev runs loops of whole resources only; write out what this %s yields", function)
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
		return textNode(at, onlyOnAWS+"import:"+v.text+"}}"), nil
	case "Fn::Base64":
		if !v.scalar() {
			return nil, faultf(at, "Fn::Base64 takes a string, not %s", v.kind)
		}
		return textNode(at, base64.StdEncoding.EncodeToString([]byte(v.text))), nil
	case "Fn::GetAZs":
		return listNode(at, textNode(at, s.opt.Region+"a"), textNode(at, s.opt.Region+"b"), textNode(at, s.opt.Region+"c")), nil
	case "Fn::Length":
		return &node{kind: kindNumber, at: at, text: strconv.Itoa(len(v.list))}, nil
	case "Fn::ToJsonString":
		b := v.appendJSON(nil)
		if len(b) > maxText {
			return nil, faultf(at, "a string of more than %d bytes", maxText)
		}
		return textNode(at, string(b)), nil
	case "Fn::Cidr":
		return nil, faultf(at, "localdev does not compute Fn::Cidr")
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

// callIf evaluates the chosen branch only, so that the other may name what does not exist under this condition.
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

// attributeName reads the argument of Fn::GetAtt: "Name.Attr" or [Name, Attr].
func (s *scope) attributeName(at pos, arg *node) (name, attr string, err error) {
	if arg.kind == kindString {
		name, attr, _ = strings.Cut(arg.text, ".")
	} else if arg.kind == kindList && len(arg.list) == 2 && arg.list[0].scalar() {
		name = arg.list[0].text
		second, err := s.eval(arg.list[1])
		if err != nil {
			return "", "", err
		}
		if second.scalar() {
			attr = second.text
		}
	}
	if name == "" || attr == "" {
		return "", "", faultf(at, "Fn::GetAtt takes Name.Attribute or [Name, Attribute]")
	}
	return name, attr, nil
}

func (s *scope) join(at pos, arg *node) (*node, error) {
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
			return nil, faultf(at, "a string of more than %d bytes", maxText)
		}
	}
	return textNode(at, b.String()), nil
}

func selectItem(at pos, arg *node) (*node, error) {
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
	out := &node{kind: kindList, at: at}
	for part := range strings.SplitSeq(arg.list[1].text, arg.list[0].text) {
		out.list = append(out.list, textNode(at, part))
	}
	return out, nil
}

func (s *scope) findInMap(at pos, arg *node) (*node, error) {
	if arg.kind != kindList || len(arg.list) < 3 || len(arg.list) > 4 ||
		slices.ContainsFunc(arg.list[:3], func(n *node) bool { return !n.scalar() }) {
		return nil, faultf(at, "Fn::FindInMap takes [map, first key, second key]")
	}
	m, first, second := arg.list[0].text, arg.list[1].text, arg.list[2].text
	if v := s.mappings.get(m).get(first).get(second); v != nil {
		return v, nil
	}
	if len(arg.list) == 4 {
		if v := arg.list[3].get("DefaultValue"); v != nil {
			return v, nil
		}
	}
	return nil, faultf(at, "Mappings has no %s / %s / %s", m, first, second)
}
