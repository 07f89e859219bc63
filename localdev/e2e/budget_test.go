package e2e_test

import (
	"fmt"
	"testing"
)

// spending returns what holds an event to its cost: the bill has to go from what was expected before to just that more.
func (s *stack) spending(t *testing.T) func(event string, want cost, act func()) {
	var expected cost
	return func(event string, want cost, act func()) {
		t.Helper()
		act()
		before := expected
		expected = expected.plus(want)
		if got, ok := s.settles(t, expected); !ok {
			t.Errorf("%s: the bill went from %v to %v, the budget is %v", event, before, got, want)
			expected = got
		}
	}
}

// TestBudget holds the service to its promised cost per event, read from the bill. The bill is never reset in between: what
// an event spends too late to be seen in its own line shows in the next.
func TestBudget(t *testing.T) {
	s := start(t)
	alice, bob, carol := dial(t, s.ws), dial(t, s.ws), dial(t, s.ws)
	spend := s.spending(t)
	var addressOfAlice, bobsSeat string
	var dave *peer
	spend("three times $connect", cost{3, 0, 3, 0}, func() {})
	spend("$connect", cost{1, 0, 1, 0}, func() { dave = dial(t, s.ws) })
	spend("join of the first", cost{2, 0, 1, 1}, func() { alice.join("r", "alice") })
	spend("join of the second", cost{2, 0, 1, 2}, func() {
		joined := bob.join("r", "bob")
		addressOfAlice, bobsSeat = joined.Peers[0].Address, joined.Resume
		alice.next("peer-joined")
	})
	spend("join of the third", cost{2, 0, 1, 3}, func() {
		carol.join("r", "carol")
		alice.next("peer-joined")
		bob.next("peer-joined")
	})
	spend("signal by address", cost{0, 0, 1, 1}, func() {
		bob.send(`{"action":"signal","room":"r","to":"alice","address":%q,"data":1}`, addressOfAlice)
		alice.next("signal")
	})
	spend("signal by address with an ack", cost{0, 0, 1, 2}, func() {
		bob.send(`{"action":"signal","id":"1","room":"r","to":"alice","address":%q,"data":1}`, addressOfAlice)
		alice.next("signal")
		bob.next("ok")
	})
	spend("signal by name", cost{0, 0.5, 1, 1}, func() {
		bob.send(`{"action":"signal","room":"r","to":"alice","data":1}`)
		alice.next("signal")
	})
	for told, rru := range map[string]float64{`,"rev":3`: 0.5, "": 1} {
		spend("broadcast to two"+told, cost{0, rru, 1, 2}, func() {
			bob.send(`{"action":"broadcast","room":"r","data":1%s}`, told)
			alice.next("broadcast")
			carol.next("broadcast")
		})
	}
	spend("ping", cost{0, 0, 1, 1}, func() { dave.quiet() })
	spend("leave", cost{2, 0, 1, 2}, func() {
		carol.send(`{"action":"leave","room":"r"}`)
		alice.next("peer-left")
		bob.next("peer-left")
	})
	spend("$disconnect after leave", cost{1, 0, 1, 0}, func() { carol.close() })
	spend("$disconnect without leave", cost{2, 0, 1, 1}, func() {
		bob.close()
		alice.next("peer-lost")
	})
	spend("$connect", cost{1, 0, 1, 0}, func() { bob = dial(t, s.ws) })
	spend("resume, one other present", cost{3, 1, 1, 2}, func() {
		bob.send(`{"action":"join","room":"r","resume":%q}`, bobsSeat)
		bob.next("joined")
		alice.next("peer-back")
	})
	spend("leave after a resume", cost{2, 0, 1, 1}, func() {
		bob.send(`{"action":"leave","room":"r"}`)
		alice.next("peer-left")
	})
	spend("$disconnect after that leave", cost{1, 0, 1, 0}, func() { bob.close() })
	// Ten peers fit the 1 KB of one unit.
	for i := range 9 {
		spend("$connect", cost{1, 0, 1, 0}, func() { bob = dial(t, s.ws) })
		spend(fmt.Sprint("join as number ", i+2), cost{2, 0, 1, float64(i + 2)}, func() {
			bob.join("r", fmt.Sprint("peer-number-", i+2))
			alice.next("peer-joined")
		})
	}
	spend("ping, and nothing late", cost{0, 0, 1, 1}, func() { dave.quiet() })
}
