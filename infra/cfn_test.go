package infra_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// document is a CloudFormation template as JSON has it, whatever it was written in.
type document map[string]any

func (d document) resources() map[string]any { return d["Resources"].(map[string]any) }

// clone is a copy that may be changed.
func (d document) clone(t *testing.T) document {
	t.Helper()
	raw, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	return fromJSON(t, raw)
}

func fromJSON(t *testing.T, raw []byte) document {
	t.Helper()
	var d document
	if err := json.Unmarshal(raw, &d); err != nil {
		t.Fatal(err)
	}
	return d
}

// fromYAML reads a template with the short forms of CloudFormation's functions.
func fromYAML(t *testing.T, raw []byte) document {
	t.Helper()
	var n yaml.Node
	if err := yaml.Unmarshal(raw, &n); err != nil {
		t.Fatal(err)
	}
	d, ok := plainNode(t, n.Content[0]).(map[string]any)
	if !ok {
		t.Fatal("the template is no map")
	}
	return d
}

func plainNode(t *testing.T, n *yaml.Node) any {
	t.Helper()
	if name, short := strings.CutPrefix(n.Tag, "!"); short && !strings.HasPrefix(n.Tag, "!!") {
		inner := *n
		inner.Tag = ""
		value := plainNode(t, &inner)
		switch name {
		case "Ref", "Condition":
			return map[string]any{name: value}
		case "GetAtt":
			id, attribute, _ := strings.Cut(value.(string), ".")
			value = []any{id, attribute}
		}
		return map[string]any{"Fn::" + name: value}
	}
	switch n.Kind {
	case yaml.MappingNode:
		m := map[string]any{}
		for i := 0; i < len(n.Content); i += 2 {
			m[n.Content[i].Value] = plainNode(t, n.Content[i+1])
		}
		return m
	case yaml.SequenceNode:
		list := make([]any, len(n.Content))
		for i, item := range n.Content {
			list[i] = plainNode(t, item)
		}
		return list
	}
	var v any
	if err := n.Decode(&v); err != nil {
		t.Fatal(err)
	}
	if i, ok := v.(int); ok {
		return float64(i) // as from JSON
	}
	return v
}

// scope evaluates a template with its parameters' values: a reference to a resource becomes its logical ID in brackets.
type scope struct {
	t      *testing.T
	doc    document
	values map[string]string
}

func (s scope) eval(v any) any {
	switch x := v.(type) {
	case []any:
		list := []any{}
		for _, item := range x {
			if e := s.eval(item); e != nil {
				list = append(list, e)
			}
		}
		return list
	case map[string]any:
		if len(x) == 1 {
			for name, argument := range x {
				if name == "Ref" || strings.HasPrefix(name, "Fn::") {
					return s.function(name, argument)
				}
			}
		}
		m := map[string]any{}
		for k, item := range x {
			if e := s.eval(item); e != nil {
				m[k] = e
			}
		}
		return m
	}
	return v
}

// text is a value as a string, "" for what is not there.
func (s scope) text(v any) string {
	if v = s.eval(v); v == nil {
		return ""
	}
	return fmt.Sprint(v)
}

func (s scope) function(name string, argument any) any {
	switch name {
	case "Ref":
		return s.ref(argument.(string))
	case "Fn::GetAtt":
		list := argument.([]any)
		return fmt.Sprintf("[%s].%s", list[0], list[1])
	case "Fn::Join":
		list := argument.([]any)
		var parts []string
		for _, part := range s.eval(list[1]).([]any) {
			parts = append(parts, s.text(part))
		}
		return strings.Join(parts, list[0].(string))
	case "Fn::Split":
		list := argument.([]any)
		var parts []any
		for part := range strings.SplitSeq(s.text(list[1]), list[0].(string)) {
			parts = append(parts, part)
		}
		return parts
	case "Fn::Sub":
		return s.sub(argument)
	case "Fn::If":
		list := argument.([]any)
		if s.condition(s.doc["Conditions"].(map[string]any)[list[0].(string)]) {
			return s.eval(list[1])
		}
		return s.eval(list[2])
	}
	s.t.Fatalf("this test does not know %s", name)
	return nil
}

func (s scope) ref(name string) any {
	switch {
	case name == "AWS::NoValue":
		return nil
	case strings.HasPrefix(name, "AWS::"):
		return "<" + name + ">"
	}
	if value, ok := s.values[name]; ok {
		return value
	}
	if parameters, ok := s.doc["Parameters"].(map[string]any); ok {
		if p, ok := parameters[name].(map[string]any); ok {
			return fmt.Sprint(p["Default"])
		}
	}
	return "[" + name + "]"
}

func (s scope) sub(argument any) string {
	text, given := "", map[string]any{}
	switch x := argument.(type) {
	case string:
		text = x
	case []any:
		text, given = x[0].(string), x[1].(map[string]any)
	}
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(text, "${")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		name, after, _ := strings.Cut(rest, "}")
		id, attribute, dotted := strings.Cut(name, ".")
		switch value, ok := given[name]; {
		case ok:
			b.WriteString(s.text(value))
		case dotted && !strings.Contains(name, "::"):
			b.WriteString("[" + id + "]." + attribute)
		default:
			b.WriteString(s.text(map[string]any{"Ref": name}))
		}
		text = after
	}
}

func (s scope) condition(c any) bool {
	for name, argument := range c.(map[string]any) {
		list, _ := argument.([]any)
		switch name {
		case "Condition":
			return s.condition(s.doc["Conditions"].(map[string]any)[argument.(string)])
		case "Fn::Not":
			return !s.condition(list[0])
		case "Fn::And":
			return !slices.ContainsFunc(list, func(one any) bool { return !s.condition(one) })
		case "Fn::Or":
			return slices.ContainsFunc(list, s.condition)
		case "Fn::Equals":
			return s.text(list[0]) == s.text(list[1])
		}
	}
	s.t.Fatalf("this test does not know the condition %v", c)
	return false
}
