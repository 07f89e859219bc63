package rawhttp

import "bytes"

// Request is a plain request. Nothing in it may be kept or changed.
type Request struct {
	Method []byte
	Target []byte // a path, and perhaps a query, as they are escaped
	Length int    // of the body, 0 if it comes in chunks
	Body   []byte
	fields []field
	chunks bool
}

type field struct{ name, value []byte }

// Header returns the value of the first header field with that name, in whatever case, nil if there
// is none.
func (r *Request) Header(name string) []byte {
	for _, f := range r.fields {
		if equal(f.name, name) {
			return f.value
		}
	}
	return nil
}

// parse reads a head, which ends with an empty line, and reports whether it is plain.
func (r *Request) parse(head []byte) bool {
	line, rest, _ := bytes.Cut(head, []byte("\r\n"))
	if !r.parseLine(line) {
		return false
	}
	r.Length, r.Body, r.fields = 0, nil, r.fields[:0]
	hosts, lengths, codings, trailers := 0, 0, 0, 0
	for {
		line, rest, _ = bytes.Cut(rest, []byte("\r\n"))
		if len(line) == 0 {
			r.chunks = codings == 1
			return hosts == 1 && len(rest) == 0 && lengths+codings <= 1 && trailers <= codings
		}
		f, ok := parseField(line)
		if !ok || len(r.fields) == maxField {
			return false
		}
		switch {
		case equal(f.name, "Host"):
			if hosts++; !all(f.value, &hostChars) {
				return false
			}
		case equal(f.name, "Content-Length"):
			if lengths++; lengths > 1 || !r.parseLength(f.value) {
				return false
			}
		case equal(f.name, "Connection"):
			if !equal(f.value, "keep-alive") {
				return false
			}
		case equal(f.name, "Transfer-Encoding"):
			if codings++; !equal(f.value, "chunked") {
				return false
			}
		case equal(f.name, "Trailer"):
			if trailers++; !announced(f.value) {
				return false
			}
		case equal(f.name, "Expect"), equal(f.name, "Upgrade"):
			return false
		}
		r.fields = append(r.fields, f)
	}
}

// mayBegin reports whether b may be how a plain head begins: its lines, as far as they are whole, are
// plain ones. Others net/http need not read to their end to answer them.
func (r *Request) mayBegin(b []byte) bool {
	for first := true; ; first = false {
		line, rest, whole := bytes.Cut(b, []byte("\n"))
		if !whole {
			return true
		}
		line, plain := bytes.CutSuffix(line, []byte("\r"))
		if plain && first {
			plain = r.parseLine(line)
		} else if plain {
			_, plain = parseField(line)
		}
		if !plain {
			return false
		}
		b = rest
	}
}

func parseField(line []byte) (f field, ok bool) {
	name, value, found := bytes.Cut(line, []byte(":"))
	f = field{name: name, value: bytes.Trim(value, " \t")}
	return f, found && len(name) > 0 && all(name, &tokens) && all(f.value, &texts)
}

// parseLine reads the first line. An answer to HEAD has no body, which is one more case.
func (r *Request) parseLine(line []byte) bool {
	method, rest, _ := bytes.Cut(line, []byte(" "))
	target, proto, _ := bytes.Cut(rest, []byte(" "))
	if string(proto) != "HTTP/1.1" || len(target) == 0 || target[0] != '/' || !escaped(target) {
		return false
	}
	if len(method) == 0 || !all(method, &tokens) || string(method) == "HEAD" {
		return false
	}
	r.Method, r.Target = method, target
	return true
}

func (r *Request) parseLength(value []byte) bool {
	if len(value) == 0 || len(value) > 9 {
		return false
	}
	for _, b := range value {
		if b < '0' || b > '9' {
			return false
		}
		r.Length = 10*r.Length + int(b-'0')
	}
	return true
}

// escaped reports whether a target has no byte that would have to be escaped, and no broken escape.
func escaped(target []byte) bool {
	for i, b := range target {
		if !targets[b] || b == '%' && (i+2 >= len(target) || !isHex(target[i+1]) || !isHex(target[i+2])) {
			return false
		}
	}
	return true
}

func isHex(b byte) bool { return b >= '0' && b <= '9' || lower(b) >= 'a' && lower(b) <= 'f' }

// equal compares without regard to the case of ASCII letters.
func equal(b []byte, s string) bool {
	if len(b) != len(s) {
		return false
	}
	for i := range b {
		if lower(b[i]) != lower(s[i]) {
			return false
		}
	}
	return true
}

func lower(b byte) byte {
	if 'A' <= b && b <= 'Z' {
		return b + 'a' - 'A'
	}
	return b
}

// Which bytes a part may have: fewer than net/http lets through where that depends on more.
var (
	tokens    = class("!#$%&'*+-.^_`|~", false)
	targets   = class("!$%&'()*+,-./:;=?@_~", false)
	hostChars = class("-._:[]", false)
	texts     = class(" \t!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~", true)
)

// class has letters, digits and these; high has the bytes above ASCII too.
func class(others string, high bool) (set [256]bool) {
	for b := range set {
		letter := lower(byte(b)) >= 'a' && lower(byte(b)) <= 'z'
		set[b] = letter || b >= '0' && b <= '9' || high && b >= 0x80
	}
	for i := range len(others) {
		set[others[i]] = true
	}
	return set
}

func all(b []byte, set *[256]bool) bool {
	for _, c := range b {
		if !set[c] {
			return false
		}
	}
	return true
}
