package vtl

import "fmt"

// reference is a variable with the members that are taken of it.
type reference struct {
	name  string
	steps []step
	text  string // as it is written
}

// step is a member, a call or an index.
type step struct {
	name  string
	call  bool
	args  []expr
	index expr
}

// root is a variable of API Gateway's that has methods of its own.
type root string

const (
	rootInput root = "input"
	rootUtil  root = "util"
)

// value follows the reference. Where nothing is, it is the empty string.
func (ref *reference) value(r *run) (any, error) {
	v, err := r.follow(ref.name, ref.steps)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", ref.text, err)
	}
	if v == nil {
		return "", nil
	}
	return v, nil
}

// follow goes from a variable to what its steps lead to, nil as soon as there is nothing.
func (r *run) follow(name string, steps []step) (any, error) {
	r.spend(0)
	v, steps := r.begin(name, steps)
	for _, st := range steps {
		if v == nil || r.err != nil {
			return nil, r.err
		}
		var err error
		if v, err = r.step(v, st); err != nil {
			return nil, err
		}
	}
	return v, nil
}

// begin returns where a reference begins, and the steps that are left from there: most templates
// take single values of the context, for which not all of it need be read.
func (r *run) begin(name string, steps []step) (any, []step) {
	if name == "context" && len(steps) > 0 && steps[0].index == nil && !steps[0].call && r.env.Context != nil {
		if _, shadowed := r.vars[name]; !shadowed {
			if v, ok := r.env.Context.value(steps[0].name); ok {
				return v, steps[1:]
			}
		}
	}
	return r.variable(name), steps
}

func (r *run) variable(name string) any {
	if v, ok := r.vars[name]; ok {
		return v
	}
	switch name {
	case "input":
		return rootInput
	case "util":
		return rootUtil
	case "context":
		if r.env.Context != nil {
			return r.env.Context.all()
		}
	case "stageVariables":
		return stringMap(r.env.StageVariables)
	}
	return nil
}

func (r *run) step(v any, st step) (any, error) {
	if st.index != nil {
		key, err := st.index.value(r)
		if err != nil {
			return nil, err
		}
		return r.call(v, "get", []any{key})
	}
	if !st.call {
		return r.member(v, st.name)
	}
	args := make([]any, 0, len(st.args))
	for _, e := range st.args {
		a, err := e.value(r)
		if err != nil {
			return nil, err
		}
		args = append(args, a)
	}
	return r.call(v, st.name, args)
}

// member is what .name is of a value without a call.
func (r *run) member(v any, name string) (any, error) {
	switch v := v.(type) {
	case *object:
		if member, ok := v.members[name]; ok {
			return member, nil
		}
		if name == "empty" {
			return len(v.names) == 0, nil
		}
	case *array:
		if name == "empty" {
			return len(v.items) == 0, nil
		}
	case *pair:
		switch name {
		case "key":
			return v.key, nil
		case "value":
			return v.value, nil
		}
	case string:
		if name == "empty" {
			return v == "", nil
		}
	case root:
		if v == rootInput && name == "body" {
			return r.body(), nil
		}
	}
	return nil, nil
}
