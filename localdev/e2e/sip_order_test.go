package e2e_test

import (
	"net/http"
	"testing"

	"github.com/parley-rtc/parley/localdev/emulator"
)

// TestACANCELFollowsItsINVITE has the CANCEL be worked on first. It waits for as long as a busy
// machine may need for the INVITE.
func TestACANCELFollowsItsINVITE(t *testing.T) {
	t.Parallel()
	s := startSIP(t, emulator.Options{}, "HOLD_CANDIDATES=2000")
	alice, bob := s.registered(t, "alice", "a"), s.registered(t, "bob", "b")
	post(t, s, "/_localdev/weather", `{"fault":"reorder","delay":"50ms","times":1}`)
	invite := alice.sends(alice.request("INVITE", bob.aor(), "Content-Type: application/sdp", "", sdp))
	alice.sends(alice.again("CANCEL", invite))
	received := bob.next("INVITE " + bob.contact)
	cancel := bob.next("CANCEL " + bob.contact)
	s.request(t, http.MethodDelete, "/_localdev/weather", nil)
	bob.sends(bob.answers(cancel, "200 OK"))
	alice.next("SIP/2.0 200")
	bob.sends(bob.answers(received, "487 Request Terminated"))
	alice.next("SIP/2.0 487")
	alice.sends(alice.again("ACK", invite))
	for _, behind := range []string{cancel, bob.next("ACK " + bob.contact)} {
		if got, want := branch(behind), branch(received); got != want {
			t.Errorf("the INVITE came with the branch %q, and this with another:\n%s", want, behind)
		}
	}
}

// TestWhatFollowsInACallIsWorkedOnFirstAndGoesLast has the second of two requests in a dialog be worked
// on first.
func TestWhatFollowsInACallIsWorkedOnFirstAndGoesLast(t *testing.T) {
	t.Parallel()
	s := startSIP(t, emulator.Options{}, "HOLD_CANDIDATES=2000")
	alice, bob := s.registered(t, "alice", "a"), s.registered(t, "bob", "b")
	invite, ok, _, _ := alice.calls(bob)
	for i, methods := range [][2]string{{"UPDATE", "INVITE"}, {"INFO", "BYE"}} {
		post(t, s, "/_localdev/weather", `{"fault":"reorder","delay":"50ms","times":1}`)
		for j, method := range methods {
			alice.sends(alice.inDialog(method, invite, ok, 2+2*i+j))
		}
		for _, method := range methods {
			received := bob.next(method + " " + bob.contact)
			status := "200 OK"
			if method == "INVITE" {
				status = "488 Not Acceptable Here"
			}
			bob.sends(bob.answers(received, status))
		}
		for range methods {
			alice.next("SIP/2.0 ")
		}
		if i == 0 {
			alice.sends(alice.inDialog("ACK", invite, ok, 3))
			bob.next("ACK " + bob.contact)
		}
		s.request(t, http.MethodDelete, "/_localdev/weather", nil)
	}
}
