package jsonscan

import (
	"bytes"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// Text returns the value of a string.
func (s *Scanner) Text() string { return Unquote(s.Quoted()) }

// Quoted returns a string as it is written between its quotes.
func (s *Scanner) Quoted() []byte {
	if s.Peek() != '"' {
		s.failed = true
		return nil
	}
	from := s.at + 1
	for i := from; i < len(s.data); i++ {
		switch c := s.data[i]; {
		case c == '"':
			s.at = i + 1
			return s.data[from:i]
		case c == '\\':
			n := escape(s.data[i:])
			if n == 0 {
				s.failed = true
				return nil
			}
			i += n - 1
		case c < ' ':
			s.failed = true
			return nil
		}
	}
	s.failed = true
	return nil
}

// escape returns how long the escape is that text begins with, 0 if it is none.
func escape(text []byte) int {
	if len(text) < 2 {
		return 0
	}
	switch text[1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return 2
	case 'u':
		if unit(text) >= 0 {
			return 6
		}
	}
	return 0
}

// unit returns the UTF-16 code unit of an escape such as \u20ac, and -1 where there is none.
func unit(text []byte) rune {
	if len(text) < 6 || text[0] != '\\' || text[1] != 'u' {
		return -1
	}
	var r rune
	for _, c := range text[2:6] {
		switch {
		case c >= '0' && c <= '9':
			c -= '0'
		case c >= 'a' && c <= 'f':
			c -= 'a' - 10
		case c >= 'A' && c <= 'F':
			c -= 'A' - 10
		default:
			return -1
		}
		r = r<<4 | rune(c)
	}
	return r
}

// Unquote returns the value of a string that is written so between its quotes. What is not UTF-8, or
// half of a surrogate pair, is a replacement character, as encoding/json has it.
func Unquote(written []byte) string {
	plain := bytes.IndexByte(written, '\\')
	if plain < 0 && utf8.Valid(written) {
		return string(written)
	}
	var b strings.Builder
	b.Grow(len(written))
	for ; plain >= 0; plain = bytes.IndexByte(written, '\\') {
		writeUTF8(&b, written[:plain])
		written = written[plain:]
		if written[1] != 'u' {
			b.WriteByte(unescaped[written[1]])
			written = written[2:]
			continue
		}
		r := unit(written)
		written = written[6:]
		if utf16.IsSurrogate(r) {
			if r = utf16.DecodeRune(r, unit(written)); r != utf8.RuneError {
				written = written[6:]
			}
		}
		b.WriteRune(r)
	}
	writeUTF8(&b, written)
	return b.String()
}

func writeUTF8(b *strings.Builder, text []byte) {
	if utf8.Valid(text) {
		b.Write(text)
		return
	}
	for len(text) > 0 {
		r, size := utf8.DecodeRune(text)
		b.WriteRune(r)
		text = text[size:]
	}
}

var unescaped = [256]byte{'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t'}
