package vtl

import (
	"fmt"
	"regexp"
	"strings"
)

// filter says whether a JSONPath takes an element; doc is the whole document.
type filter func(r *run, item, doc any) bool

// operand is one side of a comparison; not found is another thing than null.
type operand func(r *run, item, doc any) (any, bool)

// alternatives reads conditions with || between them.
func (s *pathSource) alternatives() (filter, error) {
	left, err := s.conditions()
	for err == nil {
		if s.space(); !s.take("||") {
			return left, nil
		}
		var right filter
		one := left
		right, err = s.conditions()
		left = func(r *run, item, doc any) bool { return one(r, item, doc) || right(r, item, doc) }
	}
	return nil, err
}

func (s *pathSource) conditions() (filter, error) {
	left, err := s.condition()
	for err == nil {
		if s.space(); !s.take("&&") {
			return left, nil
		}
		var right filter
		one := left
		right, err = s.condition()
		left = func(r *run, item, doc any) bool { return one(r, item, doc) && right(r, item, doc) }
	}
	return nil, err
}

func (s *pathSource) condition() (filter, error) {
	if err := s.enter(); err != nil {
		return nil, err
	}
	defer s.leave()
	s.space()
	if s.take("!") {
		inner, err := s.condition()
		return func(r *run, item, doc any) bool { return !inner(r, item, doc) }, err
	}
	if s.take("(") {
		inner, err := s.alternatives()
		if err != nil {
			return nil, err
		}
		return inner, s.want(")")
	}
	left, err := s.operand()
	if err != nil {
		return nil, err
	}
	s.space()
	op := ""
	for _, candidate := range []string{"==", "!=", "<=", ">=", "=~", "<", ">"} {
		if s.take(candidate) {
			op = candidate
			break
		}
	}
	if op == "" {
		return func(r *run, item, doc any) bool { _, ok := left(r, item, doc); return ok }, nil
	}
	s.space()
	if op == "=~" {
		return s.pattern(left)
	}
	right, err := s.operand()
	if err != nil {
		return nil, err
	}
	return func(r *run, item, doc any) bool {
		a, okA := left(r, item, doc)
		b, okB := right(r, item, doc)
		if !okA || !okB {
			return op == "!="
		}
		return compare(r, op, a, b)
	}, nil
}

// compare compares as JsonPath does: values of two kinds are not equal, and only numbers and
// strings have an order.
func compare(r *run, op string, a, b any) bool {
	x, isX := float(a)
	y, isY := float(b)
	if isX && isY {
		holds, _ := fraction(op, x, y).(bool)
		switch op {
		case "==":
			return x == y
		case "!=":
			return x != y
		}
		return holds
	}
	same := fmt.Sprintf("%T", a) == fmt.Sprintf("%T", b) && r.text(a) == r.text(b)
	s, isS := a.(string)
	t, isT := b.(string)
	switch op {
	case "==":
		return same
	case "!=":
		return !same
	case "<":
		return isS && isT && s < t
	case "<=":
		return isS && isT && s <= t
	case ">":
		return isS && isT && s > t
	}
	return isS && isT && s >= t
}

// pattern reads /regular expression/, and an i for whatever case.
func (s *pathSource) pattern(left operand) (filter, error) {
	if !s.take("/") {
		return nil, fmt.Errorf("want /pattern/ behind =~")
	}
	text, _, ok := strings.Cut(s.rest(), "/")
	if !ok {
		return nil, fmt.Errorf("/ without its end")
	}
	s.at += len(text) + 1
	if s.take("i") {
		text = "(?i:" + text + ")"
	}
	re, err := regexp.Compile(`\A(?:` + text + `)\z`)
	if err != nil {
		return nil, err
	}
	return func(r *run, item, doc any) bool {
		v, ok := left(r, item, doc)
		text, isText := v.(string)
		return ok && isText && re.MatchString(text)
	}, nil
}

func (s *pathSource) operand() (operand, error) {
	value := func(v any) operand { return func(*run, any, any) (any, bool) { return v, true } }
	switch c := s.peek(); {
	case s.take("@"):
		p, err := s.path()
		return func(r *run, item, _ any) (any, bool) { return p.find(r, item) }, err
	case s.take("$"):
		p, err := s.path()
		return func(r *run, _, doc any) (any, bool) { return p.find(r, doc) }, err
	case c == '\'' || c == '"':
		text, err := s.quotedName()
		return value(text), err
	case isDigit(c) || c == '-':
		from := s.at
		for s.at++; isDigit(s.peek()) || s.peek() == '.'; s.at++ {
		}
		n, ok := number(s.text[from:s.at])
		if !ok {
			return nil, fmt.Errorf("%s is no number", s.text[from:s.at])
		}
		return value(n), nil
	}
	switch word := s.word(); word {
	case "true", "false":
		return value(word == "true"), nil
	case "null":
		return value(nil), nil
	}
	return nil, fmt.Errorf("filter: want @, $, a text in quotes, a number, true, false or null")
}
