package vtl

import (
	"bytes"
	"encoding/json"
	"math"
	"slices"
	"strconv"

	"github.com/parley-rtc/parley/localdev/internal/rawjson"
)

// Values are string, float64, json.Number (as a message wrote it), bool, nil, *array, *object and *root.
type (
	array  struct{ items []any }
	object struct {
		names   []string // in order; members without a name here are listed last
		members map[string]any
	}
)

func (o *object) keys() []string {
	if len(o.names) == len(o.members) {
		return o.names
	}
	keys := make([]string, 0, len(o.members))
	for k := range o.members {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

func (o *object) put(name string, v any) {
	if o.members == nil {
		o.members = map[string]any{}
	}
	if _, ok := o.members[name]; !ok {
		o.names = append(o.names, name)
	}
	o.members[name] = v
}

// parse makes a value of valid JSON.
func parse(doc []byte) any {
	doc = bytes.TrimSpace(doc)
	if len(doc) == 0 {
		return nil
	}
	switch doc[0] {
	case '{':
		o := &object{members: map[string]any{}}
		for m := range rawjson.Object(doc) {
			o.put(m.Name, parse(m.Value))
		}
		return o
	case '[':
		a := &array{}
		for v := range rawjson.Array(doc) {
			a.items = append(a.items, parse(v))
		}
		return a
	case '"':
		return rawjson.Text(doc)
	case 't', 'f':
		return doc[0] == 't'
	case 'n':
		return nil
	}
	return json.Number(doc)
}

// text is a value as a template writes it: JSON where it is a list or an object.
func text(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case bool:
		return strconv.FormatBool(v)
	case json.Number:
		return v.String()
	case float64:
		return number(v)
	}
	return string(appendJSON(nil, v))
}

func number(f float64) string {
	if f == math.Trunc(f) && math.Abs(f) < 1e15 {
		return strconv.FormatInt(int64(f), 10)
	}
	return strconv.FormatFloat(f, 'g', -1, 64)
}

func appendJSON(b []byte, v any) []byte {
	switch v := v.(type) {
	case nil:
		return append(b, "null"...)
	case string:
		return rawjson.AppendString(b, v)
	case *array:
		b = append(b, '[')
		for i, item := range v.items {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendJSON(b, item)
		}
		return append(b, ']')
	case *object:
		b = append(b, '{')
		for i, name := range v.keys() {
			if i > 0 {
				b = append(b, ',')
			}
			b = append(rawjson.AppendString(b, name), ':')
			b = appendJSON(b, v.members[name])
		}
		return append(b, '}')
	case *root:
		return append(b, "{}"...)
	}
	return append(b, text(v)...)
}

func truth(v any) bool {
	switch v := v.(type) {
	case nil:
		return false
	case bool:
		return v
	case string:
		return v != ""
	case *array:
		return len(v.items) > 0
	case *object:
		return len(v.members) > 0
	}
	f, ok := float(v)
	return !ok || f != 0
}

func float(v any) (float64, bool) {
	switch v := v.(type) {
	case float64:
		return v, true
	case json.Number:
		f, err := v.Float64()
		return f, err == nil
	}
	return 0, false
}

func elements(v any) []any {
	switch v := v.(type) {
	case *array:
		return v.items
	case *object:
		list := make([]any, 0, len(v.members))
		for _, name := range v.keys() {
			list = append(list, v.members[name])
		}
		return list
	}
	return nil
}

// equal compares as Velocity does: numbers by value, other values by their text.
func equal(a, b any) bool {
	x, isX := float(a)
	y, isY := float(b)
	if isX && isY {
		return x == y
	}
	if a == nil || b == nil {
		return a == b
	}
	return text(a) == text(b)
}

type expr interface{ value(r *run) (any, error) }

type constant struct{ v any }

func (c constant) value(*run) (any, error) { return c.v, nil }

type not struct{ e expr }

func (n *not) value(r *run) (any, error) {
	v, err := n.e.value(r)
	return !truth(v), err
}

type composed struct{ body []node }

func (c *composed) value(r *run) (any, error) {
	inner := &run{env: r.env, vars: r.vars, steps: r.steps}
	err := inner.all(c.body)
	r.steps = inner.steps
	return inner.out.String(), err
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
	x, ok := float(from)
	y, ok2 := float(to)
	if !ok || !ok2 || math.Abs(y-x) > maxSteps {
		return nil, nil
	}
	a := &array{}
	step := 1.0
	if y < x {
		step = -1
	}
	for n := x; n != y+step; n += step {
		a.items = append(a.items, n)
	}
	return a, nil
}

type mapping struct{ keys, values []expr }

func (m *mapping) value(r *run) (any, error) {
	o := &object{members: map[string]any{}}
	for i := range m.keys {
		k, err := m.keys[i].value(r)
		if err != nil {
			return nil, err
		}
		v, err := m.values[i].value(r)
		if err != nil {
			return nil, err
		}
		o.put(text(k), v)
	}
	return o, nil
}

type binary struct {
	op          string
	left, right expr
}

func (b *binary) value(r *run) (any, error) {
	x, err := b.left.value(r)
	if err != nil {
		return nil, err
	}
	if b.op == "&&" && !truth(x) || b.op == "||" && truth(x) {
		return truth(x), nil
	}
	y, err := b.right.value(r)
	if err != nil {
		return nil, err
	}
	switch b.op {
	case "&&", "||":
		return truth(y), nil
	case "==":
		return equal(x, y), nil
	case "!=":
		return !equal(x, y), nil
	}
	return operate(b.op, x, y), nil
}

// operate computes with two numbers; + joins other values. What makes no sense is nil.
func operate(op string, x, y any) any {
	p, okP := float(x)
	q, okQ := float(y)
	if !okP || !okQ {
		switch s, t := text(x), text(y); op {
		case "+":
			if len(s)+len(t) > maxOutput {
				return nil
			}
			return s + t
		case "<":
			return s < t
		case "<=":
			return s <= t
		case ">":
			return s > t
		case ">=":
			return s >= t
		}
		return nil
	}
	switch op {
	case "+":
		return p + q
	case "-":
		return p - q
	case "*":
		return p * q
	case "<":
		return p < q
	case "<=":
		return p <= q
	case ">":
		return p > q
	case ">=":
		return p >= q
	case "%":
		if q != 0 {
			return math.Mod(p, q)
		}
	case "/":
		switch {
		case q == 0:
		case p == math.Trunc(p) && q == math.Trunc(q): // whole numbers stay whole
			return math.Trunc(p / q)
		default:
			return p / q
		}
	}
	return nil
}
