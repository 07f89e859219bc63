package sip_test

import (
	"errors"
	"strconv"
	"strings"
	"testing"

	"github.com/parley-rtc/parley/internal/sip"
)

// distinct are parameters of which no two have one name.
func distinct(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(";" + strconv.Itoa(i))
	}
	return b.String()
}

func TestParseURI(t *testing.T) {
	for _, tt := range []struct{ in, out, aor string }{ // out is "" if it is refused
		{"sip:alice@example.org", "sip:alice@example.org", "alice@example.org"},
		{"SIPS:Alice@Example.ORG:5061", "sips:Alice@example.org:5061", "Alice@example.org"},
		{"sip:example.org", "sip:example.org", ""},
		{"sip:alice:s%3Acret@example.org", "sip:alice:s%3Acret@example.org", "alice@example.org"},
		{"sip:%61lice%40home@example.org", "sip:%61lice%40home@example.org", "alice%40home@example.org"},
		{"sip:%c3%a4@example.org", "sip:%c3%a4@example.org", "%C3%A4@example.org"},
		{"sip:a%2Bb@example.org", "sip:a%2Bb@example.org", "a+b@example.org"},
		{"sip:a;b?c@example.org;lr?X=y", "sip:a;b?c@example.org;lr?X=y", "a;b?c@example.org"},
		{"sip:a@example.org;%6C%72;n%61me=v%61lue%25%34%31", "sip:a@example.org;lr;name=value%2541", "a@example.org"},
		{"sip:a@[2001:DB8::1]:5060;transport=ws", "sip:a@[2001:db8::1]:5060;transport=ws", "a@[2001:db8::1]"},
		{"sip:a@[::ffff:192.0.2.1]", "sip:a@[::ffff:192.0.2.1]", "a@[::ffff:192.0.2.1]"},
		{"sip:a@h.invalid;gr=urn:uuid:b128e388", "sip:a@h.invalid;gr=urn:uuid:b128e388", "a@h.invalid"},
		{in: ""},
		{in: "sip"},
		{in: "sip:"},
		{in: "sip:@example.org"},
		{in: "sip::secret@example.org"},
		{in: "sip:a@b@example.org"},
		{in: "sip:a@example.org?To=b@example.org"},
		{in: "sip:a@"},
		{in: "sip:a@example.org:"},
		{in: "sip:a@example.org:0"},
		{in: "sip:a@example.org:65536"},
		{in: "sip:a@example.org:+5060"},
		{in: "sip:a@example.org;"},
		{in: "sip:a@example.org;=b"},
		{in: "sip:a@example.org;lr;LR"},
		{in: "sip:a@example.org;l%72;lr"},
		{in: "sip:a@example.org; lr"},
		{in: "sip:a@example.org;x=<"},
		{in: "sip:a b@example.org"},
		{in: "sip:ä@example.org"},
		{in: "sip:a@\u212Aelvin.example"}, // a capital of k
		{in: "sip:a%4@example.org"},
		{in: "sip:a%zz@example.org"},
		{in: "sip:a\x00@example.org"},
		{in: "sip:a@2001:db8::1"},
		{in: "sip:a@[2001:db8::1"},
		{in: "sip:a@[2001:db8::g]"},
		{in: "sip:a@[fe80::1%eth0]"},
		{in: "sip:a@[192.0.2.1]"},
		{in: "tel:+15551234"},
		{in: "http://example.org"},
		{in: "sip:a@example.org" + distinct(sip.MaxParams+1)},
	} {
		u, err := sip.ParseURI(tt.in)
		if tt.out == "" {
			if !errors.Is(err, sip.ErrURI) {
				t.Errorf("%q: %+v, %v, want ErrURI", tt.in, u, err)
			}
			continue
		}
		if err != nil || u.String() != tt.out || u.AOR() != tt.aor {
			t.Errorf("%q: %s of %s, %v, want %s of %s", tt.in, u, u.AOR(), err, tt.out, tt.aor)
		}
	}
}

