package sip_test

import (
	"errors"
	"strconv"
	"strings"
	"testing"

	"github.com/parley-rtc/parley/internal/sip"
)

// request returns a request with a method, a Request-URI, and more lines than every request has. A line
// that begins with one of those that it has takes the place of it.
func request(method, uri string, more ...string) string {
	lines := []string{
		"Via: SIP/2.0/WS a.invalid;branch=z9hG4bK1", "From: <sip:a@example.org>;tag=f", "To: <sip:b@example.org>",
		"Call-ID: c", "CSeq: 1 " + method,
	}
	for i, line := range more {
		name, _, _ := strings.Cut(line, ":")
		for j, usual := range lines[:5] {
			if strings.HasPrefix(usual, name+":") {
				lines[j], more[i] = line, ""
			}
		}
	}
	text := method + " " + uri + " SIP/2.0\r\n"
	for _, line := range append(lines, more...) {
		if line != "" {
			text += line + "\r\n"
		}
	}
	return text + "\r\n"
}

func invite(more ...string) string { return request("INVITE", "sip:b@example.org", more...) }

func TestParseReadsEveryForm(t *testing.T) {
	for _, tt := range []struct {
		name, in, field string
		want            []string
	}{
		{"compact names", strings.NewReplacer("Via:", "v:", "From:", "f :", "To:", "T\t:", "Call-ID:", "i:").Replace(invite("m: <sip:x@h>")), "Contact", []string{"<sip:x@h>"}},
		{"a name in any case", invite("cONTACT: <sip:x@h>"), "Contact", []string{"<sip:x@h>"}},
		{"a folded value", invite("Subject: a\r\n  b\t\r\n\t c"), "Subject", []string{"a b c"}},
		{"a value on the next line", invite("Subject:\r\n b"), "Subject", []string{"b"}},
		{"a fold with nothing in it", invite("Subject: a\r\n \r\n b"), "Subject", []string{"a  b"}},
		{"no value", invite("Subject:"), "Subject", []string{""}},
		{"a value with a colon", invite("X-A: b: c"), "X-A", []string{"b: c"}},
		{"two Vias in a line", invite("Via: SIP/2.0/WS a;branch=1 , SIP/2.0/UDP b;x=\"c,d\""), "Via", []string{"SIP/2.0/WS a;branch=1", `SIP/2.0/UDP b;x="c,d"`}},
		{"Routes in a line", invite("Route: <sip:a;lr>,<sip:b,c@h;lr>"), "Route", []string{"<sip:a;lr>", "<sip:b,c@h;lr>"}},
		{"Contacts in lines", invite(`Contact: "a,\"<" <sip:a@h>;x="1,2", <sip:b@h>`, "m: sip:c@h"), "Contact", []string{`"a,\"<" <sip:a@h>;x="1,2"`, "<sip:b@h>", "sip:c@h"}},
		{"a list that is nobody's concern", invite("Accept: a/b, c/d"), "Accept", []string{"a/b, c/d"}},
		{"all Contacts", request("REGISTER", "sip:h", "Contact: *"), "Contact", []string{"*"}},
		{"IPv6", invite("Via: SIP/2.0/WS [2001:db8::1]:80;received=2001:db8::2", "Contact: <sip:a@[2001:db8::1]:80>"), "Via", []string{"SIP/2.0/WS [2001:db8::1]:80;received=2001:db8::2"}},
		{"line ends in front", "\r\n\r\n" + invite("Q: y"), "Q", []string{"y"}},
		{"an escaped control character", invite("From: \"\\\x00\\\x07\" <sip:a@h>"), "From", []string{"\"\\\x00\\\x07\" <sip:a@h>"}},
		{"no Content-Length", invite() + "body", "Content-Length", nil},
		{"the widest numbers", invite("CSeq: 2147483647\t INVITE", "Max-Forwards: 255"), "CSeq", []string{"2147483647\t INVITE"}},
		{"a request to a telephone", request("INVITE", "tel:+1-555;phone-context=x"), "CSeq", []string{"1 INVITE"}},
		{"a request over TLS", request("INVITE", "sips:b@example.org"), "CSeq", []string{"1 INVITE"}},
		{"a method that nobody knows", request("x.%!*_+`'~-1", "sip:h"), "CSeq", []string{"1 x.%!*_+`'~-1"}},
		{"a version in small letters", strings.Replace(invite("Q: y"), "SIP/2.0\r", "sip/2.0\r", 1), "Q", []string{"y"}},
		{"a response", strings.Replace(invite("Q: y"), "INVITE sip:b@example.org SIP/2.0", "SIP/2.0 699 Über; \"x\" <y>", 1), "Q", []string{"y"}},
		{"a response with an odd Contact", strings.Replace(invite("Contact: ?"), "INVITE sip:b@example.org SIP/2.0", "SIP/2.0 200", 1), "Contact", []string{"?"}},
		{"a long value", invite("Q: " + strings.Repeat("y", 64<<10)), "Q", []string{strings.Repeat("y", 64<<10)}},
		{"as many fields as may be", invite(strings.Repeat("Q: y\r\n", sip.MaxFields-6) + "Z: z"), "Z", []string{"z"}},
	} {
		m, err := sip.Parse([]byte(tt.in))
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		if got := m.Header.Values(tt.field); strings.Join(got, "|") != strings.Join(tt.want, "|") {
			t.Errorf("%s: %.100q, want %.100q", tt.name, got, tt.want)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	const (
		lines  = "A line of the header ends with CR or LF alone: want both"
		want3  = "Malformed request line: want METHOD URI SIP/2.0, with one space between"
		status = "Malformed status line: want SIP/2.0, a status from 100 to 699, a reason"
		from   = "From is no address, or a parameter of it comes twice"
	)
	response := func(first string) string {
		return strings.Replace(invite(), "INVITE sip:b@example.org SIP/2.0", first, 1)
	}
	for _, tt := range []struct {
		in, want string
		dropped  bool // nobody can be answered
	}{
		{"", "No empty line ends the header: lines end with CR LF", true},
		{"\r\n\r\n", "No empty line ends the header: lines end with CR LF", true},
		{strings.ReplaceAll(invite(), "\r\n", "\n"), "No empty line ends the header: lines end with CR LF", true},
		{invite("X: a\nEvil: b"), lines, true},
		{invite("X: a\rEvil: b"), lines, true},
		{invite("X: \"a\\\rb\""), lines, true},
		{invite("X: \"a\\\nb\""), lines, true},
		{strings.Replace(invite(), "b@example", "b\nX: y@example", 1), lines, true},
		{response("SIP/2.0 200 O\nX: y"), lines, true},
		{invite("X: a\x00b"), "A control character in the header", true},
		{invite("X: a\x7f"), "A control character in the header", true},
		{invite("X: \xff"), "The header is not UTF-8", true},
		{strings.Replace(invite(), " SIP/2.0\r\n", " SIP/2.0\r\n X: y\r\n", 1), "The first line is folded", false},
		{invite("X y"), "Header field 6 has no name with a colon behind it", false},
		{invite(": y"), "Header field 6 has no name with a colon behind it", false},
		{invite("X Y: y"), "Header field 6 has no name with a colon behind it", false},
		{invite("Ä: y"), "Header field 6 has no name with a colon behind it", false},
		{invite("Content-Length: 1"), "Content-Length is 1 bytes more than came", false},
		{invite("Content-Length: -1"), "Content-Length is no number", false},
		{invite("Content-Length: 0x0"), "Content-Length is no number", false},
		{invite("Content-Length: 99999999999999999999"), "Content-Length is no number", false},
		{invite("Content-Length:"), "Content-Length is no number", false},
		{invite("l: 0", "Content-Length: 0"), "There are two Content-Length", false},
		{invite(strings.Repeat("Q: y\r\n", 200)), "More than 128 header fields", false},
		{invite("Contact: " + strings.Repeat("sip:a@h,", 200)), "More than 128 header fields", false},
		{invite("Via: "), "Via is missing or empty", true},
		{invite("From: "), "From is missing or empty", true},
		{strings.Replace(invite(), "Call-ID: c\r\n", "", 1), "Call-ID is missing or empty", true},
		{invite("f: <sip:x@h>"), "There are two From", false},
		{invite("t: <sip:x@h>"), "There are two To", false},
		{invite("i: d"), "There are two Call-ID", false},
		{invite("cseq: 2 INVITE"), "There are two CSeq", false},
		{invite("Max-Forwards: 1", "max-forwards: 1"), "There are two Max-Forwards", false},
		{invite("Max-Forwards: 256"), "Max-Forwards is no number from 0 to 255", false},
		{invite("Max-Forwards: +1"), "Max-Forwards is no number from 0 to 255", false},
		{invite("Expires: 1", "Expires: 2"), "There are two Expires", false},
		{invite("From: <sip:a@h>;tag=f;tag=g"), from, false},
		{invite("From: <sip:a@h>, <sip:b@h>"), from, false},
		{invite("From: <sip:a@@h>"), from, false},
		{invite("From: <sip:a@h>;tag="), "The tag of From is no token", false},
		{invite("To: <sip:a@h>;tag=\"a\""), "The tag of To is no token", false},
		{invite("To: <sip:a@h>;tag=\"a;b\""), "The tag of To is no token", false},
		{invite("CSeq: 2147483648 INVITE"), "CSeq is not a number below 2^31 and a method", false},
		{invite("CSeq: -1 INVITE"), "CSeq is not a number below 2^31 and a method", false},
		{invite("CSeq: 1"), "CSeq is not a number below 2^31 and a method", false},
		{invite("CSeq: 1 INVITE x"), "CSeq is not a number below 2^31 and a method", false},
		{invite("CSeq: 1 invite"), "The method of CSeq is not that of the request", false},
		{invite("Via: SIP/2.0/WS a, "), "Malformed Via", false},
		{invite("Contact: *"), "Contact is no address", false},
		{invite("Contact:"), "Contact is no address", false},
		{invite("Route: <sip:a>,,<sip:b>"), "Route is no address", false},
		{invite("Record-Route: x"), "Record-Route is no address", false},
		{request("INVITE", "b@example.org"), "The Request-URI is no URI", false},
		{request("INVITE", "sip:b@@example.org"), "The Request-URI is no URI", false},
		{request("INVITE", "sip:b@h?X=y"), "The Request-URI has headers", false},
		{request("INVITE", ""), "The Request-URI is no URI", false},
		{strings.Replace(invite(), "INVITE sip", "INVITE\tsip", 1), "Malformed request line: no method", true},
		{strings.Replace(invite(), "INVITE ", "INV{TE ", 1), "Malformed request line: no method", true},
		{strings.Replace(invite(), " SIP/2.0\r\n", "\r\n", 1), want3, false},
		{strings.Replace(invite(), " SIP/2.0\r\n", " HTTP/1.1\r\n", 1), want3, false},
		{strings.Replace(invite(), " SIP/2.0\r\n", " SIP/2.1\r\n", 1), "Version Not Supported", false},
		{response("SIP/2.0 000 x"), status, true},
		{response("SIP/2.0 099 x"), status, true},
		{response("SIP/2.0 700 x"), status, true},
		{response("SIP/2.0 999 x"), status, true},
		{response("SIP/2.0 20 x"), status, true},
		{response("SIP/2.0 +200 x"), status, true},
		{response("SIP/2.0 0200 x"), status, true},
		{response("SIP/2.0  200 x"), status, true},
		{response("SIP/2.1 200 OK"), "Malformed request line: no method", true},
	} {
		m, err := sip.Parse([]byte(tt.in))
		failed, _ := errors.AsType[*sip.Error](err)
		if failed == nil || failed.Msg != tt.want {
			t.Errorf("%.200q:\ngot  %v\nwant %s", tt.in, err, tt.want)
			continue
		}
		if (m == nil) != tt.dropped {
			t.Errorf("%.200q: can be answered: %t", tt.in, m != nil)
		}
	}
}

func TestContentLengthCutsTheBody(t *testing.T) {
	for length, want := range map[int]string{0: "", 3: "abc", 6: "abcdef"} {
		m, err := sip.Parse([]byte(invite("Content-Length: "+strconv.Itoa(length)) + "abcdef"))
		if err != nil || string(m.Body) != want {
			t.Errorf("%d: %+v, %v", length, m, err)
		}
	}
}

func TestAResponseHasWhatItNeeds(t *testing.T) {
	m, err := sip.Parse([]byte(invite("Via: SIP/2.0/WS a, SIP/2.0/WS b", "Q: y") + "body"))
	if err != nil {
		t.Fatal(err)
	}
	want := "SIP/2.0 404 Not Found\r\nVia: SIP/2.0/WS a\r\nVia: SIP/2.0/WS b\r\nFrom: <sip:a@example.org>;tag=f\r\n" +
		"To: <sip:b@example.org>;tag=t\r\nCall-ID: c\r\nCSeq: 1 INVITE\r\nContent-Length: 0\r\n\r\n"
	r := sip.Response(m, 404, "Not Found", "t")
	if got := string(r.Bytes()); got != want {
		t.Errorf("got\n%s", got)
	}
	if got := sip.Response(r, 404, "Not Found", "u").To().Params.Get("tag"); got != "t" {
		t.Errorf("a second tag: %s", got)
	}
}

// What other parts put into a message may come from a token or a setting.
func TestNoValueBecomesALine(t *testing.T) {
	m, err := sip.Parse([]byte(invite()))
	if err != nil {
		t.Fatal(err)
	}
	m.URI += "\r\nA: b"
	m.Header.Add("P-Asserted-Identity", "<sip:a\r\nRoute: <sip:x>\nC: d\re>")
	again, err := sip.Parse(m.Bytes())
	if again == nil || len(again.Header) != len(m.Header) {
		t.Errorf("got\n%s (%v)", m.Bytes(), err)
	}
}
