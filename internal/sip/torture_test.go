package sip_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/parley-rtc/parley/internal/sip"
)

// tortures are the messages of RFC 4475, byte for byte in testdata, and what is made of each. Where we
// are stricter or more lenient than the RFC asks, or leave something to the dialect, why says so.
var tortures = []struct {
	section, name string
	// Of a message that is taken: what its parts mean.
	start  string // the method and the Request-URI's address of record, or the status and reason
	from   string // as an address of record, "" if it has none
	to     string
	cseq   uint32
	vias   string // their transports
	fields int    // how many there are beside Content-Length, lists taken apart
	body   int    // its length
	// Of one that is not.
	err      string // what the reason phrase says
	status   int    // 400 unless given
	dropped  bool   // nobody can be answered
	why      string
	contacts []string // their URIs, where they are what the message is about
}{
	// 3.1.1 Valid messages.
	{section: "3.1.1.1", name: "wsinv", start: "INVITE vivekg@chair-dnrc.example.com", from: "jdrosen@example.com", to: "vivekg@chair-dnrc.example.com", cseq: 9, vias: "UDP TCP UDP", fields: 14, body: 150, contacts: []string{"sip:jdrosen@example.com"}},
	{section: "3.1.1.2", name: "intmeth", start: "!interesting-Method0123456789_*+`.%indeed'~ 1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*@example.com", from: "mundane@example.com", to: "1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*@example.com", cseq: 139122385, vias: "TCP", fields: 7},
	{section: "3.1.1.3", name: "esc01", start: "INVITE sips%3Auser%40example.com@example.net", from: "I%20have%20spaces@example.net", to: "user@example.com", cseq: 234234, vias: "UDP", fields: 8, body: 150, contacts: []string{"sip:cal%6Cer@host5.example.net;%6C%72;n%61me=v%61lue%25%34%31"}},
	{section: "3.1.1.4", name: "escnull", start: "REGISTER ", from: "null-%00-null@example.com", to: "null-%00-null@example.com", cseq: 14398234, vias: "UDP", fields: 8, contacts: []string{"sip:%00@host5.example.com", "sip:%00%00@host5.example.com"}},
	{section: "3.1.1.5", name: "esc02", start: "RE%47IST%45R ", from: "resource@example.com", to: "resource@example.com", cseq: 29344, vias: "TCP", fields: 9, contacts: []string{"sip:alias1@host1.example.com", "sip:alias3@host3.example.com"}},
	{section: "3.1.1.6", name: "lwsdisp", start: "OPTIONS user@example.com", from: "caller@example.com", to: "user@example.com", cseq: 60, vias: "UDP", fields: 6},
	{section: "3.1.1.7", name: "longreq", start: "INVITE user@example.com", from: strings.Repeat("amazinglylongcallername", 5) + "@example.net", to: "user@example.com", cseq: 3882340, vias: strings.Repeat("TCP ", 33) + "TCP", fields: 42, body: 150},
	{section: "3.1.1.8", name: "dblreq", start: "REGISTER ", from: "j.user@example.com", to: "j.user@example.com", cseq: 8, vias: "UDP", fields: 7, contacts: []string{"sip:j.user@host.example.com"}, why: "What follows Content-Length is no message: a WebSocket frame has one (RFC 7118, 5.2)."},
	{section: "3.1.1.9", name: "semiuri", start: "OPTIONS user;par=u%40example.net@example.com", from: "caller@example.org", to: "j_user@example.com", cseq: 8, vias: "UDP", fields: 7},
	{section: "3.1.1.10", name: "transports", start: "OPTIONS user@example.com", from: "caller@example.com", to: "user@example.com", cseq: 60, vias: "UDP SCTP TLS UNKNOWN TCP", fields: 11},
	{section: "3.1.1.11", name: "mpart01", start: "MESSAGE kumiko@example.org", from: "fluffy@example.com", to: "kumiko@example.org", cseq: 1, vias: "UDP", fields: 13, body: 553, why: "Its body is not UTF-8, so no text frame carries it: API Gateway has no other."},
	{section: "3.1.1.12", name: "unreason", start: "200 = 2**3 * 5**2 но сто девяносто девять - простое", from: "user@example.com", to: "user@example.edu", cseq: 35, vias: "UDP", fields: 7, body: 154},
	{section: "3.1.1.13", name: "noreason", start: "100 ", from: "user@example.com", to: "user@example.edu", cseq: 35, vias: "UDP", fields: 6},

	// 3.1.2 Invalid messages.
	{section: "3.1.2.1", name: "badinv01", err: "Malformed Via"},
	{section: "3.1.2.2", name: "clerr", err: "Content-Length is 9847 bytes more than came"},
	{section: "3.1.2.3", name: "ncl", err: "Content-Length is no number"},
	{section: "3.1.2.4", name: "scalar02", err: "CSeq is not a number below 2^31 and a method", why: "Its Expires alone would do no harm: the registrar has a bound of its own."},
	{section: "3.1.2.5", name: "scalarlg", err: "CSeq is not a number below 2^31 and a method", dropped: true},
	{section: "3.1.2.6", name: "quotbal", err: "To is no address, or a parameter of it comes twice"},
	{section: "3.1.2.7", name: "ltgtruri", err: "Malformed request line: the Request-URI is in angle brackets"},
	{section: "3.1.2.8", name: "lwsruri", err: "Malformed request line: want METHOD URI SIP/2.0, with one space between"},
	{section: "3.1.2.9", name: "lwsstart", err: "Malformed request line: want METHOD URI SIP/2.0, with one space between"},
	{section: "3.1.2.10", name: "trws", err: "Malformed request line: want METHOD URI SIP/2.0, with one space between", why: "It might be taken. No client in use sends it, and two readers of a first line shall agree."},
	{section: "3.1.2.11", name: "escruri", err: "The Request-URI has headers"},
	{section: "3.1.2.12", name: "baddate", start: "INVITE user@example.com", from: "caller@example.net", to: "user@example.com", cseq: 1392934, vias: "UDP", fields: 9, body: 150, why: "Whoever needs the Date finds it wrong: a proxy does not."},
	{section: "3.1.2.13", name: "regbadct", err: "Contact is no address"},
	{section: "3.1.2.14", name: "badaspec", err: "To is no address, or a parameter of it comes twice", why: "It might be taken without its spaces. No client in use sends them."},
	{section: "3.1.2.15", name: "baddn", err: "From is no address, or a parameter of it comes twice", why: "It might be taken as it is meant. A comma outside quotes means two addresses elsewhere."},
	{section: "3.1.2.16", name: "badvers", err: "Version Not Supported", status: 505},
	{section: "3.1.2.17", name: "mismatch01", err: "The method of CSeq is not that of the request"},
	{section: "3.1.2.18", name: "mismatch02", err: "The method of CSeq is not that of the request", why: "The RFC allows 501, too."},
	{section: "3.1.2.19", name: "bigcode", err: "Malformed status line: want SIP/2.0, a status from 100 to 699, a reason", dropped: true},

	// 3.2 Transaction layer semantics.
	{section: "3.2.1", name: "badbranch", start: "OPTIONS user@example.com", from: "caller@example.org", to: "user@example.com", cseq: 8, vias: "UDP", fields: 7, why: "The branch says nothing: proxies tell its transaction by the other fields, as before RFC 3261."},

	// 3.3 Application layer semantics: but for what is missing or twice, for the dialect to judge.
	{section: "3.3.1", name: "insuf", err: "From is missing or empty", dropped: true, why: "The RFC wants 400. An answer needs what is missing."},
	{section: "3.3.2", name: "unkscm", start: "OPTIONS ", from: "caller@example.net", to: "user@example.com", cseq: 3923423, vias: "TCP", fields: 6, why: "ParseURI fails: 416 is the dialect's."},
	{section: "3.3.3", name: "novelsc", start: "OPTIONS ", from: "caller@example.net", to: "user@example.com", cseq: 3923423, vias: "TCP", fields: 6, why: "ParseURI fails: 416 is the dialect's."},
	{section: "3.3.4", name: "unksm2", start: "REGISTER ", cseq: 234902, vias: "UDP", fields: 7, contacts: []string{"name:John_Smith"}, why: "To has no address of record: the registrar refuses it."},
	{section: "3.3.5", name: "bext01", start: "OPTIONS user@example.com", from: "caller@example.net", to: "j_user@example.com", cseq: 8, vias: "TLS", fields: 8, why: "420 is the dialect's."},
	{section: "3.3.6", name: "invut", start: "INVITE user@example.com", from: "caller@example.net", to: "j.user@example.com", cseq: 235448, vias: "UDP", fields: 8, body: 40, why: "415 is the callee's."},
	{section: "3.3.7", name: "regaut01", start: "REGISTER ", from: "j.user@example.com", to: "j.user@example.com", cseq: 9338, vias: "TCP", fields: 7, why: "401 is the registrar's."},
	{section: "3.3.8", name: "multi01", err: "There are two CSeq"},
	{section: "3.3.9", name: "mcl01", err: "There are two Content-Length"},
	{section: "3.3.10", name: "bcast", start: "200 OK", from: "user@example.com", to: "user@example.edu", cseq: 35, vias: "UDP UDP", fields: 8, body: 154, why: "A response whose first Via is none of ours is dropped by the dialect."},
	{section: "3.3.11", name: "zeromf", start: "OPTIONS user@example.com", from: "caller@example.net", to: "user@example.com", cseq: 39234321, vias: "UDP", fields: 6, why: "483 is the dialect's."},
	{section: "3.3.12", name: "cparam01", start: "REGISTER ", from: "watson@example.com", to: "watson@example.com", cseq: 2, vias: "UDP", fields: 7, contacts: []string{"sip:+19725552222@gw1.example.net"}},
	{section: "3.3.13", name: "cparam02", start: "REGISTER ", from: "watson@example.com", to: "watson@example.com", cseq: 3, vias: "UDP", fields: 7, contacts: []string{"sip:+19725552222@gw1.example.net;unknownparam"}},
	{section: "3.3.14", name: "regescrt", start: "REGISTER ", from: "user@example.com", to: "user@example.com", cseq: 14398234, vias: "UDP", fields: 7, contacts: []string{"sip:user@example.com?Route=%3Csip:sip.example.com%3E"}},
	{section: "3.3.15", name: "sdp01", start: "INVITE user@example.com", from: "caller@example.net", to: "j_user@example.com", cseq: 8, vias: "UDP", fields: 9, body: 150, why: "406 is the callee's."},

	// 3.4 Backward compatibility.
	{section: "3.4.1", name: "inv2543", start: "INVITE UserB@example.com", from: "+13035551111@ift.client.example.net", to: "+16505552222@ss1.example.net", cseq: 56, vias: "UDP", fields: 7, body: 105, why: "No branch, no tag, no Max-Forwards, no Content-Length."},
}

