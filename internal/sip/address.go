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

// ParseAddress reads one address. It fails with ErrAddress.
func ParseAddress(s string) (Address, error) {
	s = strings.TrimSpace(s)
	var a Address
	open := bracket(s)
	if open < 0 { // an addr-spec: what follows a semicolon is the field's, not the URI's
		uri, params, found := strings.Cut(s, ";")
		a.URI = strings.TrimSpace(uri)
		return a.with(params, found)
	}
	end := strings.IndexByte(s[open:], '>')
	if end < 0 {
		return Address{}, ErrAddress
	}
	a.Display, a.URI = strings.TrimSpace(s[:open]), strings.TrimSpace(s[open+1:open+end])
	rest := strings.TrimSpace(s[open+end+1:])
	params, found := strings.CutPrefix(rest, ";")
	if !found && rest != "" {
		return Address{}, ErrAddress
	}
	return a.with(params, found)
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

func (a Address) with(params string, found bool) (Address, error) {
	if a.URI == "" || strings.ContainsAny(a.URI, " \t<>\"") {
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
