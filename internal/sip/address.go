package sip

import (
	"errors"
	"strings"
)

// ErrAddress says that a text is no address of a From, To, Contact, Route or their like.
var ErrAddress = errors.New("no address")

// Address is a name-addr or an addr-spec, with its parameters (RFC 3261, 20.10).
type Address struct {
	Display string // as it came, quoted or not
	URI     string // as it came, of any scheme
	Params  Params
}

// ParseAddress reads one address. It fails with ErrAddress. The "*" of a Contact is none.
func ParseAddress(s string) (Address, error) {
	s = trim(s)
	var (
		a      Address
		params string
		found  bool
	)
	if open := bracket(s); open >= 0 {
		uri, rest, closed := strings.Cut(s[open+1:], ">")
		a.Display, a.URI = trim(s[:open]), uri
		rest = trim(rest)
		params, found = strings.CutPrefix(rest, ";")
		if !closed || !found && rest != "" || !isDisplay(a.Display) {
			return Address{}, ErrAddress
		}
	} else { // an addr-spec: what follows a semicolon is the field's, not the URI's
		a.URI, params, found = strings.Cut(s, ";")
		a.URI = strings.TrimRight(a.URI, " \t")
		if strings.ContainsAny(a.URI, ",?") { // belongs into angle brackets
			return Address{}, ErrAddress
		}
	}
	if !isURI(a.URI) {
		return Address{}, ErrAddress
	}
	if found {
		var ok bool
		if a.Params, ok = parseParams(params); !ok {
			return Address{}, ErrAddress
		}
	}
	return a, nil
}

// bracket returns where the angle bracket opens that is in no quotes, -1 if none does.
func bracket(s string) int {
	quoted := false
	for i := 0; i < len(s); i++ {
		switch {
		case quoted && s[i] == '\\':
			i++
		case s[i] == '"':
			quoted = !quoted
		case !quoted && s[i] == '<':
			return i
		}
	}
	return -1
}

// isDisplay reports whether s may stand before an angle bracket: a quoted string, or tokens.
func isDisplay(s string) bool {
	if isQuoted(s) {
		return true
	}
	for i := range len(s) {
		if classes[s[i]]&(alphanumeric|tokenOnly) == 0 && s[i] != ' ' && s[i] != '\t' {
			return false
		}
	}
	return true
}

// AOR returns the address of record, "" if the URI is not of sip or sips or has no user.
func (a Address) AOR() string {
	u, err := ParseURI(a.URI)
	if err != nil {
		return ""
	}
	return u.AOR()
}

// String returns the address, its URI in angle brackets.
func (a Address) String() string {
	s := "<" + a.URI + ">" + a.Params.String()
	if a.Display != "" {
		s = a.Display + " " + s
	}
	return s
}
