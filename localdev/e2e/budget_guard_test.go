package e2e_test

import "testing"

func TestNobodyJoinsOverTheBudgetAndCallsGoOn(t *testing.T) {
	s := start(t, "BUDGET_USD=0.000012") // an event is about $0.000003
	alice, bob, carol := dial(t, s.ws), dial(t, s.ws), dial(t, s.ws)
	alice.join("r", "alice")
	bob.join("r", "bob")
	alice.next("peer-joined")
	for range 3 {
		bob.send(`{"action":"signal","id":"s","room":"r","to":"alice","data":1}`)
		bob.next("ok")
		alice.next("signal")
	}
	carol.fails("over-budget", `{"action":"join","room":"r","peer":"carol"}`)
	bob.send(`{"action":"signal","id":"s","room":"r","to":"alice","data":2}`)
	bob.next("ok")
	alice.next("signal")
}
