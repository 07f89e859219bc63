package sip

import (
	"strconv"
)

// check looks at the fields that every message has (RFC 3261, 8.1.1), and of requests at those by which
// registrars and proxies go.
func (p *parser) check() {
	m := p.message
	for _, name := range []string{"Via", "From", "To", "Call-ID", "CSeq"} {
		if m.Header.Get(name) == "" {
			p.fail("%s is missing or empty", name)
		}
	}
	p.checkTagged("From")
	p.checkTagged("To")
	switch _, method, ok := parseCSeq(m.Header.Get("CSeq")); {
	case !ok:
		p.fail("CSeq is not a number below 2^31 and a method")
	case m.IsRequest() && method != m.Method:
		p.fail("The method of CSeq is not that of the request")
	}
	for _, f := range m.Header {
		switch f.Name {
		case "Via":
			if _, err := ParseVia(f.Value); err != nil {
				p.fail("Malformed Via")
			}
		case "Route", "Record-Route":
			if _, err := ParseAddress(f.Value); err != nil && m.IsRequest() {
				p.fail("%s is no address", f.Name)
			}
		case "Contact":
			if f.Value == "*" && m.Method == "REGISTER" || !m.IsRequest() {
				continue
			}
			if _, err := ParseAddress(f.Value); err != nil {
				p.fail("Contact is no address")
			}
		case "Max-Forwards":
			if _, err := strconv.ParseUint(f.Value, 10, 8); err != nil && m.IsRequest() {
				p.fail("Max-Forwards is no number from 0 to 255")
			}
		}
	}
}

// checkTagged looks at a From or a To.
func (p *parser) checkTagged(name string) {
	a, err := ParseAddress(p.message.Header.Get(name))
	if err != nil {
		p.fail("%s is no address, or a parameter of it comes twice", name)
	} else if !a.Params.isToken("tag") {
		p.fail("The tag of %s is no token", name)
	}
}
