package sip

import "strings"

// Param is a parameter of a URI or of a header field's value.
type Param struct {
	Name  string
	Value string // as it came, quoted or not
	Bare  bool   // it has no value, not even an empty one
}

// Params are parameters in their order.
type Params []Param

// Get returns the value of a parameter without its quotes, "" if there is none. Names are compared
// without regard to case.
func (p Params) Get(name string) string {
	for _, one := range p {
		if strings.EqualFold(one.Name, name) {
			return unquote(one.Value)
		}
	}
	return ""
}

// Has reports whether there is a parameter of the name.
func (p Params) Has(name string) bool {
	for _, one := range p {
		if strings.EqualFold(one.Name, name) {
			return true
		}
	}
	return false
}

// With returns the parameters with that one set, in its place or at the end.
func (p Params) With(name, value string) Params {
	list, found := make(Params, 0, len(p)+1), false
	for _, one := range p {
		if strings.EqualFold(one.Name, name) {
			if found {
				continue
			}
			one.Value, one.Bare, found = value, false, true
		}
		list = append(list, one)
	}
	if !found {
		list = append(list, Param{Name: name, Value: value})
	}
	return list
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
	var b strings.Builder
	for _, one := range p {
		b.WriteString(";" + one.Name)
		if !one.Bare {
			b.WriteString("=" + one.Value)
		}
	}
	return b.String()
}

// parseParams reads what stands behind a first semicolon; "" is none.
func parseParams(s string) (Params, bool) {
	var list Params
	if strings.TrimSpace(s) == "" {
		return nil, s == ""
	}
	for _, part := range split(s, ';') {
		name, value, valued := strings.Cut(part, "=")
		name, value = strings.TrimSpace(name), strings.TrimSpace(value)
		if !isToken(name) {
			return nil, false
		}
		list = append(list, Param{Name: name, Value: value, Bare: !valued})
	}
	return list, true
}

// split cuts a text at each separator that stands neither in quotes nor in angle brackets.
func split(s string, separator byte) (parts []string) {
	start, quoted, angle := 0, false, false
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '<':
			angle = true
		case c == '>':
			angle = false
		case c == separator && !angle:
			parts = append(parts, strings.TrimSpace(s[start:i]))
			start = i + 1
		}
	}
	return append(parts, strings.TrimSpace(s[start:]))
}

// unquote returns the text of a quoted string, and anything else as it is.
func unquote(s string) string {
	if len(s) < 2 || s[0] != '"' || s[len(s)-1] != '"' {
		return s
	}
	var b strings.Builder
	for i := 1; i < len(s)-1; i++ {
		if s[i] == '\\' && i+1 < len(s)-1 {
			i++
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// Quote returns the text as a quoted string.
func Quote(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}

// isToken reports whether s is a token (RFC 3261, 25.1).
func isToken(s string) bool {
	for i := range len(s) {
		c := s[i]
		if !isAlphanumeric(c) && !strings.ContainsRune("-.!%*_+`'~", rune(c)) {
			return false
		}
	}
	return s != ""
}

func isAlphanumeric(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
}
