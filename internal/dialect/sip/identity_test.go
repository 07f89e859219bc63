package sip_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/parley-rtc/parley/internal/dialect/sip/siptest"
	"github.com/parley-rtc/parley/internal/signaling"
	message "github.com/parley-rtc/parley/internal/sip"
)

// service is whom the requests are for: its answer says that it knows who asks.
const service = "sip:example.org"

// sends asks the service for its options, as that, and returns what it hears.
func (a *agent) sends(from string, lines ...string) *message.Message {
	m := a.Request("OPTIONS", service)
	m.Header.Set("From", "<sip:"+from+">;tag=1")
	for _, line := range lines {
		name, value, _ := strings.Cut(line, ": ")
		m.Header.Add(name, value)
	}
	a.Says(m)
	return a.Hears()
}

// is fails the test unless the connection may send as that.
func (a *agent) is(t *testing.T, from string, lines ...string) {
	t.Helper()
	if m := a.sends(from, lines...); m.Status != 200 {
		t.Errorf("%s as %s is told\n%s", a.Conn, from, m.Bytes())
	}
}

// isNot fails the test unless the connection is told why it may not send as that.
func (a *agent) isNot(t *testing.T, from, words string, lines ...string) {
	t.Helper()
	if m := a.sends(from, lines...); m.Status != 403 || !strings.Contains(m.Reason, words) {
		t.Errorf("%s as %s is told, instead of %q,\n%s", a.Conn, from, words, m.Bytes())
	}
}

const anonymous = "anonymous@anonymous.invalid"

func TestFromIsWhoHasRegistered(t *testing.T) {
	s := siptest.NewStage(t)
	a := connect(s, "a", "alice@example.org")
	a.asks(t, 200, a.sipjs(300))
	b := connect(s, "b", "bob@example.org")
	b.asks(t, 200, b.sipjs(300))
	s.Store.TakeUnits()
	a.is(t, "alice@example.org")
	a.is(t, "%61lice:x@EXAMPLE.org:5060;user=phone")
	a.is(t, anonymous)
	wantUnits(t, s, 0, 0)
	a.isNot(t, "bob@example.org", "none of the addresses")
	a.isNot(t, "carol@example.org", "none of the addresses")
	a.isNot(t, "alice@x.invalid", "domain")
	a.isNot(t, "example.org", "domain")
	m := a.Request("OPTIONS", service)
	m.Header.Set("From", "<tel:+123>;tag=1")
	a.Says(m)
	a.HearsResponse(403, "OPTIONS")

	a.AOR = "alice2@example.org" // one more
	a.asks(t, 200, a.sipjs(300))
	a.is(t, "alice@example.org")
	a.is(t, "alice2@example.org")
	a.asks(t, 200, a.sipjs(0))
	a.isNot(t, "alice2@example.org", "none of the addresses")
	a.is(t, "alice@example.org")
	s.WantQuiet()
}

// In open mode whoever has not registered may use what nobody has.
func TestAnUnclaimedAddressIsAnybodys(t *testing.T) {
	s := siptest.NewStage(t)
	a := connect(s, "a", "alice@example.org")
	a.is(t, "alice@example.org")
	a.is(t, "carol@example.org")
	a.isNot(t, anonymous, "REGISTER first")
	b := connect(s, "b", "bob@example.org")
	b.asks(t, 200, b.sipjs(300))
	a.isNot(t, "bob@example.org", "somebody else")
	s.Now = s.Now.Add(301 * time.Second)
	a.is(t, "bob@example.org")
	s.Process.Dialect.Domain = "calls.example"
	a.isNot(t, "bob@example.org", "domain")
}

