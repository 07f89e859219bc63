package native

import (
	"encoding/json"

	"github.com/parley-rtc/parley/internal/jsonscan"
	"github.com/parley-rtc/parley/internal/signaling"
)

const (
	maxDepth = 128 // levels of nesting in a frame: what receivers of any language can parse
	usually  = 8   // members that a frame has at most, as a rule
)

// object returns the members of a frame. Their values are parts of it.
func object(frame []byte) (jsonscan.Fields, *signaling.Error) {
	s := jsonscan.Within(frame, maxDepth)
	f := s.Fields(make(jsonscan.Fields, 0, usually))
	if !s.End() {
		return nil, unreadable(frame)
	}
	return f, nil
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
