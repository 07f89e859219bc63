package e2e_test

import "testing"

// TestAKickInOneOfTwoRooms is with the functions as they are deployed.
func TestAKickInOneOfTwoRooms(t *testing.T) {
	s := start(t, "HOST=first")
	alice, bob, carol := dial(t, s.ws), dial(t, s.ws), dial(t, s.ws)
	alice.join("red", "alice")
	bob.join("red", "bob")
	alice.next("peer-joined")
	carol.join("blue", "carol")
	bob.join("blue", "bob")
	carol.next("peer-joined")
	alice.send(`{"action":"kick","id":"k","room":"red","peer":"bob"}`)
	alice.next("ok")
	if f := bob.next("kicked"); f.Room != "red" {
		t.Fatalf("kicked out of %s", f.Room)
	}
	bob.send(`{"action":"broadcast","room":"blue","data":1}`)
	if f := carol.next("broadcast"); f.From != "bob" {
		t.Fatalf("got %+v", f)
	}
	bob.fails("not-in-room", `{"action":"broadcast","room":"red","data":1}`)
	carol.send(`{"action":"kick","id":"k","room":"blue","peer":"bob"}`)
	carol.next("ok")
	bob.next("kicked")
	bob.closeCode()
}

// TestABroadcastRightAfterAJoin has every reading that may be old be old.
func TestABroadcastRightAfterAJoin(t *testing.T) {
	for name, known := range map[string]string{"of the revision that is known": `,"rev":2`, "of none": ""} {
		t.Run(name, func(t *testing.T) {
			s := start(t)
			post(t, s, "/_localdev/weather", `rules: [{fault: stale, table: RoomsTable}]`)
			alice, bob := dial(t, s.ws), dial(t, s.ws)
			alice.join("r", "alice")
			bob.join("r", "bob")
			alice.next("peer-joined")
			alice.send(`{"action":"broadcast","room":"r","data":1%s}`, known)
			bob.next("broadcast")
		})
	}
}
