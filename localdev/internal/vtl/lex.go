package vtl

import (
	"fmt"
	"strings"
)

// source is a template's text and how far it is read.
type source struct {
	text   string
	at     int
	depth  int
	macros map[string]*macro // of the whole template
}

// maxDepth bounds how deep a template may nest.
const maxDepth = 100

func (s *source) fail(format string, args ...any) error {
	line := 1 + strings.Count(s.text[:min(s.at, len(s.text))], "\n")
	return fmt.Errorf("line %d: %s", line, fmt.Sprintf(format, args...))
}

func (s *source) rest() string { return s.text[s.at:] }

func (s *source) peek() byte {
	if s.at < len(s.text) {
		return s.text[s.at]
	}
	return 0
}

func (s *source) take(prefix string) bool {
	if !strings.HasPrefix(s.rest(), prefix) {
		return false
	}
	s.at += len(prefix)
	return true
}

func isBlank(c byte) bool  { return c == ' ' || c == '\t' }
func isSpace(c byte) bool  { return isBlank(c) || c == '\r' || c == '\n' }
func isLetter(c byte) bool { return c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }
func isDigit(c byte) bool  { return c >= '0' && c <= '9' }

func (s *source) space() {
	for s.at < len(s.text) && isSpace(s.text[s.at]) {
		s.at++
	}
}

// word reads an identifier, "" if there is none. A hyphen is part of it, so that $i-1 is a
// variable's name.
func (s *source) word() string {
	from := s.at
	if !isLetter(s.peek()) {
		return ""
	}
	for isLetter(s.peek()) || isDigit(s.peek()) || s.peek() == '-' {
		s.at++
	}
	return s.text[from:s.at]
}

// want reads one token after white space.
func (s *source) want(token string) error {
	s.space()
	if !s.take(token) {
		return s.fail("want %s", token)
	}
	return nil
}

// newline drops the end of the line behind a directive, as Velocity does.
func (s *source) newline() {
	i := s.at
	for i < len(s.text) && (isBlank(s.text[i]) || s.text[i] == '\r') {
		i++
	}
	if i < len(s.text) && s.text[i] == '\n' {
		s.at = i + 1
	}
}

func (s *source) enter() error {
	if s.depth++; s.depth > maxDepth {
		return s.fail("nested too deeply")
	}
	return nil
}

func (s *source) leave() { s.depth-- }
