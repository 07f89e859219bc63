package sip

import (
	"bytes"
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

// Bytes returns the message as it is sent, with the Content-Length of its body.
func (m *Message) Bytes() []byte {
	var b bytes.Buffer
	if m.IsRequest() {
		b.WriteString(m.Method + " " + m.URI + " " + Version + "\r\n")
	} else {
		b.WriteString(Version + " " + strconv.Itoa(m.Status) + " " + m.Reason + "\r\n")
	}
	for _, f := range m.Header {
		b.WriteString(f.Name + ": " + f.Value + "\r\n")
	}
	b.WriteString("Content-Length: " + strconv.Itoa(len(m.Body)) + "\r\n\r\n")
	b.Write(m.Body)
	return b.Bytes()
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

// parseCSeq reads a number below 2^31 and a method.
func parseCSeq(value string) (number uint32, method string, ok bool) {
	digits, method, _ := strings.Cut(strings.TrimSpace(value), " ")
	n, err := strconv.ParseUint(digits, 10, 31)
	method = strings.TrimSpace(method)
	return uint32(n), method, err == nil && isToken(method)
}
