package template

import (
	"fmt"
	"slices"
)

// condition is one entry of Conditions, evaluated when first asked for.
type condition struct {
	at    pos
	node  *node
	state conditionState
}

type conditionState uint8

const (
	conditionUnknown conditionState = iota
	conditionBusy
	conditionFalse
	conditionTrue
)

func (s *scope) holds(at pos, name string) (bool, error) {
	c := s.conditions[name]
	if c == nil {
		var known []string
		for n := range s.conditions {
			known = append(known, n)
		}
		return false, faultf(at, "no condition is named %q%s", name, didYouMean(name, known))
	}
	switch c.state {
	case conditionBusy:
		return false, faultf(c.at, "condition %s depends on itself", name)
	case conditionFalse, conditionTrue:
		return c.state == conditionTrue, nil
	}
	c.state = conditionBusy
	outer := s.guessed
	s.guessed = nil
	yes, err := s.test(c.node)
	guessed := s.guessed
	s.guessed = outer
	if err != nil {
		c.state = conditionUnknown
		return false, err
	}
	c.state = conditionFalse
	if yes {
		c.state = conditionTrue
	}
	for _, text := range guessed {
		s.notices = append(s.notices, Notice{
			LogicalID: name, File: c.at.file, Line: c.at.line,
			Text: fmt.Sprintf("taken for %t here, as this condition %s", yes, onlyKnown(text)),
		})
	}
	return yes, nil
}

// test evaluates a condition function.
func (s *scope) test(n *node) (bool, error) {
	if err := s.visit(n.at); err != nil {
		return false, err
	}
	if n.kind != kindMap || len(n.entries) != 1 {
		if n.scalar() {
			return n.truth(), nil
		}
		return false, faultf(n.at, "a condition is one of Fn::And, Fn::Equals, Fn::Not, Fn::Or, Condition")
	}
	function, arg := n.entries[0].key, n.entries[0].value
	if function == "Condition" {
		if !arg.scalar() {
			return false, faultf(n.at, "Condition takes the name of a condition")
		}
		return s.holds(arg.at, arg.text)
	}
	if arg.kind != kindList {
		return false, faultf(n.at, "%s takes a list", function)
	}
	switch function {
	case "Fn::Equals":
		return s.equals(n.at, arg.list)
	case "Fn::Not":
		if len(arg.list) != 1 {
			return false, faultf(n.at, "Fn::Not takes [condition]")
		}
		yes, err := s.test(arg.list[0])
		return !yes, err
	case "Fn::And", "Fn::Or":
		for _, item := range arg.list {
			yes, err := s.test(item)
			if err != nil || yes == (function == "Fn::Or") {
				return yes, err
			}
		}
		return function == "Fn::And", nil
	}
	return false, unknownFunction(n.at, function)
}

// equals compares two values. One that nobody knows here is no other one's equal, and whether it is
// its own plays no part.
func (s *scope) equals(at pos, args []*node) (bool, error) {
	if len(args) != 2 {
		return false, faultf(at, "Fn::Equals takes [value, value]")
	}
	var text [2]string
	var guess string
	for i, arg := range args {
		v, err := s.eval(arg)
		if err != nil {
			return false, err
		}
		if v == nil {
			continue
		}
		if u := unknown(v); u != nil && guess == "" {
			guess = u.text
		}
		if text[i] = v.text; !v.scalar() {
			text[i] = string(v.appendJSON(nil))
		}
	}
	if guess != "" && text[0] != text[1] && !slices.Contains(s.guessed, guess) {
		s.guessed = append(s.guessed, guess)
	}
	return text[0] == text[1], nil
}
