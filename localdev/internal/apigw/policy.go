package apigw

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/parley-rtc/parley/localdev/internal/rawjson"
)

// verdict is an authorizer's answer.
type verdict struct {
	statements []statement
	flat       []byte // {"principalId":…, …}: all values are strings
}

type statement struct {
	Effect      string
	Action      oneOrMore
	NotAction   oneOrMore
	Resource    oneOrMore
	NotResource oneOrMore
}

// oneOrMore is a string or a list of them.
type oneOrMore []string

// UnmarshalJSON implements json.Unmarshaler.
func (o *oneOrMore) UnmarshalJSON(b []byte) error {
	var one string
	if json.Unmarshal(b, &one) == nil {
		*o = oneOrMore{one}
		return nil
	}
	return json.Unmarshal(b, (*[]string)(o))
}

func readVerdict(answer []byte) (verdict, error) {
	var a struct {
		PrincipalID    string
		PolicyDocument *struct{ Statement json.RawMessage }
		Context        json.RawMessage
	}
	if err := json.Unmarshal(answer, &a); err != nil {
		return verdict{}, fmt.Errorf("want principalId and policyDocument: %w", err)
	}
	if a.PrincipalID == "" || a.PolicyDocument == nil {
		return verdict{}, errors.New("want principalId and policyDocument")
	}
	var v verdict
	if raw := a.PolicyDocument.Statement; len(raw) > 0 && raw[0] == '{' {
		v.statements = make([]statement, 1)
		if err := json.Unmarshal(raw, &v.statements[0]); err != nil {
			return verdict{}, fmt.Errorf("statement: %w", err)
		}
	} else if len(raw) > 0 {
		if err := json.Unmarshal(raw, &v.statements); err != nil {
			return verdict{}, fmt.Errorf("statements: %w", err)
		}
	}
	v.flat = append(v.flat, '{')
	if len(a.Context) > 0 && a.Context[0] != '{' && string(a.Context) != "null" {
		return verdict{}, errors.New("context: want an object")
	}
	for m := range rawjson.Object(a.Context) {
		if m.Name == "principalId" {
			continue
		}
		if m.Value[0] == '{' || m.Value[0] == '[' {
			return verdict{}, fmt.Errorf("context: %s is not a string, a number or a boolean", m.Name)
		}
		value := string(m.Value)
		if value[0] == '"' {
			value = rawjson.Text(m.Value)
		}
		v.flat = append(rawjson.AppendString(v.flat, clean(m.Name)), ':')
		v.flat = append(rawjson.AppendString(v.flat, clean(value)), ',')
	}
	v.flat = append(v.flat, `"principalId":`...)
	v.flat = append(rawjson.AppendString(v.flat, clean(a.PrincipalID)), '}')
	return v, nil
}

// allows evaluates the policy: what no statement allows is denied, and one that denies wins. Conditions are not looked at.
func (v verdict) allows(action, arn string) bool {
	allowed := false
	for _, s := range v.statements {
		acts := s.Action.match(strings.ToLower(action), strings.ToLower)
		if len(s.NotAction) > 0 {
			acts = !s.NotAction.match(strings.ToLower(action), strings.ToLower)
		}
		on := s.Resource.match(arn, func(p string) string { return p })
		if len(s.NotResource) > 0 {
			on = !s.NotResource.match(arn, func(p string) string { return p })
		}
		if !acts || !on {
			continue
		}
		switch s.Effect {
		case "Deny":
			return false
		case "Allow":
			allowed = true
		}
	}
	return allowed
}

func (o oneOrMore) match(text string, spell func(string) string) bool {
	for _, pattern := range o {
		if glob(spell(pattern), text) {
			return true
		}
	}
	return false
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
