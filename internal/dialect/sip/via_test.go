package sip_test

import (
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/parley-rtc/parley/internal/sip"
)

// TestAResponseThatIsNotOfTheRequestIsDropped has bob, or mallory, send alice what she must not hear.
func TestAResponseThatIsNotOfTheRequestIsDropped(t *testing.T) {
	for name, forge := range map[string]func(c *call) (from string, m *sip.Message){
		"no Via of ours": func(c *call) (string, *sip.Message) {
			r := c.bob.Response(c.heard, 200)
			r.Header.Pop("Via")
			return "bob", r
		},
		"a Via of ours alone": func(c *call) (string, *sip.Message) {
			r := c.bob.Response(c.heard, 200)
			via := r.Header.Get("Via")
			r.Header.Del("Via")
			r.Header.Push("Via", via)
			return "bob", r
		},
		"a Via that is changed": func(c *call) (string, *sip.Message) {
			r := c.bob.Response(c.heard, 200)
			via := r.Header.Pop("Via")
			r.Header.Push("Via", via[:len(via)-1]+string('A'+(via[len(via)-1]-'A'+1)%26))
			return "bob", r
		},
		"a Via that is made up": func(c *call) (string, *sip.Message) {
			r := c.bob.Response(c.heard, 200)
			r.Header.Pop("Via")
			r.Header.Push("Via", "SIP/2.0/WSS parley.invalid;branch=z9hG4bKx;flow=YWxpY2U")
			return "bob", r
		},
		"the Via of another call": func(c *call) (string, *sip.Message) {
			c.alice.Says(c.alice.Request("INVITE", "sip:bob@example.org"))
			other := c.bob.Response(c.bob.HearsRequest("INVITE"), 200)
			r := c.bob.Response(c.heard, 200)
			r.Header.Pop("Via")
			r.Header.Push("Via", other.Header.Get("Via"))
			return "bob", r
		},
		"the Via of another request of the call": func(c *call) (string, *sip.Message) {
			c.alice.Says(c.alice.Cancel(c.sent))
			r := c.bob.Response(c.bob.HearsRequest("CANCEL"), 200)
			number, _ := r.CSeq()
			if number != 1 {
				c.t.Fatal("the CSeq of a CANCEL is not 1")
			}
			r.Header.Set("CSeq", "1 INVITE")
			return "bob", r
		},
		"another Call-ID": func(c *call) (string, *sip.Message) {
			r := c.bob.Response(c.heard, 200)
			r.Header.Set("Call-ID", "another")
			return "bob", r
		},
		"another tag of From": func(c *call) (string, *sip.Message) {
			r := c.bob.Response(c.heard, 200)
			r.Header.Set("From", "<sip:alice@example.org>;tag=another")
			return "bob", r
		},
		"another Via of the caller's": func(c *call) (string, *sip.Message) {
			r := c.bob.Response(c.heard, 200)
			ours := r.Header.Pop("Via")
			r.Header.Set("Via", "SIP/2.0/WSS elsewhere.invalid;branch="+branchOf(c.sent))
			r.Header.Push("Via", ours)
			return "bob", r
		},
		"another branch of the caller's": func(c *call) (string, *sip.Message) {
			r := c.bob.Response(c.heard, 200)
			ours := r.Header.Pop("Via")
			r.Header.Set("Via", c.alice.Via())
			r.Header.Push("Via", ours)
			return "bob", r
		},
		"a Via more": func(c *call) (string, *sip.Message) {
			r := c.bob.Response(c.heard, 200)
			ours := r.Header.Pop("Via")
			r.Header.Push("Via", "SIP/2.0/WSS elsewhere.invalid;branch=z9hG4bKother")
			r.Header.Push("Via", ours)
			return "bob", r
		},
		"from a third party": func(c *call) (string, *sip.Message) {
			return "mallory", c.bob.Response(c.heard, 200)
		},
		"from the caller": func(c *call) (string, *sip.Message) {
			return "alice", c.bob.Response(c.heard, 200)
		},
		"after ten minutes": func(c *call) (string, *sip.Message) {
			r := c.bob.Response(c.heard, 200)
			c.Now = c.Now.Add(10 * time.Minute)
			return "bob", r
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := newCall(t).rings()
			mallory := c.Phone("mallory", "mallory@example.org")
			phones := map[string]interface {
				Says(*sip.Message) *sip.Message
			}{"alice": c.alice, "bob": c.bob, "mallory": mallory}
			from, m := forge(c)
			c.Log.Level.Set(slog.LevelInfo)
			phones[from].Says(m)
			if log := c.Log.Take(); strings.Count(log, "message refused") != 1 || !strings.Contains(log, "action=response") {
				t.Errorf("the log has\n%s", log)
			}
			mallory.HearsNothing()
			c.wantSilence()
		})
	}
}

