package sip_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/parley-rtc/parley/internal/dialect/sip/siptest"
	"github.com/parley-rtc/parley/internal/directory"
	message "github.com/parley-rtc/parley/internal/sip"
)

// agent is a phone that registers as JsSIP and SIP.js do.
type agent struct {
	*siptest.Phone
	stage  *siptest.Stage
	callID string
	cseq   int
}

func connect(s *siptest.Stage, conn, aor string, tokens ...string) *agent {
	return &agent{Phone: s.Connect(conn, aor, tokens...), stage: s, callID: "register-" + conn, cseq: 1}
}

// text is a REGISTER with those header fields, of which one by the name of an usual one replaces
// it.
func (a *agent) text(lines ...string) string {
	a.cseq++
	_, host, _ := strings.Cut(a.AOR, "@")
	fields := []string{
		"Via: " + a.Via(), "Max-Forwards: 69", "To: <sip:" + a.AOR + ">", "From: <sip:" + a.AOR + ">;tag=nkn80qrrim",
		"Call-ID: " + a.callID, fmt.Sprintf("CSeq: %d REGISTER", a.cseq),
	}
	uri := "sip:" + host
	for _, line := range lines {
		name, value, _ := strings.Cut(line, ":")
		if name == "Request-URI" {
			uri = strings.TrimSpace(value)
			continue
		}
		i := slices.IndexFunc(fields, func(f string) bool { return strings.HasPrefix(f, name+":") })
		if i >= 0 && name != "Contact" {
			fields[i] = line
			continue
		}
		fields = append(fields, line)
	}
	return "REGISTER " + uri + " SIP/2.0\n" + strings.Join(fields, "\n") + "\nContent-Length: 0\n\n"
}

// registers sends a REGISTER with those header fields and returns what it hears.
func (a *agent) registers(lines ...string) *message.Message {
	a.Sends(a.text(lines...))
	m := a.Hears()
	a.HearsNothing()
	return m
}

// asks fails the test unless a REGISTER is answered so.
func (a *agent) asks(t *testing.T, status int, lines ...string) *message.Message {
	t.Helper()
	m := a.registers(lines...)
	if m.Status != status {
		t.Fatalf("%q is answered, instead of %d,\n%s", lines, status, m.Bytes())
	}
	return m
}

// jssip is the Contact of JsSIP for the phone.
func (a *agent) jssip(expires int) string {
	return fmt.Sprintf(`Contact: <%s>;+sip.ice;reg-id=1;+sip.instance="<urn:uuid:b128e388-0000-4000-8000-%s>";expires=%d`, a.Contact, a.Conn, expires)
}

// sipjs is the Contact of SIP.js for the phone.
func (a *agent) sipjs(expires int) string {
	return fmt.Sprintf("Contact: <%s>;expires=%d", a.Contact, expires)
}

func wantContacts(t *testing.T, m *message.Message, want ...string) {
	t.Helper()
	if got := m.Header.Values("Contact"); m.Status != 200 || fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got %d with\n  %s\nwant\n  %s", m.Status, strings.Join(got, "\n  "), strings.Join(want, "\n  "))
	}
}

// wantListed fails the test unless those connections are listed under the address.
func wantListed(t *testing.T, s *siptest.Stage, aor string, want ...string) {
	t.Helper()
	entries, err := s.Store.Memory.Entries(t.Context(), directory.Name{Space: "sip", Name: aor}, s.Now, true)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		got = append(got, string(e.Conn))
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%s is listed on %v, want %v", aor, got, want)
	}
}

func wantUnits(t *testing.T, s *siptest.Stage, reads, writes float64) {
	t.Helper()
	if r, w := s.Store.TakeUnits(); r != reads || w != writes {
		t.Errorf("%v RRU and %v WRU, want %v and %v", r, w, reads, writes)
	}
}

