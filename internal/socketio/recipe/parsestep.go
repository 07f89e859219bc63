package recipe

import (
	"slices"
	"strconv"
	"strings"

	"github.com/parley-rtc/parley/internal/socketio/server"
)

// actions are the words of which each step has one, with the words that may stand beside it.
var actions = []struct {
	word   string
	beside []string
}{
	{"join", []string{"max", "full"}},
	{"leave", nil},
	{"in", nil},
	{"name", []string{"taken"}},
	{"set", nil},
	{"emit", []string{"to", "args"}},
	{"ack", nil},
	{"each", []string{"do"}},
	{"pair", []string{"do"}},
}

func actionWords() []string {
	var all []string
	for _, a := range actions {
		all = append(all, a.word)
	}
	return all
}

// list reads steps.
func (p *parser) list(n *node, at place) []step {
	if n.kind != sequence {
		p.fault(n, "steps are a list, as in [{emit: hello}], and this is %s", kind(n))
		return nil
	}
	if at.nested++; at.nested > maxNested {
		p.fault(n, "steps in steps are more than %d", maxNested)
		return nil
	}
	var all []step
	for _, item := range n.content {
		if p.steps++; p.steps > maxSteps {
			p.fault(item, "the recipe has more than %d steps", maxSteps)
			return nil
		}
		if s, ok := p.step(item, at); ok {
			all = append(all, s)
		}
	}
	return all
}

func (p *parser) step(n *node, at place) (step, bool) {
	if n.kind != mapping {
		p.fault(n, "a step is an object, as in {emit: hello}, and this is %s", kind(n))
		return step{}, false
	}
	words := map[string]*node{}
	var action, second *node
	var beside []string
	pairs := p.pairs(n)
	for _, pair := range pairs {
		words[pair[0].value] = pair[1]
		for _, a := range actions {
			if a.word != pair[0].value {
				continue
			}
			if action == nil {
				action, beside = pair[0], a.beside
			} else {
				second = pair[0]
			}
		}
	}
	if second != nil {
		p.fault(second, "a step has one action, and this one both %q and %q; make two steps of it", action.value, second.value)
		return step{}, false
	}
	if !p.known(n, pairs, action, beside) {
		return step{}, false
	}
	s := step{line: n.line, word: action.value}
	before := len(p.problems)
	if cond := words["if"]; cond != nil {
		s.when = p.condition(cond, at)
	}
	if p.fits(action, at) {
		s.action = p.action(action, words, at)
	}
	return s, len(p.problems) == before
}

// known tells of words that have no place in the step, and of a step without an action.
func (p *parser) known(n *node, pairs [][2]*node, action *node, beside []string) bool {
	ok := true
	for _, pair := range pairs {
		word := pair[0].value
		if word == "if" || action != nil && (word == action.value || slices.Contains(beside, word)) {
			continue
		}
		ok = false
		owners := ownersOf(word)
		switch {
		case owners == "":
			p.fault(pair[0], "unknown word %q in a step; %s", word, Near(word, append(append(actionWords(), "if"), beside...)))
		case action == nil:
			p.fault(pair[0], "%q goes with %s, and this step has no action", word, owners)
		default:
			p.fault(pair[0], "%q goes with %s, and not with %q", word, owners, action.value)
		}
	}
	if action == nil && ok {
		p.fault(n, "a step has one of %s, and this one none", strings.Join(actionWords(), ", "))
	}
	return ok && action != nil
}

// ownersOf says which actions a word stands beside.
func ownersOf(word string) string {
	var owners []string
	for _, a := range actions {
		if slices.Contains(a.beside, word) {
			owners = append(owners, strconv.Quote(a.word))
		}
	}
	return strings.Join(owners, " or ")
}

// fits tells whether an action can be carried out in its section.
func (p *parser) fits(action *node, at place) bool {
	switch word := action.value; word {
	case "ack":
		if at.section != "on" {
			p.fault(action, `"ack" has nothing to acknowledge in %q; it belongs to an event`, at.section)
			return false
		}
	case "join", "leave", "pair", "name", "set":
		if at.section == "leave" || at.section == "disconnect" {
			p.fault(action, "%q is not possible in %q: the socket may be gone, and can but emit", word, at.section)
			return false
		}
	}
	return true
}

