package vtl

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/parley-rtc/parley/localdev/internal/rawjson"
)

// path is a JSONPath: $ and what is taken of it, step by step.
type path []pathStep

// pathStep takes members or elements of all that the steps before it led to. One of its fields is
// set, besides deep.
type pathStep struct {
	deep    bool     // ..: of what is below, at any depth, too
	all     bool     // * or [*]
	names   []string // .name, ['a','b']
	merged  bool     // several names, at the end: one map of them
	indexes []int    // [0], [-1], [0,2]
	slice   *[2]int  // [from:to]
	filter  filter   // [?(…)]
	length  bool     // .length(), .size()
}

// open is the end of a slice without one.
const open = math.MaxInt

// definite reports whether the path leads to one place, and not to a list of what was found.
func (p path) definite() bool {
	return !slices.ContainsFunc(p, func(s pathStep) bool {
		return s.deep || s.all || s.filter != nil || s.slice != nil || len(s.names) > 1 && !s.merged || len(s.indexes) > 1
	})
}

// find returns what the path leads to in doc. A path to several places gives a list, which may be
// empty.
func (p path) find(r *run, doc any) (any, bool) {
	found := p.from(r, []any{doc}, doc)
	switch {
	case len(p) > 0 && p[len(p)-1].length && len(found) > 0:
		return found[0], true
	case !p.definite():
		return &array{items: found, json: true}, true
	case len(found) == 0:
		return nil, false
	}
	return found[0], true
}

// isPlain reports whether the path goes from member to member.
func (p path) isPlain() bool {
	return len(p) > 0 && !slices.ContainsFunc(p, func(s pathStep) bool { return s.deep || len(s.names) != 1 })
}

// pick is find of a plain path, in the text of a document.
func (p path) pick(doc []byte) (v any, ok bool) {
	for _, s := range p {
		if doc, ok = rawjson.Find(doc, s.names[0]); !ok {
			return nil, false
		}
	}
	return parse(doc), true
}

func (p path) from(r *run, found []any, doc any) []any {
	for i, s := range p {
		if s.length { // of the list that was found, or of the one value
			if !path(p[:i]).definite() {
				found = []any{&array{items: found}}
			}
		} else if s.deep {
			found = below(r, nil, found)
		}
		var next []any
		for _, v := range found {
			if r.spend(0); r.err != nil {
				return nil
			}
			next = s.take(r, next, v, doc)
		}
		found = next
	}
	return found
}

// below appends values and all that is in them, the outer first.
func below(r *run, list, values []any) []any {
	for _, v := range values {
		if r.spend(0); r.err != nil {
			break
		}
		list = below(r, append(list, v), elements(v))
	}
	return list
}

// take appends what the step takes of v.
func (s pathStep) take(r *run, to []any, v, doc any) []any {
	switch {
	case s.length:
		return append(to, lengthOf(v))
	case s.all:
		return append(to, elements(v)...)
	case s.filter != nil:
		for _, item := range candidates(v) {
			if r.spend(0); r.err == nil && s.filter(r, item, doc) {
				to = append(to, item)
			}
		}
		return to
	}
	switch v := v.(type) {
	case *object:
		if s.merged {
			some := newObject()
			for _, name := range s.names {
				if member, ok := v.members[name]; ok {
					some.put(name, member)
				}
			}
			return append(to, some)
		}
		for _, name := range s.names {
			if member, ok := v.members[name]; ok {
				to = append(to, member)
			}
		}
	case *array:
		if s.slice != nil {
			from, end := bound(s.slice[0], len(v.items)), bound(s.slice[1], len(v.items))
			return append(to, v.items[min(from, end):end]...)
		}
		for _, i := range s.indexes {
			if i < 0 {
				i += len(v.items)
			}
			if i >= 0 && i < len(v.items) {
				to = append(to, v.items[i])
			}
		}
	}
	return to
}

// candidates are what a filter looks at: elements of a list, or the one object.
func candidates(v any) []any {
	switch v := v.(type) {
	case *array:
		return v.items
	case *object:
		return []any{v}
	}
	return nil
}

