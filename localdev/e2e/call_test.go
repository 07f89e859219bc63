package e2e_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/coder/websocket"
)

func TestThreePeersOverTheRealThing(t *testing.T) {
	s := start(t)
	alice, bob, carol := dial(t, s.ws), dial(t, s.ws), dial(t, s.ws)
	if got := alice.socket.Subprotocol(); got != "parley.v1" {
		t.Fatalf("subprotocol %q, want parley.v1", got)
	}
	seat := alice.join("r", "alice").Resume
	joined := bob.join("r", "bob")
	if joined.Rev != 2 || len(joined.Peers) != 1 || joined.Peers[0].Peer != "alice" {
		t.Fatalf("bob sees %+v", joined)
	}
	toBob := alice.next("peer-joined")
	bob.send(`{"action":"signal","room":"r","to":"alice","address":%q,"data":{"sdp" :"<offer>"},"n":1}`, joined.Peers[0].Address)
	if f := alice.next("signal"); f.From != "bob" || string(f.Data) != `{"sdp" :"<offer>"}` {
		t.Fatalf("alice got %+v", f)
	}
	alice.send(`{"action":"signal","id":"1","room":"r","to":"bob","address":%q,"data":1}`, toBob.Address)
	bob.next("signal")
	alice.next("ok")
	carol.join("r", "carol")
	alice.next("peer-joined")
	bob.next("peer-joined")
	carol.send(`{"action":"broadcast","room":"r","data":"hello"}`)
	alice.next("broadcast")
	bob.next("broadcast")
	alice.close()
	for _, p := range []*peer{bob, carol} {
		if f := p.next("peer-lost"); f.Peer != "alice" || f.Rev != 4 {
			t.Fatalf("got %+v", f)
		}
	}
	again := dial(t, s.ws)
	again.send(`{"action":"join","room":"r","resume":%q}`, seat)
	if f := again.next("joined"); f.Peer != "alice" || len(f.Peers) != 2 {
		t.Fatalf("alice is back and sees %+v", f)
	}
	bob.next("peer-back")
	carol.next("peer-back")
}

func TestHostileFramesConcernNobodyElse(t *testing.T) {
	s := start(t)
	alice, bob, mallory := dial(t, s.ws), dial(t, s.ws), dial(t, s.ws)
	alice.join("r", "alice")
	address := bob.join("r", "bob").Peers[0].Address
	alice.next("peer-joined")
	mallory.join("other", "mallory")

	mallory.fails("bad-json", "not JSON")
	mallory.fails("bad-json", "[]")
	mallory.fails("bad-json", `"text"`)
	mallory.fails("bad-json", "%s%s", strings.Repeat("[", 10_000), strings.Repeat("]", 10_000))
	mallory.fails("bad-json", `{"action":"signal","room":"other","to":"b","data":%s1%s}`, strings.Repeat(`{"a":`, 5_000), strings.Repeat("}", 5_000))
	mallory.fails("bad-request", "{}")
	mallory.fails("bad-request", `{"action":"join","room":"%s"}`, strings.Repeat("r", 129))
	mallory.fails("unknown-action", `{"action":"$connect"}`)
	mallory.fails("unknown-action", `{"action":"$default"}`)
	mallory.fails("not-in-room", `{"action":"signal","room":"r","to":"bob","data":1}`)
	mallory.fails("not-in-room", `{"action":"broadcast","room":"r","data":1}`)
	mallory.fails("forbidden", `{"action":"signal","room":"r","to":"alice","address":%q,"data":1}`, address)
	mallory.fails("bad-request", `{"action":"signal","room":"other","to":"mallory","data":1}`)
	mallory.fails("name-taken", `{"action":"join","room":"r","peer":"alice"}`)
	mallory.send(`{"action":"join","room":"r","peer":"mallory"}`)
	mallory.next("joined")
	alice.next("peer-joined")
	bob.next("peer-joined")
	mallory.send(`{"action":"signal","room":"r","to":"bob","from":"alice","data":1}`)
	if f := bob.next("signal"); f.From != "mallory" {
		t.Fatalf("bob was told that %s sent this", f.From)
	}
	alice.quiet()
	bob.quiet()
	mallory.quiet()
}

func TestLimitsOfTheGateway(t *testing.T) {
	s := start(t)
	p := dial(t, s.ws)
	p.join("r", "alice")
	p.fails("no-such-peer", `{"action":"signal","room":"r","to":"bob","data":%q}`, strings.Repeat("x", 32<<10-64))
	p.send(`{"action":"ping","x":%q}`, strings.Repeat("x", 32<<10))
	if code := p.closeCode(); code != websocket.StatusMessageTooBig {
		t.Fatalf("a frame over 32 KB: close code %d, want 1009", code)
	}
	p = dial(t, s.ws)
	if err := p.socket.Write(context.Background(), websocket.MessageBinary, []byte("x")); err != nil {
		t.Fatal(err)
	}
	if code := p.closeCode(); code != websocket.StatusUnsupportedData {
		t.Fatalf("a binary frame: close code %d, want 1003", code)
	}
	_, resp, err := websocket.Dial(t.Context(), s.ws, &websocket.DialOptions{Subprotocols: []string{"chat"}})
	if err == nil || resp.StatusCode != http.StatusBadRequest {
		t.Fatalf("a subprotocol that is not ours: got %v, %v, want 400", resp, err)
	}
}