func branchOf(m *sip.Message) string {
	via, _ := sip.ParseVia(m.Header.Get("Via"))
	return via.Branch()
}

// TestAResponseIsTakenHoweverItsViasAreWritten, and with what a phone has added to ours.
func TestAResponseIsTakenHoweverItsViasAreWritten(t *testing.T) {
	c := newCall(t).rings()
	r := c.bob.Response(c.heard, 200)
	vias := r.Header.Values("Via")
	r.Header.Del("Via")
	text := strings.Replace(string(r.Bytes()), "\r\n", "\r\nv: "+vias[0]+";received=192.0.2.1 ,\r\n "+vias[1]+"\r\n", 1)
	c.bob.Sends(text)
	got := c.alice.HearsResponse(200, "INVITE")
	if via := got.Header.Values("Via"); len(via) != 1 || via[0] != c.sent.Header.Get("Via") {
		t.Errorf("alice hears the Vias %q", via)
	}
}

func TestWhatSomebodySaysOfHimselfInAResponseIsNotCarried(t *testing.T) {
	c := newCall(t).rings()
	r := c.bob.Response(c.heard, 200)
	r.Header.Add("P-Asserted-Identity", "<sip:president@example.org>")
	c.bob.Says(r)
	if c.alice.HearsResponse(200, "INVITE").Header.Has("P-Asserted-Identity") {
		t.Error("alice hears who bob says he is")
	}
}

// TestNoPhoneAsksAnotherForThePasswordThatItHasHere, to try out what is the right one.
func TestNoPhoneAsksAnotherForThePasswordThatItHasHere(t *testing.T) {
	for _, passwords := range []bool{false, true} {
		c := newCall(t).rings().answered()
		if passwords {
			c.users("alice", "bob")
		}
		c.alice.Says(c.hers.Request("BYE"))
		r := c.bob.Response(c.bob.HearsRequest("BYE"), 407)
		r.Header.Add("WWW-Authenticate", `Digest realm="any", nonce="n"`)
		r.Header.Add("Proxy-Authenticate", `Digest realm="any", nonce="n"`)
		c.bob.Says(r)
		got := c.alice.HearsResponse(407, "BYE").Header
		if asked := got.Has("Proxy-Authenticate"); asked == passwords || asked != got.Has("WWW-Authenticate") {
			t.Errorf("with passwords %t, asked %t", passwords, asked)
		}
	}
}

func TestACalleeThatHasComeBackAnswersOnItsNewConnection(t *testing.T) {
	c := newCall(t).rings()
	c.bob.Disconnect()
	again := c.Connect("again", c.bob.AOR)
	again.Contact = c.bob.Contact
	again.Says(c.bob.Response(c.heard, 200))
	c.alice.HearsNothing() // nobody knows who that is
	c.Through(c.NewProcess(), again.Register)
	again.Says(c.bob.Response(c.heard, 200))
	c.alice.HearsResponse(200, "INVITE")
	c.WantQuiet()
}

func TestAResponseToACallerWhoIsGoneIsNobodys(t *testing.T) {
	c := newCall(t).rings()
	c.Cut(c.alice.Conn)
	c.bob.Answers(c.heard, 200)
	c.wantSilence()
}

// TestALoopIsFound, in which a phone sends what it has had as it is, and a spiral is none.
func TestALoopIsFound(t *testing.T) {
	c := newCall(t)
	c.alice.Says(c.alice.Request("MESSAGE", "sip:bob@example.org"))
	m := c.bob.HearsRequest("MESSAGE")
	back := func() *sip.Message {
		m = m.Clone()
		m.Header.Push("Via", c.bob.Via())
		m.Header.Set("From", "<sip:bob@example.org>;tag="+m.From().Params.Get("tag"))
		return c.bob.Says(m)
	}
	m.URI = "sip:alice@example.org"
	back()
	m = c.alice.HearsRequest("MESSAGE") // another Request-URI: a spiral
	m.URI = "sip:alice@example.org"
	m.Header.Push("Via", c.bob.Via())
	c.bob.Says(m)
	c.bob.HearsResponse(482, "MESSAGE")
	c.wantSilence()
}
