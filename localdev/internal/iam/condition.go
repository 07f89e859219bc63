package iam

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Settle resolves what in the statements depends on the request by what is the same for all requests of a role: facts are
// the values of condition keys, by their names in lower case. What cannot be told counts in the role's favour, so that
// nobody is refused for it, and is said in doubts.
func (p Policy) Settle(facts map[string]string) (settled Policy, doubts []string) {
	for _, s := range p {
		if !s.concerns() {
			continue
		}
		doubt, holds := s.settle(facts)
		if doubt != "" {
			doubts = append(doubts, doubt)
			holds = s.Effect == "Allow"
		}
		if holds {
			s.Condition = nil
			settled = append(settled, s)
		}
	}
	return settled, doubts
}

// services are those at which permissions matter here.
var services = []string{"dynamodb", "execute-api", "lambda"}

// concerns reports whether the statement speaks of any of them.
func (s *Statement) concerns() bool {
	return len(s.NotAction) > 0 || slices.ContainsFunc(s.Action, func(action string) bool {
		prefix, _, _ := strings.Cut(strings.ToLower(action), ":")
		return slices.ContainsFunc(services, func(service string) bool { return glob(prefix, service) })
	})
}

// settle says whether the statement's conditions hold, or why that cannot be told. It widens a statement whose resource
// cannot be told.
func (s *Statement) settle(facts map[string]string) (doubt string, holds bool) {
	for _, pattern := range slices.Concat(s.Resource, s.NotResource) {
		if strings.Contains(pattern, "${") || strings.Contains(pattern, "{{resolve:") { // a policy variable, or a value of AWS's
			doubt = fmt.Sprintf("the resource %s of a policy is only known on AWS", pattern)
		}
	}
	if doubt != "" {
		s.Resource, s.NotResource = OneOrMore{"*"}, nil
	}
	if len(s.Condition) == 0 {
		return doubt, true
	}
	var operators map[string]map[string]values
	if err := json.Unmarshal(s.Condition, &operators); err != nil {
		return fmt.Sprintf("the condition of a policy makes no sense: %v", err), false
	}
	for _, operator := range slices.Sorted(maps.Keys(operators)) {
		for _, key := range slices.Sorted(maps.Keys(operators[operator])) {
			compare, known := operatorOf(operator)
			fact, there := facts[strings.ToLower(key)]
			wanted := operators[operator][key]
			switch {
			case !known || !there || slices.ContainsFunc(wanted, func(v string) bool { return strings.Contains(v, "${") || strings.Contains(v, "{{resolve:") }):
				doubt = fmt.Sprintf("localdev cannot tell whether the condition %s of %s in a policy holds", operator, key)
			case !compare(wanted, fact):
				return "", false // whatever else is in doubt, this is not
			}
		}
	}
	return doubt, true
}

// operatorOf returns how an operator compares the values in a policy with a fact.
func operatorOf(name string) (compare func(wanted values, fact string) bool, known bool) {
	same := func(a, b string) bool { return a == b }
	operators := map[string]func(wanted, fact string) bool{
		"StringEquals": same, "StringEqualsIgnoreCase": strings.EqualFold, "StringLike": glob, "ArnEquals": glob, "ArnLike": glob,
		"Bool": strings.EqualFold,
	}
	name = strings.TrimSuffix(name, "IfExists")
	positive := strings.Replace(name, "Not", "", 1) // StringNotEquals, ArnNotLike
	one, known := operators[positive]
	return func(wanted values, fact string) bool {
		found := slices.ContainsFunc(wanted, func(w string) bool { return one(w, fact) })
		return found == (positive == name)
	}, known
}

// values are those that a condition compares with: one or more, of any type.
type values []string

// UnmarshalJSON implements json.Unmarshaler.
func (v *values) UnmarshalJSON(b []byte) error {
	var raw any
	if err := json.Unmarshal(b, &raw); err != nil {
		return err
	}
	list, several := raw.([]any)
	if !several {
		list = []any{raw}
	}
	for _, one := range list {
		*v = append(*v, fmt.Sprint(one))
	}
	return nil
}
