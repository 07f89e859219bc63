package sip_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/parley-rtc/parley/internal/dialect/sip/siptest"
	"github.com/parley-rtc/parley/internal/signaling"
	"github.com/parley-rtc/parley/internal/sip"
)

// call is one of alice's to bob, who have registered a phone each.
type call struct {
	*siptest.Stage
	t          *testing.T
	alice, bob *siptest.Phone
	sent       *sip.Message // alice's INVITE
	heard      *sip.Message // as bob has it
	hers, his  *siptest.Dialog
	held       int // requests
}

func newCall(t *testing.T) *call {
	t.Helper()
	s := siptest.NewStage(t)
	return &call{Stage: s, t: t, alice: s.Phone("alice", "alice@example.org"), bob: s.Phone("bob", "bob@example.org")}
}

// rings has alice call bob, whose phone rings.
func (c *call) rings() *call {
	c.t.Helper()
	c.sent = c.alice.Says(c.alice.Request("INVITE", "sip:bob@example.org"))
	c.heard = c.bob.HearsRequest("INVITE")
	c.bob.Answers(c.heard, 180)
	c.alice.HearsResponse(180, "INVITE")
	return c
}

// answered has bob answer, so that there is a dialog.
func (c *call) answered() *call {
	c.t.Helper()
	ok := c.bob.Response(c.heard, 200)
	c.bob.Says(ok)
	c.his = c.bob.DialogOf(c.heard, ok)
	c.hers = c.alice.Dialog(c.sent, c.alice.HearsResponse(200, "INVITE"))
	c.alice.Says(c.hers.Request("ACK"))
	c.bob.HearsRequest("ACK")
	return c
}

// goesTo has a phone send a request in the dialog, which the other one answers.
func (c *call) goesTo(from, to *siptest.Phone, m *sip.Message) {
	c.t.Helper()
	from.Says(m)
	to.Answers(to.HearsRequest(m.Method), 200)
	from.HearsResponse(200, m.Method)
}

func (c *call) wantSilence() {
	c.t.Helper()
	c.alice.HearsNothing()
	c.bob.HearsNothing()
	c.WantQuiet()
}

func TestACall(t *testing.T) {
	c := newCall(t).rings().answered()
	if c.heard.URI != c.bob.Contact {
		t.Errorf("bob hears INVITE %s, want his contact", c.heard.URI)
	}
	for _, method := range []string{"INFO", "UPDATE", "MESSAGE", "REFER", "NOTIFY", "PRACK", "OPTIONS", "NEWLY"} {
		c.goesTo(c.alice, c.bob, c.hers.Request(method))
		c.goesTo(c.bob, c.alice, c.his.Request(method))
	}
	c.goesTo(c.bob, c.alice, c.his.Request("BYE"))
	c.wantSilence()
}

func TestWhatAPhoneIsSentIsWhatWasSentButForTheRoute(t *testing.T) {
	c := newCall(t)
	m := c.alice.Request("INVITE", "sip:bob@example.org")
	m.Header.Set("Max-Forwards", "12")
	m.Header.Add("X-Of-Its-Own", `"a, b"; c=<d>`)
	m.Header.Add("P-Asserted-Identity", "<sip:president@example.org>")
	m.Header.Add("Route", "<sip:edge.example.net;transport=ws;lr>")
	m.Body = []byte("v=0\r\no=- 0 0 IN IP4 0.0.0.0\r\n\r\n")
	c.alice.Says(m)
	got := c.bob.HearsRequest("INVITE")
	via := got.Header.Pop("Via")
	if !strings.HasPrefix(via, "SIP/2.0/WSS parley.invalid;branch=z9hG4bK") {
		t.Errorf("the first Via is %s", via)
	}
	want := m.Clone()
	want.URI = c.bob.Contact
	want.Header.Set("Max-Forwards", "11")
	want.Header.Del("P-Asserted-Identity")
	want.Header.Del("Route")
	if string(got.Bytes()) != string(want.Bytes()) {
		t.Errorf("bob hears\n%s\nwant\n%s", got.Bytes(), want.Bytes())
	}
}

