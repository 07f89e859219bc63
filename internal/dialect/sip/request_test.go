package sip_test

import (
	"strings"
	"testing"

	"github.com/parley-rtc/parley/internal/dialect/sip/siptest"
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
