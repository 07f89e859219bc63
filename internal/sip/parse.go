package sip

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// MaxFields is how many fields a message may have. API Gateway's frames are shorter than 32 KB.
const MaxFields = 128

// Error says what is wrong with a message, and how a request is answered that has it.
type Error struct {
	Status int    // 400, 505 and their like
	Msg    string // for the reason phrase: no word of it is the sender's
}

func (e *Error) Error() string { return e.Msg }

func malformed(format string, args ...any) *Error {
	return &Error{Status: 400, Msg: fmt.Sprintf(format, args...)}
}

// Parse reads a whole message. It fails with an *Error, and then returns of a request what an answer
// needs (Via, From, To, Call-ID and CSeq, and the method, for ACK has none), nil if that is not there.
//
// No value of what it returns has a line end, so none can become a line of its own when it is sent on.
// Lines end with CR LF: a message in which others tell them by LF alone would mean something else to them.
func Parse(frame []byte) (*Message, error) {
	p := parser{message: &Message{Header: make(Header, 0, 16)}, length: -1}
	head, body, found := bytes.Cut(bytes.TrimLeft(frame, "\r\n"), []byte("\r\n\r\n"))
	if !found {
		return nil, malformed("No empty line ends the header: lines end with CR LF")
	}
	if err := checkText(head); err != nil {
		return nil, err
	}
	start, fields, _ := strings.Cut(string(head), "\r\n")
	p.start(start)
	p.fields(fields)
	p.body(body)
	p.check()
	switch {
	case p.failed == nil:
		return p.message, nil
	case p.answerable():
		return p.message, p.failed
	}
	return nil, p.failed
}

// parser is one call of Parse.
type parser struct {
	message *Message
	length  int    // the Content-Length, -1 if there is none
	failed  *Error // the first that was found wrong
}

// fail notes what is wrong. The rest is still read, for the answer.
func (p *parser) fail(format string, args ...any) {
	if p.failed == nil {
		p.failed = malformed(format, args...)
	}
}

// checkText refuses what no text may have: control characters, but tabs and escaped ones, line ends that
// are not whole, and bytes that are not UTF-8 (RFC 3261, 7 and 25.1).
func checkText(head []byte) *Error {
	for i := 0; i < len(head); i++ {
		switch c := head[i]; {
		case c >= ' ' && c != 0x7f, c == '\t':
		case c == '\r' && i+1 < len(head) && head[i+1] == '\n':
			i++
		case c == '\r', c == '\n':
			return malformed("A line of the header ends with CR or LF alone: want both")
		case i == 0 || head[i-1] != '\\': // a quoted-pair may have any other
			return malformed("A control character in the header")
		}
	}
	if !utf8.Valid(head) {
		return malformed("The header is not UTF-8")
	}
	return nil
}

// start reads the first line (RFC 3261, 7.1 and 7.2).
func (p *parser) start(line string) {
	m := p.message
	if len(line) > len(Version) && strings.EqualFold(line[:len(Version)], Version) && line[len(Version)] == ' ' {
		code, reason, _ := strings.Cut(line[len(Version)+1:], " ")
		status, err := strconv.Atoi(code)
		if err != nil || len(code) != 3 || status < 100 || status > 699 {
			p.fail("Malformed status line: want SIP/2.0, a status from 100 to 699, a reason")
			return
		}
		m.Status, m.Reason = status, reason
		return
	}
	method, rest, _ := strings.Cut(line, " ")
	uri, version, _ := strings.Cut(rest, " ")
	if !isToken(method) {
		p.fail("Malformed request line: no method")
		return
	}
	m.Method, m.URI = method, uri
	switch {
	case len(version) < 4 || !strings.EqualFold(version[:4], "SIP/") || strings.ContainsAny(version, " \t"):
		p.fail("Malformed request line: want METHOD URI SIP/2.0, with one space between")
	case !strings.EqualFold(version, Version):
		p.failed = &Error{Status: 505, Msg: "Version Not Supported"}
	case strings.HasPrefix(uri, "<"):
		p.fail("Malformed request line: the Request-URI is in angle brackets")
	case !isURI(uri):
		p.fail("The Request-URI is no URI")
	default:
		if u, err := ParseURI(uri); err == nil && u.Headers != "" { // RFC 3261, 19.1.1
			p.fail("The Request-URI has headers")
		}
	}
}

// fields reads the header.
func (p *parser) fields(lines string) {
	if lines != "" && (lines[0] == ' ' || lines[0] == '\t') {
		p.fail("The first line is folded")
	}
	for at := 1; lines != ""; at++ {
		line := cutField(&lines)
		name, value, found := strings.Cut(line, ":")
		name, value = strings.TrimRight(name, " \t"), trim(value)
		if !found || !isToken(name) {
			p.fail("Header field %d has no name with a colon behind it", at)
			continue
		}
		p.field(canonical(name), value)
	}
}

// cutField cuts the first field off, on one line: a line end with the white space behind it is a space
// (RFC 3261, 7.3.1).
func cutField(lines *string) string {
	line, rest, _ := strings.Cut(*lines, "\r\n")
	if rest == "" || rest[0] != ' ' && rest[0] != '\t' {
		*lines = rest
		return line
	}
	var b strings.Builder
	b.WriteString(strings.TrimRight(line, " \t"))
	for rest != "" && (rest[0] == ' ' || rest[0] == '\t') {
		line, rest, _ = strings.Cut(rest, "\r\n")
		b.WriteByte(' ')
		b.WriteString(trim(line))
	}
	*lines = rest
	return b.String()
}

func (p *parser) field(name, value string) {
	m := p.message
	if isSingle(name) && (m.Header.Has(name) || name == "Content-Length" && p.length >= 0) {
		p.fail("There are two %s", name)
		return
	}
	if name == "Content-Length" {
		n, err := strconv.ParseUint(value, 10, 31)
		if err != nil {
			p.fail("Content-Length is no number")
		}
		p.length = int(n)
		return
	}
	if !isList(name) {
		p.add(name, value)
		return
	}
	for member := range pieces(value, ',') {
		if !p.add(name, member) {
			return
		}
	}
}

func (p *parser) add(name, value string) bool {
	if len(p.message.Header) == MaxFields {
		p.fail("More than %d header fields", MaxFields)
		return false
	}
	p.message.Header = append(p.message.Header, Field{Name: name, Value: value})
	return true
}

// body takes as much as Content-Length says, and all without one (RFC 3261, 18.3).
func (p *parser) body(body []byte) {
	switch {
	case p.length > len(body):
		p.fail("Content-Length is %d bytes more than came", p.length-len(body))
	case p.length >= 0:
		body = body[:p.length]
	}
	p.message.Body = body
}

// answerable reports whether a request can be answered, however malformed it is.
func (p *parser) answerable() bool {
	m := p.message
	for _, name := range []string{"Via", "From", "To", "Call-ID", "CSeq"} {
		if m.Header.Get(name) == "" {
			return false
		}
	}
	return m.IsRequest()
}
