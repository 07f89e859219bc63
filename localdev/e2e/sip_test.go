package e2e_test

import (
	"strings"
	"testing"

	"github.com/parley-rtc/parley/localdev/emulator"
)

func TestPhonesCall(t *testing.T) {
	s := startSIP(t, emulator.Options{})
	alice, bob := s.registered(t, "alice", "a"), s.registered(t, "bob", "b")
	invite, ok, _, _ := alice.calls(bob)
	if got, want := field(ok, "Via"), field(invite, "Via"); got != want || strings.Count(ok, "\r\nVia:") != 1 {
		t.Errorf("the 200 came with the Via %q, want %q alone: SIP.js drops others", got, want)
	}
	alice.sends(alice.inDialog("INFO", invite, ok, 2, "", "Signal=5"))
	bob.sends(bob.answers(bob.next("INFO "+bob.contact), "200 OK"))
	alice.next("SIP/2.0 200")
	alice.sends(alice.inDialog("BYE", invite, ok, 3))
	bob.sends(bob.answers(bob.next("BYE "+bob.contact), "200 OK"))
	alice.next("SIP/2.0 200")
	alice.sends("\r\n\r\n")
	alice.next("\r\n")
	alice.quiet()
	bob.quiet()
	alice.close()
	bob.close()
	s.unlisted(t)
}
