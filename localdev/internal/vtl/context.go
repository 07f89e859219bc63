package vtl

import (
	"slices"

	"github.com/parley-rtc/parley/localdev/internal/rawjson"
)

// Context is $context of one event, for its request template and then for that of the response:
// what the one sets the other sees.
type Context struct {
	load    func() []byte
	doc     []byte  // once it is loaded
	given   []pair  // by Set; strings
	members *object // once a template wants more than single values of it
}

// NewContext returns a Context of what load gives, a JSON object; load is called if a template
// asks.
func NewContext(load func() []byte) *Context { return &Context{load: load} }

// Set adds a member.
func (c *Context) Set(name, value string) {
	if c.members != nil {
		c.members.put(name, value)
		return
	}
	c.given = append(c.given, pair{name, value})
}

// value returns a member that is neither a map nor a list, and true, unless that takes all members.
func (c *Context) value(name string) (any, bool) {
	if c.members != nil {
		return nil, false
	}
	for _, g := range slices.Backward(c.given) {
		if g.key == name {
			return g.value, true
		}
	}
	found, ok := rawjson.Find(c.text(), name)
	if !ok || found[0] == '{' || found[0] == '[' {
		return nil, false
	}
	return parse(found), true
}

func (c *Context) text() []byte {
	if c.doc == nil {
		c.doc = c.load()
	}
	return c.doc
}

// all are the members. The maps among them, as they are on AWS, are written as nothing.
func (c *Context) all() *object {
	if c.members != nil {
		return c.members
	}
	c.members = newObject()
	if o, ok := parse(c.text()).(*object); ok {
		c.members = o
	}
	override := func(names ...string) *object {
		o := newObject()
		for _, name := range names {
			o.put(name, newObject())
		}
		return o
	}
	c.members.put("requestOverride", override("header", "path", "querystring"))
	c.members.put("responseOverride", override("header"))
	if _, ok := c.members.members["authorizer"]; !ok {
		c.members.put("authorizer", newObject())
	}
	hush(c.members)
	for _, g := range c.given {
		c.members.put(g.key, g.value)
	}
	return c.members
}

func hush(o *object) {
	o.mute = true
	for _, member := range o.members {
		if inner, ok := member.(*object); ok {
			hush(inner)
		}
	}
}
