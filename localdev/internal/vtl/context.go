package vtl

import "github.com/parley-rtc/parley/localdev/internal/rawjson"

// Context is $context of one event, for its request template and then for that of the response:
// what the one sets the other sees.
type Context struct {
	load    func() []byte
	members *object // once it is loaded
}

// NewContext returns a Context of what load gives, a JSON object; load is called if a template
// asks.
func NewContext(load func() []byte) *Context { return &Context{load: load} }

// Set adds a member.
func (c *Context) Set(name, value string) { c.all().put(name, value) }

// all are the members. The maps among them, as they are on AWS, are written as nothing.
func (c *Context) all() *object {
	if c.members != nil {
		return c.members
	}
	c.members = newObject()
	if doc := c.load(); rawjson.Valid(doc) {
		if o, ok := parse(doc).(*object); ok {
			c.members = o
		}
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
