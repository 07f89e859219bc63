package sip

import (
	"strings"
	"testing"
)

func TestACancelIsTheInvitesButForItsMethod(t *testing.T) {
	m := response(t, 200, "OK", "of-the-winner",
		"Record-Route: <sip:r;lr>", "Contact: <sip:w@w.invalid>", "Require: timer")
	got := string(cancelOf(m, "sip:bob@phone.invalid;transport=ws", elsewhere).Bytes())
	want := strings.Join([]string{
		"CANCEL sip:bob@phone.invalid;transport=ws SIP/2.0", "Max-Forwards: 70",
		"From: <sip:alice@example.org>;tag=f", "To: Bob <sip:bob@example.org>;x=1", "Call-ID: c", "CSeq: 7 CANCEL",
		`Reason: SIP;cause=200;text="Call completed elsewhere"`, "Content-Length: 0",
	}, "\r\n") + "\r\n\r\n"
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestAnAckOfOursHasTheTagOfTheResponse(t *testing.T) {
	m := response(t, 486, "Busy", "of-the-phone", "Warning: 399 x")
	got := string(ackOf(m, "sip:bob@phone.invalid").Bytes())
	want := strings.Join([]string{
		"ACK sip:bob@phone.invalid SIP/2.0", "Max-Forwards: 70",
		"From: <sip:alice@example.org>;tag=f", "To: Bob <sip:bob@example.org>;tag=of-the-phone;x=1",
		"Call-ID: c", "CSeq: 7 ACK", "Content-Length: 0",
	}, "\r\n") + "\r\n\r\n"
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
