package e2e_test

import (
	"fmt"
	"testing"

	"github.com/golang-jwt/jwt/v5"
)

// as dials with a token.
func (s *stack) as(t testing.TB, claims jwt.MapClaims) *peer {
	t.Helper()
	return dial(t, s.ws+"?token="+token(t, claims))
}

func TestHostsDecideWhoComesIn(t *testing.T) {
	s := start(t, "AUTH=jwt", "AUTH_SECRET="+authSecret, "LOBBY=on")
	alice := s.as(t, jwt.MapClaims{"sub": "alice", "rooms": "r", "role": "host", "seats": 3})
	anna := s.as(t, jwt.MapClaims{"sub": "anna", "rooms": "r", "role": "host", "seats": 9})
	bob := s.as(t, jwt.MapClaims{"sub": "bob", "rooms": "r", "role": "guest", "create": false})
	carol := s.as(t, jwt.MapClaims{"sub": "carol", "rooms": "r"})
	dora := s.as(t, jwt.MapClaims{"sub": "dora", "rooms": "another"})

	bob.fails("room-locked", `{"action":"join","room":"r"}`)
	bob.send(`{"action":"knock","id":"k","room":"r","data":{"from":"the hall"}}`) // before any host is there
	bob.next("ok")
	dora.fails("forbidden", `{"action":"knock","room":"r"}`)
	alice.send(`{"action":"join","room":"r"}`)
	joined := alice.next("joined")
	if len(joined.Waiting) != 1 || joined.Waiting[0].Peer != "bob" || string(joined.Waiting[0].Data) != `{"from":"the hall"}` || joined.Seats != 3 {
		t.Fatalf("got %+v", joined)
	}
	anna.send(`{"action":"join","room":"r"}`)
	if joined := anna.next("joined"); len(joined.Waiting) != 1 || joined.Seats != 3 {
		t.Fatalf("got %+v", joined)
	}
	alice.next("peer-joined")

	carol.send(`{"action":"knock","id":"k","room":"r"}`)
	carol.next("ok")
	for _, host := range []*peer{alice, anna} {
		if got := host.next("knocked"); got.Peer != "carol" {
			t.Fatalf("got %+v", got)
		}
	}
	bob.fails("not-in-room", `{"action":"admit","room":"r","peer":"bob"}`)
	alice.send(`{"action":"admit","id":"a","room":"r","peer":"bob"}`)
	alice.next("ok")
	admitted := bob.next("admitted")
	if got := anna.next("admitted"); got.Peer != "bob" || got.By != "alice" || got.Pass != "" {
		t.Fatalf("got %+v", got)
	}
	carol.fails("forbidden", `{"action":"join","room":"r","pass":%q}`, admitted.Pass)
	bob.send(`{"action":"join","room":"r","pass":%q}`, admitted.Pass)
	if joined := bob.next("joined"); len(joined.Peers) != 2 || len(joined.Waiting) != 0 || joined.Seats != 3 {
		t.Fatalf("got %+v", joined)
	}
	alice.next("peer-joined")
	anna.next("peer-joined")
	bob.fails("forbidden", `{"action":"deny","room":"r","peer":"carol"}`)

	anna.send(`{"action":"admit","room":"r","peer":"carol"}`)
	alice.next("admitted")
	carol.fails("room-full", `{"action":"join","room":"r","pass":%q}`, carol.next("admitted").Pass)
	carol.send(`{"action":"knock","room":"r"}`)
	alice.next("knocked")
	anna.next("knocked")
	anna.send(`{"action":"deny","room":"r","peer":"carol","reason":"we are full"}`)
	if got := alice.next("denied"); got.Peer != "carol" || got.By != "anna" {
		t.Fatalf("got %+v", got)
	}
	if got := carol.next("denied"); got.By != "anna" || got.Reason != "we are full" {
		t.Fatalf("got %+v", got)
	}
	carol.send(`{"action":"knock","room":"r"}`) // the socket is still good
	alice.next("knocked")
	anna.next("knocked")
	carol.close()
	for _, host := range []*peer{alice, anna} {
		if got := host.next("knock-left"); got.Peer != "carol" {
			t.Fatalf("got %+v", got)
		}
		host.quiet()
	}
}