// The examples of RFC 3261, 19.1.4, and what we hold equal beside them.
func TestEqualURIs(t *testing.T) {
	for _, tt := range []struct {
		a, b string
		want bool
	}{
		{"sip:%61lice@atlanta.com;transport=TCP", "sip:alice@AtLanTa.CoM;Transport=tcp", true},
		{"sip:carol@chicago.com", "sip:carol@chicago.com;newparam=5", true},
		{"sip:carol@chicago.com;newparam=5", "sip:carol@chicago.com;security=on", true},
		{"sip:biloxi.com;transport=tcp;method=REGISTER", "sip:biloxi.com;method=REGISTER;transport=tcp", true},
		{"sip:alice@atlanta.com?subject=project%20x", "sip:alice@atlanta.com?subject=project%20x", true},
		{"sip:a+b@atlanta.com", "sip:a%2Bb@atlanta.com", true},
		{"SIP:ALICE@AtLanTa.CoM;Transport=udp", "sip:alice@AtLanTa.CoM;Transport=UDP", false},
		{"sip:bob@biloxi.com", "sip:bob@biloxi.com:5060", false},
		{"sip:bob@biloxi.com", "sip:bob@biloxi.com;transport=udp", false},
		{"sip:bob@biloxi.com", "sip:bob@biloxi.com:6000;transport=tcp", false},
		{"sip:carol@chicago.com;newparam=5", "sip:carol@chicago.com;newparam=6", false},
		{"sip:carol@chicago.com", "sip:carol@chicago.com?Subject=next%20meeting", false},
		{"sip:bob@phone21.boxesbybob.com", "sip:bob@192.0.2.4", false},
		{"sip:bob@biloxi.com", "sips:bob@biloxi.com", false},
		{"sip:bob@biloxi.com;user", "sip:bob@biloxi.com", false},
	} {
		a, errA := sip.ParseURI(tt.a)
		b, errB := sip.ParseURI(tt.b)
		if errA != nil || errB != nil || a.Equal(b) != tt.want || b.Equal(a) != tt.want {
			t.Errorf("%s equals %s: %t, %t (%v, %v), want %t", tt.a, tt.b, a.Equal(b), b.Equal(a), errA, errB, tt.want)
		}
	}
}

func TestParseAddress(t *testing.T) {
	for _, tt := range []struct{ in, out, tag string }{ // out is "" if it is refused
		{"sip:a@example.org;tag=x", "<sip:a@example.org>;tag=x", "x"},
		{"<sip:a@example.org;lr>;TAG = x", "<sip:a@example.org;lr>;TAG=x", "x"},
		{"Alice Liddell <sip:a@example.org>", "Alice Liddell <sip:a@example.org>", ""},
		{"Alice<sip:a@example.org>", "Alice <sip:a@example.org>", ""},
		{`"A, \"B\"; <c>" <sip:a@example.org>;tag=x`, `"A, \"B\"; <c>" <sip:a@example.org>;tag=x`, "x"},
		{`"\\" <sip:a@example.org>`, `"\\" <sip:a@example.org>`, ""},
		{`"Ä" <sip:a@example.org>`, `"Ä" <sip:a@example.org>`, ""},
		{`<sip:a@h.invalid;transport=ws>;+sip.instance="<urn:uuid:1;2,3>";reg-id=1`, `<sip:a@h.invalid;transport=ws>;+sip.instance="<urn:uuid:1;2,3>";reg-id=1`, ""},
		{"<tel:+15551234>", "<tel:+15551234>", ""},
		{"<http://example.org/?a,b>", "<http://example.org/?a,b>", ""},
		{in: ""},
		{in: "*"},
		{in: "Alice"},
		{in: "<>"},
		{in: "<sip:a@example.org"},
		{in: "< sip:a@example.org >"},
		{in: "<sip:a@example.org> x"},
		{in: "<sip:a@example.org>;"},
		{in: "<sip:a@example.org>;;"},
		{in: "<sip:a@example.org>;tag=x;Tag=y"},
		{in: "<sip:a@example.org>;tag=x y"},
		{in: "<sip:a@example.org>;x=\"y"},
		{in: "<sip:a@example.org>;x=\"y\"z"},
		{in: "<sip:a@example.org>, <sip:b@example.org>"},
		{in: "sip:a@example.org,sip:b@example.org"},
		{in: "sip:a@example.org?X=y"},
		{in: "<sip:@@>"},
		{in: "<http://ä.example>"},
		{in: "<0:0>"},
		{in: "<+:0>"},
		{in: "<:0>"},
		{in: "<tel:>"},
		{in: `"A <sip:a@example.org>`},
		{in: `A" <sip:a@example.org>`},
		{in: `"A" "B" <sip:a@example.org>`},
		{in: "Ä <sip:a@example.org>"},
		{in: "<sip:a@example.org>" + distinct(sip.MaxParams+1)},
	} {
		a, err := sip.ParseAddress(tt.in)
		if tt.out == "" {
			if !errors.Is(err, sip.ErrAddress) {
				t.Errorf("%q: %+v, %v, want ErrAddress", tt.in, a, err)
			}
			continue
		}
		if err != nil || a.String() != tt.out || a.Params.Get("tag") != tt.tag {
			t.Errorf("%q: %s, %v, want %s", tt.in, a, err, tt.out)
		}
	}
}