func TestRegistering(t *testing.T) {
	s := siptest.NewStage(t)
	a := connect(s, "a", "alice@example.org")
	s.Store.TakeUnits()
	m := a.asks(t, 200, a.jssip(600), "Expires: 600", "Supported: path,gruu,outbound")
	wantUnits(t, s, 0.5, 2)
	wantContacts(t, m, `<`+a.Contact+`>;+sip.ice;reg-id=1;+sip.instance="<urn:uuid:b128e388-0000-4000-8000-a>";expires=300`)
	if m.Header.Get("Date") != "Thu, 01 May 2031 12:00:00 GMT" || m.Header.Get("Supported") != "path" || m.Header.Has("Require") {
		t.Errorf("got\n%s", m.Bytes())
	}
	if to, cseq := m.To(), m.Header.Get("CSeq"); to.Params.Get("tag") == "" || cseq != "2 REGISTER" {
		t.Errorf("got\n%s", m.Bytes())
	}
	wantListed(t, s, "alice@example.org", "a")

	s.Now = s.Now.Add(150 * time.Second)
	wantContacts(t, a.registers(), `<`+a.Contact+`>;+sip.ice;reg-id=1;+sip.instance="<urn:uuid:b128e388-0000-4000-8000-a>";expires=150`)
	wantUnits(t, s, 0.5, 0) // a query
	wantContacts(t, a.registers(a.jssip(600)), `<`+a.Contact+`>;+sip.ice;reg-id=1;+sip.instance="<urn:uuid:b128e388-0000-4000-8000-a>";expires=300`)
	wantUnits(t, s, 0.5, 2)

	wantContacts(t, a.registers(a.jssip(0), "Expires: 0"))
	wantUnits(t, s, 0.5, 2)
	wantListed(t, s, "alice@example.org")
	wantContacts(t, a.registers(a.jssip(0), "Expires: 0")) // there is nothing to remove
	wantContacts(t, a.registers("Contact: *", "Expires: 0"))
	if _, writes := s.Store.TakeUnits(); writes > 2 { // the stage counts each attempt, the engine none that is refused
		t.Errorf("%v WRU", writes)
	}
	s.WantQuiet()
}

func TestAContactEnds(t *testing.T) {
	s := siptest.NewStage(t)
	a := connect(s, "a", "alice@example.org")
	a.asks(t, 200, a.sipjs(60))
	s.Now = s.Now.Add(59 * time.Second)
	wantListed(t, s, "alice@example.org", "a")
	s.Now = s.Now.Add(time.Second)
	wantListed(t, s, "alice@example.org")
	wantContacts(t, a.registers())
}

func TestHowLongAContactLives(t *testing.T) {
	for want, lines := range map[int][][]string{
		300: {
			{"Contact: <sip:x@a.invalid>"},
			{"Contact: <sip:x@a.invalid>;expires=300"},
			{"Contact: <sip:x@a.invalid>;expires=301"},
			{"Contact: <sip:x@a.invalid>;expires=4294967295"},
			{"Contact: <sip:x@a.invalid>;expires=4294967296"},
			{"Contact: <sip:x@a.invalid>;expires=soon"},
			{"Contact: <sip:x@a.invalid>;expires=-1"},
			{"Contact: <sip:x@a.invalid>;expires"},
			{"Contact: <sip:x@a.invalid>", "Expires: 86400"},
			{"Contact: <sip:x@a.invalid>", "Expires: Thu, 01 Dec 2031 16:00:00 GMT"},
		},
		120: {
			{"Contact: <sip:x@a.invalid>;expires=120"},
			{`Contact: <sip:x@a.invalid>;EXPIRES="120"`},
			{"Contact: sip:x@a.invalid;expires=120"},
			{"Contact: <sip:x@a.invalid>;expires=120", "Expires: 0"},
			{"Contact: <sip:x@a.invalid>;expires=120", "Expires: 200"},
			{"Contact: <sip:x@a.invalid>", "Expires: 120"},
		},
		60: {{"Contact: <sip:x@a.invalid>;expires=60"}},
	} {
		for _, lines := range lines {
			s := siptest.NewStage(t)
			a := connect(s, "a", "alice@example.org")
			wantContacts(t, a.registers(lines...), "<sip:x@a.invalid>;expires="+strconv.Itoa(want))
		}
	}
	for _, lines := range [][]string{
		{"Contact: <sip:x@a.invalid>;expires=59"},
		{"Contact: <sip:x@a.invalid>;expires=1", "Expires: 300"},
		{"Contact: <sip:x@a.invalid>", "Expires: 59"},
		{"Contact: <sip:x@a.invalid>", "Contact: <sip:y@a.invalid>;expires=59"},
	} {
		s := siptest.NewStage(t)
		a := connect(s, "a", "alice@example.org")
		if m := a.asks(t, 423, lines...); m.Header.Get("Min-Expires") != "60" {
			t.Errorf("%q: got\n%s", lines, m.Bytes())
		}
		wantListed(t, s, "alice@example.org")
	}
}

