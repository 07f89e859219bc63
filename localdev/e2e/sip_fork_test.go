package e2e_test

import (
	"fmt"
	"testing"

	"github.com/parley-rtc/parley/localdev/emulator"
)

// TestForkBudget has five phones ring and one answer: each that rings is noted, and who answers.
func TestForkBudget(t *testing.T) {
	s := startSIP(t, emulator.Options{MaxInstances: 1})
	alice := s.registered(t, "alice", "a")
	var phones [5]*phone
	for i := range phones {
		phones[i] = s.registered(t, "bob", fmt.Sprint("b", i))
	}
	winner, losers := phones[2], []*phone{phones[0], phones[1], phones[3], phones[4]}
	before := s.spent(t)
	invite := alice.sends(alice.request("INVITE", winner.aor(), "Content-Type: application/sdp", "", sdp))
	received := map[*phone]string{}
	for _, p := range phones {
		received[p] = p.next("INVITE " + p.contact)
		p.sends(p.answers(received[p], "180 Ringing"))
		alice.next("SIP/2.0 180")
	}
	winner.sends(winner.answers(received[winner], "200 OK"))
	ok := alice.next("SIP/2.0 200")
	alice.sends(alice.inDialog("ACK", invite, ok, 1))
	winner.next("ACK " + winner.contact)
	for _, p := range losers {
		p.sends(p.answers(p.next("CANCEL "+p.contact), "200 OK"))
		p.sends(p.answers(received[p], "487 Request Terminated"))
		p.next("ACK " + p.contact)
	}
	for _, p := range append(losers, winner, alice) {
		p.quiet()
	}
	got := s.spent(t)
	if got.wru-before.wru > 6 || got.rru-before.rru > 5 {
		t.Errorf("a call to five phones: the bill went from %v to %v, the budget is 6 WRU and 5 RRU", before, got)
	}
}
