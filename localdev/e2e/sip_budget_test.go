package e2e_test

import (
	"net/http"
	"testing"

	"github.com/parley-rtc/parley/localdev/emulator"
)

// TestSIPBudget holds the dialect to its cost, as TestBudget does the service. All runs in one
// process of each function, which reads what is remembered of a connection once.
func TestSIPBudget(t *testing.T) {
	s := startSIP(t, emulator.Options{MaxInstances: 1})
	spend := s.spending(t)
	var alice, bob *phone
	spend("$connect of alice and bob", cost{2, 0, 2, 0}, func() {
		alice, bob = s.dialSIP(t, "alice", "a"), s.dialSIP(t, "bob", "b")
	})
	// The challenge; then the entry as it is, the entry, and its note with the connection.
	spend("alice registers", cost{2, 0.5, 2, 2}, func() { alice.register() })
	spend("bob registers", cost{2, 0.5, 2, 2}, func() { bob.register() })
	spend("alice refreshes", cost{2, 0.5, 2, 2}, func() { alice.register() })
	spend("a wrong password", cost{0, 0, 1, 1}, func() {
		bob.sends(bob.registration("REGISTER", bob.credentials("REGISTER", "made up", "guess", 1)))
		bob.next("SIP/2.0 401")
	})
	var invite, ok, received, answered string
	spend("a call: INVITE, 180, 200, ACK", cost{0, 1, 4, 4}, func() {
		invite, ok, received, answered = alice.calls(bob)
	})
	spend("BYE of the caller, and its 200", cost{0, 0.5, 2, 2}, func() {
		alice.sends(alice.inDialog("BYE", invite, ok, 2))
		bob.sends(bob.answers(bob.next("BYE"), "200 OK"))
		alice.next("SIP/2.0 200")
	})
	spend("INFO of the callee, and its 200", cost{0, 0.5, 2, 2}, func() {
		bob.sends(bob.request("INFO", alice.contact, "To: "+field(received, "From"), "From: "+field(answered, "To"),
			"Call-ID: "+field(received, "Call-ID")))
		alice.sends(alice.answers(alice.next("INFO"), "200 OK"))
		bob.next("SIP/2.0 200")
	})
	spend("MESSAGE, and its 200", cost{0, 0.5, 2, 2}, func() {
		alice.sends(alice.request("MESSAGE", bob.aor(), "Content-Type: text/plain", "", "hello"))
		bob.sends(bob.answers(bob.next("MESSAGE"), "200 OK"))
		alice.next("SIP/2.0 200")
	})
	spend("INVITE, 180, CANCEL, 200, 487, ACK", cost{0, 1.5, 6, 6}, func() {
		cancelled := alice.sends(alice.request("INVITE", bob.aor(), "Content-Type: application/sdp", "", sdp))
		ringing := bob.next("INVITE")
		bob.sends(bob.answers(ringing, "180 Ringing"))
		alice.next("SIP/2.0 180")
		alice.sends(alice.again("CANCEL", cancelled))
		bob.sends(bob.answers(bob.next("CANCEL"), "200 OK"))
		alice.next("SIP/2.0 200")
		bob.sends(bob.answers(ringing, "487 Request Terminated"))
		alice.next("SIP/2.0 487")
		alice.sends(alice.again("ACK", cancelled))
		bob.next("ACK")
	})
	spend("OPTIONS to us", cost{0, 0, 1, 1}, func() { alice.quiet() })
	spend("ten keep-alives", cost{0, 0, 10, 10}, func() {
		for range 10 {
			bob.sends("\r\n\r\n")
			bob.next("\r\n")
		}
	})
	spend("what is malformed", cost{0, 0, 1, 1}, func() {
		alice.sends(alice.request("MESSAGE", bob.aor(), "CSeq: 1 INVITE"))
		alice.next("SIP/2.0 400")
	})
	spend("a response with a forged Via", cost{0, 0, 1, 0}, func() { alice.sends(alice.answers(invite, "200 OK")) })
	post(t, s, "/_localdev/weather", `{"fault":"cold-start"}`)
	spend("keep-alives in another process", cost{0, 0, 1, 1}, func() {
		bob.sends("\r\n\r\n")
		bob.next("\r\n")
	})
	s.request(t, http.MethodDelete, "/_localdev/weather", nil)
	spend("alice unregisters", cost{2, 0.5, 2, 2}, func() { alice.register("Expires: 0") })
	spend("$disconnect of who has left", cost{1, 0, 1, 0}, alice.close)
	spend("$disconnect of who is registered", cost{2, 0, 1, 0}, bob.close)
	s.unlisted(t)
}
