package sip

import (
	"iter"
	"strings"
)

// The classes of characters that the grammar is made of (RFC 3261, 25.1).
const (
	alphanumeric byte = 1 << iota
	tokenOnly         // of a token beside alphanumerics
	markOnly          // of unreserved beside alphanumerics
	userOnly          // user-unreserved
	paramOnly         // param-unreserved
	hexadecimal
)

var classes = func() (table [256]byte) {
	for _, class := range [...]struct {
		bit        byte
		characters string
	}{
		{tokenOnly, "-.!%*_+`'~"},
		{markOnly, "-_.!~*'()"},
		{userOnly, "&=+$,;?/"},
		{paramOnly, "[]/:&+$"},
		{hexadecimal, "0123456789abcdefABCDEF"},
	} {
		for _, c := range []byte(class.characters) {
			table[c] |= class.bit
		}
	}
	for c := range table {
		if b := byte(c); '0' <= b && b <= '9' || 'a' <= b && b <= 'z' || 'A' <= b && b <= 'Z' {
			table[c] |= alphanumeric
		}
	}
	return table
}()

// isToken reports whether s is a token.
func isToken(s string) bool { return s != "" && isOf(s, alphanumeric|tokenOnly, false) }

// isOf reports whether all characters are of the classes, or escaped by a percent sign where that may be.
func isOf(s string, class byte, escapes bool) bool {
	for i := 0; i < len(s); i++ {
		switch {
		case classes[s[i]]&class != 0:
		case escapes && isEscape(s[i:]):
			i += 2
		default:
			return false
		}
	}
	return true
}

func isEscape(s string) bool {
	return len(s) > 2 && s[0] == '%' && classes[s[1]]&hexadecimal != 0 && classes[s[2]]&hexadecimal != 0
}

// unescape undoes the escapes of characters of the classes and leaves the others, in capitals.
func unescape(s string, class byte) string {
	if strings.IndexByte(s, '%') < 0 {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if !isEscape(s[i:]) {
			b.WriteByte(s[i])
			continue
		}
		if c := nibble(s[i+1])<<4 | nibble(s[i+2]); classes[c]&class != 0 {
			b.WriteByte(c)
		} else {
			b.WriteString(strings.ToUpper(s[i : i+3]))
		}
		i += 2
	}
	return b.String()
}

func nibble(c byte) byte {
	if c <= '9' {
		return c - '0'
	}
	return c&^0x20 - 'A' + 10
}

// trim takes the white space of SIP away, which is less than that of Unicode.
func trim(s string) string { return strings.Trim(s, " \t") }

// pieces yields what stands between separators that are neither in quotes nor in angle brackets.
func pieces(s string, separator byte) iter.Seq[string] {
	return func(yield func(string) bool) {
		start, quoted, angle := 0, false, false
		for i := 0; i < len(s); i++ {
			switch c := s[i]; {
			case quoted && c == '\\':
				i++
			case c == '"':
				quoted = !quoted
			case quoted:
			case c == '<':
				angle = true
			case c == '>':
				angle = false
			case c == separator && !angle:
				if !yield(trim(s[start:i])) {
					return
				}
				start = i + 1
			}
		}
		yield(trim(s[start:]))
	}
}

// isQuoted reports whether s is one quoted string and nothing more.
func isQuoted(s string) bool {
	if s == "" || s[0] != '"' {
		return false
	}
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '"':
			return i == len(s)-1
		}
	}
	return false
}

// unquote returns the text of a quoted string, and anything else as it is.
func unquote(s string) string {
	if !isQuoted(s) {
		return s
	}
	s = s[1 : len(s)-1]
	if strings.IndexByte(s, '\\') < 0 {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) {
			i++
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// Quote returns the text as a quoted string.
func Quote(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}