func TestWhatIsNoRegistration(t *testing.T) {
	long := strings.Repeat("x", 256)
	for _, tt := range []struct {
		status int
		words  string
		lines  []string
	}{
		{416, "want sip or sips", []string{"Request-URI: tel:+123"}},
		{400, "no URI", []string{"Request-URI: sip:example.org:port"}},
		{400, "no user", []string{"Request-URI: sip:alice@example.org"}},
		{404, "no domain", []string{"Request-URI: sip:nobody.invalid"}},
		{404, "no address of the domain", []string{"Request-URI: sip:example.com"}},
		{404, "no address of the domain", []string{"To: <sip:example.org>"}},
		{404, "no address of the domain", []string{"To: <tel:+123>"}},
		{403, "nobody registers for others", []string{"To: <sip:bob@example.org>"}},
		{403, "nobody registers for others", []string{"From: <sip:bob@example.org>;tag=1"}},
		{403, "nobody registers for others", []string{"From: <tel:+123>;tag=1"}},
		{400, "longer than 255", []string{"To: <sip:" + long + "@example.org>", "From: <sip:" + long + "@example.org>;tag=1"}},
		{420, "Bad Extension", []string{"Require: outbound"}},
		{420, "Bad Extension", []string{"Proxy-Require: path, gruu"}},
		{400, "Contact: *", []string{"Contact: *"}},
		{400, "Contact: *", []string{"Contact: *", "Expires: 1"}},
		{400, "no address", []string{"Contact: *;x", "Expires: 0"}},
		{400, "Contact: *", []string{"Contact: *", "Contact: <sip:x@a.invalid>", "Expires: 0"}},
		{400, "Contact: *", []string{"Contact: <sip:x@a.invalid>", "Contact: *", "Expires: 0"}},
		{400, "no address", []string{"Contact: <sip:x@a.invalid"}},
		{400, "no address", []string{"Contact:"}},
		{400, "sip or sips", []string{"Contact: <mailto:alice@example.org>"}},
		{400, "sip or sips", []string{"Contact: <tel:+123>"}},
		{400, "longer than 255", []string{"Contact: <sip:" + long + "@a.invalid>"}},
		{400, "longer than 255", []string{"Contact: <sip:x@a.invalid>;x=" + long}},
		{400, "longer than 255", []string{"Contact: <sip:x@a.invalid>", "Path: <sip:" + long + ";lr>"}},
		{400, "The q of Contact", []string{"Contact: <sip:x@a.invalid>;q=2"}},
		{400, "The q of Contact", []string{"Contact: <sip:x@a.invalid>;q"}},
		{403, "10 contacts", []string{"Contact: " + strings.Repeat("<sip:x@a.invalid>, ", 10) + "<sip:y@a.invalid>"}},
		{500, "too long together", []string{
			"Contact: <sip:" + long[:230] + "@a.invalid>, <sip:" + long[:230] + "@b.invalid>, <sip:" + long[:230] + "@c.invalid>",
		}},
	} {
		s := siptest.NewStage(t)
		a := connect(s, "a", "alice@example.org")
		if !strings.Contains(strings.Join(tt.lines, "\n"), "Contact:") {
			tt.lines = append(tt.lines, a.sipjs(300))
		}
		m := a.registers(tt.lines...)
		if m.Status != tt.status || !strings.Contains(m.Reason, tt.words) {
			t.Errorf("%.200q is answered, instead of %d and %q,\n%s", tt.lines, tt.status, tt.words, m.Bytes())
		}
		wantListed(t, s, "alice@example.org")
		wantListed(t, s, "bob@example.org")
	}
}