func TestTortureMessages(t *testing.T) {
	files, err := filepath.Glob("testdata/rfc4475/*.sip")
	if err != nil || len(files) != len(tortures) {
		t.Fatalf("%d files (%v), %d in the table", len(files), err, len(tortures))
	}
	for _, tt := range tortures {
		t.Run(tt.section+" "+tt.name, func(t *testing.T) {
			m, err := sip.Parse(torture(t, tt.name))
			if tt.err != "" {
				failed, _ := errors.AsType[*sip.Error](err)
				if failed == nil || failed.Msg != tt.err || failed.Status != max(tt.status, 400) {
					t.Errorf("err = %#v, want %d %s", err, max(tt.status, 400), tt.err)
				}
				if (m == nil) != tt.dropped {
					t.Errorf("can be answered: %t, want %t", m != nil, !tt.dropped)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			number, method := m.CSeq()
			var vias []string
			for _, value := range m.Header.Values("Via") {
				via, err := sip.ParseVia(value)
				if err != nil {
					t.Errorf("%s: %v", value, err)
				}
				vias = append(vias, via.Transport)
			}
			if m.IsRequest() && method != m.Method || number != tt.cseq {
				t.Errorf("CSeq = %d %s, want %d", number, method, tt.cseq)
			}
			for _, got := range []struct{ what, is, want string }{
				{"start", startOf(m), tt.start},
				{"From", m.From().AOR(), tt.from},
				{"To", m.To().AOR(), tt.to},
				{"Vias", strings.Join(vias, " "), tt.vias},
			} {
				if got.is != got.want {
					t.Errorf("%s = %s, want %s", got.what, got.is, got.want)
				}
			}
			if len(m.Header) != tt.fields || len(m.Body) != tt.body {
				t.Errorf("%d fields and a body of %d, want %d and %d", len(m.Header), len(m.Body), tt.fields, tt.body)
			}
			if got := contacts(t, m); tt.contacts != nil && !slices.Equal(got, tt.contacts) {
				t.Errorf("Contacts are %q, want %q", got, tt.contacts)
			}
		})
	}
}

// startOf says what the first line means.
func startOf(m *sip.Message) string {
	if !m.IsRequest() {
		first, _, _ := bytes.Cut(m.Bytes(), []byte("\r\n"))
		return strings.TrimPrefix(string(first), sip.Version+" ")
	}
	u, _ := sip.ParseURI(m.URI) // of another scheme, or with no user, it is ""
	return m.Method + " " + u.AOR()
}

func contacts(t *testing.T, m *sip.Message) (uris []string) {
	t.Helper()
	for _, value := range m.Header.Values("Contact") {
		a, err := sip.ParseAddress(value)
		if err != nil {
			t.Errorf("%s: %v", value, err)
		}
		uris = append(uris, a.URI)
	}
	return uris
}

func torture(t testing.TB, name string) []byte {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("testdata", "rfc4475", name+".sip"))
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// What the messages above were written for, beyond being taken.
func TestTorturedParts(t *testing.T) {
	message := func(name string) *sip.Message {
		m, err := sip.Parse(torture(t, name))
		if err != nil {
			t.Fatal(name, err)
		}
		return m
	}
	address := func(name, field string) sip.Address {
		a, err := sip.ParseAddress(message(name).Header.Get(field))
		if err != nil {
			t.Fatal(name, err)
		}
		return a
	}
	uri := func(text string) sip.URI {
		u, err := sip.ParseURI(text)
		if err != nil {
			t.Fatal(text, err)
		}
		return u
	}
	wsinv, contact := message("wsinv"), address("wsinv", "Contact")
	var branches []string
	for _, value := range wsinv.Header.Values("Via") {
		via, _ := sip.ParseVia(value) // which TestTortureMessages does, too
		branches = append(branches, via.SentBy, via.Branch())
	}
	longTo := uri(message("longreq").To().URI)
	escaped := uri(address("esc01", "Contact").URI)
	semi := uri(message("semiuri").URI)
	for _, tt := range []struct{ what, got, want string }{
		{"the Vias", strings.Join(branches, " "), "192.0.2.2 390skdjuw spindle.example.com z9hG4bK9ikj8 192.168.255.111 z9hG4bK30239"},
		{"From, quoted", wsinv.From().Display, `"J Rosenberg \\\""`},
		{"From's tag on a line of its own", wsinv.From().Params.Get("tag"), "98asjd8"},
		{"To's tag amid spaces", wsinv.To().Params.Get("tag"), "1918181833n"},
		{"Contact, quoted", contact.Display, `"Quoted string \"\""`},
		{"Contact's parameters", contact.Params.String(), ";newparam=newvalue;secondparam;q=0.33"},
		{"a Route", address("wsinv", "Route").URI, "sip:services.example.com;lr;unknownwith=value;unknown-no-value"},
		{"a field with no value", "[" + wsinv.Header.Get("Subject") + "]", "[]"},
		{"a fold", wsinv.Header.Get("Newfangledheader"), "newfangled value continued newfangled value"},
		{"a field that is nobody's concern", wsinv.Header.Get("Unknownheaderwithunusualvalue"), ";;,,;;,;"},
		{"escaped control characters", message("intmeth").To().Display, "\"BEL:\\\x07 NUL:\\\x00 DEL:\\\x7f\""},
		{"a display name of tokens", message("intmeth").From().Display, "token1~` token2'+_ token3*%!.-"},
		{"a parameter in Cyrillic", message("intmeth").From().Params.Get("fromParam''~+*_!.-%"), "работающий"},
		{"a name with every character", message("intmeth").Header.Get("Extensionheader-!.%*+_`'~"), "\ufeff大停電"},
		{"a Call-ID with every character", message("intmeth").Header.Get("Call-ID"), "intmeth.word%ZK-!.*_+'@word`~)(><:\\/\"][?}{"},
		{"escaped parameters", escaped.Params.String(), ";lr;name=value%2541"},
		{"an escaped user", escaped.AOR(), "caller@host5.example.net"},
		{"percent signs that escape nothing", message("esc02").From().Display, `"%Z%45"`},
		{"a name that is not Contact", message("esc02").Header.Get("C%6fntact"), "<sip:alias2@host2.example.com>"},
		{"no space before the bracket", message("lwsdisp").From().Display, "caller"},
		{"a long address", longTo.Host + " " + longTo.Params[1].Value, "example.com shortvalue"},
		{"a semicolon in a user", semi.User + semi.Params.String(), "user;par=u%40example.net"},
		{"a parameter of a Contact", address("cparam01", "Contact").Params.String(), ";unknownparam"},
		{"a parameter of a Contact's URI", address("cparam02", "Contact").Params.String(), ""},
		{"a header of a Contact's URI", uri(address("regescrt", "Contact").URI).Headers, "Route=%3Csip:sip.example.com%3E"},
		{"no branch", message("inv2543").Header.Get("Via"), "SIP/2.0/UDP iftgw.example.com"},
	} {
		if tt.got != tt.want {
			t.Errorf("%s: %q, want %q", tt.what, tt.got, tt.want)
		}
	}
}
