package e2e_test

import (
	"net/http"
	"testing"

	"github.com/parley-rtc/parley/localdev/emulator"
)

// TestPeerJSBudget holds the dialect to its cost, as TestBudget does the service. All runs in one process of each function,
// which reads what is remembered of a connection once.
func TestPeerJSBudget(t *testing.T) {
	s := startWith(t, emulator.Options{MaxInstances: 1})
	spend := s.spending(t)
	offer, told := `{"type":"OFFER","payload":{"sdp":{}},"dst":"bob"}`, `{"type":"OFFER","src":"alice","dst":"bob","payload":{"sdp":{}}}`
	var alice, bob *peerjs
	// $connect; then the opener: the state, the entry and its note with the connection, OPEN.
	spend("alice opens", cost{3, 0.5, 2, 1}, func() { alice = openPeerJS(t, s, "alice") })
	spend("bob opens", cost{3, 0.5, 2, 1}, func() { bob = openPeerJS(t, s, "bob") })
	spend("an offer", cost{0, 0.5, 1, 1}, func() {
		alice.send(offer)
		bob.next(told)
	})
	spend("an answer", cost{0, 0.5, 1, 1}, func() {
		bob.send(`{"type":"ANSWER","payload":{"sdp":{}},"dst":"alice"}`)
		alice.next(`{"type":"ANSWER","src":"bob","dst":"alice","payload":{"sdp":{}}}`)
	})
	spend("a candidate", cost{0, 0.5, 1, 1}, func() {
		alice.send(`{"type":"CANDIDATE","payload":{"x":1},"dst":"bob"}`)
		bob.next(`{"type":"CANDIDATE","src":"alice","dst":"bob","payload":{"x":1}}`)
	})
	spend("what nobody knows", cost{0, 0, 1, 0}, func() { alice.send(`{"type":"HELLO"}`) })
	spend("an offer to nobody", cost{0, 6.5, 1, 1}, func() {
		alice.send(`{"type":"OFFER","payload":{"sdp":{}},"dst":"nobody"}`)
		alice.next(`{"type":"EXPIRE","src":"nobody","dst":"alice"}`)
	})
	spend("LEAVE to nobody", cost{0, 0.5, 1, 0}, func() { alice.send(`{"type":"LEAVE","dst":"nobody"}`) })
	spend("ten heartbeats", cost{0, 0, 10, 0}, func() {
		for range 10 {
			bob.send(`{"type":"HEARTBEAT"}`)
		}
	})
	// A write that is refused costs what it would have. The holder is probed.
	spend("an id that is taken, and $disconnect", cost{3, 0.5, 3, 1}, func() {
		eve := dialPeerJS(t, s, "peerjs", "bob", "eve")
		eve.next(peerTaken)
		eve.next("")
	})
	spend("a wrong key, and $disconnect", cost{2, 0.5, 3, 1}, func() {
		eve := dialPeerJS(t, s, "other", "eve", "eve")
		eve.next(`{"type":"ERROR","payload":{"msg":"Invalid key provided"}}`)
		eve.next("")
	})
	// reconnect(): the new connection as above, the $disconnect of the old one that is closed.
	spend("bob comes back", cost{5, 0.5, 3, 1}, func() {
		again := openPeerJS(t, s, "bob")
		bob.next("")
		bob = again
	})
	post(t, s, "/_localdev/weather", `{"fault":"cold-start"}`)
	spend("an offer in another process", cost{0, 1, 1, 1}, func() {
		alice.send(offer)
		bob.next(told)
	})
	spend("a heartbeat in another", cost{0, 0, 1, 0}, func() { alice.send(`{"type":"HEARTBEAT"}`) })
	s.request(t, http.MethodDelete, "/_localdev/weather", nil)
	spend("$disconnect", cost{2, 0, 1, 0}, func() { bob.close() })
	spend("the last $disconnect", cost{2, 0, 1, 0}, func() { alice.close() })
	s.unlisted(t)
}