func TestWhatIsForTheServerAloneGoesNoFurther(t *testing.T) {
	c := newCall(t)
	m := c.alice.Request("INVITE", "sip:bob@example.org")
	foreign := `Digest username="alice", realm="elsewhere.example", nonce="n", uri="sip:bob@example.org", response="` +
		strings.Repeat("0", 32) + `", qop=auth, nc=00000001, cnonce="c"`
	ours := strings.Replace(foreign, "elsewhere.example", "example.org", 1)
	m.Header.Add("Authorization", "Bearer token")
	m.Header.Add("Authorization", foreign)
	m.Header.Add("Proxy-Authorization", ours)
	m.Header.Add("Proxy-Authorization", foreign)
	c.alice.Says(m)
	got := c.bob.HearsRequest("INVITE").Header
	for _, name := range []string{"Authorization", "Proxy-Authorization"} {
		if values := got.Values(name); !slices.Equal(values, []string{foreign}) {
			t.Errorf("bob hears %s %q", name, values)
		}
	}
}

func TestARequestAndItsResponseCostOneReading(t *testing.T) {
	c := newCall(t).rings().answered()
	c.Store.TakeUnits()
	wantUnits := func(want float64, what string) {
		t.Helper()
		if reads, writes := c.Store.TakeUnits(); reads != want || writes != 0 {
			t.Errorf("%s: %g RRU, %g WRU, want %g and 0", what, reads, writes, want)
		}
	}
	for _, of := range []struct {
		from, to *siptest.Phone
		m        *sip.Message
	}{
		{c.alice, c.bob, c.alice.Request("INVITE", "sip:bob@example.org")},
		{c.alice, c.bob, c.hers.Request("INFO")},
		{c.alice, c.bob, c.hers.Request("ACK")},
		{c.alice, c.bob, c.alice.AckFailure(c.sent, c.bob.Response(c.heard, 486))},
	} {
		of.from.Says(of.m)
		heard := of.to.HearsRequest(of.m.Method)
		wantUnits(0.5, of.m.Method)
		if of.m.Method != "ACK" {
			for _, status := range []int{180, 200} {
				of.to.Answers(heard, status)
				of.from.HearsResponse(status, of.m.Method)
			}
			wantUnits(0, "its responses")
		}
	}
	c.Process = c.NewProcess() // which has to learn who bob is, once
	c.goesTo(c.bob, c.alice, c.his.Request("INFO"))
	wantUnits(1, "the first request in another process")
	c.goesTo(c.bob, c.alice, c.his.Request("INFO"))
	wantUnits(0.5, "the next one")
	if reads, writes := c.Transactions.TakeUnits(); reads != 0 || writes != 0 {
		t.Errorf("transactions: %d RRU, %d WRU", reads, writes)
	}
}

