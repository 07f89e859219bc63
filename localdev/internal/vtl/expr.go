package vtl

import "strings"

// operators by how tightly they bind, the loosest first. Longer spellings come before their
// prefixes.
var operators = [][]struct{ spelling, name string }{
	{{"||", "||"}, {"or", "||"}},
	{{"&&", "&&"}, {"and", "&&"}},
	{{"==", "=="}, {"eq", "=="}, {"!=", "!="}, {"ne", "!="}},
	{{"<=", "<="}, {"le", "<="}, {">=", ">="}, {"ge", ">="}, {"<", "<"}, {"lt", "<"}, {">", ">"}, {"gt", ">"}},
	{{"+", "+"}, {"-", "-"}},
	{{"*", "*"}, {"/", "/"}, {"%", "%"}},
}

// expression parses operators of at least that level.
func (s *source) expression(level int) (expr, error) {
	if level == len(operators) {
		return s.unary()
	}
	left, err := s.expression(level + 1)
	for err == nil {
		var op string
		var right expr
		if op, err = s.operator(level); err != nil {
			break
		}
		if op == "" {
			return left, nil
		}
		if right, err = s.expression(level + 1); err == nil {
			left = &binary{op, left, right}
		}
	}
	return nil, err
}

func (s *source) operator(level int) (string, error) {
	s.space()
	if rest := s.rest(); len(rest) > 1 && rest[0] == '-' && isDigit(rest[1]) {
		return "", s.fail("Velocity reads -%c as a number: put a space behind the minus", rest[1])
	}
	for _, op := range operators[level] {
		rest, ok := strings.CutPrefix(s.rest(), op.spelling)
		if !ok || isLetter(op.spelling[0]) && rest != "" && (isLetter(rest[0]) || isDigit(rest[0])) {
			continue
		}
		s.at += len(op.spelling)
		return op.name, nil
	}
	return "", nil
}

func (s *source) unary() (expr, error) {
	if err := s.enter(); err != nil {
		return nil, err
	}
	defer s.leave()
	s.space()
	switch c := s.peek(); {
	case c == '!' && !strings.HasPrefix(s.rest(), "!="):
		s.at++
		e, err := s.unary()
		return &not{e}, err
	case c == '(':
		s.at++
		e, err := s.expression(0)
		if err != nil {
			return nil, err
		}
		return e, s.want(")")
	case c == '\'':
		text, err := s.quoted('\'')
		return constant{text}, err
	case c == '"':
		return s.interpolated()
	case c == '[':
		return s.list()
	case c == '{':
		return s.mapping()
	case isDigit(c) || c == '-':
		return s.number()
	case c == '$':
		ref, ok, err := s.reference()
		if err == nil && !ok {
			err = s.fail("want a reference after $")
		}
		return ref, err
	}
	switch word := s.word(); word {
	case "true", "false":
		return constant{word == "true"}, nil
	case "null":
		return nil, s.fail(`Velocity has no null: compare with "", which is what a reference to nothing is`)
	case "not":
		e, err := s.unary()
		return &not{e}, err
	}
	return nil, s.fail("want a value")
}

func (s *source) number() (expr, error) {
	from := s.at
	s.take("-")
	for isDigit(s.peek()) || s.peek() == '.' && s.at+1 < len(s.text) && isDigit(s.text[s.at+1]) {
		s.at++
	}
	if c := s.peek(); c == 'e' || c == 'E' {
		s.at++
		s.take("-")
		for isDigit(s.peek()) {
			s.at++
		}
	}
	n, ok := number(s.text[from:s.at])
	if !ok {
		return nil, s.fail("want a number")
	}
	return constant{n}, nil
}

// quoted reads a string; the quote is doubled inside of it.
func (s *source) quoted(quote byte) (string, error) {
	var b strings.Builder
	for s.at++; s.at < len(s.text); s.at++ {
		if s.peek() != quote {
			b.WriteByte(s.peek())
			continue
		}
		s.at++
		if s.peek() != quote {
			return b.String(), nil
		}
		b.WriteByte(quote)
	}
	return "", s.fail("string without its end")
}

// interpolated reads a string whose references are followed when it is used.
func (s *source) interpolated() (expr, error) {
	text, err := s.quoted('"')
	if err != nil {
		return nil, err
	}
	if !strings.ContainsAny(text, "$#") {
		return constant{text}, nil
	}
	inner := &source{text: text, depth: s.depth, macros: s.macros}
	body, end, err := inner.nodes()
	if err != nil || end != "" {
		return nil, s.fail("string %q is no template", text)
	}
	return &composed{body}, nil
}

func (s *source) list() (expr, error) {
	s.at++
	l := &list{}
	for {
		if s.space(); s.take("]") {
			return l, nil
		}
		e, err := s.expression(0)
		if err != nil {
			return nil, err
		}
		l.items = append(l.items, e)
		s.space()
		if len(l.items) == 1 && s.take("..") {
			to, err := s.expression(0)
			if err != nil {
				return nil, err
			}
			return &span{e, to}, s.want("]")
		}
		if !s.take(",") && s.peek() != ']' {
			return nil, s.fail("list: want , or ]")
		}
	}
}

func (s *source) mapping() (expr, error) {
	s.at++
	m := &mapping{}
	for {
		if s.space(); s.take("}") {
			return m, nil
		}
		key, err := s.expression(0)
		if err != nil {
			return nil, err
		}
		if err := s.want(":"); err != nil {
			return nil, err
		}
		value, err := s.expression(0)
		if err != nil {
			return nil, err
		}
		m.keys, m.values = append(m.keys, key), append(m.values, value)
		if s.space(); !s.take(",") && s.peek() != '}' {
			return nil, s.fail("map: want , or }")
		}
	}
}

// reference reads $x, $!x, ${x} and what follows; false if what stands here is only a dollar.
func (s *source) reference() (*reference, bool, error) {
	from := s.at
	if !s.take("$") {
		return nil, false, nil
	}
	r := &reference{}
	s.take("!") // quiet, as all are here
	braces := s.take("{")
	if r.name = s.word(); r.name == "" {
		s.at = from
		return nil, false, nil
	}
	for {
		step, ok, err := s.step()
		if err != nil {
			return nil, false, err
		}
		if !ok {
			break
		}
		r.steps = append(r.steps, step)
	}
	if braces && !s.take("}") {
		s.at = from
		return nil, false, nil
	}
	r.text = s.text[from:s.at]
	return r, true, nil
}

// step reads .name, .name(arguments) or [index].
func (s *source) step() (step, bool, error) {
	from := s.at
	switch {
	case s.take("["):
		index, err := s.expression(0)
		if err != nil { // text behind a variable, as in $x[…
			s.at = from
			return step{}, false, nil
		}
		return step{index: index}, true, s.want("]")
	case s.take("."):
		name := s.word()
		if name == "" { // a full stop behind a variable
			s.at = from
			return step{}, false, nil
		}
		st := step{name: name}
		if !s.take("(") {
			return st, true, nil
		}
		st.call = true
		for {
			if s.space(); s.take(")") {
				return st, true, nil
			}
			e, err := s.expression(0)
			if err != nil {
				return step{}, false, err
			}
			st.args = append(st.args, e)
			if s.space(); !s.take(",") && s.peek() != ')' {
				return step{}, false, s.fail("%s: want , or )", name)
			}
		}
	}
	return step{}, false, nil
}
