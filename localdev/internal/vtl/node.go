package vtl

import "math"

// expr is what stands in an expression.
type expr interface{ value(r *run) (any, error) }

// holds reports whether an expression is true: a reference unless it is false, and else only what
// is a boolean.
func (r *run) holds(e expr) (bool, error) {
	v, err := e.value(r)
	b, isBool := v.(bool)
	if _, ok := e.(*reference); ok && !isBool {
		return true, err
	}
	return b, err
}

type constant struct{ v any }

func (c constant) value(*run) (any, error) { return c.v, nil }

type not struct{ e expr }

func (n *not) value(r *run) (any, error) {
	holds, err := r.holds(n.e)
	return !holds, err
}

// composed is text with references: a string in double quotes, or what #define has.
type composed struct{ body []node }

func (c *composed) value(r *run) (any, error) {
	defer func() { r.depth-- }()
	if err := r.enter(); err != nil {
		return nil, err
	}
	outer := r.out
	r.out = nil
	err := r.all(c.body)
	text := string(r.out)
	r.out = outer
	return text, err
}

type list struct{ items []expr }

func (l *list) value(r *run) (any, error) {
	a := &array{}
	for _, e := range l.items {
		v, err := e.value(r)
		if err != nil {
			return nil, err
		}
		a.items = append(a.items, v)
	}
	return a, nil
}

type span struct{ from, to expr }

func (s *span) value(r *run) (any, error) {
	from, err := s.from.value(r)
	if err != nil {
		return nil, err
	}
	to, err := s.to.value(r)
	if err != nil {
		return nil, err
	}
	x, ok := integer(from)
	y, ok2 := integer(to)
	if !ok || !ok2 {
		return nil, nil
	}
	if math.Abs(float64(y)-float64(x)) > maxSteps {
		return nil, ErrTooMuch
	}
	a := &array{}
	step := 1
	if y < x {
		step = -1
	}
	for n := x; n != y+step; n += step {
		a.items = append(a.items, int64(n))
	}
	r.spend(16 * len(a.items))
	return a, nil
}

type mapping struct{ keys, values []expr }

func (m *mapping) value(r *run) (any, error) {
	o := newObject()
	for i := range m.keys {
		k, err := m.keys[i].value(r)
		if err != nil {
			return nil, err
		}
		v, err := m.values[i].value(r)
		if err != nil {
			return nil, err
		}
		o.put(r.text(k), v)
	}
	return o, nil
}

type binary struct {
	op          string
	left, right expr
}

func (b *binary) value(r *run) (any, error) {
	if b.op == "&&" || b.op == "||" {
		holds, err := r.holds(b.left)
		if err != nil || holds == (b.op == "||") {
			return holds, err
		}
		return r.holds(b.right)
	}
	x, err := b.left.value(r)
	if err != nil {
		return nil, err
	}
	y, err := b.right.value(r)
	if err != nil {
		return nil, err
	}
	switch b.op {
	case "==":
		return r.equal(x, y), nil
	case "!=":
		return !r.equal(x, y), nil
	}
	return r.operate(b.op, x, y), nil
}
