// Package rawjson reads and edits JSON by its text: the top-level members of an object, a member added or taken out, a
// string written. It builds no tree, so a hostile document costs one pass over its bytes, and what is not touched stays
// byte for byte as it came.
//
// Object wants valid JSON (Valid) in UTF-8; on anything else it stops early and never reads outside
// of the text.
package rawjson

import (
	"bytes"
	"encoding/json"
	"iter"
	"strings"
)

// A Member is one name and value of an object.
type Member struct {
	Name  string
	Value []byte // the value's text, without white space around it

	start, end int // from the opening quote of the name to after the value
}

// Object yields the top-level members of the object in doc, in order; nothing if doc is no object.
func Object(doc []byte) iter.Seq[Member] {
	return func(yield func(Member) bool) {
		for name, m := range members(doc) {
			m.Name = Text(name)
			if !yield(m) {
				return
			}
		}
	}
}

// members yields names as they are written, and members without them.
func members(doc []byte) iter.Seq2[[]byte, Member] {
	return func(yield func([]byte, Member) bool) {
		i := space(doc, 0)
		if i >= len(doc) || doc[i] != '{' {
			return
		}
		i = space(doc, i+1)
		for i < len(doc) && doc[i] == '"' {
			m := Member{start: i}
			nameEnd := skip(doc, i)
			i = space(doc, nameEnd)
			if i >= len(doc) || doc[i] != ':' {
				return
			}
			valueStart := space(doc, i+1)
			m.end = skip(doc, valueStart)
			if m.end == valueStart {
				return
			}
			m.Value = doc[valueStart:m.end]
			if !yield(doc[m.start:nameEnd], m) {
				return
			}
			i = space(doc, m.end)
			if i >= len(doc) || doc[i] != ',' {
				return
			}
			i = space(doc, i+1)
		}
	}
}

// Array yields the elements of the array in doc; nothing if doc is no array.
func Array(doc []byte) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		i := space(doc, 0)
		if i >= len(doc) || doc[i] != '[' {
			return
		}
		i = space(doc, i+1)
		for i < len(doc) && doc[i] != ']' {
			end := skip(doc, i)
			if end == i || !yield(doc[i:end]) {
				return
			}
			i = space(doc, end)
			if i >= len(doc) || doc[i] != ',' {
				return
			}
			i = space(doc, i+1)
		}
	}
}

// Find returns the value of a member; of several with the name, the last, as most parsers do.
func Find(doc []byte, name string) (value []byte, ok bool) {
	for written, m := range members(doc) {
		if is(written, name) {
			value, ok = m.Value, true
		}
	}
	return value, ok
}

// is reports whether a JSON string literal stands for s.
func is(literal []byte, s string) bool {
	if len(literal) < 2 || bytes.IndexByte(literal, '\\') >= 0 {
		return Text(literal) == s
	}
	return string(literal[1:len(literal)-1]) == s
}

// With returns doc, an object, with one more member in front. value is JSON text.
func With(doc []byte, name, value string) []byte {
	open := bytes.IndexByte(doc, '{')
	if open < 0 {
		return doc
	}
	out := make([]byte, 0, len(doc)+len(name)+len(value)+4)
	out = append(out, doc[:open+1]...)
	out = AppendString(out, name)
	out = append(out, ':')
	out = append(out, value...)
	if rest := space(doc, open+1); rest < len(doc) && doc[rest] != '}' {
		out = append(out, ',')
	}
	return append(out, doc[open+1:]...)
}

// Without returns doc, an object, without the members of that name, and whether there was one.
func Without(doc []byte, name string) ([]byte, bool) {
	for m := range Object(doc) {
		if m.Name != name {
			continue
		}
		start, end := m.start, m.end
		if next := space(doc, end); next < len(doc) && doc[next] == ',' {
			end = next + 1
		} else if i := bytes.LastIndexByte(doc[:start], ','); i >= 0 && space(doc, i+1) == start {
			start = i
		}
		out := make([]byte, 0, len(doc))
		out = append(out, doc[:start]...)
		out, _ = Without(append(out, doc[end:]...), name)
		return out, true
	}
	return doc, false
}

// Text returns the string that the JSON string literal stands for, and "" for anything else.
func Text(literal []byte) string {
	if len(literal) < 2 || literal[0] != '"' {
		return ""
	}
	if bytes.IndexByte(literal, '\\') < 0 {
		return string(literal[1 : len(literal)-1])
	}
	var s string
	if json.Unmarshal(literal, &s) != nil {
		return ""
	}
	return s
}

const hex = "0123456789abcdef"

// AppendString appends s as a JSON string. s must be valid UTF-8.
func AppendString[S string | []byte](b []byte, s S) []byte {
	b = append(b, '"')
	for from := 0; ; {
		i := plain(s, from)
		b = append(b, s[from:i]...)
		if i == len(s) {
			return append(b, '"')
		}
		from = i + 1
		switch c := s[i]; c {
		case '"', '\\':
			b = append(b, '\\', c)
		case '\n':
			b = append(b, '\\', 'n')
		case '\r':
			b = append(b, '\\', 'r')
		case '\t':
			b = append(b, '\\', 't')
		default:
			b = append(b, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		}
	}
}

// space returns the first place from i on that is no white space.
func space(doc []byte, i int) int {
	for i < len(doc) && (doc[i] == ' ' || doc[i] == '\n' || doc[i] == '\t' || doc[i] == '\r') {
		i++
	}
	return i
}

// skip returns the place after the value that starts at i. It counts brackets instead of recursing.
func skip(doc []byte, i int) int {
	depth := 0
	for i < len(doc) {
		switch c := doc[i]; c {
		case '"':
			i = skipString(doc, i)
		case '{', '[':
			depth++
			i++
		case '}', ']':
			if depth == 0 {
				return i
			}
			depth--
			i++
		case ',', ':', ' ', '\n', '\t', '\r':
			if depth == 0 {
				return i
			}
			i++
			continue
		default:
			for i < len(doc) && strings.IndexByte(",:]} \n\t\r", doc[i]) < 0 {
				i++
			}
		}
		if depth == 0 {
			return i
		}
	}
	return i
}

func skipString(doc []byte, i int) int {
	for i = plain(doc, i+1); i < len(doc); i = plain(doc, i) {
		switch doc[i] {
		case '\\':
			i += 2
		case '"':
			return i + 1
		default:
			i++
		}
	}
	return len(doc)
}
