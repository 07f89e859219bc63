package template

import (
	"fmt"
	"strings"
)

// callSub evaluates Fn::Sub: a string, or [string, {Name: value}].
func (s *scope) callSub(at pos, arg *node) (*node, error) {
	format, vars := arg, (*node)(nil)
	if arg.kind == kindList && len(arg.list) == 2 && arg.list[1].kind == kindMap {
		format, vars = arg.list[0], arg.list[1]
	}
	if !format.scalar() {
		return nil, faultf(at, "Fn::Sub takes a string, or [string, {Name: value}]")
	}
	var b strings.Builder
	err := eachVariable(format.text, func(literal, name string) error {
		b.WriteString(literal)
		if name == "" {
			return nil
		}
		v, err := s.variable(at, name, vars)
		if err != nil {
			return err
		}
		if v != nil {
			b.WriteString(v.text)
		}
		if b.Len() > maxText {
			return s.tooMuch(at, fmt.Sprintf("a string of more than %d bytes", maxText))
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return textNode(at, b.String()), nil
}

func (s *scope) variable(at pos, name string, vars *node) (*node, error) {
	var v *node
	var err error
	if own := vars.entry(name); own != nil {
		v, err = s.eval(own.value)
	} else if id, attr, dotted := strings.Cut(name, "."); dotted {
		v, err = s.getAtt(at, id, attr)
	} else {
		v, err = s.ref(at, name)
	}
	if err != nil || v == nil || v.scalar() {
		return v, err
	}
	return nil, faultf(at, "Fn::Sub: ${%s} is %s, not a string", name, v.kind)
}

// eachVariable calls do with each literal text and the ${Name} after it ("" at the end).
// ${!Literal} stays as ${Literal}.
func eachVariable(format string, do func(literal, name string) error) error {
	literal := ""
	for {
		before, rest, found := strings.Cut(format, "${")
		name, after, closed := strings.Cut(rest, "}")
		if !found || !closed {
			return do(literal+format, "")
		}
		format = after
		if strings.HasPrefix(name, "!") {
			literal += before + "${" + name[1:] + "}"
			continue
		}
		if err := do(literal+before, strings.TrimSpace(name)); err != nil {
			return err
		}
		literal = ""
	}
}
