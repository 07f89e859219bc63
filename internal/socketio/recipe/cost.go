package recipe

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Cost is what a section of a recipe costs at most, if each step is carried out whatever its if.
type Cost struct {
	Section string // connect, on EVENTS, leave, disconnect
	Posts   Amount // messages out
	Reads   Amount // DynamoDB's read units
	Writes  Amount // and write units
}

// Amount is how much of something there is, for each of what; "" is for the event as a whole.
type Amount map[string]float64

// What there may be several of.
const (
	once    = ""
	inRoom  = "other in the room"
	sockets = "socket of the namespace"
	item    = "item"
	ownRoom = "room that the socket is in"
	byName  = "name in place of an id"
)

func (a Amount) String() string {
	var terms []string
	for _, unit := range slices.Sorted(maps.Keys(a)) {
		n := strconv.FormatFloat(a[unit], 'g', 4, 64)
		if a[unit] != 0 && unit == once {
			terms = append(terms, n)
		} else if a[unit] != 0 {
			terms = append(terms, fmt.Sprintf("%s for each %s", n, unit))
		}
	}
	if len(terms) == 0 {
		return "0"
	}
	return strings.Join(terms, " + ")
}

// Costs returns what the recipe's sections cost, in the order of the file.
func (r *Recipe) Costs() []Cost {
	var all []Cost
	for _, s := range r.sections {
		c := reckoner{recipe: r, posts: Amount{}, reads: Amount{}, writes: Amount{}, over: !strings.HasPrefix(s.name, "on ")}
		c.steps(s.steps, nil)
		all = append(all, Cost{Section: s.name, Posts: c.posts, Reads: c.reads, Writes: c.writes})
	}
	return all
}

// reckoner adds up what steps cost.
type reckoner struct {
	recipe               *Recipe
	posts, reads, writes Amount
	seen                 bool // who is in the current room is known
	all                  bool // who is in the namespace is
	own                  bool // the socket's name and data are
	over                 bool // and always are, outside of on
}

// steps adds steps that are carried out for each of what units say, in each other.
func (c *reckoner) steps(steps []step, units []string) {
	for _, s := range steps {
		if s.when != nil {
			c.values(s.when.a, s.when.b)
		}
		c.action(s.action, units)
	}
}

func (c *reckoner) action(a action, units []string) {
	switch a := a.(type) {
	case join:
		c.values(a.room)
		c.ownData()
		c.add(c.writes, 2, units)
		c.seen = true
		c.steps(a.full, units)
	case leave:
		c.values(a.room)
		c.add(c.writes, 2, units)
		c.seen = false
		c.steps(c.recipe.leave, units)
	case in:
		c.values(a.room)
		c.seen = false
	case name:
		c.values(a.name)
		c.add(c.writes, 3, units)
		c.add(c.writes, 1, append(slices.Clone(units), ownRoom))
		c.steps(a.taken, units)
	case set:
		for _, m := range a {
			c.values(m.value)
		}
		c.add(c.writes, 1, units)
		c.add(c.writes, 1, append(slices.Clone(units), ownRoom))
		c.own = true
	case emit:
		c.values(a.event, a.args)
		c.to(a.to, units)
	case ack:
		c.values(a.args)
		c.add(c.posts, 1, units)
	case each:
		c.values(a.list)
		if l, ok := a.list.(list); ok {
			for range l {
				c.steps(a.steps, units)
			}
			return
		}
		c.steps(a.steps, append(slices.Clone(units), unitOf(a.list)))
	case pair:
		c.values(a.queue)
		c.add(c.writes, 6, units)
		c.seen = false
		c.steps(a.steps, units)
	}
}

// unitOf says of what a list that is looped over has several.
func unitOf(v value) string {
	if v, ok := v.(variable); ok && len(v.path) == 0 {
		switch v.name {
		case "others", "othersRoster", "members", "roster":
			return inRoom
		case "all":
			return sockets
		}
	}
	return item
}

func (c *reckoner) to(t target, units []string) {
	switch t.word {
	case "self":
		c.add(c.posts, 1, units)
	case "others", "room":
		c.room()
		c.add(c.posts, 1, append(slices.Clone(units), inRoom))
		if t.word == "room" {
			c.add(c.posts, 1, units)
		}
	case "all", "rest":
		c.everyone()
		c.add(c.posts, 1, append(slices.Clone(units), sockets))
	default:
		c.values(t.to)
		c.add(c.posts, 1, units)
		c.add(c.reads, 0.5, append(slices.Clone(units), byName))
	}
}

func (c *reckoner) add(to Amount, n float64, units []string) {
	to[strings.Join(units, " and each ")] += n
}

// room adds reading who is in the current room: once.
func (c *reckoner) room() {
	if !c.seen {
		c.reads[once] += 0.5
	}
	c.seen = true
}

func (c *reckoner) everyone() {
	if !c.all {
		c.reads[once] += 0.5
	}
	c.all = true
}

// ownData adds looking up the socket's own name and data, if they change.
func (c *reckoner) ownData() {
	if !c.own && !c.over && c.recipe.needs.Own {
		c.reads[once]++
	}
	c.own = true
}

// values adds what the variables in values ask for.
func (c *reckoner) values(values ...value) {
	for _, v := range values {
		switch v := v.(type) {
		case list:
			c.values(v...)
		case joined:
			c.values(v...)
		case asText:
			c.values(v.value)
		case object:
			for _, f := range v.members {
				c.values(f.value)
			}
		case variable:
			switch v.name {
			case "count", "others", "members", "roster", "othersRoster":
				c.room()
			case "all", "directory":
				c.everyone()
			case "name", "data":
				c.ownData()
			}
		}
	}
}