func TestARoomIsOpenedOnlyByWhoMay(t *testing.T) {
	s := start(t, "AUTH=jwt", "AUTH_SECRET="+authSecret)
	guests := make([]*peer, 8)
	for i := range guests {
		guests[i] = s.as(t, jwt.MapClaims{"sub": fmt.Sprint("guest", i), "rooms": "*", "create": false})
	}
	for _, g := range guests { // all at once
		g.send(`{"action":"join","room":"r"}`)
	}
	for _, g := range guests {
		if got := g.next("error"); got.Code != "forbidden" || !got.Retry {
			t.Fatalf("got %+v", got)
		}
	}
	alice := s.as(t, jwt.MapClaims{"sub": "alice", "rooms": "*"})
	alice.join("r", "alice")
	guests[0].join("r", "guest0")
	alice.next("peer-joined")
	alice.send(`{"action":"leave","id":"l","room":"r"}`)
	alice.next("ok")
	guests[0].next("peer-left")
	guests[1].join("r", "guest1") // somebody is there
	guests[0].next("peer-joined")
	guests[0].send(`{"action":"leave","id":"l","room":"r"}`)
	guests[0].next("ok")
	guests[1].next("peer-left")
	guests[1].send(`{"action":"leave","id":"l","room":"r"}`)
	guests[1].next("ok")
	guests[2].fails("forbidden", `{"action":"join","room":"r"}`)
}

// TestBudgetOfTheLobby holds what a lobby, and the claims create and seats, cost. Those who use none of them pay for none:
// that is TestBudget.
func TestBudgetOfTheLobby(t *testing.T) {
	s := start(t, "AUTH=jwt", "AUTH_SECRET="+authSecret, "LOBBY=on")
	alice := s.as(t, jwt.MapClaims{"sub": "alice", "rooms": "*", "role": "host", "seats": 5})
	bob := s.as(t, jwt.MapClaims{"sub": "bob", "rooms": "*", "create": false})
	carol := s.as(t, jwt.MapClaims{"sub": "carol", "rooms": "*"})
	spend := s.spending(t)
	pass := ""
	spend("three times $connect", cost{3, 0, 3, 0}, func() {})
	spend("knock at a room that never was", cost{2, 0.5, 1, 1}, func() {
		bob.send(`{"action":"knock","id":"k","room":"r"}`)
		bob.next("ok")
	})
	spend("join of a host whose token says other seats than the empty room had", cost{3, 0.5, 1, 1}, func() { alice.join("r", "alice") })
	spend("knock", cost{2, 0.5, 1, 2}, func() {
		carol.send(`{"action":"knock","id":"k","room":"r"}`)
		carol.next("ok")
		alice.next("knocked")
	})
	spend("admit", cost{1, 0.5, 1, 2}, func() {
		alice.send(`{"action":"admit","id":"a","room":"r","peer":"bob"}`)
		alice.next("ok")
		pass = bob.next("admitted").Pass
	})
	spend("join with a pass, of who may not open a room", cost{2, 0.5, 1, 2}, func() {
		bob.send(`{"action":"join","room":"r","pass":%q}`, pass)
		bob.next("joined")
		alice.next("peer-joined")
	})
	spend("join without a pass", cost{0, 1.5, 1, 1}, func() { carol.fails("room-locked", `{"action":"join","room":"r"}`) })
	spend("$disconnect of who waits", cost{2, 0, 1, 1}, func() {
		carol.close()
		alice.next("knock-left")
	})
	spend("leave of one", cost{2, 0, 1, 1}, func() {
		bob.send(`{"action":"leave","room":"r"}`)
		alice.next("peer-left")
	})
	spend("leave of the last", cost{2, 0, 1, 1}, func() {
		alice.send(`{"action":"leave","id":"l","room":"r"}`)
		alice.next("ok")
	})
	spend("join to a room that is empty again", cost{2, 0.5, 1, 1}, func() { alice.join("r", "alice") })
}
