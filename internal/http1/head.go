package http1

import "bytes"

// parseHead reads a whole head, with its empty line.
func parseHead(raw []byte) (a Answer, f framing, ok bool) {
	line, rest := cutLine(raw)
	status, old, ok := statusLine(line)
	if !ok {
		return a, f, false
	}
	a = Answer{Status: status, Close: old, head: rest}
	f.length = -1
	var length []byte
	for len(rest) > 0 {
		line, next := cutLine(rest)
		if len(line) == 0 {
			a.head = a.head[:len(a.head)-len(rest)]
			break
		}
		if !isField(line) {
			return a, f, false
		}
		rest = next
		name, value := field(line)
		switch {
		case equal(name, "Content-Length"):
			if length != nil && !bytes.Equal(length, value) {
				return a, f, false
			}
			if length = value; !number(value, &f.length) {
				return a, f, false
			}
		case equal(name, "Transfer-Encoding") && !old:
			if f.chunked || !equal(value, "chunked") {
				return a, f, false
			}
			f.chunked = true
		case equal(name, "Connection"):
			if has(value, "close") {
				a.Close = true
			} else if old && has(value, "keep-alive") {
				a.Close = false
			}
		}
	}
	return a, f, true
}

// statusLine reads HTTP/1.1 200 OK. HTTP/1.0 is old: its connections end unless something else is said.
func statusLine(line []byte) (status int, old, ok bool) {
	const version = len("HTTP/1.x ")
	if len(line) < version+3 || !bytes.HasPrefix(line, []byte("HTTP/1.")) || line[version-1] != ' ' {
		return 0, false, false
	}
	if old = line[version-2] == '0'; !old && line[version-2] != '1' {
		return 0, false, false
	}
	if line = line[version:]; len(line) > 3 && line[3] != ' ' || line[0] == '0' {
		return 0, false, false
	}
	return status, old, number(line[:3], &status)
}

// isField reports whether a line is a field of a head. Those that go on in the next line are not.
func isField(line []byte) bool {
	colon := bytes.IndexByte(line, ':')
	if colon < 0 || !isToken(line[:colon]) {
		return false
	}
	for _, b := range line[colon+1:] {
		if b < ' ' && b != '\t' || b == 0x7f {
			return false
		}
	}
	return true
}

func field(line []byte) (name, value []byte) {
	name, value, _ = bytes.Cut(line, []byte(":"))
	return name, bytes.Trim(value, " \t")
}

func cutLine(b []byte) (line, rest []byte) {
	line, rest, _ = bytes.Cut(b, []byte("\n"))
	return bytes.TrimSuffix(line, []byte("\r")), rest
}

// has reports whether a list has an element, however it is spelled.
func has(list []byte, element string) bool {
	for len(list) > 0 {
		var first []byte
		first, list, _ = bytes.Cut(list, []byte(","))
		if equal(bytes.Trim(first, " \t"), element) {
			return true
		}
	}
	return false
}

// number reads a number without a sign.
func number(digits []byte, n *int) bool {
	if len(digits) == 0 || len(digits) > 15 {
		return false
	}
	*n = 0
	for _, b := range digits {
		if b < '0' || b > '9' {
			return false
		}
		*n = *n*10 + int(b-'0')
	}
	return true
}

// equal compares words of ASCII, however they are spelled.
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

func isToken(b []byte) bool {
	for _, c := range b {
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9':
		case bytes.IndexByte([]byte("!#$%&'*+-.^_`|~"), c) >= 0:
		default:
			return false
		}
	}
	return len(b) > 0
}
