package vtl

import (
	"encoding/json"
	"maps"
	"math"
	"slices"
	"strconv"

	"github.com/parley-rtc/parley/localdev/internal/rawjson"
)

// Values are string, bool, int64, float64, json.Number (as a document wrote it), nil, *array,
// *object, *pair, root and *composed (of #define).
type (
	array struct {
		items []any
		json  bool // written as JSON
	}
	object struct {
		names   []string // in order
		members map[string]any
		mute    bool // written as nothing
	}
	// pair is an entry of a map.
	pair struct {
		key   string
		value any
	}
)

func newObject() *object { return &object{members: map[string]any{}} }

// stringMap makes a map of Go's one.
func stringMap(m map[string]string) *object {
	o := newObject()
	for _, name := range slices.Sorted(maps.Keys(m)) {
		o.put(name, m[name])
	}
	return o
}

func (o *object) put(name string, v any) {
	if _, ok := o.members[name]; !ok {
		o.names = append(o.names, name)
	}
	o.members[name] = v
}

func (o *object) remove(name string) any {
	was, ok := o.members[name]
	if ok {
		delete(o.members, name)
		o.names = slices.DeleteFunc(slices.Clone(o.names), func(n string) bool { return n == name })
	}
	return was
}

// parse makes a value of valid JSON.
func parse(doc []byte) any {
	if len(doc) == 0 {
		return nil
	}
	switch doc[0] {
	case '{':
		o := newObject()
		for m := range rawjson.Object(doc) {
			o.put(m.Name, parse(m.Value))
		}
		return o
	case '[':
		a := &array{json: true}
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

// copied returns a value that nobody else has: what a template changes is its own.
func copied(v any) any {
	switch v := v.(type) {
	case *array:
		a := &array{items: make([]any, len(v.items)), json: v.json}
		for i, item := range v.items {
			a.items[i] = copied(item)
		}
		return a
	case *object:
		o := &object{names: slices.Clone(v.names), members: make(map[string]any, len(v.members)), mute: v.mute}
		for name, member := range v.members {
			o.members[name] = copied(member)
		}
		return o
	}
	return v
}

// number reads an integer or a decimal fraction.
func number(s string) (any, bool) {
	if n, err := strconv.ParseInt(s, 10, 64); err == nil {
		return n, true
	}
	f, err := strconv.ParseFloat(s, 64)
	return f, err == nil
}

// numeric returns a number as int64 or float64.
func numeric(v any) (any, bool) {
	switch v := v.(type) {
	case int64, float64:
		return v, true
	case json.Number:
		return number(string(v))
	}
	return nil, false
}

func float(v any) (float64, bool) {
	switch v, _ := numeric(v); v := v.(type) {
	case int64:
		return float64(v), true
	case float64:
		return v, true
	}
	return 0, false
}

// integer is a number that can be an index.
func integer(v any) (int, bool) {
	n, _ := numeric(v)
	i, ok := n.(int64)
	return int(i), ok
}

func elements(v any) []any {
	switch v := v.(type) {
	case *array:
		return v.items
	case *object:
		list := make([]any, 0, len(v.names))
		for _, name := range v.names {
			list = append(list, v.members[name])
		}
		return list
	}
	return nil
}

// equal compares as Velocity does: numbers by value, other values by their text.
func (r *run) equal(a, b any) bool {
	x, isX := float(a)
	y, isY := float(b)
	if isX && isY {
		return x == y
	}
	return r.text(a) == r.text(b)
}

// operate computes with two numbers; + joins strings. What makes no sense is nil.
func (r *run) operate(op string, x, y any) any {
	p, okP := numeric(x)
	q, okQ := numeric(y)
	if !okP || !okQ {
		_, isX := x.(string)
		_, isY := y.(string)
		switch op {
		case "+":
			if s, t := r.text(x), r.text(y); (isX || isY) && len(s)+len(t) <= maxOutput {
				return s + t
			}
		case "<", "<=", ">", ">=":
			return false
		}
		return nil
	}
	i, isI := p.(int64)
	j, isJ := q.(int64)
	if isI && isJ {
		return whole(op, i, j)
	}
	f, _ := float(p)
	g, _ := float(q)
	return fraction(op, f, g)
}

// whole computes with integers, as long as they do not overflow.
func whole(op string, i, j int64) any {
	switch op {
	case "+", "-", "*":
		if f := fraction(op, float64(i), float64(j)).(float64); math.Abs(f) >= 1<<62 {
			return f
		}
	}
	switch op {
	case "+":
		return i + j
	case "-":
		return i - j
	case "*":
		return i * j
	case "/":
		if j != 0 {
			return i / j
		}
		return nil
	case "%":
		if j != 0 {
			return i % j
		}
		return nil
	}
	return fraction(op, float64(i), float64(j))
}

func fraction(op string, f, g float64) any {
	switch op {
	case "+":
		return f + g
	case "-":
		return f - g
	case "*":
		return f * g
	case "/":
		if g != 0 {
			return f / g
		}
	case "%":
		if g != 0 {
			return math.Mod(f, g)
		}
	case "<":
		return f < g
	case "<=":
		return f <= g
	case ">":
		return f > g
	case ">=":
		return f >= g
	}
	return nil
}
