package native

import (
	"bytes"
	"encoding/json"
	"unicode/utf8"

	"github.com/parley-rtc/parley/internal/jsonscan"
	"github.com/parley-rtc/parley/internal/signaling"
)

const (
	maxDepth = 128 // levels of nesting in a frame: what receivers of any language can parse
	usually  = 8   // members that a frame has at most, as a rule
)

// member is one of an object's, with its name as it is meant and its value as it was sent.
type member struct {
	name  []byte
	value json.RawMessage
}

// fields are the members of an object in their order. Their values are parts of the frame.
type fields []member

// get returns the value of a member. Where there are several of that name, the last counts.
func (f fields) get(name string) (json.RawMessage, bool) {
	for i := len(f) - 1; i >= 0; i-- {
		if string(f[i].name) == name {
			return f[i].value, true
		}
	}
	return nil, false
}

// object returns the members of a frame.
func object(frame []byte) (fields, *signaling.Error) {
	s := jsonscan.Within(frame, maxDepth)
	f := members(&s, make(fields, 0, usually))
	if !s.End() {
		return nil, unreadable(frame)
	}
	return f, nil
}

// members appends the members of the object that is next.
func members(s *jsonscan.Scanner, to fields) fields {
	for s.Enter('{'); s.Next('}'); {
		name := s.Key()
		if bytes.IndexByte(name, '\\') >= 0 || !utf8.Valid(name) {
			name = []byte(jsonscan.Unquote(name))
		}
		to = append(to, member{name, s.Skip()})
	}
	return to
}

// unreadable says what is wrong with a frame of which no members could be read.
func unreadable(frame []byte) *signaling.Error {
	switch {
	case depth(frame) > maxDepth:
		return signaling.Errorf(signaling.CodeBadJSON, "the frame is nested deeper than %d levels", maxDepth)
	case json.Valid(frame):
		return signaling.Errorf(signaling.CodeBadJSON, "the frame is JSON but no object: send one JSON object a frame")
	}
	return signaling.Errorf(signaling.CodeBadJSON, "the frame is not JSON: send one JSON object a frame")
}

// depth returns how deep arrays and objects nest in a frame, JSON or not.
func depth(frame []byte) int {
	deepest, level, quoted := 0, 0, false
	for i := 0; i < len(frame); i++ {
		switch c := frame[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			level++
			deepest = max(deepest, level)
		case c == '}' || c == ']':
			level--
		}
	}
	return deepest
}

// str returns the value of a string, and whether it is one.
func str(raw json.RawMessage) (string, bool) {
	if len(raw) == 0 || raw[0] != '"' {
		return "", false
	}
	return jsonscan.Unquote(raw[1 : len(raw)-1]), true
}