func (p *parser) action(word *node, words map[string]*node, at place) action {
	n := words[word.value]
	inside := func(key string) []step {
		if words[key] == nil {
			return nil
		}
		return p.list(words[key], at)
	}
	switch word.value {
	case "join":
		p.joins, *at.roomed = true, true
		j := join{room: p.name(n, at)}
		if words["max"] != nil {
			j.most = p.count(words["max"])
		}
		j.full = inside("full")
		return j
	case "leave":
		return leave{room: p.name(n, at)}
	case "in":
		*at.roomed = true
		return in{room: p.name(n, at)}
	case "name":
		p.own(word, at)
		return name{name: p.name(n, at), taken: inside("taken"), one: words["taken"] != nil}
	case "set":
		p.own(word, at)
		return p.settings(n, at)
	case "emit":
		return emit{event: p.event(n, at), to: p.target(n, words["to"], at), args: p.listValue(words["args"], at, "args")}
	case "ack":
		return ack{args: p.listValue(n, at, "ack")}
	}
	if words["do"] == nil {
		p.fault(word, `%q wants "do": the steps`, word.value)
		return nil
	}
	if word.value == "pair" {
		p.joins, *at.roomed = true, true
		return pair{queue: p.name(n, at), steps: inside("do")}
	}
	e := each{list: p.listValue(n, at, "each")}
	at.loops++
	e.steps = inside("do")
	return e
}

func (p *parser) everyone(n *node) {
	if r := p.recipe; !r.needs.Everyone {
		r.needs.Everyone, r.everyoneAt = true, n.line
	}
}

func (p *parser) own(n *node, at place) {
	if r := p.recipe; !r.needs.Own && at.section == "on" {
		r.needs.Own, r.ownAt = true, n.line
	}
}

// event reads the name of an event that is emitted.
func (p *parser) event(n *node, at place) value {
	if n.kind == scalar && server.Reserved(n.value) {
		p.fault(n, "no server may emit %q: the client would close, or take it for its own", n.value)
	}
	return p.name(n, at)
}

func (p *parser) settings(n *node, at place) set {
	if n.kind != mapping {
		p.fault(n, `"set" is an object, as in {set: {user: $1}}, and this is %s`, kind(n))
		return nil
	}
	var all set
	for _, pair := range p.pairs(n) {
		key := p.key(pair[0])
		if key == "id" {
			p.fault(pair[0], `"id" is the socket's own in $roster; use another word`)
		}
		all = append(all, setting{key, p.value(pair[1], at)})
	}
	return all
}

func (p *parser) count(n *node) int {
	most, err := strconv.Atoi(n.value)
	if n.kind != scalar || n.is != isInt || err != nil || most < 1 {
		p.fault(n, `"max" is a number above 0, and this is %s`, kind(n))
	}
	return most
}

// target reads a to:. Without one, an event goes to the socket itself.
func (p *parser) target(event, n *node, at place) target {
	if n == nil {
		n = &node{line: event.line, is: isString, value: "self"}
	}
	if n.kind == sequence || n.kind == scalar && n.is != isString {
		p.fault(n, `a target is one of %s, or a value, and this is %s; for several there is "each"`, strings.Join(targets, ", "), kind(n))
		return target{}
	}
	if n.kind != scalar || strings.HasPrefix(n.value, "$") {
		return target{to: p.name(n, at)}
	}
	switch n.value {
	case "self":
		if at.section == "disconnect" {
			p.fault(n, `nobody hears what goes to "self" in "disconnect": the socket is gone; did you mean "rest"?`)
		}
	case "others", "room":
		p.roomed(n, at)
	case "all", "rest":
		p.everyone(n)
	default:
		p.named = append(p.named, n)
		return target{to: literal(quote(n.value))}
	}
	return target{word: n.value}
}

// roomed tells of what is said of rooms where the socket is in none.
func (p *parser) roomed(n *node, at place) {
	switch {
	case *at.roomed:
	case at.section == "connect":
		p.fault(n, `%q means nobody here: a socket that has just connected is in no room; "join" one before, or did you mean "rest" or "$all"?`, n.value)
	case at.section == "disconnect":
		p.fault(n, `%q means nobody here: a socket that has disconnected is in no room any more; put this into "leave", or did you mean "rest" or "$all"?`, n.value)
	}
}
