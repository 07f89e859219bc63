package recipe

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
)

// A value is what a recipe writes where a value goes, compiled. It is missing (nil) where a variable
// has nothing.
type value interface {
	of(ctx context.Context, t *turn) (json.RawMessage, error)
}

type literal json.RawMessage

func (l literal) of(context.Context, *turn) (json.RawMessage, error) { return json.RawMessage(l), nil }

type list []value

func (l list) of(ctx context.Context, t *turn) (json.RawMessage, error) {
	all, err := l.each(ctx, t)
	if err != nil {
		return nil, err
	}
	return t.made(listOf(all))
}

func (l list) each(ctx context.Context, t *turn) ([]json.RawMessage, error) {
	all := make([]json.RawMessage, len(l))
	for i, v := range l {
		var err error
		if all[i], err = v.of(ctx, t); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// object is {"...": spread, "-": [drop], key: value}. Its members come in the order of the recipe.
type object struct {
	members []field
	drop    []string // of what is spread
}

type field struct {
	key   string
	value value
	all   bool // the value's members, for "..."
}

func (o object) of(ctx context.Context, t *turn) (json.RawMessage, error) {
	var made []member
	places := map[string]int{}
	// As JavaScript does: a member stays where the first of its name is, with the value of the last.
	put := func(m member) {
		if i, ok := places[m.key]; ok {
			made[i].value = m.value
			return
		}
		places[m.key] = len(made)
		made = append(made, m)
	}
	for _, f := range o.members {
		raw, err := f.value.of(ctx, t)
		if err != nil {
			return nil, err
		}
		if !f.all {
			put(member{key: f.key, value: raw})
			continue
		}
		for _, m := range members(raw) {
			if !slices.Contains(o.drop, m.key) {
				put(m)
			}
		}
	}
	return t.made(objectOf(made))
}

// asText is {$json: v}.
type asText struct{ value }

func (a asText) of(ctx context.Context, t *turn) (json.RawMessage, error) {
	raw, err := a.value.of(ctx, t)
	if raw == nil || err != nil {
		return nil, err
	}
	return t.made(quote(string(raw)))
}

// joined is {$cat: [..]}: a list, if the first of them is one, else a text.
type joined list

func (j joined) of(ctx context.Context, t *turn) (json.RawMessage, error) {
	all, err := list(j).each(ctx, t)
	if err != nil {
		return nil, err
	}
	if len(all) > 0 && kindOf(all[0]) == '[' {
		var together []json.RawMessage
		for _, raw := range all {
			if kindOf(raw) == '[' {
				together = append(together, items(raw)...)
			} else if raw != nil {
				together = append(together, raw)
			}
		}
		return t.made(listOf(together))
	}
	var made strings.Builder
	for _, raw := range all {
		s, ok := text(raw)
		if !ok && kindOf(raw) != 'n' {
			s = string(raw) // a number, or JSON
		}
		if err := t.spent.make(len(s)); err != nil {
			return nil, err
		}
		made.WriteString(s)
	}
	return quote(made.String()), nil
}

// variable is $name.path.
type variable struct {
	name string
	arg  int // of $0, $1…: the name is ""
	path []part

	shape shape
}

// part is a step down a path.
type part struct {
	key   string
	index int  // of a list; -1 if the key is no number
	each  bool // *
	json  bool // @json
}

func (v variable) of(ctx context.Context, t *turn) (json.RawMessage, error) {
	raw, err := t.variable(ctx, v)
	if err != nil || len(v.path) == 0 {
		return raw, err
	}
	return t.walk(raw, v.path)
}

// walk goes down a path.
func (t *turn) walk(raw json.RawMessage, path []part) (json.RawMessage, error) {
	for i, p := range path {
		switch {
		case p.json:
			s, ok := text(raw)
			if !ok || !json.Valid([]byte(s)) {
				return nil, nil //nolint:nilnil // missing
			}
			if raw = json.RawMessage(s); deep(raw) {
				return nil, errDeep
			}
			if err := t.spent.make(len(s)); err != nil {
				return nil, err
			}
		case p.each:
			all := items(raw)
			if all == nil {
				for _, m := range members(raw) {
					all = append(all, m.value)
				}
			}
			for j := range all {
				var err error
				if all[j], err = t.walk(all[j], path[i+1:]); err != nil {
					return nil, err
				}
			}
			return t.made(listOf(all))
		case kindOf(raw) == '[':
			if all := items(raw); p.index >= 0 && p.index < len(all) {
				raw = all[p.index]
			} else {
				return nil, nil //nolint:nilnil // missing
			}
		default:
			raw = find(raw, p.key)
		}
		if raw == nil {
			return nil, nil //nolint:nilnil // missing
		}
	}
	return raw, nil
}

// made counts what was made.
func (t *turn) made(raw json.RawMessage) (json.RawMessage, error) {
	if err := t.spent.make(len(raw)); err != nil {
		return nil, err
	}
	return raw, nil
}

// condition is an if.
type condition struct {
	a, b     value
	operator string
}

var operators = []string{"=", "!=", "<", ">", "in"}

func (c *condition) holds(ctx context.Context, t *turn) (bool, error) {
	if c == nil {
		return true, nil
	}
	a, err := c.a.of(ctx, t)
	if err != nil {
		return false, err
	}
	if c.operator == "in" && shapeOf(c.b) == texts && kindOf(a) != '"' {
		return false, nil // and no room is read for it
	}
	b, err := c.b.of(ctx, t)
	if err != nil {
		return false, err
	}
	switch c.operator {
	case "=":
		return equal(a, b), nil
	case "!=":
		return !equal(a, b), nil
	case "<":
		return less(a, b), nil
	case ">":
		return less(b, a), nil
	}
	if kindOf(b) == '{' {
		key, ok := word(a)
		return ok && find(b, key) != nil, nil
	}
	return slices.ContainsFunc(items(b), func(item json.RawMessage) bool { return equal(a, item) }), nil
}

// less compares two numbers, or two texts. Of anything else neither is less.
func less(a, b json.RawMessage) bool {
	if x, ok := number(a); ok {
		y, ok := number(b)
		return ok && x < y
	}
	x, ok := text(a)
	y, also := text(b)
	return ok && also && x < y
}
