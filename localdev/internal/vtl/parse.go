package vtl

import "strings"

// Template is a parsed template. It may run many times at once.
type Template struct{ body []node }

// Parse parses a template. Its error names the line.
func Parse(text string) (*Template, error) {
	s := &source{text: text}
	body, end, err := s.nodes()
	if err != nil {
		return nil, err
	}
	if end != "" {
		return nil, s.fail("#%s without its #if or #foreach", end)
	}
	return &Template{body}, nil
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
		switch c := s.peek(); {
		case strings.HasPrefix(s.rest(), "##"):
			flush()
			if i := strings.IndexByte(s.rest(), '\n'); i >= 0 {
				s.at += i + 1
			} else {
				s.at = len(s.text)
			}
		case strings.HasPrefix(s.rest(), "#*"):
			flush()
			i := strings.Index(s.rest(), "*#")
			if i < 0 {
				return nil, "", s.fail("#* without *#")
			}
			s.at += i + 2
		case c == '#':
			name, size := directive(s.rest())
			if size == 0 {
				s.at++
				continue
			}
			flush()
			s.at += size
			switch name {
			case "end", "else", "elseif":
				return list, name, nil
			}
			n, err := s.directive(name)
			if err != nil {
				return nil, "", err
			}
			list = append(list, n)
		case c == '$':
			flush()
			ref, ok, err := s.reference()
			if err != nil {
				return nil, "", err
			}
			if !ok {
				list = append(list, literal("$"))
				s.at++
				break
			}
			list = append(list, ref)
		default:
			s.at++
			continue
		}
		from = s.at
	}
	flush()
	return list, "", nil
}

// directive returns the name of the directive that text starts with, and the length of #name or #{name}.
func directive(text string) (string, int) {
	for _, name := range []string{"set", "if", "elseif", "else", "end", "foreach", "break", "stop"} {
		if strings.HasPrefix(text, "#{"+name+"}") {
			return name, len(name) + 3
		}
		if rest, ok := strings.CutPrefix(text, "#"+name); ok && (rest == "" || !isLetter(rest[0])) {
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
	default:
		return jump{errStop}, nil
	}
}

func (s *source) set() (node, error) {
	if err := s.want("("); err != nil {
		return nil, err
	}
	s.space()
	ref, ok, err := s.reference()
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, s.fail("#set: want a variable")
	}
	if err := s.want("="); err != nil {
		return nil, err
	}
	value, err := s.expression(0)
	if err != nil {
		return nil, err
	}
	if err := s.want(")"); err != nil {
		return nil, err
	}
	if len(ref.steps) > 1 {
		return nil, s.fail("#set: want a variable or one of its members")
	}
	s.newline()
	return &assignment{ref, value}, nil
}

// newline drops the end of the line behind a directive, as Velocity does.
func (s *source) newline() {
	i := s.at
	for i < len(s.text) && (s.text[i] == ' ' || s.text[i] == '\t' || s.text[i] == '\r') {
		i++
	}
	if i < len(s.text) && s.text[i] == '\n' {
		s.at = i + 1
	}
}

func (s *source) condition() (expr, error) {
	if err := s.want("("); err != nil {
		return nil, err
	}
	e, err := s.expression(0)
	if err != nil {
		return nil, err
	}
	if err := s.want(")"); err != nil {
		return nil, err
	}
	s.newline()
	return e, nil
}

func (s *source) conditional() (node, error) {
	n := &choice{}
	for end := "elseif"; end != "end"; {
		var when expr // nil for #else
		if end == "elseif" {
			var err error
			if when, err = s.condition(); err != nil {
				return nil, err
			}
		} else {
			s.newline()
		}
		body, next, err := s.nodes()
		switch {
		case err != nil:
			return nil, err
		case next == "" || end == "else" && next != "end":
			return nil, s.fail("#if without its #end")
		}
		n.arms = append(n.arms, arm{when, body})
		end = next
	}
	s.newline()
	return n, nil
}

func (s *source) loop() (node, error) {
	if err := s.want("("); err != nil {
		return nil, err
	}
	s.space()
	ref, ok, err := s.reference()
	if err != nil {
		return nil, err
	}
	if !ok || len(ref.steps) > 0 {
		return nil, s.fail("#foreach: want a variable")
	}
	if err := s.want("in"); err != nil {
		return nil, err
	}
	list, err := s.expression(0)
	if err != nil {
		return nil, err
	}
	if err := s.want(")"); err != nil {
		return nil, err
	}
	s.newline()
	body, end, err := s.nodes()
	if err != nil {
		return nil, err
	}
	if end != "end" {
		return nil, s.fail("#foreach without its #end")
	}
	s.newline()
	return &each{ref.name, list, body}, nil
}