func bound(i, length int) int {
	if i < 0 {
		i += length
	}
	return min(max(i, 0), length)
}

func lengthOf(v any) any {
	switch v := v.(type) {
	case *array:
		return int64(len(v.items))
	case *object:
		return int64(len(v.names))
	}
	return nil
}

// pathSource reads a JSONPath.
type pathSource struct{ source }

func parsePath(text string) (path, error) {
	text = strings.TrimSpace(text)
	if !strings.HasPrefix(text, "$") {
		text = "$." + text // as JsonPath for Java does
	}
	s := &pathSource{source{text: text}}
	s.take("$")
	p, err := s.path()
	if err == nil && s.at < len(s.text) {
		err = fmt.Errorf("what does %q mean there", s.rest())
	}
	if err != nil {
		return nil, fmt.Errorf("JSONPath %s: %w", text, err)
	}
	return p, nil
}

// path reads steps as long as there are some.
func (s *pathSource) path() (path, error) {
	var p path
	for {
		st := pathStep{}
		switch {
		case s.take(".."):
			st.deep = true
		case s.take("."):
		case s.peek() == '[':
		default:
			if len(p) > 0 {
				p[len(p)-1].merged = len(p[len(p)-1].names) > 1
			}
			return p, nil
		}
		if s.take("[") {
			if err := s.bracket(&st); err != nil {
				return nil, err
			}
			p = append(p, st)
			continue
		}
		name := s.name()
		switch {
		case name == "":
			return nil, fmt.Errorf("want a name behind the dot")
		case name == "*":
			st.all = true
		case s.take("()"):
			if name != "length" && name != "size" {
				return nil, fmt.Errorf("localdev knows no function %s", name)
			}
			st.length = true
		default:
			st.names = []string{name}
		}
		p = append(p, st)
	}
}

// name reads a member's name behind a dot.
func (s *pathSource) name() string {
	from := s.at
	for s.at < len(s.text) && !strings.ContainsRune(".[]() \t=!<>&|,", rune(s.text[s.at])) {
		s.at++
	}
	return s.text[from:s.at]
}

// bracket reads what is between [ and ], and the latter.
func (s *pathSource) bracket(st *pathStep) error {
	s.space()
	var err error
	switch c := s.peek(); {
	case s.take("*"):
		st.all = true
	case s.take("?"):
		st.filter, err = s.alternatives()
	case c == '\'' || c == '"':
		for more := true; more && err == nil; more = s.comma() {
			var name string
			name, err = s.quotedName()
			st.names = append(st.names, name)
		}
	default:
		err = s.positions(st)
	}
	if err != nil {
		return err
	}
	return s.want("]")
}

func (s *pathSource) comma() bool {
	s.space()
	found := s.take(",")
	s.space()
	return found
}

func (s *pathSource) positions(st *pathStep) error {
	first, ok := s.index()
	s.space()
	if s.take(":") {
		st.slice = &[2]int{first, open}
		s.space()
		if end, ok := s.index(); ok {
			st.slice[1] = end
		}
		return nil
	}
	if !ok {
		return fmt.Errorf("want an index, a name in quotes, * or a filter behind [")
	}
	st.indexes = []int{first}
	for s.comma() {
		next, ok := s.index()
		if !ok {
			return fmt.Errorf("want an index behind the comma")
		}
		st.indexes = append(st.indexes, next)
	}
	return nil
}

func (s *pathSource) index() (int, bool) {
	from := s.at
	s.take("-")
	for isDigit(s.peek()) {
		s.at++
	}
	n, _ := number(s.text[from:s.at])
	i, ok := n.(int64)
	return int(i), ok
}

// quotedName reads a text in quotes; a backslash takes the next character as it is.
func (s *pathSource) quotedName() (string, error) {
	quote := s.peek()
	var b strings.Builder
	for s.at++; s.at < len(s.text); s.at++ {
		switch c := s.peek(); {
		case c == quote:
			s.at++
			return b.String(), nil
		case c == '\\' && s.at+1 < len(s.text):
			s.at++
			b.WriteByte(s.peek())
		default:
			b.WriteByte(c)
		}
	}
	return "", fmt.Errorf("quote without its end")
}
