package sip

import (
	"strconv"
	"strings"
)

// Version is that of every message, in its first line.
const Version = "SIP/2.0"

// Message is a request, which has a Method, or a response, which has a Status.
type Message struct {
	Method string // of a request, as it came: methods are case-sensitive
	URI    string // of a request: the Request-URI, as it came
	Status int    // of a response, 100 to 699
	Reason string // of a response
	Header Header // without Content-Length, which Bytes writes
	Body   []byte
}

// IsRequest tells a request from a response.
func (m *Message) IsRequest() bool { return m.Method != "" }

// CSeq returns the number and the method of the header field CSeq, which Parse has checked.
func (m *Message) CSeq() (number uint32, method string) {
	number, method, _ = parseCSeq(m.Header.Get("CSeq"))
	return number, method
}

// From returns the address of the header field From, which Parse has checked.
func (m *Message) From() Address { return m.address("From") }

// To returns the address of the header field To, which Parse has checked.
func (m *Message) To() Address { return m.address("To") }

func (m *Message) address(name string) Address {
	a, _ := ParseAddress(m.Header.Get(name))
	return a
}

// InDialog reports whether a request belongs to a dialog: its To has a tag (RFC 3261, 12.2).
func (m *Message) InDialog() bool { return m.To().Params.Get("tag") != "" }

// Clone returns a copy whose header may be changed. The body is shared.
func (m *Message) Clone() *Message {
	c := *m
	c.Header = append(Header(nil), m.Header...)
	return &c
}

// Bytes returns the message as it is sent, with the Content-Length of its body. What would end a line
// amid a value becomes a space: nothing of Parse has that, but what others put in might.
func (m *Message) Bytes() []byte {
	size := len(m.Method) + len(m.URI) + len(m.Reason) + len(m.Body) + 64
	for _, f := range m.Header {
		size += len(f.Name) + len(f.Value) + len(": \r\n")
	}
	b := make([]byte, 0, size)
	if m.IsRequest() {
		b = appendLine(b, m.Method, " ", m.URI, " "+Version)
	} else {
		b = appendLine(b, Version+" ", strconv.Itoa(m.Status), " ", m.Reason)
	}
	for _, f := range m.Header {
		b = appendLine(b, f.Name, ": ", f.Value)
	}
	b = appendLine(b, "Content-Length: ", strconv.Itoa(len(m.Body)))
	return append(append(b, "\r\n"...), m.Body...)
}

func appendLine(b []byte, parts ...string) []byte {
	start := len(b)
	for _, part := range parts {
		b = append(b, part...)
	}
	for i := start; i < len(b); i++ {
		if b[i] == '\r' || b[i] == '\n' {
			b[i] = ' '
		}
	}
	return append(b, "\r\n"...)
}

// Response returns a response to a request (RFC 3261, 8.2.6): with its Vias, From, To, Call-ID and
// CSeq. A To without a tag gets the tag, unless that is "".
func Response(to *Message, status int, reason, tag string) *Message {
	r := &Message{Status: status, Reason: reason}
	for _, f := range to.Header {
		switch f.Name {
		case "Via", "From", "Call-ID", "CSeq":
			r.Header = append(r.Header, f)
		case "To":
			if tag != "" && !to.InDialog() {
				f.Value += ";tag=" + tag
			}
			r.Header = append(r.Header, f)
		}
	}
	return r
}

// parseCSeq reads a number below 2^31 and a method (RFC 3261, 20.16).
func parseCSeq(value string) (number uint32, method string, ok bool) {
	space := strings.IndexAny(value, " \t")
	if space < 0 {
		return 0, "", false
	}
	n, err := strconv.ParseUint(value[:space], 10, 31)
	method = trim(value[space:])
	return uint32(n), method, err == nil && isToken(method)
}
