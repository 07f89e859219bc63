package streams

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/big"
	"strings"
)

// pattern is an event pattern of EventBridge, as far as filters of event sources have it: an object of names with lists of
// what a value may be.
type pattern map[string]any

func parsePattern(text json.RawMessage) (pattern, error) {
	var p pattern
	if err := decode(text, &p); err != nil {
		return nil, fmt.Errorf("filter: %w", err)
	}
	return p, nil
}

// decode keeps numbers as they are written.
func decode(text []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	return d.Decode(into)
}

// matches reports whether an event has all that the pattern wants.
func (p pattern) matches(event map[string]any) bool {
	for name, want := range p {
		value, there := event[name]
		switch want := want.(type) {
		case map[string]any:
			inner, _ := value.(map[string]any)
			if !pattern(want).matches(inner) {
				return false
			}
		case []any:
			if name == "$or" {
				if !anyOf(want, event) {
					return false
				}
			} else if !oneOf(want, value, there) {
				return false
			}
		default:
			return false
		}
	}
	return true
}

func anyOf(patterns []any, event map[string]any) bool {
	for _, one := range patterns {
		if p, ok := one.(map[string]any); ok && pattern(p).matches(event) {
			return true
		}
	}
	return false
}

// oneOf reports whether a value, or one of a list of values, is as one of the wanted.
func oneOf(wanted []any, value any, there bool) bool {
	for _, want := range wanted {
		if test, ok := want.(map[string]any); ok {
			if exists, ok := test["exists"].(bool); ok {
				if exists == there {
					return true
				}
				continue
			}
		}
		if !there {
			continue
		}
		list, ok := value.([]any)
		if !ok {
			list = []any{value}
		}
		for _, v := range list {
			if fits(want, v) {
				return true
			}
		}
	}
	return false
}

func fits(want, value any) bool {
	test, ok := want.(map[string]any)
	if !ok {
		return equal(want, value)
	}
	text, isText := value.(string)
	for name, arg := range test {
		argText, _ := arg.(string)
		switch name {
		case "prefix":
			return isText && strings.HasPrefix(text, argText)
		case "suffix":
			return isText && strings.HasSuffix(text, argText)
		case "equals-ignore-case":
			return isText && strings.EqualFold(text, argText)
		case "anything-but":
			list, ok := arg.([]any)
			if !ok {
				list = []any{arg}
			}
			for _, not := range list {
				if fits(not, value) {
					return false
				}
			}
			return true
		case "numeric":
			bounds, _ := arg.([]any)
			return within(bounds, value)
		}
	}
	return false
}

func equal(want, value any) bool {
	a, ok := want.(json.Number)
	b, ok2 := value.(json.Number)
	if !ok || !ok2 {
		return want == value && !ok && !ok2
	}
	x, ok := new(big.Float).SetString(a.String())
	y, ok2 := new(big.Float).SetString(b.String())
	return ok && ok2 && x.Cmp(y) == 0
}

// within checks a number, which in DynamoDB JSON is a string, against pairs of operator and bound.
func within(bounds []any, value any) bool {
	x, ok := new(big.Float).SetString(fmt.Sprint(value))
	if !ok || len(bounds) < 2 || len(bounds)%2 != 0 {
		return false
	}
	for i := 0; i < len(bounds); i += 2 {
		y, ok := new(big.Float).SetString(fmt.Sprint(bounds[i+1]))
		if !ok {
			return false
		}
		c := x.Cmp(y)
		switch bounds[i] {
		case "=":
			ok = c == 0
		case "<":
			ok = c < 0
		case "<=":
			ok = c <= 0
		case ">":
			ok = c > 0
		case ">=":
			ok = c >= 0
		default:
			ok = false
		}
		if !ok {
			return false
		}
	}
	return true
}
