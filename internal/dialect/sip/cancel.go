package sip

import (
	"strconv"

	"github.com/parley-rtc/parley/internal/sip"
)

// Why branches are cancelled (RFC 3326): a phone that is told so shows no missed call.
const (
	elsewhere = `SIP;cause=200;text="Call completed elsewhere"`
	declined  = `SIP;cause=603;text="Declined elsewhere"`
)

// cancelOf returns the CANCEL of a branch (RFC 3261, 9.1), whose Request-URI and Via these are. It is
// made with any message of its transaction.
func cancelOf(m *sip.Message, uri, via string, reasons ...string) *sip.Message {
	r := within("CANCEL", m, uri, via, untagged(m))
	for _, reason := range reasons {
		r.Header.Add("Reason", reason)
	}
	return r
}

// ackOf returns the ACK of a branch for its final response (RFC 3261, 17.1.1.3).
func ackOf(final *sip.Message, uri, via string) *sip.Message {
	return within("ACK", final, uri, via, final.Header.Get("To"))
}

// within returns a request of ours within the transaction of a branch: by its method alone it differs from
// the INVITE, as far as that has the same fields.
func within(method string, m *sip.Message, uri, via, to string) *sip.Message {
	number, _ := m.CSeq()
	return &sip.Message{Method: method, URI: uri, Header: sip.Header{
		{Name: "Via", Value: via},
		{Name: "Max-Forwards", Value: "70"},
		{Name: "From", Value: m.Header.Get("From")},
		{Name: "To", Value: to},
		{Name: "Call-ID", Value: m.Header.Get("Call-ID")},
		{Name: "CSeq", Value: strconv.FormatUint(uint64(number), 10) + " " + method},
	}}
}
