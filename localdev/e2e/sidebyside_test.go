package e2e_test

import "testing"

// TestEqualNamesOfTwoProtocolsNeverMeet has everybody use one name at once: as room and peer, as a
// topic, as an id.
func TestEqualNamesOfTwoProtocolsNeverMeet(t *testing.T) {
	s := start(t)
	const name = "same"
	host, guest := dial(t, s.ws), dial(t, s.ws)
	host.join(name, name)
	guest.join(name, "guest")
	host.next("peer-joined")
	reader, writer := dialOffering(t, s.ws), dialOffering(t, s.ws)
	for i, p := range []*peer{reader, writer} {
		p.send(`{"type":"subscribe","topics":["` + name + `"]}`)
		s.subscribed(t, i+1, 1)
	}
	callee, caller := openPeerJS(t, s, name), openPeerJS(t, s, "caller")

	guest.send(`{"action":"broadcast","room":"` + name + `","data":"of parley.v1"}`)
	if f := host.next("broadcast"); string(f.Data) != `"of parley.v1"` {
		t.Errorf("in the room: %s", f.Data)
	}
	guest.send(`{"action":"signal","room":"` + name + `","to":"` + name + `","data":"of parley.v1, too"}`)
	if f := host.next("signal"); string(f.Data) != `"of parley.v1, too"` {
		t.Errorf("in the room: %s", f.Data)
	}
	writer.send(`{"type":"publish","topic":"` + name + `","data":"of y-webrtc"}`)
	if f := reader.next("publish"); string(f.Data) != `"of y-webrtc"` {
		t.Errorf("under the topic: %s", f.Data)
	}
	caller.send(`{"type":"OFFER","payload":{"of":"PeerJS"},"dst":"` + name + `"}`)
	callee.next(`{"type":"OFFER","src":"caller","dst":"` + name + `","payload":{"of":"PeerJS"}}`)

	// Nobody has heard anything else: the next that each hears is its own.
	for _, p := range []*peer{host, guest} {
		p.send(`{"action":"ping","id":"1"}`)
		p.next("pong")
	}
	reader.beats()
	writer.beats()
	callee.quiet(name)
	caller.quiet("caller")
	// And who leaves one of them stays in the others.
	host.send(`{"action":"leave","id":"1","room":"` + name + `"}`)
	host.next("ok")
	reader.send(`{"type":"unsubscribe","topics":["` + name + `"]}`)
	s.subscribed(t, 1, 1)
	caller.send(`{"type":"OFFER","payload":{"still":1},"dst":"` + name + `"}`)
	callee.next(`{"type":"OFFER","src":"caller","dst":"` + name + `","payload":{"still":1}}`)
}
