package vtl

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// call calls a method of a string, list or map.
func call(v any, name string, args []any) (any, error) {
	arg := func(i int) any {
		if i < len(args) {
			return args[i]
		}
		return nil
	}
	switch name {
	case "toString":
		return text(v), nil
	case "equals":
		return equal(v, arg(0)), nil
	}
	switch v := v.(type) {
	case *array:
		return v.call(name, arg(0))
	case *object:
		return v.call(name, arg(0), arg(1))
	case string:
		return callString(v, name, arg(0), arg(1))
	}
	return nil, fmt.Errorf("no method %s of %s", name, text(v))
}

func (a *array) call(name string, arg any) (any, error) {
	switch name {
	case "size":
		return float64(len(a.items)), nil
	case "isEmpty":
		return len(a.items) == 0, nil
	case "get":
		n, ok := float(arg)
		if i := int(n); ok && i >= 0 && i < len(a.items) {
			return a.items[i], nil
		}
		return nil, nil
	case "add":
		if len(a.items) >= maxSteps {
			return nil, ErrTooMuch
		}
		if arg == any(a) {
			return nil, fmt.Errorf("a list cannot hold itself")
		}
		a.items = append(a.items, arg)
		return true, nil
	case "contains":
		return slices.ContainsFunc(a.items, func(v any) bool { return equal(v, arg) }), nil
	}
	return nil, fmt.Errorf("a list has no method %s", name)
}

func (o *object) call(name string, key, value any) (any, error) {
	switch name {
	case "size":
		return float64(len(o.members)), nil
	case "isEmpty":
		return len(o.members) == 0, nil
	case "get":
		return o.members[text(key)], nil
	case "containsKey":
		_, ok := o.members[text(key)]
		return ok, nil
	case "put":
		switch value.(type) {
		case *array, *object:
			value = parse(appendJSON(nil, value)) // a copy: nothing can hold itself
		}
		o.put(text(key), value)
		return nil, nil
	case "keySet":
		keys := &array{}
		for _, k := range o.keys() {
			keys.items = append(keys.items, k)
		}
		return keys, nil
	case "values":
		return &array{elements(o)}, nil
	case "entrySet":
		entries := &array{}
		for _, k := range o.keys() {
			entries.items = append(entries.items, &object{members: map[string]any{"key": k, "value": o.members[k]}})
		}
		return entries, nil
	}
	return nil, fmt.Errorf("a map has no method %s", name)
}

func callString(s, name string, a, b any) (any, error) {
	switch name {
	case "length", "size":
		return float64(len([]rune(s))), nil
	case "isEmpty":
		return s == "", nil
	case "contains":
		return strings.Contains(s, text(a)), nil
	case "startsWith":
		return strings.HasPrefix(s, text(a)), nil
	case "endsWith":
		return strings.HasSuffix(s, text(a)), nil
	case "indexOf":
		return float64(strings.Index(s, text(a))), nil
	case "equalsIgnoreCase":
		return strings.EqualFold(s, text(a)), nil
	case "toLowerCase":
		return strings.ToLower(s), nil
	case "toUpperCase":
		return strings.ToUpper(s), nil
	case "trim":
		return strings.TrimSpace(s), nil
	case "concat":
		return operate("+", s, text(a)), nil
	case "replace":
		return bounded(strings.ReplaceAll(s, text(a), text(b)))
	case "replaceAll", "split", "matches":
		return callPattern(s, name, text(a), text(b))
	case "substring":
		return substring(s, a, b), nil
	}
	return nil, fmt.Errorf("a string has no method %s", name)
}

func bounded(s string) (any, error) {
	if len(s) > maxOutput {
		return nil, ErrTooMuch
	}
	return s, nil
}

func callPattern(s, name, pattern, with string) (any, error) {
	re, err := regexp.Compile(pattern)
	if err != nil {
		return nil, err
	}
	switch name {
	case "replaceAll":
		return bounded(re.ReplaceAllString(s, with))
	case "matches":
		return re.FindString(s) == s && re.MatchString(s), nil
	}
	parts := &array{}
	for _, p := range re.Split(s, -1) {
		parts.items = append(parts.items, p)
	}
	return parts, nil
}

func substring(s string, from, to any) any {
	runes := []rune(s)
	f, ok := float(from)
	t := float64(len(runes))
	if to != nil {
		t, _ = float(to)
	}
	if !ok || f < 0 || t > float64(len(runes)) || f > t {
		return nil
	}
	return string(runes[int(f):int(t)])
}

// util is a function of $util.
func util(name string, args []any) (any, error) {
	if len(args) != 1 {
		return nil, fmt.Errorf("want one argument")
	}
	s := text(args[0])
	switch name {
	case "escapeJavaScript":
		return escapeJavaScript(s), nil
	case "parseJson":
		if !json.Valid([]byte(s)) {
			return nil, fmt.Errorf("not JSON")
		}
		return parse([]byte(s)), nil
	case "urlEncode":
		return url.QueryEscape(s), nil
	case "urlDecode":
		return url.QueryUnescape(s)
	case "base64Encode":
		return base64.StdEncoding.EncodeToString([]byte(s)), nil
	case "base64Decode":
		b, err := base64.StdEncoding.DecodeString(s)
		return string(b), err
	}
	return nil, fmt.Errorf("no such function: $util.%s", name)
}

// escapeJavaScript escapes as API Gateway's does: single quotes too, which JSON does not want.
func escapeJavaScript(s string) string {
	b := make([]byte, 0, len(s)+8)
	for _, c := range s {
		switch c {
		case '\'', '"', '\\', '/':
			b = append(b, '\\', byte(c))
		case '\n':
			b = append(b, `\n`...)
		case '\r':
			b = append(b, `\r`...)
		case '\t':
			b = append(b, `\t`...)
		case '\b':
			b = append(b, `\b`...)
		case '\f':
			b = append(b, `\f`...)
		default:
			if c >= 0x20 && c < 0x7f {
				b = append(b, byte(c))
				continue
			}
			for _, u := range utf16of(c) {
				b = fmt.Appendf(b, `\u%04X`, u)
			}
		}
	}
	return string(b)
}
