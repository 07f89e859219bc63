package sip

import (
	"errors"
	"strings"
)

// ErrVia says that a text is no value of a Via.
var ErrVia = errors.New("no Via")

// Via is one hop of a message (RFC 3261, 20.42).
type Via struct {
	Transport string // such as WS or WSS
	SentBy    string // the host, and its port where it has one, as it came
	Params    Params
}

// ParseVia reads one Via. It fails with ErrVia.
func ParseVia(s string) (Via, error) {
	main, params, found := strings.Cut(s, ";")
	protocol, sentBy, _ := strings.Cut(strings.TrimSpace(main), " ")
	// SIP / 2.0 / UDP may have spaces around its slashes.
	if parts := strings.SplitN(main, "/", 3); len(parts) == 3 {
		transport, by, _ := strings.Cut(strings.TrimSpace(parts[2]), " ")
		protocol, sentBy = strings.TrimSpace(parts[0])+"/"+strings.TrimSpace(parts[1])+"/"+transport, strings.TrimSpace(by)
	}
	transport, ours := strings.CutPrefix(strings.ToUpper(protocol), Version+"/")
	v := Via{Transport: transport, SentBy: strings.ReplaceAll(sentBy, " ", "")}
	if !ours || !isToken(transport) || v.SentBy == "" {
		return Via{}, ErrVia
	}
	if found {
		var ok bool
		if v.Params, ok = parseParams(params); !ok {
			return Via{}, ErrVia
		}
	}
	return v, nil
}

// Branch returns the parameter branch.
func (v Via) Branch() string { return v.Params.Get("branch") }

// String returns the Via.
func (v Via) String() string {
	return Version + "/" + v.Transport + " " + v.SentBy + v.Params.String()
}
