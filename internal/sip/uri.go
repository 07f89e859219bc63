package sip

import (
	"errors"
	"net/netip"
	"strconv"
	"strings"
)

// ErrURI says that a text is no URI of sip or sips.
var ErrURI = errors.New("no SIP URI")

// URI is a sip: or sips: URI (RFC 3261, 19.1).
type URI struct {
	Scheme  string // sip or sips
	User    string // as it came, with its escapes, and a password behind a colon; "" is none
	Host    string // in lower case; an IPv6 address in its brackets
	Port    int    // 0 is none
	Params  Params // without needless escapes
	Headers string // behind the question mark
}

// ParseURI reads a URI. It fails with ErrURI.
func ParseURI(s string) (URI, error) {
	scheme, rest, _ := strings.Cut(s, ":")
	u := URI{Scheme: strings.ToLower(scheme)}
	if u.Scheme != "sip" && u.Scheme != "sips" {
		return URI{}, ErrURI
	}
	// A user may hold question marks and semicolons. Nothing behind it may hold an at sign.
	if at := strings.IndexByte(rest, '@'); at >= 0 {
		u.User, rest = rest[:at], rest[at+1:]
		if !isUser(u.User) {
			return URI{}, ErrURI
		}
	}
	rest, headers, found := strings.Cut(rest, "?")
	if u.Headers = headers; found && !isOf(headers, alphanumeric|markOnly|paramOnly|userOnly, true) {
		return URI{}, ErrURI
	}
	host, params, found := strings.Cut(rest, ";")
	if found {
		var ok bool
		if u.Params, ok = parseURIParams(params); !ok {
			return URI{}, ErrURI
		}
	}
	var ok bool
	if u.Host, u.Port, ok = parseHostport(host); !ok {
		return URI{}, ErrURI
	}
	return u, nil
}

// isUser reports whether s is a user, with or without a password.
func isUser(s string) bool {
	user, password, _ := strings.Cut(s, ":")
	const class = alphanumeric | markOnly | userOnly
	return user != "" && isOf(user, class, true) && isOf(password, class, true)
}

// parseHostport reads a host, in lower case, and its port, 0 if it has none.
func parseHostport(s string) (host string, port int, ok bool) {
	host = s
	if colon := strings.LastIndexByte(s, ':'); colon > strings.LastIndexByte(s, ']') {
		n, err := strconv.ParseUint(s[colon+1:], 10, 16)
		if err != nil || n == 0 {
			return "", 0, false
		}
		host, port = s[:colon], int(n)
	}
	// Checked as it came: Unicode has capitals whose small letters are ASCII.
	return strings.ToLower(host), port, isHost(host)
}

// isHost is lenient in that a name may have underscores.
func isHost(s string) bool {
	if inner, bracketed := strings.CutPrefix(s, "["); bracketed {
		inner, bracketed = strings.CutSuffix(inner, "]")
		ip, err := netip.ParseAddr(inner)
		return bracketed && err == nil && ip.Is6() && ip.Zone() == ""
	}
	for i := range len(s) {
		if classes[s[i]]&alphanumeric == 0 && s[i] != '-' && s[i] != '.' && s[i] != '_' {
			return false
		}
	}
	return s != ""
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
	return unescapeUser(user) + "@" + u.Host
}

// unescapeUser undoes more than RFC 3261, 19.1.4, says means the same, where reserved characters are
// told from their escapes: clients differ in which of them they escape, and mean one person.
func unescapeUser(s string) string { return unescape(s, alphanumeric|markOnly|userOnly) }

// Equal reports whether both mean the same (RFC 3261, 19.1.4). Headers are compared as they came.
func (u URI) Equal(v URI) bool {
	if u.Scheme != v.Scheme || unescapeUser(u.User) != unescapeUser(v.User) || u.Host != v.Host || u.Port != v.Port {
		return false
	}
	for _, name := range []string{"user", "ttl", "method", "maddr", "transport"} {
		if u.Params.Has(name) != v.Params.Has(name) {
			return false
		}
	}
	for _, p := range u.Params {
		if i := v.Params.index(p.Name); i >= 0 && !strings.EqualFold(v.Params[i].Value, p.Value) {
			return false
		}
	}
	return u.Headers == v.Headers
}

// isURI reports whether s is a URI of any scheme: what follows it is the scheme's own, unless it is
// SIP's.
func isURI(s string) bool {
	scheme, rest, found := strings.Cut(s, ":")
	if !found || rest == "" || !isToken(scheme) || classes[scheme[0]]&alphanumeric == 0 || scheme[0] <= '9' {
		return false
	}
	if strings.EqualFold(scheme, "sip") || strings.EqualFold(scheme, "sips") {
		_, err := ParseURI(s)
		return err == nil
	}
	for i := range len(rest) {
		if c := rest[i]; c <= ' ' || c >= 0x7f || c == '<' || c == '>' || c == '"' {
			return false
		}
	}
	return true
}
