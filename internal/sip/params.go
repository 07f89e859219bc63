package sip

import "strings"

// MaxParams is how many parameters one URI, or one value of a header field, may have.
const MaxParams = 64

// Param is a parameter of a URI or of a header field's value.
type Param struct {
	Name  string
	Value string // as it came, quoted or not
	Bare  bool   // it has no value, not even an empty one
}

// Params are parameters in their order. No name comes twice in what was parsed (RFC 3261, 7.3.1).
type Params []Param

// Get returns the value of a parameter without its quotes, "" if there is none. Names are compared
// without regard to case.
func (p Params) Get(name string) string {
	if i := p.index(name); i >= 0 {
		return unquote(p[i].Value)
	}
	return ""
}

// Has reports whether there is a parameter of the name.
func (p Params) Has(name string) bool { return p.index(name) >= 0 }

// isToken reports whether a parameter is a token, which a quoted string is not, or is not there.
func (p Params) isToken(name string) bool {
	i := p.index(name)
	return i < 0 || isToken(p[i].Value)
}

func (p Params) index(name string) int {
	for i := range p {
		if strings.EqualFold(p[i].Name, name) {
			return i
		}
	}
	return -1
}

// With returns the parameters with that one set, in its place or at the end.
func (p Params) With(name, value string) Params {
	list := append(make(Params, 0, len(p)+1), p...)
	if i := list.index(name); i >= 0 {
		list[i].Value, list[i].Bare = value, false
		return list
	}
	return append(list, Param{Name: name, Value: value})
}

// Without returns the parameters without that one.
func (p Params) Without(name string) Params {
	var list Params
	for _, one := range p {
		if !strings.EqualFold(one.Name, name) {
			list = append(list, one)
		}
	}
	return list
}

// String returns the parameters, each after a semicolon.
func (p Params) String() string {
	if len(p) == 0 {
		return ""
	}
	var b strings.Builder
	for _, one := range p {
		b.WriteByte(';')
		b.WriteString(one.Name)
		if !one.Bare {
			b.WriteByte('=')
			b.WriteString(one.Value)
		}
	}
	return b.String()
}

// add appends a parameter unless its name is there already, or they become too many.
func (p *Params) add(name, value string, bare bool) bool {
	if len(*p) == MaxParams || p.Has(name) {
		return false
	}
	*p = append(*p, Param{Name: name, Value: value, Bare: bare})
	return true
}

// parseParams reads the parameters of a value (generic-param), what stands behind its first semicolon.
// Unquoted values may have more characters than a token or a host: feature tags and base64 come so.
func parseParams(s string) (list Params, ok bool) {
	for part := range pieces(s, ';') {
		name, value, valued := strings.Cut(part, "=")
		name, value = strings.TrimRight(name, " \t"), strings.TrimLeft(value, " \t")
		if !isToken(name) || !isQuoted(value) && strings.ContainsAny(value, " \t\",<>") ||
			!list.add(name, value, !valued) {
			return nil, false
		}
	}
	return list, true
}

// parseURIParams reads the parameters of a URI, which know neither quotes nor white space. Needless
// escapes are undone: they mean the same (RFC 3261, 19.1.4).
func parseURIParams(s string) (list Params, ok bool) {
	const class = alphanumeric | markOnly | paramOnly
	for part := range strings.SplitSeq(s, ";") {
		name, value, valued := strings.Cut(part, "=")
		if name == "" || !isOf(name, class, true) || !isOf(value, class, true) {
			return nil, false
		}
		name, value = unescape(name, alphanumeric|markOnly), unescape(value, alphanumeric|markOnly)
		if !list.add(name, value, !valued) {
			return nil, false
		}
	}
	return list, true
}
