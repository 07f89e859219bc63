package vtl

import (
	"errors"
	"fmt"
)

// Env is what a template sees.
type Env struct {
	Body           []byte   // $input: a client's message or an integration's answer
	Context        *Context // nil is none
	StageVariables map[string]string
	Params         Params
}

// Params are what $input.params finds, in this order.
type Params struct{ Path, Query, Header map[string]string }

// Bounds of one run: templates loop over what clients send.
const (
	maxOutput = 1 << 20 // bytes
	maxSteps  = 100_000
	maxLoop   = 1000 // rounds of a #foreach, where API Gateway ends it; documented for REST APIs
)

var (
	errBreak = errors.New("#break outside of #foreach")
	errStop  = errors.New("#stop")
	// ErrTooMuch says that a template wrote or looped too much.
	ErrTooMuch = errors.New("template does too much")
)

// run is one run of a template.
type run struct {
	env    Env
	macros map[string]*macro
	vars   map[string]any
	out    []byte
	steps  int
	depth  int   // of #define, #macro and strings
	err    error // what ends the run, where it cannot be returned
	input  input
}

// input is the body, as far as paths have needed it.
type input struct {
	checked bool
	text    []byte // JSON without white space around it; nil if the body is none
	doc     any    // nil until a path needs all of it
}

// Run returns what the template writes.
func (t *Template) Run(env Env) (string, error) {
	if t.plain {
		return t.text, nil
	}
	r := &run{env: env, macros: t.macros, vars: map[string]any{}, out: make([]byte, 0, 256)}
	err := r.all(t.body)
	if err != nil && !errors.Is(err, errStop) && !errors.Is(err, errBreak) {
		return "", err
	}
	if len(r.out) > maxOutput {
		return "", ErrTooMuch
	}
	return string(r.out), nil
}

// spend counts a step that handles so many bytes.
func (r *run) spend(bytes int) {
	if r.steps += 1 + bytes/256; r.steps > maxSteps && r.err == nil {
		r.err = ErrTooMuch
	}
}

// enter goes one deeper, and fails where that has no end.
func (r *run) enter() error {
	if r.depth++; r.depth > maxDepth {
		return ErrTooMuch
	}
	return nil
}

type node interface{ write(r *run) error }

func (r *run) all(list []node) error {
	for _, n := range list {
		if r.spend(0); r.err == nil && len(r.out) > maxOutput {
			r.err = ErrTooMuch
		}
		if r.err != nil {
			return r.err
		}
		if err := n.write(r); err != nil {
			return err
		}
	}
	return r.err
}

type literal string

func (l literal) write(r *run) error { r.out = append(r.out, l...); return nil }

func (ref *reference) write(r *run) error {
	v, err := ref.value(r)
	if err == nil {
		r.out = append(r.out, r.text(v)...)
	}
	return err
}

type assignment struct {
	ref  *reference
	expr expr
}

// write assigns. A value that makes no sense leaves the variable as it is, and so does a place that
// is not there.
func (a *assignment) write(r *run) error {
	v, err := a.expr.value(r)
	if err != nil || v == nil {
		return err
	}
	if len(a.ref.steps) == 0 {
		r.vars[a.ref.name] = v
		return nil
	}
	last := a.ref.steps[len(a.ref.steps)-1]
	holder, err := r.follow(a.ref.name, a.ref.steps[:len(a.ref.steps)-1])
	if err != nil {
		return fmt.Errorf("%s: %w", a.ref.text, err)
	}
	var key any = last.name
	if last.index != nil {
		if key, err = last.index.value(r); err != nil {
			return err
		}
	}
	switch holder := holder.(type) {
	case *object:
		holder.put(r.text(key), v)
	case *array:
		_, err = r.callList(holder, "set", []any{key, v})
	}
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
			holds, err := r.holds(a.when)
			if err != nil {
				return err
			}
			if !holds {
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
	items = items[:min(len(items), maxLoop)]
	outer := r.vars["foreach"]
	var top any
	if o, ok := outer.(*object); ok {
		top = o.members["topmost"]
	}
	defer r.restore("foreach", "velocityCount", e.name)()
	for i, item := range items {
		r.spend(1024) // what the next lines cost
		loop := newObject()
		loop.put("index", int64(i))
		loop.put("count", int64(i+1))
		loop.put("hasNext", i+1 < len(items))
		loop.put("first", i == 0)
		loop.put("last", i+1 == len(items))
		loop.put("parent", outer)
		loop.put("topmost", top)
		if top == nil {
			loop.put("topmost", loop)
		}
		r.vars[e.name], r.vars["velocityCount"], r.vars["foreach"] = item, int64(i+1), loop
		if err := r.all(e.body); errors.Is(err, errBreak) {
			return nil
		} else if err != nil {
			return err
		}
	}
	return nil
}

// restore gives variables back the values that they have now.
func (r *run) restore(names ...string) func() {
	values := make([]any, len(names))
	for i, name := range names {
		values[i] = r.vars[name]
	}
	return func() {
		for i, name := range names {
			r.vars[name] = values[i]
		}
	}
}

type definition struct {
	name  string
	value *composed
}

func (d *definition) write(r *run) error { r.vars[d.name] = d.value; return nil }

type macro struct {
	params []string
	body   []node
}

// invocation is a call of a macro, and text where there is none.
type invocation struct {
	name string
	args []expr
	text string
}

func (c *invocation) write(r *run) error {
	m := r.macros[c.name]
	if m == nil {
		r.out = append(r.out, c.text...)
		return nil
	}
	defer func() { r.depth-- }()
	if err := r.enter(); err != nil {
		return err
	}
	args := make([]any, len(m.params))
	for i := range min(len(args), len(c.args)) {
		var err error
		if args[i], err = c.args[i].value(r); err != nil {
			return err
		}
	}
	defer r.restore(m.params...)()
	for i, name := range m.params {
		r.vars[name] = args[i]
	}
	return r.all(m.body)
}

type jump struct{ error }

func (j jump) write(*run) error { return j.error }
