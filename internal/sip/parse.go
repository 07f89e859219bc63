package sip

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
)

// The bounds of a message. API Gateway's frames are shorter than 32 KB.
const (
	MaxFields = 128
	maxNumber = 1<<31 - 1
)

// Error says what is wrong with a message, and how a request is answered that has it.
type Error struct {
	Status int    // 400, 505 and their like
	Msg    string // for the reason phrase: no word of it is the sender's
}

func (e *Error) Error() string { return e.Msg }

func malformed(format string, args ...any) *Error {
	return &Error{Status: 400, Msg: fmt.Sprintf(format, args...)}
}

// Parse reads a whole message. It fails with an *Error, and then returns what could be read of it, nil
// if that is not enough to answer it: a request needs its Via, From, To, Call-ID and CSeq for that.
func Parse(frame []byte) (*Message, error) {
	head, body, found := bytes.Cut(bytes.TrimLeft(frame, "\r\n"), []byte("\r\n\r\n"))
	if !found {
		return nil, malformed("no empty line ends the header")
	}
	lines := strings.Split(string(head), "\r\n")
	m := &Message{}
	failed := m.start(lines[0])
	if failed != nil && failed.Status == 400 {
		return nil, failed
	}
	length := -1
	for _, line := range unfold(lines[1:]) {
		if err := m.field(line, &length); err != nil && failed == nil {
			failed = err
		}
	}
	m.Body = body
	switch {
	case failed != nil:
	case length > len(body):
		failed = malformed("Content-Length is more than came")
	case length >= 0:
		m.Body = body[:length]
	}
	if err := m.check(); err != nil {
		return nil, err
	}
	if failed != nil {
		return m, failed
	}
	return m, nil
}

// start reads the first line.
func (m *Message) start(line string) *Error {
	if rest, is := strings.CutPrefix(line, Version+" "); is {
		code, reason, _ := strings.Cut(rest, " ")
		status, err := strconv.Atoi(code)
		if err != nil || len(code) != 3 || status < 100 || status > 699 {
			return malformed("bad status line")
		}
		m.Status, m.Reason = status, reason
		return nil
	}
	parts := strings.Split(line, " ")
	if len(parts) != 3 || !isToken(parts[0]) || parts[1] == "" || !strings.HasPrefix(strings.ToUpper(parts[2]), "SIP/") {
		return malformed("bad request line")
	}
	m.Method, m.URI = parts[0], parts[1]
	if !strings.EqualFold(parts[2], Version) {
		return &Error{Status: 505, Msg: "Version Not Supported"}
	}
	return nil
}

// unfold joins lines that begin with a space to the one before.
func unfold(lines []string) (whole []string) {
	for _, line := range lines {
		if line != "" && (line[0] == ' ' || line[0] == '\t') && len(whole) > 0 {
			whole[len(whole)-1] += " " + strings.Trim(line, " \t")
			continue
		}
		whole = append(whole, line)
	}
	return whole
}

// field reads one header field.
func (m *Message) field(line string, length *int) *Error {
	name, value, found := strings.Cut(line, ":")
	name, value = strings.TrimRight(name, " \t"), strings.Trim(value, " \t")
	if !found || !isToken(name) || strings.ContainsAny(value, "\r\n\x00") {
		return malformed("bad header field")
	}
	if name = canonical(name); name == "Content-Length" {
		n, err := strconv.ParseUint(value, 10, 31)
		if err != nil || *length >= 0 && *length != int(n) {
			return malformed("bad Content-Length")
		}
		*length = int(n)
		return nil
	}
	values := []string{value}
	if lists[name] {
		values = split(value, ',')
	}
	for _, value := range values {
		if len(m.Header) >= MaxFields {
			return malformed("more than %d header fields", MaxFields)
		}
		m.Header = append(m.Header, Field{name, value})
	}
	return nil
}

// check returns an error if what every message has is missing, or there twice.
func (m *Message) check() *Error {
	for _, name := range []string{"From", "To", "Call-ID", "CSeq"} {
		switch values := m.Header.Values(name); {
		case len(values) != 1:
			return malformed("want one %s, there are %d", name, len(values))
		case values[0] == "":
			return malformed("%s is empty", name)
		}
	}
	for _, name := range []string{"From", "To"} {
		if _, err := ParseAddress(m.Header.Get(name)); err != nil {
			return malformed("%s is no address", name)
		}
	}
	number, method, ok := parseCSeq(m.Header.Get("CSeq"))
	if !ok || number > maxNumber || m.IsRequest() && method != m.Method {
		return malformed("bad CSeq")
	}
	vias := m.Header.Values("Via")
	for _, via := range vias {
		if _, err := ParseVia(via); err != nil {
			return malformed("bad Via")
		}
	}
	if len(vias) == 0 {
		return malformed("no Via")
	}
	return nil
}