func TestAPeerThatVanishesIsToldOnce(t *testing.T) {
	s := start(t)
	alice, bob, carol := dial(t, s.ws), dial(t, s.ws), dial(t, s.ws)
	alice.join("r", "alice")
	address := bob.join("r", "bob").Peers[0].Address
	carol.join("r", "carol")
	bob.next("peer-joined")
	s.cut(t, "r", "alice")
	// Both find her gone at the same time.
	bob.send(`{"action":"signal","room":"r","to":"alice","id":"1","address":%q,"data":1}`, address)
	carol.send(`{"action":"signal","room":"r","to":"alice","id":"1","data":1}`)
	for _, p := range []*peer{bob, carol} {
		seen := map[string]int{}
		for range 2 {
			f := <-p.frames
			seen[f.Type+" "+f.Peer+f.Code]++
		}
		if seen["peer-lost alice"] != 1 || seen["ok "] != 1 {
			t.Fatalf("got %v", seen)
		}
		p.quiet()
	}
}

func TestASeatIsKeptForTheGraceByTheEventsClock(t *testing.T) {
	s := start(t)
	alice, bob := dial(t, s.ws), dial(t, s.ws)
	seat := alice.join("r", "alice").Resume
	bob.join("r", "bob")
	alice.close()
	bob.next("peer-lost")
	post(t, s, "/_localdev/clock", `{"advance":"31s"}`)
	late := dial(t, s.ws)
	late.send(`{"action":"join","room":"r","resume":%q}`, seat)
	if f := late.next("error"); f.Code != "resume-expired" {
		t.Fatalf("got %+v", f)
	}
	late.join("r", "alice")
	if f := bob.next("peer-left"); f.Peer != "alice" || f.Reason != "lost" || f.Rev != 4 {
		t.Fatalf("got %+v", f)
	}
	bob.next("peer-joined")
}

func TestASeatMovesToANewerSocketUnnoticed(t *testing.T) {
	s := start(t)
	alice, bob := dial(t, s.ws), dial(t, s.ws)
	seat := alice.join("r", "alice").Resume
	bob.join("r", "bob")
	alice.next("peer-joined")
	newer := dial(t, s.ws)
	newer.send(`{"action":"join","room":"r","resume":%q}`, seat)
	newer.next("joined")
	if f := alice.next("kicked"); f.Reason != "replaced" {
		t.Fatalf("got %+v", f)
	}
	bob.next("peer-back")
	bob.quiet()
	bob.send(`{"action":"signal","room":"r","to":"alice","data":1}`)
	newer.next("signal")
}

func TestANameIsFreeAgainAtOnceAfterACutWithoutAGrace(t *testing.T) {
	s := start(t, "GRACE=0")
	alice, bob := dial(t, s.ws), dial(t, s.ws)
	alice.join("r", "alice")
	bob.join("r", "bob")
	s.cut(t, "r", "alice")
	dial(t, s.ws).join("r", "alice")
	bob.next("peer-left")
	bob.next("peer-joined")
}

func TestManyPairsLoseAndDoubleNothing(t *testing.T) {
	const pairs, messages = 100, 20
	s := start(t)
	type end struct {
		*peer
		room, to, address string
	}
	var ends []end
	for i := range pairs {
		a, b := dial(t, s.ws), dial(t, s.ws)
		room := fmt.Sprint("room", i)
		a.join(room, "a")
		toA := b.join(room, "b").Peers[0].Address
		toB := a.next("peer-joined").Address
		ends = append(ends, end{a, room, "b", toB}, end{b, room, "a", toA})
	}
	// All at the same time, message by message: what is in a queue for half a minute has timed out.
	got := make([]map[string]int, len(ends))
	for n := range messages {
		for _, e := range ends {
			e.send(`{"action":"signal","room":%q,"to":%q,"address":%q,"data":%d}`, e.room, e.to, e.address, n)
		}
		for i, e := range ends {
			if n == 0 {
				got[i] = map[string]int{}
			}
			got[i][string(e.next("signal").Data)]++
		}
	}
	for i, e := range ends {
		if len(got[i]) != messages {
			t.Fatalf("%s in %s got %d different messages of %d", e.to, e.room, len(got[i]), messages)
		}
	}
	for _, e := range ends {
		e.quiet()
	}
}
