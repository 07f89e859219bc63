package vtl

import (
	"errors"
	"strings"
)

// Env is what a template sees.
type Env struct {
	Body           []byte                // $input: a client's message or an integration's answer
	Context        func(name string) any // top-level members of $context, nil for what is not there
	StageVariables map[string]string
	Params         map[string]string // $input.params
}

// Bounds of one run: templates loop over what clients send.
const (
	maxOutput = 1 << 20 // bytes
	maxSteps  = 100_000
)

var (
	errBreak = errors.New("#break outside of #foreach")
	errStop  = errors.New("#stop")
	// ErrTooMuch says that a template wrote or looped too much.
	ErrTooMuch = errors.New("template does too much")
)

// run is one run of a template.
type run struct {
	env   Env
	vars  map[string]any
	out   strings.Builder
	steps int
}

// Run returns what the template writes.
func (t *Template) Run(env Env) (string, error) {
	r := &run{env: env}
	if err := r.all(t.body); err != nil && !errors.Is(err, errStop) {
		return "", err
	}
	return r.out.String(), nil
}

type node interface{ write(r *run) error }

func (r *run) all(list []node) error {
	for _, n := range list {
		if r.steps++; r.steps > maxSteps || r.out.Len() > maxOutput {
			return ErrTooMuch
		}
		if err := n.write(r); err != nil {
			return err
		}
	}
	return nil
}

type literal string

func (l literal) write(r *run) error { r.out.WriteString(string(l)); return nil }

func (ref *reference) write(r *run) error {
	v, err := ref.value(r)
	if err != nil {
		return err
	}
	if v == nil {
		if !ref.quiet && !ref.ours() {
			r.out.WriteString(ref.text)
		}
		return nil
	}
	r.out.WriteString(text(v))
	return nil
}

// ours reports whether the reference is to what API Gateway provides: then what is missing is empty.
func (ref *reference) ours() bool {
	switch ref.name {
	case "input", "context", "stageVariables", "util":
		return true
	}
	return false
}

type assignment struct {
	ref  *reference
	expr expr
}

func (a *assignment) write(r *run) error {
	v, err := a.expr.value(r)
	if err != nil {
		return err
	}
	if r.vars == nil {
		r.vars = map[string]any{}
	}
	if len(a.ref.steps) == 0 {
		r.vars[a.ref.name] = v
		return nil
	}
	st := a.ref.steps[0]
	var key any = st.name
	if st.index != nil {
		if key, err = st.index.value(r); err != nil {
			return err
		}
	}
	_, err = call(r.vars[a.ref.name], "put", []any{key, v})
	return err
}

type choice struct{ arms []arm }

type arm struct {
	when expr // nil is else
	body []node
}

func (c *choice) write(r *run) error {
	for _, a := range c.arms {
		if a.when != nil {
			v, err := a.when.value(r)
			if err != nil {
				return err
			}
			if !truth(v) {
				continue
			}
		}
		return r.all(a.body)
	}
	return nil
}

type each struct {
	name string
	list expr
	body []node
}

func (e *each) write(r *run) error {
	v, err := e.list.value(r)
	if err != nil {
		return err
	}
	items := elements(v)
	if r.vars == nil {
		r.vars = map[string]any{}
	}
	outer, item, count := r.vars["foreach"], r.vars[e.name], r.vars["velocityCount"]
	defer func() { r.vars["foreach"], r.vars[e.name], r.vars["velocityCount"] = outer, item, count }()
	for i, item := range items {
		if r.steps++; r.steps > maxSteps {
			return ErrTooMuch
		}
		r.vars[e.name] = item
		r.vars["velocityCount"] = float64(i + 1)
		r.vars["foreach"] = &object{members: map[string]any{
			"index": float64(i), "count": float64(i + 1), "hasNext": i+1 < len(items), "first": i == 0, "last": i+1 == len(items),
		}}
		if err := r.all(e.body); errors.Is(err, errBreak) {
			return nil
		} else if err != nil {
			return err
		}
	}
	return nil
}

type jump struct{ error }

func (j jump) write(*run) error { return j.error }
