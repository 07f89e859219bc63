package digest

import (
	"errors"
	"strconv"
	"strings"
)

// Algorithm is a hash, by its name in a challenge.
type Algorithm string

// The algorithms.
const (
	MD5    Algorithm = "MD5"
	SHA256 Algorithm = "SHA-256"
)

// ErrScheme says that a header field has credentials of another scheme than Digest.
var ErrScheme = errors.New("no digest")

// Error says what is wrong with credentials: no word of it is the client's.
type Error string

func (e Error) Error() string { return string(e) }

// The bounds of credentials, in bytes. A nonce of ours has less than half of a parameter's.
const (
	maxCredentials = 4096
	maxParameter   = 512
)

// Credentials are what a client answers to a challenge, in Authorization or Proxy-Authorization.
// The texts are as they came, without their quotes: so they are hashed.
type Credentials struct {
	Username, Realm, Nonce, URI string
	Response                    string
	Algorithm                   Algorithm // MD5 where none is named
	CNonce, NC                  string
	Count                       uint32 // what NC says
}

// Parse reads the value of a header field. It fails with ErrScheme, or with an Error. Credentials
// without qop are refused: our challenges ask for it (RFC 8760, 2.6), and what has no count can be
// replayed.
func Parse(value string) (Credentials, error) {
	scheme, rest, _ := strings.Cut(strings.TrimLeft(value, " \t"), " ")
	switch {
	case !strings.EqualFold(scheme, "Digest"):
		return Credentials{}, ErrScheme
	case len(value) > maxCredentials:
		return Credentials{}, Error("the credentials are too long")
	}
	given, err := parameters(rest)
	if err != nil {
		return Credentials{}, err
	}
	c := Credentials{
		Username: given["username"], Realm: given["realm"], Nonce: given["nonce"], URI: given["uri"],
		Response: given["response"], Algorithm: algorithm(given["algorithm"]), CNonce: given["cnonce"], NC: given["nc"],
	}
	for _, name := range []string{"username", "realm", "nonce", "uri", "response", "cnonce", "nc", "qop"} {
		if given[name] == "" {
			return Credentials{}, Error("the credentials have no " + name)
		}
	}
	if !strings.EqualFold(given["qop"], "auth") {
		return Credentials{}, Error("the credentials have another qop than auth")
	}
	count, err := strconv.ParseUint(c.NC, 16, 32)
	if err != nil || len(c.NC) != 8 {
		return Credentials{}, Error("nc of the credentials is not 8 hexadecimal digits")
	}
	c.Count = uint32(count)
	return c, nil
}

// algorithm returns the name as it is known here, where it is.
func algorithm(name string) Algorithm {
	for _, known := range []Algorithm{MD5, SHA256} {
		if strings.EqualFold(name, string(known)) {
			return known
		}
	}
	if name == "" {
		return MD5 // RFC 7616, 3.3
	}
	return Algorithm(name)
}

// parameters reads NAME=VALUE, separated by commas, with values that may be quoted. Names are
// returned in lower case.
func parameters(s string) (map[string]string, error) {
	given := map[string]string{}
	for {
		s = strings.TrimLeft(s, ", \t")
		if s == "" {
			return given, nil
		}
		name, rest, found := strings.Cut(s, "=")
		name = strings.ToLower(strings.TrimRight(name, " \t"))
		if !found || name == "" || strings.ContainsAny(name, "\", \t") {
			return nil, Error("the credentials are no list of parameters")
		}
		value, rest, ok := cutValue(strings.TrimLeft(rest, " \t"))
		if !ok {
			return nil, Error("a parameter of the credentials has no end")
		}
		if _, twice := given[name]; twice {
			return nil, Error("a parameter of the credentials is there twice")
		}
		if len(value) > maxParameter {
			return nil, Error("a parameter of the credentials is too long")
		}
		given[name] = value
		s = rest
	}
}

// cutValue takes a value from the beginning, without its quotes and with its escapes, and the comma
// behind it.
func cutValue(s string) (value, rest string, ok bool) {
	inner, quoted := strings.CutPrefix(s, `"`)
	if !quoted {
		value, rest, _ = strings.Cut(s, ",")
		value = strings.TrimRight(value, " \t")
		return value, rest, !strings.ContainsAny(value, "\" \t")
	}
	for i := 0; i < len(inner); i++ {
		switch inner[i] {
		case '\\':
			i++
		case '"':
			rest = strings.TrimLeft(inner[i+1:], " \t")
			return inner[:i], rest, rest == "" || rest[0] == ','
		}
	}
	return "", "", false
}
