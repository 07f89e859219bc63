package template

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// pos is a place in a template, 1-based; the zero value is no place.
type pos struct {
	file      string // as the caller named it
	line, col int
}

type kind uint8

const (
	kindNull kind = iota
	kindBool
	kindNumber
	kindString
	kindList
	kindMap
)

func (k kind) String() string {
	return [...]string{"nothing", "a boolean", "a number", "a string", "a list", "a map"}[k]
}

// node is a value of the template, YAML or JSON alike. Tags are already in their long form: !Ref x
// is {Ref: x}. Nodes are never changed once parsed; they may be shared (YAML aliases).
type node struct {
	kind    kind
	at      pos
	text    string // scalars, as written: 0123 stays 0123
	list    []*node
	entries []entry // maps, in the order of the document
}

type entry struct {
	key   string
	at    pos
	value *node
}

func textNode(at pos, text string) *node { return &node{kind: kindString, at: at, text: text} }

func mapNode(at pos, entries ...entry) *node { return &node{kind: kindMap, at: at, entries: entries} }

func listNode(at pos, items ...*node) *node { return &node{kind: kindList, at: at, list: items} }

func call(at pos, function string, arg *node) *node {
	return mapNode(at, entry{key: function, at: at, value: arg})
}

// get returns the value of a key, or nil when n has no such key (or is nil, or no map).
func (n *node) get(key string) *node {
	if e := n.entry(key); e != nil {
		return e.value
	}
	return nil
}

func (n *node) entry(key string) *entry {
	if n == nil {
		return nil
	}
	for i := range n.entries {
		if n.entries[i].key == key {
			return &n.entries[i]
		}
	}
	return nil
}

// set adds an entry to the map n while it is read. Of two with one key the last counts, as on AWS,
// and a Notice about id tells. seen has the indexes of the keys so far.
func (n *node) set(seen map[string]int, id string, e entry) []Notice {
	i, twice := seen[e.key]
	if !twice {
		seen[e.key] = len(n.entries)
		n.entries = append(n.entries, e)
		return nil
	}
	first := n.entries[i].at.line
	n.entries[i] = e
	return []Notice{{
		LogicalID: id, File: e.at.file, Line: e.at.line,
		Text: fmt.Sprintf("key %q is there twice: this one counts, as on AWS, and not the one of line %d", e.key, first),
	}}
}

// way is the keys that lead to what is being read.
type way []string

// id is the logical ID of what it leads into, "" where that has none.
func (w way) id() string {
	if len(w) > 1 && slices.Contains([]string{"Conditions", "Outputs", "Parameters", "Resources"}, w[0]) {
		return w[1]
	}
	return ""
}

// with returns a copy of the map n in which key has another value.
func (n *node) with(key string, value *node) *node {
	c := &node{kind: kindMap, at: n.at, entries: make([]entry, 0, len(n.entries)+1)}
	for _, e := range n.entries {
		if e.key != key {
			c.entries = append(c.entries, e)
		}
	}
	c.entries = append(c.entries, entry{key: key, at: value.at, value: value})
	return c
}

func (n *node) scalar() bool { return n != nil && n.kind <= kindString && n.kind != kindNull }

// plainText is the text of a scalar, "" for all else.
func (n *node) plainText() string {
	if n.scalar() {
		return n.text
	}
	return ""
}

// intrinsic returns the function that n calls and its argument, or "".
func (n *node) intrinsic() (string, *node) {
	if n == nil || n.kind != kindMap || len(n.entries) != 1 {
		return "", nil
	}
	e := n.entries[0]
	if e.key == "Ref" || strings.HasPrefix(e.key, "Fn::") {
		return e.key, e.value
	}
	return "", nil
}

// truth reads a boolean as CloudFormation does: real ones, and the strings of YAML 1.1.
func (n *node) truth() bool {
	if !n.scalar() {
		return false
	}
	switch strings.ToLower(n.text) {
	case "true", "yes", "on":
		return true
	}
	return false
}

// appendJSON appends n as JSON. Strings that look like numbers stay strings.
func (n *node) appendJSON(b []byte) []byte {
	switch {
	case n == nil || n.kind == kindNull:
		return append(b, "null"...)
	case n.kind == kindBool:
		return strconv.AppendBool(b, n.truth())
	case n.kind == kindNumber && jsonNumber(n.text):
		return append(b, n.text...)
	case n.kind == kindList:
		b = append(b, '[')
		for i, v := range n.list {
			if i > 0 {
				b = append(b, ',')
			}
			b = v.appendJSON(b)
		}
		return append(b, ']')
	case n.kind == kindMap:
		b = append(b, '{')
		for i, e := range n.entries {
			if i > 0 {
				b = append(b, ',')
			}
			b = append(appendString(b, e.key), ':')
			b = e.value.appendJSON(b)
		}
		return append(b, '}')
	default:
		return appendString(b, n.text)
	}
}

// allEntries returns the entries of a map; none for anything else, nil included.
func (n *node) allEntries() []entry {
	if n == nil || n.kind != kindMap {
		return nil
	}
	return n.entries
}
