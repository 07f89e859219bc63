package vtl

import "strings"

// Template is a parsed template. It may run many times at once.
type Template struct {
	body   []node
	macros map[string]*macro
	plain  bool   // it is text alone,
	text   string // which is this
}

// Parse parses a template. Its error names the line.
func Parse(text string) (*Template, error) {
	s := &source{text: text, macros: map[string]*macro{}}
	body, end, err := s.nodes()
	if err != nil {
		return nil, err
	}
	if end != "" {
		return nil, s.fail("#%s without its #if or #foreach", end)
	}
	t := &Template{body: body, macros: s.macros, plain: true}
	for _, n := range body {
		l, ok := n.(literal)
		t.plain = t.plain && ok
		t.text += string(l)
	}
	t.plain = t.plain && len(t.text) <= maxOutput && len(body) <= maxSteps
	return t, nil
}

// nodes parses up to the directive that ends a block, and returns its name.
func (s *source) nodes() (list []node, end string, err error) {
	if err := s.enter(); err != nil {
		return nil, "", err
	}
	defer s.leave()
	from := s.at
	flush := func() {
		if s.at > from {
			list = append(list, literal(s.text[from:s.at]))
		}
	}
	for s.at < len(s.text) {
		var n node
		before := s.at
		switch s.peek() {
		case '\\':
			n = s.escape()
		case '#':
			if n, end, err = s.hash(); err != nil {
				return nil, "", err
			}
		case '$':
			if n, err = s.dollar(); err != nil {
				return nil, "", err
			}
		}
		if n == nil && end == "" {
			s.at = max(s.at, before+1)
			continue
		}
		after := s.at
		s.at = before
		if _, isSet := n.(*assignment); isSet { // it takes the blanks in front of it, unless text is there
			if text := strings.TrimRight(s.text[from:s.at], " \t"); text == "" || strings.HasSuffix(text, "\n") {
				s.at = from + len(text)
			}
		}
		flush()
		s.at = after
		if end != "" {
			return list, end, nil
		}
		list = append(list, n)
		from = s.at
	}
	flush()
	return list, "", nil
}

// escape reads backslashes in front of a reference or a directive: two are one, and the last one
// takes its meaning away. Elsewhere they are text.
func (s *source) escape() node {
	from := s.at
	for s.take(`\`) {
	}
	count := s.at - from
	rest := &source{text: s.text, at: s.at, depth: s.depth, macros: s.macros}
	if _, size := directive(s.rest()); size > 0 {
		rest.at += size
	} else if _, ok, err := rest.reference(); !ok || err != nil {
		return nil
	}
	text := strings.Repeat(`\`, count/2)
	if count%2 == 1 {
		text += s.text[s.at:rest.at]
		s.at = rest.at
	}
	return literal(text)
}

// dollar reads a reference; nil if the dollar is text.
func (s *source) dollar() (node, error) {
	ref, ok, err := s.reference()
	if err != nil || !ok {
		return nil, err
	}
	return ref, nil
}

// hash reads what a # begins: a comment, text that is left alone, or a directive; nil and no end if
// it is text.
func (s *source) hash() (n node, end string, err error) {
	switch {
	case s.take("##"):
		if i := strings.IndexByte(s.rest(), '\n'); i >= 0 {
			s.at += i + 1
		} else {
			s.at = len(s.text)
		}
		return literal(""), "", nil
	case s.take("#*"):
		i := strings.Index(s.rest(), "*#")
		if i < 0 {
			return nil, "", s.fail("#* without *#")
		}
		s.at += i + 2
		return literal(""), "", nil
	case s.take("#[["):
		text, _, ok := strings.Cut(s.rest(), "]]#")
		if !ok {
			return nil, "", s.fail("#[[ without ]]#")
		}
		s.at += len(text) + 3
		return literal(text), "", nil
	}
	name, size := directive(s.rest())
	if size == 0 {
		return s.call(), "", nil
	}
	s.at += size
	switch name {
	case "end", "else", "elseif":
		return nil, name, nil
	}
	n, err = s.directive(name)
	return n, "", err
}

// directives of Velocity. The first three need files, which API Gateway has none of.
var directives = []string{
	"parse", "include", "evaluate", "set", "if", "elseif", "else", "end", "foreach", "break", "stop", "define", "macro",
}

// directive returns the name of the directive that text starts with, and the length of #name or
// #{name}.
func directive(text string) (string, int) {
	for _, name := range directives {
		if strings.HasPrefix(text, "#{"+name+"}") {
			return name, len(name) + 3
		}
		rest, ok := strings.CutPrefix(text, "#"+name)
		if ok && (rest == "" || !isLetter(rest[0]) && !isDigit(rest[0])) {
			return name, len(name) + 1
		}
	}
	return "", 0
}

func (s *source) directive(name string) (node, error) {
	switch name {
	case "set":
		return s.set()
	case "if":
		return s.conditional()
	case "foreach":
		return s.loop()
	case "break":
		return jump{errBreak}, nil
	case "stop":
		return jump{errStop}, nil
	case "define":
		return s.define()
	case "macro":
		return s.macro()
	}
	return nil, s.fail("API Gateway has no #%s", name)
}