func TestParseVia(t *testing.T) {
	for _, tt := range []struct{ in, out, branch string }{ // out is "" if it is refused
		{"SIP/2.0/WSS abc.invalid;branch=z9hG4bK1", "SIP/2.0/WSS abc.invalid;branch=z9hG4bK1", "z9hG4bK1"},
		{"sip / 2.0\t/ ws  h:5060 ; branch = z9hG4bK1 ; rport", "SIP/2.0/WS h:5060;branch=z9hG4bK1;rport", "z9hG4bK1"},
		{"SIP/2.0/UDP 192.0.2.1 : 5060", "SIP/2.0/UDP 192.0.2.1:5060", ""},
		{"SIP/2.0/UDP [2001:db8::9:1]:6050;received=2001:db8::9:255;branch=b", "SIP/2.0/UDP [2001:db8::9:1]:6050;received=2001:db8::9:255;branch=b", "b"},
		{`SIP/2.0/TCP h;x="a;b,\"c";branch=b`, `SIP/2.0/TCP h;x="a;b,\"c";branch=b`, "b"},
		{in: ""},
		{in: "SIP/2.0/UDP"},
		{in: "SIP/2.0/UDP "},
		{in: "SIP/2.0/ h"},
		{in: "SIP/2.0 h"},
		{in: "SIP/7.0/UDP h"},
		{in: "HTTP/2.0/UDP h"},
		{in: "SIP/2.0/UDP h i"},
		{in: "SIP/2.0/UDP h:x"},
		{in: "\u017fIP/2.0/UDP h"}, // a small letter of S
		{in: "SIP/2.0/W\u017f h"},
		{in: "SIP/2.0/UDP h;"},
		{in: "SIP/2.0/UDP h;branch"},
		{in: "SIP/2.0/UDP h;branch="},
		{in: `SIP/2.0/UDP h;branch="a"`},
		{in: "SIP/2.0/UDP h;branch=a;branch=b"},
		{in: "SIP/2.0/UDP h;branch=a, SIP/2.0/UDP i"},
	} {
		v, err := sip.ParseVia(tt.in)
		if tt.out == "" {
			if !errors.Is(err, sip.ErrVia) {
				t.Errorf("%q: %+v, %v, want ErrVia", tt.in, v, err)
			}
			continue
		}
		if err != nil || v.String() != tt.out || v.Branch() != tt.branch {
			t.Errorf("%q: %s, %v, want %s", tt.in, v, err, tt.out)
		}
	}
}

func TestParams(t *testing.T) {
	a, err := sip.ParseAddress(`<sip:a@example.org>;x="\"q\\";ob;+sip.ice`)
	if err != nil {
		t.Fatal(err)
	}
	p := a.Params
	if got := p.Get("X"); got != `"q\` {
		t.Errorf("x = %s", got)
	}
	if !p.Has("OB") || p.Get("ob") != "" || p.Has("y") {
		t.Errorf("%+v", p)
	}
	if got := p.With("OB", "1").With("y", sip.Quote(`a"b\`)).Without("+SIP.ice").String(); got != `;x="\"q\\";ob=1;y="a\"b\\"` {
		t.Errorf("got %s", got)
	}
	if got := p.String(); got != `;x="\"q\\";ob;+sip.ice` {
		t.Errorf("they have changed: %s", got)
	}
}
