package sip

import (
	"errors"
	"strings"
)

// ErrVia says that a text is no value of a Via.
var ErrVia = errors.New("no Via")

// Via is one hop of a message (RFC 3261, 20.42).
type Via struct {
	Transport string // such as WS or WSS, in capitals
	SentBy    string // the host, and its port where it has one, as it came
	Params    Params
}

// ParseVia reads one Via. It fails with ErrVia. A branch may be missing, as it was before RFC 3261.
func ParseVia(s string) (Via, error) {
	main, params, found := strings.Cut(s, ";")
	name, rest, _ := strings.Cut(main, "/")
	version, rest, _ := strings.Cut(rest, "/")
	rest = trim(rest)
	space := strings.IndexAny(rest, " \t")
	if name = trim(name); space < 0 || !isToken(name) || !strings.EqualFold(name+"/"+trim(version), Version) {
		return Via{}, ErrVia
	}
	transport := rest[:space]
	v := Via{Transport: strings.ToUpper(transport), SentBy: trim(rest[space:])}
	if host, port, ported := strings.Cut(v.SentBy, ":"); ported && v.SentBy[0] != '[' { // LWS may be around it
		v.SentBy = strings.TrimRight(host, " \t") + ":" + strings.TrimLeft(port, " \t")
	}
	if _, _, ok := parseHostport(v.SentBy); !ok || !isToken(transport) {
		return Via{}, ErrVia
	}
	if found {
		var ok bool
		if v.Params, ok = parseParams(params); !ok {
			return Via{}, ErrVia
		}
	}
	if !v.Params.isToken("branch") {
		return Via{}, ErrVia
	}
	return v, nil
}

// Branch returns the parameter branch.
func (v Via) Branch() string { return v.Params.Get("branch") }

// String returns the Via.
func (v Via) String() string {
	return Version + "/" + v.Transport + " " + v.SentBy + v.Params.String()
}