func TestWhatIsNotForwardedIsAnswered(t *testing.T) {
	const bob = "sip:bob@example.org"
	field := func(name, value string) sip.Header { return sip.Header{{Name: name, Value: value}} }
	for name, refused := range map[string]struct {
		method, uri string
		with        sip.Header
		want        int
	}{
		"no SIP URI":               {"INVITE", "tel:+15550100", nil, 416},
		"no hops left":             {"INVITE", bob, field("Max-Forwards", "0"), 483},
		"no hops left, an OPTIONS": {"OPTIONS", bob, field("Max-Forwards", "0"), 483},
		"hops that are no number":  {"INVITE", bob, field("Max-Forwards", "many"), 400},
		"more hops than there are": {"INVITE", bob, field("Max-Forwards", "256"), 400},
		"an extension":             {"INVITE", bob, field("Proxy-Require", "newly"), 420},
		"who is another":           {"INVITE", bob, field("From", "<sip:bob@example.org>;tag=1"), 403},
		"a route of nobody's":      {"INVITE", bob, field("Route", "<sip:x@parley.invalid;lr>"), 403},
		"a route for a target":     {"INVITE", "sip:x@parley.invalid", nil, 404},
		"a method for users":       {"INVITE", "sip:example.org", nil, 405},
		"a method of nobody's":     {"NEWLY", "sip:example.org", nil, 501},
		"an extension for us":      {"OPTIONS", "sip:example.org", field("Require", "newly"), 420},
		"nothing to cancel":        {"CANCEL", "sip:example.org", nil, 481},
		"nobody's contact":         {"MESSAGE", "sip:x@y.invalid", nil, 404},
	} {
		t.Run(name, func(t *testing.T) {
			c := newCall(t)
			m := c.alice.Request(refused.method, refused.uri)
			for _, f := range refused.with {
				m.Header.Set(f.Name, f.Value)
			}
			c.alice.Says(m)
			got := c.alice.HearsResponse(refused.want, refused.method)
			switch refused.want {
			case 420:
				if got.Header.Get("Unsupported") != "newly" {
					t.Errorf("hears\n%s", got.Bytes())
				}
			case 405, 501:
				if got.Header.Get("Allow") != "OPTIONS, REGISTER" {
					t.Errorf("hears\n%s", got.Bytes())
				}
			}
			if got.To().Params.Get("tag") == "" {
				t.Error("the answer makes no dialog")
			}
			c.wantSilence()
			ack := c.alice.AckFailure(m, got)
			c.alice.Says(ack)
			c.bob.HearsNothing()
			c.WantQuiet()
		})
	}
}

func TestNothingAnswersAnACK(t *testing.T) {
	c := newCall(t)
	for _, uri := range []string{"sip:example.org", "sip:x@y.invalid", "tel:1"} {
		c.alice.Says(c.alice.Request("ACK", uri))
	}
	m := c.alice.Request("ACK", "sip:bob@example.org")
	m.Header.Set("Max-Forwards", "0")
	c.alice.Says(m)
	c.wantSilence()
}

func TestTheServerSaysWhatItCan(t *testing.T) {
	c := newCall(t)
	m := c.alice.Request("OPTIONS", "sip:example.org")
	m.Header.Set("Max-Forwards", "0")
	c.alice.Says(m)
	got := c.alice.HearsResponse(200, "OPTIONS").Header
	for name, want := range map[string]string{"Allow": "OPTIONS, REGISTER", "Accept": "*/*", "Supported": "path"} {
		if got.Get(name) != want {
			t.Errorf("%s: %q, want %q", name, got.Get(name), want)
		}
	}
	c.wantSilence()
}

// TestWhatComesWithSeveralViasGoesBackByAllOfThem, as from a client that is a proxy itself.
func TestWhatComesWithSeveralViasGoesBackByAllOfThem(t *testing.T) {
	c := newCall(t)
	m := c.alice.Request("MESSAGE", "sip:bob@example.org")
	vias := []string{m.Header.Pop("Via"), "SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKother;rport"}
	c.alice.Sends(strings.Replace(string(m.Bytes()), "\r\n", "\r\nVia: "+strings.Join(vias, ", ")+"\r\n", 1))
	heard := c.bob.HearsRequest("MESSAGE")
	if got := heard.Header.Values("Via"); len(got) != 3 || !slices.Equal(got[1:], vias) {
		t.Errorf("bob hears the Vias %q", got)
	}
	c.bob.Answers(heard, 200)
	if got := c.alice.HearsResponse(200, "MESSAGE").Header.Values("Via"); !slices.Equal(got, vias) {
		t.Errorf("alice hears the Vias %q", got)
	}
	c.wantSilence()
}