// What one process has registered another learns.
func TestAnotherProcessKnowsWhoHasRegistered(t *testing.T) {
	for _, open := range []bool{true, false} {
		s := siptest.NewStage(t)
		other := s.NewProcess()
		if !open {
			users(t, s.Process, `{"alice":"a's"}`)
			other.Dialect.Users = s.Process.Dialect.Users
		}
		a := connect(s, "a", "alice@example.org")
		s.Through(other, func() { // it remembers that nobody is there
			if m := a.sends("bob@example.org"); open == (m.Status == 407) {
				t.Errorf("told is\n%s", m.Bytes())
			}
		})
		m := a.registers(a.sipjs(300))
		if !open {
			c := challenged(t, m, false)
			a.asks(t, 200, a.sipjs(300), c.register("alice", "a's", 1))
		}
		s.Through(other, func() { a.is(t, "alice@example.org") })
		s.Through(s.NewProcess(), func() { a.is(t, "alice@example.org") })
	}
}

func TestShowingAPasswordWithoutRegistering(t *testing.T) {
	s := withUsers(t)
	other := s.NewProcess()
	other.Dialect.Domain, other.Dialect.Users = s.Process.Dialect.Domain, s.Process.Dialect.Users
	a := connect(s, "a", "alice@example.org")
	c := challenged(t, a.sends("alice@example.org"), false)
	if c.field != "Proxy-Authorization" {
		t.Errorf("asked is for %s", c.field)
	}
	answer := func(c challenge, user, password string) string {
		return c.answer(user, password, "OPTIONS", service, 1)
	}
	challenged(t, a.sends("alice@example.org", answer(c, "alice", "wrong")), false)
	a.isNot(t, "alice@example.org", "another user", answer(c, "bob", "b's"))
	b := connect(s, "b", "alice@example.org")
	challenged(t, b.sends("alice@example.org", answer(c, "alice", "a's")), true)
	challenged(t, a.sends("alice@example.org"), false) // none of that has told who it is
	s.Store.TakeUnits()
	a.is(t, "alice@example.org", answer(c, "alice", "a's"))
	if _, writes := s.Store.TakeUnits(); writes != 1 {
		t.Errorf("%v writes", writes)
	}
	a.is(t, "alice@example.org")
	a.is(t, anonymous)
	a.isNot(t, "bob@example.org", "none of the addresses")
	s.Through(other, func() { a.is(t, "alice@example.org") })

	challenged(t, b.sends(anonymous), false)
	c = challenged(t, b.sends(anonymous), false)
	b.is(t, anonymous, answer(c, "bob", "b's"))
	b.is(t, "bob@example.org")
	s.WantQuiet()
}

// Nothing challenges a CANCEL (RFC 3261, 22.1).
func TestACancelIsNotChallenged(t *testing.T) {
	s := withUsers(t)
	a := connect(s, "a", "alice@example.org")
	invite := a.Request("INVITE", "sip:bob@example.org")
	a.Says(invite)
	challenged(t, a.Hears(), false)
	a.Says(a.Cancel(invite))
	if m := a.Hears(); m.Status == 407 {
		t.Errorf("told is\n%s", m.Bytes())
	}
}

func TestATokenIsWho(t *testing.T) {
	s := siptest.NewStage(t)
	rights := &signaling.Rights{Peer: "al*", Rooms: []string{"*"}, Expires: s.Now.Add(time.Hour)}
	a := byToken(s, "a", "alice@example.org", admitting{rights: rights}, "token")
	a.is(t, "alice@example.org")
	a.is(t, "alan@example.org")
	a.is(t, anonymous)
	a.isNot(t, "bob@example.org", "Your token is for al*")
	a.asks(t, 200, a.sipjs(300))
	a.isNot(t, "bob@example.org", "none of the addresses")
	s.Now = s.Now.Add(2 * time.Hour)
	a.is(t, "alice@example.org") // a call goes on when the token has ended
	a.isNot(t, "alan@example.org", "none of the addresses")

	refused := signaling.Errorf(signaling.CodeUnauthorized, "the token is another's")
	b := byToken(s, "b", "bob@example.org", admitting{refusal: refused}, "token")
	b.isNot(t, "bob@example.org", "the token is another's")
	c := byToken(s, "c", "carol@example.org", admitting{refusal: refused})
	c.isNot(t, "carol@example.org", "opened without a token")
	c.isNot(t, anonymous, "opened without a token")
	if log := fmt.Sprint(s.Log.Take()); strings.Contains(log, "example.org") {
		t.Errorf("the log has\n%s", log)
	}
}
