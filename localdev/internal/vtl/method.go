package vtl

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
)

// call calls a method. The empty string, which may stand for nothing, has them all.
func (r *run) call(v any, name string, args []any) (any, error) {
	switch name {
	case "toString":
		return r.text(v), nil
	case "equals":
		return r.equal(v, argument(args, 0)), nil
	}
	var result any
	var err error
	switch v := v.(type) {
	case *array:
		result, err = r.callList(v, name, args)
	case *object:
		result, err = r.callMap(v, name, args)
	case *pair:
		result, err = v.call(name)
	case *composed:
		result, err = r.callString(r.text(v), name, args)
	case string:
		result, err = r.callString(v, name, args)
	case root:
		return r.own(v, name, args)
	case int64, float64, json.Number:
		result, err = r.callNumber(v, name, args)
	case bool:
		err = errNoMethod
		if name == "booleanValue" {
			return v, nil
		}
	}
	if errors.Is(err, errNoMethod) {
		if v == "" {
			return nil, nil
		}
		err = fmt.Errorf("localdev knows no method %s of %s", name, kindOf(v))
	}
	return result, err
}

var errNoMethod = errors.New("no such method")

func kindOf(v any) string {
	switch v.(type) {
	case string, *composed:
		return "strings"
	case *array:
		return "lists"
	case *object:
		return "maps"
	case *pair:
		return "entries of maps"
	case bool:
		return "booleans"
	}
	return "numbers"
}

func argument(args []any, i int) any {
	if i < len(args) {
		return args[i]
	}
	return nil
}

// indexed checks an index as Java does: what is out of bounds ends the template.
func indexed(arg any, length int) (int, error) {
	i, ok := integer(arg)
	if !ok || i < 0 || i >= length {
		return 0, fmt.Errorf("index %v is out of bounds for length %d", arg, length)
	}
	return i, nil
}

func (r *run) callList(a *array, name string, args []any) (any, error) {
	arg := argument(args, 0)
	same := func(v any) bool { return r.equal(v, arg) }
	r.spend(8 * len(a.items))
	switch name {
	case "size", "count":
		return int64(len(a.items)), nil
	case "isEmpty":
		return len(a.items) == 0, nil
	case "get":
		i, err := indexed(arg, len(a.items))
		if err != nil {
			return nil, err
		}
		return a.items[i], nil
	case "set":
		i, err := indexed(arg, len(a.items))
		if err != nil {
			return nil, err
		}
		was := a.items[i]
		a.items[i] = argument(args, 1)
		return was, nil
	case "add":
		if len(args) == 2 {
			i, err := indexed(arg, len(a.items)+1)
			if err == nil {
				a.items = slices.Insert(a.items, i, args[1])
			}
			return nil, err
		}
		a.items = append(a.items, arg)
		return true, nil
	case "addAll":
		a.items = append(a.items, elements(arg)...)
		if len(a.items) > maxSteps {
			return nil, ErrTooMuch
		}
		return len(elements(arg)) > 0, nil
	case "remove":
		if i, ok := integer(arg); ok {
			if _, err := indexed(arg, len(a.items)); err != nil {
				return nil, err
			}
			was := a.items[i]
			a.items = slices.Delete(a.items, i, i+1)
			return was, nil
		}
		i := slices.IndexFunc(a.items, same)
		if i >= 0 {
			a.items = slices.Delete(a.items, i, i+1)
		}
		return i >= 0, nil
	case "contains":
		return slices.ContainsFunc(a.items, same), nil
	case "containsAll":
		for _, v := range elements(arg) {
			if !slices.ContainsFunc(a.items, func(item any) bool { return r.equal(item, v) }) {
				return false, nil
			}
		}
		return true, nil
	case "indexOf":
		return int64(slices.IndexFunc(a.items, same)), nil
	case "subList":
		from, ok := integer(arg)
		to, ok2 := integer(argument(args, 1))
		if !ok || !ok2 || from < 0 || to > len(a.items) || from > to {
			return nil, fmt.Errorf("subList(%v, %v) is out of bounds for length %d", arg, argument(args, 1), len(a.items))
		}
		return &array{items: slices.Clone(a.items[from:to])}, nil
	case "clear":
		a.items = nil
		return nil, nil
	}
	return nil, errNoMethod
}

func (r *run) callMap(o *object, name string, args []any) (any, error) {
	key, value := r.text(argument(args, 0)), argument(args, 1)
	r.spend(8 * len(o.names))
	member, there := o.members[key]
	switch name {
	case "size", "count":
		return int64(len(o.names)), nil
	case "isEmpty":
		return len(o.names) == 0, nil
	case "get":
		return member, nil
	case "getOrDefault":
		if there {
			return member, nil
		}
		return value, nil
	case "containsKey":
		return there, nil
	case "containsValue":
		return slices.ContainsFunc(elements(o), func(v any) bool { return r.equal(v, argument(args, 0)) }), nil
	case "put":
		o.put(key, value)
		return member, nil
	case "putIfAbsent":
		if !there {
			o.put(key, value)
		}
		return member, nil
	case "putAll":
		if from, ok := argument(args, 0).(*object); ok {
			for _, name := range slices.Clone(from.names) {
				o.put(name, from.members[name])
			}
		}
		return nil, nil
	case "remove":
		return o.remove(key), nil
	case "clear":
		o.names, o.members = nil, map[string]any{}
		return nil, nil
	case "keySet", "values", "entrySet":
		view := &array{}
		for _, n := range o.names {
			var item any = n
			switch name {
			case "values":
				item = o.members[n]
			case "entrySet":
				item = &pair{n, o.members[n]}
			}
			view.items = append(view.items, item)
		}
		return view, nil
	}
	return nil, errNoMethod
}

func (p *pair) call(name string) (any, error) {
	switch name {
	case "getKey":
		return p.key, nil
	case "getValue":
		return p.value, nil
	}
	return nil, errNoMethod
}

func (r *run) callNumber(v any, name string, args []any) (any, error) {
	f, _ := float(v)
	switch name {
	case "intValue", "longValue":
		if i, ok := integer(v); ok {
			return int64(i), nil
		}
		if f > -1<<62 && f < 1<<62 {
			return int64(f), nil
		}
		return nil, errors.New("the number is out of bounds")
	case "doubleValue", "floatValue":
		return f, nil
	case "compareTo":
		g, _ := float(argument(args, 0))
		switch {
		case f < g:
			return int64(-1), nil
		case f > g:
			return int64(1), nil
		}
		return int64(0), nil
	// The static methods of Integer and Double, which templates reach through a number of theirs.
	case "parseInt", "valueOf", "parseLong":
		n, err := strconv.ParseInt(r.text(argument(args, 0)), 10, 64)
		if err != nil {
			return nil, errors.New("the text is no integer")
		}
		return n, nil
	case "parseDouble":
		n, err := strconv.ParseFloat(r.text(argument(args, 0)), 64)
		if err != nil {
			return nil, errors.New("the text is no number")
		}
		return n, nil
	}
	return nil, errNoMethod
}
