package vtl

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
	if n := len(ref.steps); n > 0 && ref.steps[n-1].call {
		return nil, s.fail("#set: want a variable or one of its members, not a call")
	}
	s.newline()
	return &assignment{ref, value}, nil
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
	name, err := s.variable("#foreach")
	if err != nil {
		return nil, err
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
	body, err := s.block("#foreach")
	return &each{name, list, body}, err
}

// variable reads a plain variable.
func (s *source) variable(directive string) (string, error) {
	s.space()
	ref, ok, err := s.reference()
	if err == nil && (!ok || len(ref.steps) > 0) {
		err = s.fail("%s: want a variable", directive)
	}
	if err != nil {
		return "", err
	}
	return ref.name, nil
}

// block reads what is between a directive and its #end.
func (s *source) block(directive string) ([]node, error) {
	s.newline()
	body, end, err := s.nodes()
	if err != nil {
		return nil, err
	}
	if end != "end" {
		return nil, s.fail("%s without its #end", directive)
	}
	s.newline()
	return body, nil
}

func (s *source) define() (node, error) {
	if err := s.want("("); err != nil {
		return nil, err
	}
	name, err := s.variable("#define")
	if err != nil {
		return nil, err
	}
	if err := s.want(")"); err != nil {
		return nil, err
	}
	body, err := s.block("#define")
	return &definition{name, &composed{body}}, err
}

func (s *source) macro() (node, error) {
	if err := s.want("("); err != nil {
		return nil, err
	}
	s.space()
	name, m := s.word(), &macro{}
	if name == "" {
		return nil, s.fail("#macro: want a name")
	}
	for {
		if s.space(); s.take(")") {
			break
		}
		s.take(",")
		param, err := s.variable("#macro")
		if err != nil {
			return nil, err
		}
		m.params = append(m.params, param)
	}
	var err error
	m.body, err = s.block("#macro")
	s.macros[name] = m // its calls may stand above it
	return literal(""), err
}

// call reads #name(arguments), which is text if there is no such macro when it runs; nil if it
// cannot be a call.
func (s *source) call() node {
	from := s.at
	s.take("#")
	braces := s.take("{")
	c := &invocation{name: s.word()}
	if c.name == "" || braces && !s.take("}") {
		s.at = from
		return nil
	}
	bare := s.at
	for isBlank(s.peek()) {
		s.at++
	}
	if !s.take("(") || !s.arguments(c) {
		s.at, c.args = bare, nil
	}
	c.text = s.text[from:s.at]
	return c
}

func (s *source) arguments(c *invocation) bool {
	for {
		if s.space(); s.take(")") {
			return true
		}
		arg, err := s.unary()
		if err != nil {
			return false
		}
		c.args = append(c.args, arg)
		s.space()
		s.take(",")
	}
}