func TestWhatIsRequiredIsNamed(t *testing.T) {
	s := siptest.NewStage(t)
	a := connect(s, "a", "alice@example.org")
	m := a.asks(t, 420, a.sipjs(300), "Require: path, outbound, x")
	if got := m.Header.Tokens("Unsupported"); fmt.Sprint(got) != "[outbound x]" {
		t.Errorf("unsupported is %v", got)
	}
	a.asks(t, 200, a.sipjs(300), "Require: Path")
}

// TestThePreferenceOfAContact has the bounds of RFC 3261, 25.1.
func TestThePreferenceOfAContact(t *testing.T) {
	s := siptest.NewStage(t)
	a := connect(s, "a", "alice@example.org")
	for q, want := range map[string]int{
		"0": 200, "1": 200, "0.": 200, "1.": 200, "0.5": 200, "0.999": 200, "1.000": 200,
		"": 400, ".5": 400, "2": 400, "1.1": 400, "1.001": 400, "0.1234": 400, "0.1.2": 400, "0.x": 400, "00": 400, "-0": 400,
	} {
		if m := a.registers("Contact: <sip:x@a.invalid>;q=" + q); m.Status != want {
			t.Errorf("%q: got %d %s, want %d", q, m.Status, m.Reason, want)
		}
	}
}

func TestAddressesAreComparedAsTheyMean(t *testing.T) {
	s := siptest.NewStage(t)
	a := connect(s, "a", "alice@example.org")
	a.asks(t, 200, a.sipjs(300), "Request-URI: sips:EXAMPLE.org:5061;transport=ws",
		`To: "Alice" <sip:%61lice:pw@Example.ORG:5060;user=phone>`, "From: sip:alice@example.org;tag=1")
	wantListed(t, s, "alice@example.org", "a")
	a.asks(t, 404, a.sipjs(300), "Request-URI: sip:example.org", "To: <sip:alice@example.com>", "From: <sip:alice@example.com>;tag=1")
	s.Process.Dialect.Domain = "calls.example"
	m := a.asks(t, 404, a.sipjs(300))
	if !strings.Contains(m.Reason, "SIP_DOMAIN") {
		t.Errorf("the reason is %q", m.Reason)
	}
	a.AOR = "alice@Calls.Example"
	a.asks(t, 200, a.sipjs(300))
	wantListed(t, s, "alice@calls.example", "a")
}

func TestPathIsKeptAndSaidAgain(t *testing.T) {
	s := siptest.NewStage(t)
	a := connect(s, "a", "alice@example.org")
	m := a.asks(t, 200, a.sipjs(300), "Path: <sip:p1.example;lr>, <sip:p2.example;lr>", "Supported: path")
	if got := m.Header.Values("Path"); fmt.Sprint(got) != "[<sip:p1.example;lr> <sip:p2.example;lr>]" {
		t.Errorf("Path is %v", got)
	}
	entries, err := s.Store.Memory.Entries(t.Context(), directory.Name{Space: "sip", Name: a.AOR}, s.Now, true)
	if err != nil || len(entries) != 1 || !strings.Contains(entries[0].Tag, "<sip:p1.example;lr>, <sip:p2.example;lr>") {
		t.Errorf("kept is %+v, %v", entries, err)
	}
}

// A socket that ends meanwhile leaves nothing listed.
func TestWhoeverHasGoneIsNotRegistered(t *testing.T) {
	s := siptest.NewStage(t)
	a := connect(s, "a", "alice@example.org")
	text := a.text(a.sipjs(300))
	a.Disconnect()
	a.Sends(text)
	a.HearsNothing()
	wantListed(t, s, "alice@example.org")
}