// TestWhatHasNoTagsIsCarried, as RFC 2543 had it, or a phone of little care.
func TestWhatHasNoTagsIsCarried(t *testing.T) {
	c := newCall(t)
	m := c.alice.Request("MESSAGE", "sip:bob@example.org")
	m.Header.Set("From", "<sip:alice@example.org>")
	c.alice.Says(m)
	r := c.bob.Response(c.bob.HearsRequest("MESSAGE"), 200)
	r.Header.Set("To", "<sip:bob@example.org>")
	c.bob.Says(r)
	c.alice.HearsResponse(200, "MESSAGE")
	c.wantSilence()
}

func TestARequestURIHasNeitherAMethodNorHeaders(t *testing.T) {
	c := newCall(t)
	c.bob.Registers("sip:bob@b.invalid;method=INVITE;transport=ws?Subject=x")
	c.bob.Unregister()
	c.alice.Says(c.alice.Request("MESSAGE", "sip:bob@example.org"))
	if got := c.bob.HearsRequest("MESSAGE").URI; got != "sip:bob@b.invalid;transport=ws" {
		t.Errorf("it goes to %s", got)
	}
}

func TestARequestThatHasNoHopsGetsThem(t *testing.T) {
	c := newCall(t)
	m := c.alice.Request("MESSAGE", "sip:bob@example.org")
	m.Header.Del("Max-Forwards")
	c.alice.Says(m)
	if got := c.bob.HearsRequest("MESSAGE").Header.Get("Max-Forwards"); got != "70" {
		t.Errorf("it arrives with %q left, want 70", got)
	}
}

func TestARequestThatGetsTooLongIsRefused(t *testing.T) {
	c := newCall(t)
	m := c.alice.Request("MESSAGE", "sip:bob@example.org")
	m.Body = make([]byte, signaling.MaxFrame-len(m.Bytes())-len("00000"))
	c.alice.Says(m)
	if got := c.alice.HearsResponse(513, "MESSAGE"); len(got.Body) != 0 {
		t.Error("the answer has a body")
	}
	c.wantSilence()
}

func TestAnINVITEAndItsCANCELAndACKAreOneTransaction(t *testing.T) {
	c := newCall(t).rings()
	first, _ := sip.ParseVia(c.heard.Header.Get("Via"))
	c.Process = c.NewProcess()
	c.alice.Says(c.alice.Cancel(c.sent))
	cancel := c.bob.HearsRequest("CANCEL")
	c.bob.Answers(cancel, 200)
	c.alice.HearsResponse(200, "CANCEL")
	c.bob.Answers(c.heard, 487)
	c.alice.Says(c.alice.AckFailure(c.sent, c.alice.HearsResponse(487, "INVITE")))
	for _, m := range []*sip.Message{cancel, c.bob.HearsRequest("ACK")} {
		via, _ := sip.ParseVia(m.Header.Get("Via"))
		if m.URI != c.heard.URI || via.Branch() != first.Branch() || via.SentBy != first.SentBy {
			t.Errorf("%s %s has the branch %s, want %s", m.Method, m.URI, via.Branch(), first.Branch())
		}
	}
	c.alice.Says(c.alice.Request("INVITE", "sip:bob@example.org"))
	if via, _ := sip.ParseVia(c.bob.HearsRequest("INVITE").Header.Get("Via")); via.Branch() == first.Branch() {
		t.Error("another call has the same branch")
	}
	c.wantSilence()
}

func TestTheLogTellsOfWhatCannotBeAnswered(t *testing.T) {
	c := newCall(t)
	for _, frame := range []string{
		"MESSAGE sip:bob@example.org SIP/2.0\r\nVia: x\n\r\n\r\n",
		"MESSAGE sip:bob@example.org SIP/2.0\r\nFrom: <sip:a@b>;tag=1\r\n\r\n",
		"SIP/2.0 200 OK\r\n\r\n",
	} {
		c.alice.Sends(frame)
		c.alice.HearsNothing()
		if log := c.Log.Take(); !strings.Contains(log, "not answered, as ") {
			t.Errorf("of %q the log says %q", frame, log)
		}
	}
}
