package apigw

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/parley-rtc/parley/localdev/internal/rawjson"
)

// selector is a parsed route selection expression: literal text and variables, joined.
type selector []part

type part struct {
	literal string
	path    []step // below the message body; nil for literal text
	unknown bool   // a variable that a message does not have: it is ""
}

// step is one member name or array index of a path.
type step struct {
	name  string
	index int // if name is ""
}

// parseSelector parses e.g. $request.body.action, ${request.body.service}/${request.body.action}, \$default.
func parseSelector(expr string) (selector, error) {
	if expr == "" {
		return nil, fmt.Errorf("route selection expression is empty: want for example $request.body.action")
	}
	var s selector
	literal := ""
	flush := func() {
		if literal != "" {
			s = append(s, part{literal: literal})
			literal = ""
		}
	}
	for i := 0; i < len(expr); {
		switch {
		case strings.HasPrefix(expr[i:], `\$`):
			literal += "$"
			i += 2
		case strings.HasPrefix(expr[i:], "${"):
			end := strings.IndexByte(expr[i:], '}')
			if end < 0 {
				return nil, fmt.Errorf("route selection expression %q: ${ without }", expr)
			}
			flush()
			s = append(s, variable(expr[i+2:i+end]))
			i += end + 1
		case expr[i] == '$':
			end := i + 1
			for end < len(expr) && (isWord(expr[end]) || strings.IndexByte(".[]'\"-", expr[end]) >= 0) {
				end++
			}
			flush()
			s = append(s, variable(expr[i+1:end]))
			i = end
		default:
			literal += expr[i : i+1]
			i++
		}
	}
	flush()
	return s, nil
}

func isWord(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// variable parses request.body.a.b[0]; other variables are unknown to a message.
func variable(name string) part {
	rest, ok := strings.CutPrefix(name, "request.body")
	if !ok {
		return part{unknown: true}
	}
	path := []step{}
	for rest != "" {
		if after, ok := strings.CutPrefix(rest, "["); ok {
			inside, more, closed := strings.Cut(after, "]")
			if !closed {
				return part{unknown: true}
			}
			rest = more
			if n, err := strconv.Atoi(inside); err == nil && n >= 0 {
				path = append(path, step{index: n})
			} else {
				path = append(path, step{name: strings.Trim(inside, `'"`)})
			}
			continue
		}
		rest = strings.TrimPrefix(rest, ".")
		end := strings.IndexAny(rest, ".[")
		if end < 0 {
			end = len(rest)
		}
		if end == 0 {
			return part{unknown: true}
		}
		path = append(path, step{name: rest[:end]})
		rest = rest[end:]
	}
	return part{path: path}
}

// key returns the route key that a message selects, "" for one that is no JSON object.
func (s selector) key(body []byte) string {
	if !isObject(body) {
		return ""
	}
	if len(s) == 1 && s[0].path != nil {
		return lookup(body, s[0].path)
	}
	var key strings.Builder
	for _, p := range s {
		switch {
		case p.unknown:
		case p.path != nil:
			key.WriteString(lookup(body, p.path))
		default:
			key.WriteString(p.literal)
		}
	}
	return key.String()
}

func isObject(body []byte) bool {
	for _, c := range body {
		switch c {
		case ' ', '\t', '\r', '\n':
			continue
		case '{':
			return rawjson.Valid(body) // which also bounds the nesting
		}
		return false
	}
	return false
}

// lookup returns the value at path as text, "" if there is none.
func lookup(value []byte, path []step) string {
	for _, s := range path {
		var ok bool
		if s.name != "" {
			value, ok = rawjson.Find(value, s.name)
		} else {
			value, ok = element(value, s.index)
		}
		if !ok {
			return ""
		}
	}
	return text(value)
}

func element(array []byte, index int) ([]byte, bool) {
	for v := range rawjson.Array(array) {
		if index == 0 {
			return v, true
		}
		index--
	}
	return nil, false
}

// text is a value as a route key: a string's characters, an array as [a, b], other values as they are written.
func text(value []byte) string {
	switch value[0] {
	case '"':
		return rawjson.Text(value)
	case '[':
		var items []string
		for v := range rawjson.Array(value) {
			if v[0] == '"' {
				items = append(items, rawjson.Text(v))
			} else {
				items = append(items, string(v))
			}
		}
		return "[" + strings.Join(items, ", ") + "]"
	case 'n': // null
		return ""
	}
	return string(value)
}
