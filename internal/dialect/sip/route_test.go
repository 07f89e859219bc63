package sip_test

import (
	"strings"
	"testing"
	"time"

	"github.com/parley-rtc/parley/internal/dialect/sip/siptest"
)

// TestADialogOfRegisteredPartiesNeedsNoRoute, as To finds each of them.
func TestADialogOfRegisteredPartiesNeedsNoRoute(t *testing.T) {
	c := newCall(t).rings()
	if c.heard.Header.Has("Record-Route") {
		t.Errorf("bob hears\n%s", c.heard.Bytes())
	}
}

// fromStranger is a call by who has not registered.
func fromStranger(t *testing.T) *call {
	t.Helper()
	s := siptest.NewStage(t)
	c := &call{Stage: s, t: t, alice: s.Connect("alice", "alice@example.org"), bob: s.Phone("bob", "bob@example.org")}
	return c.rings().answered()
}

func TestACallByWhoHasNotRegisteredGoesBothWays(t *testing.T) {
	c := fromStranger(t)
	routes := c.heard.Header.Values("Record-Route")
	if len(routes) != 1 || !strings.HasSuffix(routes[0], "@parley.invalid;transport=ws;lr>") {
		t.Errorf("the Record-Route is %q", routes)
	}
	c.goesTo(c.alice, c.bob, c.hers.Request("INFO"))
	c.goesTo(c.bob, c.alice, c.his.Request("INFO"))
	c.goesTo(c.bob, c.alice, c.his.Request("BYE"))
	c.wantSilence()
}

// TestAnAnonymousCallGoesBothWays, as JsSIP makes it: From and Contact say nothing of the caller.
func TestAnAnonymousCallGoesBothWays(t *testing.T) {
	c := newCall(t)
	c.alice.AOR, c.alice.Contact = "anonymous@anonymous.invalid", "sip:anonymous@anonymous.invalid;transport=ws;ob"
	c.rings().answered()
	c.goesTo(c.alice, c.bob, c.hers.Request("INFO"))
	c.goesTo(c.bob, c.alice, c.his.Request("BYE"))
	c.wantSilence()
}

// TestARouteIsOfOneCallAndOnePlace, so that nobody reaches with it whom he could not call.
func TestARouteIsOfOneCallAndOnePlace(t *testing.T) {
	c := fromStranger(t)
	mallory := c.Phone("mallory", "mallory@example.org")
	m := mallory.Request("MESSAGE", c.alice.Contact)
	m.Header.Add("Route", c.his.Routes[0])
	mallory.Says(m)
	mallory.HearsResponse(403, "MESSAGE")
	m = c.his.Request("INFO")
	m.URI = "sip:else@where.invalid"
	m.Header.Set("To", "<sip:alice@example.org>")
	c.bob.Says(m)
	c.bob.HearsResponse(404, "INFO")
	c.Now = c.Now.Add(24 * time.Hour)
	c.bob.Register()
	c.bob.Says(c.his.Request("BYE"))
	c.bob.HearsResponse(403, "BYE")
	mallory.HearsNothing()
	c.wantSilence()
}

// TestADivertedCallGoesBothWays: the caller follows a 302, so that To is not who is called.
func TestADivertedCallGoesBothWays(t *testing.T) {
	c := newCall(t)
	carol := c.Phone("carol", "carol@example.org")
	c.sent = c.alice.Says(c.alice.Request("INVITE", "sip:bob@example.org"))
	moved := c.bob.Response(c.bob.HearsRequest("INVITE"), 302)
	moved.Header.Add("Contact", "<sip:carol@example.org>")
	c.bob.Says(moved)
	c.alice.Says(c.alice.AckFailure(c.sent, c.alice.HearsResponse(302, "INVITE")))
	c.bob.HearsRequest("ACK")
	again := c.sent.Clone()
	again.URI = "sip:carol@example.org"
	again.Header.Set("Via", c.alice.Via())
	again.Header.Set("CSeq", "2 INVITE")
	c.alice.Says(again)
	c.bob.HearsNothing()
	heard := carol.HearsRequest("INVITE")
	ok := carol.Response(heard, 200)
	carol.Says(ok)
	hers, his := c.alice.Dialog(again, c.alice.HearsResponse(200, "INVITE")), carol.DialogOf(heard, ok)
	c.alice.Says(hers.Request("ACK"))
	carol.HearsRequest("ACK")
	c.goesTo(c.alice, carol, hers.Request("INFO"))
	c.goesTo(carol, c.alice, his.Request("INFO"))
	m := his.Request("INFO")
	c.bob.Says(m) // whose From it is, and who is not in the call
	c.bob.HearsResponse(403, "INFO")
	c.alice.Disconnect() // and comes back, where the Route does not know her, but To does
	back := c.Connect("back", c.alice.AOR)
	back.Contact = c.alice.Contact
	back.Register()
	c.goesTo(carol, back, his.Request("BYE"))
	c.wantSilence()
}

// TestAForeignRegistrationOfAContactTakesNothing, neither a request in the dialog nor a call.
func TestAForeignRegistrationOfAContactTakesNothing(t *testing.T) {
	c := newCall(t).rings().answered()
	mallory := c.Connect("mallory", "mallory@example.org")
	mallory.Contact = c.bob.Contact
	mallory.Register()
	c.goesTo(c.alice, c.bob, c.hers.Request("INFO"))
	c.alice.Says(c.alice.Request("INVITE", "sip:bob@example.org"))
	c.bob.HearsRequest("INVITE")
	c.goesTo(c.alice, c.bob, c.hers.Request("BYE"))
	mallory.HearsNothing()
	c.wantSilence()
}

func TestAStrictRouterIsUnderstood(t *testing.T) {
	c := fromStranger(t)
	m := c.his.Request("BYE")
	route := strings.Trim(m.Header.Pop("Route"), "<>")
	m.Header.Add("Route", "<"+m.URI+">")
	m.URI = route
	c.bob.Says(m)
	if got := c.alice.HearsRequest("BYE"); got.URI != c.alice.Contact || got.Header.Has("Route") {
		t.Errorf("alice hears\n%s", got.Bytes())
	}
	c.wantSilence()
}

// TestARequestGoesByThePathOfTheContact (RFC 3327).
func TestARequestGoesByThePathOfTheContact(t *testing.T) {
	c := newCall(t)
	c.bob.Path = "<sip:edge.invalid;lr>"
	c.bob.Register()
	c.alice.Says(c.alice.Request("INVITE", "sip:bob@example.org"))
	if got := c.bob.HearsRequest("INVITE").Header.Get("Route"); got != c.bob.Path {
		t.Errorf("bob hears the Route %q", got)
	}
}
