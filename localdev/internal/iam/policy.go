package iam

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/parley-rtc/parley/localdev/internal/rawjson"
)

// Policy is the statements of one or more policy documents.
type Policy []Statement

// Statement is one of a policy.
type Statement struct {
	Effect      string
	Action      OneOrMore
	NotAction   OneOrMore
	Resource    OneOrMore
	NotResource OneOrMore
	Condition   json.RawMessage
}

// OneOrMore is a string or a list of them.
type OneOrMore []string

// UnmarshalJSON implements json.Unmarshaler.
func (o *OneOrMore) UnmarshalJSON(b []byte) error {
	var one string
	if json.Unmarshal(b, &one) == nil {
		*o = OneOrMore{one}
		return nil
	}
	if json.Unmarshal(b, (*[]string)(o)) != nil {
		return errors.New("want a string or a list of strings")
	}
	return nil
}

// Parse reads a policy document.
func Parse(document []byte) (Policy, error) {
	var d struct{ Statement json.RawMessage }
	if err := json.Unmarshal(document, &d); err != nil {
		return nil, fmt.Errorf("policy document: %w", rawjson.Reason(err))
	}
	return Statements(d.Statement)
}

// Statements reads one statement or a list of them.
func Statements(raw []byte) (Policy, error) {
	var p Policy
	if len(raw) > 0 && raw[0] == '{' {
		p = make(Policy, 1)
		if err := json.Unmarshal(raw, &p[0]); err != nil {
			return nil, fmt.Errorf("statement: %w", rawjson.Reason(err))
		}
	} else if len(raw) > 0 {
		if err := json.Unmarshal(raw, &p); err != nil {
			return nil, fmt.Errorf("statements: %w", rawjson.Reason(err))
		}
	}
	return p, nil
}

// Decision is what policies make of a request.
type Decision int

// The decisions, from what wins to what loses.
const (
	Denied     Decision = iota // a statement denies it
	Allowed                    // one allows it, and none denies it
	NotAllowed                 // none speaks of it
)

// Decide evaluates the policy: what no statement allows is refused, and one that denies wins. Conditions are not looked
// at: Settle does that beforehand.
func (p Policy) Decide(action, resource string) Decision {
	decision := NotAllowed
	for _, s := range p {
		if !s.speaksOf(action, resource) {
			continue
		}
		switch s.Effect {
		case "Deny":
			return Denied
		case "Allow":
			decision = Allowed
		}
	}
	return decision
}

func (s Statement) speaksOf(action, resource string) bool {
	acts := s.Action.matchFold(action)
	if len(s.NotAction) > 0 {
		acts = !s.NotAction.matchFold(action)
	}
	on := s.Resource.match(resource)
	if len(s.NotResource) > 0 {
		on = !s.NotResource.match(resource)
	}
	return acts && on
}

func (o OneOrMore) match(text string) bool {
	return slices.ContainsFunc(o, func(pattern string) bool { return glob(pattern, text) })
}

func (o OneOrMore) matchFold(text string) bool {
	text = strings.ToLower(text)
	return slices.ContainsFunc(o, func(pattern string) bool { return glob(strings.ToLower(pattern), text) })
}

// glob matches * and ?, in time that grows with the product of both lengths at most.
func glob(pattern, text string) bool {
	p, t, star, from := 0, 0, -1, 0
	for t < len(text) {
		switch {
		case p < len(pattern) && pattern[p] == '*':
			star, from = p, t
			p++
		case p < len(pattern) && (pattern[p] == '?' || pattern[p] == text[t]):
			p++
			t++
		case star >= 0:
			from++
			p, t = star+1, from
		default:
			return false
		}
	}
	return strings.Trim(pattern[p:], "*") == ""
}
