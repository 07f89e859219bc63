package vtl

import (
	"encoding/json"
	"fmt"
)

// reference is a variable with the members that are taken of it.
type reference struct {
	name  string
	steps []step
	quiet bool
	text  string // as it is written
}

// step is a member, a call or an index.
type step struct {
	name  string
	call  bool
	args  []expr
	index expr
}

// root is one of API Gateway's own variables.
type root struct{ name string }

func (ref *reference) value(r *run) (any, error) {
	if r.steps++; r.steps > maxSteps {
		return nil, ErrTooMuch
	}
	var v any
	if set, ok := r.vars[ref.name]; ok {
		v = set
	} else if ref.ours() {
		v = &root{ref.name}
	}
	for _, st := range ref.steps {
		var err error
		if v, err = r.step(v, st); err != nil {
			return nil, fmt.Errorf("%s: %w", ref.text, err)
		}
	}
	return v, nil
}

func (r *run) step(v any, st step) (any, error) {
	if v == nil {
		return nil, nil
	}
	if st.index != nil {
		key, err := st.index.value(r)
		if err != nil {
			return nil, err
		}
		return call(v, "get", []any{key})
	}
	var args []any
	for _, e := range st.args {
		a, err := e.value(r)
		if err != nil {
			return nil, err
		}
		args = append(args, a)
	}
	if own, ok := v.(*root); ok {
		return r.own(own.name, st, args)
	}
	if st.call {
		return call(v, st.name, args)
	}
	if o, ok := v.(*object); ok {
		return o.members[st.name], nil
	}
	return nil, nil
}

// own is a member of what API Gateway provides.
func (r *run) own(name string, st step, args []any) (any, error) {
	switch name {
	case "context":
		if r.env.Context == nil {
			return nil, nil
		}
		return fromGo(r.env.Context(st.name)), nil
	case "stageVariables":
		if v, ok := r.env.StageVariables[st.name]; ok {
			return v, nil
		}
		return nil, nil
	case "util":
		return util(st.name, args)
	}
	switch {
	case st.name == "body":
		return string(r.env.Body), nil
	case st.name == "json" && len(args) == 1:
		value, ok := at(r.env.Body, text(args[0]))
		if !ok {
			return nil, nil
		}
		return string(value), nil
	case st.name == "path" && len(args) == 1:
		value, ok := at(r.env.Body, text(args[0]))
		if !ok {
			return nil, nil
		}
		return parse(value), nil
	case st.name == "params" && len(args) == 1:
		if v, ok := r.env.Params[text(args[0])]; ok {
			return v, nil
		}
		return nil, nil
	}
	return nil, fmt.Errorf("$input has body, json, path and params, not %s", st.name)
}

// fromGo makes a value of what Context gave.
func fromGo(v any) any {
	switch v := v.(type) {
	case int64:
		return float64(v)
	case int:
		return float64(v)
	case map[string]string:
		o := &object{members: map[string]any{}}
		for name, s := range v {
			o.members[name] = s
		}
		return o
	case json.RawMessage:
		return parse(v)
	}
	return v
}
