package packet

import (
	"bytes"
	"encoding/json"
	"strconv"
	"unicode/utf8"
)

// elements returns those of an array, which is valid JSON.
func elements(array []byte) []json.RawMessage {
	all := make([]json.RawMessage, 0, 4)
	for i := blank(array, 1); array[i] != ']'; {
		end := valueEnd(array, i)
		all = append(all, array[i:end:end])
		if i = blank(array, end); array[i] == ',' {
			i = blank(array, i+1)
		}
	}
	return all
}

// blank returns where the white space that may be at i ends.
func blank(b []byte, i int) int {
	for b[i] == ' ' || b[i] == '\t' || b[i] == '\n' || b[i] == '\r' {
		i++
	}
	return i
}

// valueEnd returns where the value at i ends.
func valueEnd(b []byte, i int) int {
	depth := 0
	for ; i < len(b); i++ {
		switch b[i] {
		case '"':
			i = stringEnd(b, i) - 1
		case '{', '[':
			depth++
			continue
		case '}', ']':
			depth--
		default:
			if depth == 0 {
				return i + bytes.IndexFunc(b[i:], outsideScalar)
			}
			continue
		}
		if depth == 0 {
			return i + 1
		}
	}
	return i
}

func outsideScalar(r rune) bool {
	return r == ',' || r == ']' || r == '}' || r == ' ' || r == '\t' || r == '\n' || r == '\r'
}

// stringEnd returns where the string at i ends.
func stringEnd(b []byte, i int) int {
	for i++; b[i] != '"'; i++ {
		if b[i] == '\\' {
			i++
		}
	}
	return i + 1
}

// nameOf reads the name of an event.
func nameOf(raw []byte) (string, error) {
	switch {
	case raw[0] == '"':
		return unquoted(raw), nil
	case raw[0] == '-' || raw[0] >= '0' && raw[0] <= '9':
		f, err := strconv.ParseFloat(string(raw), 64)
		if err != nil {
			return "", errName // Infinity, which JSON cannot say
		}
		if f == 0 {
			return "0", nil // and so is -0
		}
		printed, err := json.Marshal(f) // as JavaScript prints it
		return string(printed), err
	}
	return "", errName
}

// unquoted returns the string that is written so.
func unquoted(raw []byte) (s string) {
	if bytes.IndexByte(raw, '\\') < 0 {
		return string(raw[1 : len(raw)-1])
	}
	_ = json.Unmarshal(raw, &s) // it is valid
	return s
}

// appendQuoted writes s as JSON.stringify does.
func appendQuoted(b []byte, s string) []byte {
	const hex = "0123456789abcdef"
	b = append(b, '"')
	for i := 0; i < len(s); {
		c := s[i]
		if c >= utf8.RuneSelf {
			r, size := utf8.DecodeRuneInString(s[i:])
			b, i = utf8.AppendRune(b, r), i+size
			continue
		}
		i++
		switch {
		case c == '"' || c == '\\':
			b = append(b, '\\', c)
		case c >= ' ':
			b = append(b, c)
		case c == '\n':
			b = append(b, `\n`...)
		case c == '\r':
			b = append(b, `\r`...)
		case c == '\t':
			b = append(b, `\t`...)
		case c == '\b':
			b = append(b, `\b`...)
		case c == '\f':
			b = append(b, `\f`...)
		default:
			b = append(b, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		}
	}
	return append(b, '"')
}
