package jsonscan

import (
	"bytes"
	"unicode/utf8"
)

// Field is a member of an object, with its name as it is meant and its value as it is written.
type Field struct {
	Name, Value []byte
}

// Fields are the members of an object in the order in which they are written.
type Fields []Field

// Get returns the value of a member. Where there are several of that name, the last counts.
func (f Fields) Get(name string) (value []byte, ok bool) {
	for i := len(f) - 1; i >= 0; i-- {
		if string(f[i].Name) == name {
			return f[i].Value, true
		}
	}
	return nil, false
}

// Fields appends the members of the object that is next, and goes behind it.
func (s *Scanner) Fields(to Fields) Fields {
	for s.Enter('{'); s.Next('}'); {
		name := s.Key()
		if bytes.IndexByte(name, '\\') >= 0 || !utf8.Valid(name) {
			name = []byte(Unquote(name))
		}
		to = append(to, Field{name, s.Skip()})
	}
	return to
}

// Text returns the value of a string, as it is written with its quotes, and whether it is one. The
// value has to be valid, as that of a Field is.
func Text(value []byte) (text string, ok bool) {
	if len(value) == 0 || value[0] != '"' {
		return "", false
	}
	return Unquote(value[1 : len(value)-1]), true
}
