package vtl

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"net/url"
	"strings"
	"unicode/utf16"

	"github.com/parley-rtc/parley/localdev/internal/rawjson"
)

// own calls a method of $input or $util.
func (r *run) own(of root, name string, args []any) (any, error) {
	if of == rootUtil {
		return r.util(name, args)
	}
	switch {
	case name == "params" && len(args) == 0:
		o := newObject()
		o.put("path", stringMap(r.env.Params.Path))
		o.put("querystring", stringMap(r.env.Params.Query))
		o.put("header", stringMap(r.env.Params.Header))
		return o, nil
	case name == "params" && len(args) == 1:
		wanted := r.text(args[0])
		for _, params := range []map[string]string{r.env.Params.Path, r.env.Params.Query, r.env.Params.Header} {
			if v, ok := params[wanted]; ok {
				return v, nil
			}
		}
		return nil, nil
	case name == "path" && len(args) == 1:
		v, _, err := r.path(r.text(args[0]))
		v = copied(v)
		return v, err
	case name == "json" && len(args) == 1:
		v, ok, err := r.path(r.text(args[0]))
		if !ok {
			return `""`, err
		}
		b := appendJSON(nil, v, 0)
		r.spend(len(b))
		return string(b), nil
	case name == "body" && len(args) == 0:
		return nil, fmt.Errorf("$input.body has no parentheses")
	}
	return nil, fmt.Errorf("$input has body, json(path), path(path), params() and params(name), not %s with %d arguments",
		name, len(args))
}

// body is $input.body, which is {} where there is none.
func (r *run) body() string {
	r.spend(len(r.env.Body))
	if len(r.env.Body) == 0 {
		return "{}"
	}
	return string(r.env.Body)
}

// path returns the part of the body that a JSONPath names, and false if there is none, or no JSON.
func (r *run) path(text string) (any, bool, error) {
	p, err := parsePath(text)
	if err != nil {
		return nil, false, err
	}
	if !r.input.checked {
		r.input.checked = true
		r.spend(len(r.env.Body))
		if rawjson.Valid(r.env.Body) {
			r.input.text = bytes.TrimSpace(r.env.Body)
		}
	}
	if r.input.text == nil {
		return nil, false, nil
	}
	if p.isPlain() {
		r.spend(len(r.input.text))
		v, ok := p.pick(r.input.text)
		return v, ok && r.err == nil, r.err
	}
	if r.input.doc == nil {
		r.input.doc = parse(r.input.text)
	}
	if r.input.doc == nil {
		return nil, false, nil
	}
	v, ok := p.find(r, r.input.doc)
	return v, ok && r.err == nil, r.err
}

// util is a function of $util.
func (r *run) util(name string, args []any) (any, error) {
	if name == "qr" || name == "quiet" { // of AppSync, and written here too: the argument is worked out, and that is all
		return nil, nil
	}
	if len(args) != 1 {
		return nil, fmt.Errorf("$util.%s wants one argument, not %d", name, len(args))
	}
	s := r.text(args[0])
	r.spend(4 * len(s))
	switch name {
	case "escapeJavaScript":
		return escapeJavaScript(s), nil
	case "parseJson":
		if !rawjson.Valid([]byte(s)) {
			return nil, nil
		}
		return parse(bytes.TrimSpace([]byte(s))), nil
	case "urlEncode":
		return formEncode(s), nil
	case "urlDecode":
		return url.QueryUnescape(s)
	case "base64Encode":
		return base64.StdEncoding.EncodeToString([]byte(s)), nil
	case "base64Decode":
		return decodeBase64(s), nil
	}
	return nil, fmt.Errorf("API Gateway has no $util.%s", name)
}

// decodeBase64 reads both alphabets and skips what is in neither, as the decoder that Java knows
// does.
func decodeBase64(s string) string {
	digits := strings.Map(func(c rune) rune {
		switch {
		case c == '-':
			return '+'
		case c == '_':
			return '/'
		case c < 0x80 && (isDigit(byte(c)) || isLetter(byte(c)) || c == '+' || c == '/'):
			return c
		}
		return -1
	}, s)
	if len(digits)%4 == 1 {
		digits = digits[:len(digits)-1]
	}
	b, _ := base64.RawStdEncoding.DecodeString(digits) // nothing else is left
	return string(b)
}

// formEncode is Java's URLEncoder: * is left alone, ~ is not.
func formEncode(s string) string {
	return strings.NewReplacer("%2A", "*", "~", "%7E").Replace(url.QueryEscape(s))
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
			for _, u := range utf16.Encode([]rune{c}) {
				b = fmt.Appendf(b, `\u%04X`, u)
			}
		}
	}
	return string(b)
}
