package sip

import (
	"errors"
	"strconv"
	"strings"
)

// ErrURI says that a text is no URI of sip or sips.
var ErrURI = errors.New("no SIP URI")

// URI is a sip: or sips: URI (RFC 3261, 19.1).
type URI struct {
	Scheme  string // sip or sips
	User    string // as it came, with its escapes; "" is none
	Host    string // in lower case; an IPv6 address in its brackets
	Port    int    // 0 is none
	Params  Params
	Headers string // behind the question mark
}

// ParseURI reads a URI. It fails with ErrURI.
func ParseURI(s string) (URI, error) {
	scheme, rest, found := strings.Cut(s, ":")
	u := URI{Scheme: strings.ToLower(scheme)}
	if !found || u.Scheme != "sip" && u.Scheme != "sips" || strings.ContainsAny(rest, " \t\r\n<>\"") {
		return URI{}, ErrURI
	}
	rest, u.Headers, _ = strings.Cut(rest, "?")
	if at := strings.LastIndexByte(rest, '@'); at >= 0 {
		u.User, rest = rest[:at], rest[at+1:]
		if u.User == "" || strings.Contains(u.User, "@") {
			return URI{}, ErrURI
		}
	}
	host, params, found := strings.Cut(rest, ";")
	if found {
		var ok bool
		if u.Params, ok = parseURIParams(params); !ok {
			return URI{}, ErrURI
		}
	}
	if !u.setHost(host) {
		return URI{}, ErrURI
	}
	return u, nil
}

func (u *URI) setHost(s string) bool {
	host, port := s, ""
	if end := strings.LastIndexByte(s, ']'); end >= 0 || !strings.Contains(s, "[") {
		if colon := strings.LastIndexByte(s, ':'); colon > end {
			host, port = s[:colon], s[colon+1:]
			n, err := strconv.ParseUint(port, 10, 16)
			if err != nil {
				return false
			}
			u.Port = int(n)
		}
	}
	u.Host = strings.ToLower(host)
	return isHost(u.Host)
}

func isHost(s string) bool {
	inner, bracketed := strings.CutPrefix(s, "[")
	if bracketed {
		inner, bracketed = strings.CutSuffix(inner, "]")
		return bracketed && inner != "" && strings.Trim(inner, "0123456789abcdef:.") == ""
	}
	for i := range len(s) {
		if !isAlphanumeric(s[i]) && s[i] != '-' && s[i] != '.' && s[i] != '_' {
			return false
		}
	}
	return s != ""
}

// parseURIParams reads the parameters of a URI, which know no quotes.
func parseURIParams(s string) (list Params, ok bool) {
	for part := range strings.SplitSeq(s, ";") {
		name, value, valued := strings.Cut(part, "=")
		if name == "" {
			return nil, false
		}
		list = append(list, Param{Name: name, Value: value, Bare: !valued})
	}
	return list, true
}

// String returns the URI.
func (u URI) String() string {
	var b strings.Builder
	b.WriteString(u.Scheme + ":")
	if u.User != "" {
		b.WriteString(u.User + "@")
	}
	b.WriteString(u.Host)
	if u.Port != 0 {
		b.WriteString(":" + strconv.Itoa(u.Port))
	}
	b.WriteString(u.Params.String())
	if u.Headers != "" {
		b.WriteString("?" + u.Headers)
	}
	return b.String()
}

// AOR returns the address of record that the URI means, as it is compared: user@host, without a
// password, a port or parameters, the user's needless escapes undone; "" if it has no user.
func (u URI) AOR() string {
	user, _, _ := strings.Cut(u.User, ":")
	if user == "" {
		return ""
	}
	return unescape(user) + "@" + u.Host
}

// Equal reports whether both mean the same (RFC 3261, 19.1.4).
func (u URI) Equal(v URI) bool {
	if u.Scheme != v.Scheme || unescape(u.User) != unescape(v.User) || u.Host != v.Host || u.Port != v.Port {
		return false
	}
	for _, name := range []string{"user", "ttl", "method", "maddr", "transport"} {
		if !strings.EqualFold(u.Params.Get(name), v.Params.Get(name)) {
			return false
		}
	}
	for _, p := range u.Params {
		if v.Params.Has(p.Name) && !strings.EqualFold(v.Params.Get(p.Name), p.Value) {
			return false
		}
	}
	return u.Headers == v.Headers
}

// unescape undoes %HH where it stands for a character that needs no escape in a user.
func unescape(s string) string {
	if !strings.Contains(s, "%") {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) {
			if n, err := strconv.ParseUint(s[i+1:i+3], 16, 8); err == nil {
				if c := byte(n); isAlphanumeric(c) || strings.IndexByte("-_.!~*'()&=+$,;?/", c) >= 0 {
					b.WriteByte(c)
				} else {
					b.WriteString(strings.ToUpper(s[i : i+3]))
				}
				i += 2
				continue
			}
		}
		b.WriteByte(s[i])
	}
	return b.String()
}
