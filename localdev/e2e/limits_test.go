package e2e_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/parley-rtc/parley/localdev/emulator"
)

// flood sends messages as fast as the socket takes them, and reads the answers, which each of them asks for. It returns
// how many of each type and code came.
func flood(t testing.TB, p *peer, messages int) map[string]int {
	t.Helper()
	go func() {
		for i := range messages {
			frame := fmt.Appendf(nil, `{"action":"ping","id":"%d"}`, i)
			if err := p.socket.Write(context.Background(), websocket.MessageText, frame); err != nil {
				t.Errorf("message %d of the flood: %v", i, err)
				return
			}
		}
	}()
	answers := map[string]int{}
	for range messages {
		select {
		case f := <-p.frames:
			answers[f.Type+f.Code]++
		case <-time.After(patience):
			t.Fatalf("an answer is missing: %v", answers)
		}
	}
	return answers
}

func TestAFloodIsRefusedAndOthersLoseNothing(t *testing.T) {
	// No machine is slow enough to stay within that rate, nor starts so many instances that each
	// knows of a part only.
	e := emulate(t, emulator.Options{Env: variables([]string{"MESSAGE_RATE=5"}), MaxInstances: 8, Output: functionLog{t}})
	s := &stack{ws: e.APIs[0].URL, http: "http://" + e.Addr}
	flooder, alice, bob := dial(t, s.ws), dial(t, s.ws), dial(t, s.ws)
	alice.join("r", "alice")
	joined := bob.join("r", "bob")
	alice.next("peer-joined")
	const sent, relays = 3000, 200
	answers := make(chan map[string]int, 1)
	began := time.Now()
	go func() { answers <- flood(t, flooder, sent) }()
	for i := range relays {
		bob.send(`{"action":"signal","id":"s","room":"r","to":"alice","address":%q,"data":{"i":%d},"n":%d}`, joined.Peers[0].Address, i, i)
		bob.next("ok")
	}
	var got []int
	for range relays {
		got = append(got, alice.next("signal").N)
	}
	slices.Sort(got)
	if len(slices.Compact(got)) != relays || got[0] != 0 || got[relays-1] != relays-1 {
		t.Errorf("alice got %v", got)
	}
	a := <-answers
	passed, refused := a["pong"], a["errorrate-limited"]
	t.Logf("%d passed and %d were refused in %v", passed, refused, time.Since(began))
	if passed+refused != sent || passed < 400 || refused == 0 { // of the burst, some that others overtook may be refused
		t.Errorf("got %v, want the burst to pass and what is beyond to be refused", a)
	}
	post(t, s, "/_localdev/clock", `{"advance":"9m"}`)
	flooder.join("r", "flooder") // its socket was never closed
	alice.next("peer-joined")
}

func TestLimitsOfAConnection(t *testing.T) {
	s := start(t, "ROOMS_PER_CONNECTION=2", "JOINS_PER_MINUTE=4", "MAX_MESSAGE=1000", "MAX_PEER_DATA=100")
	now := time.Now() // joins are counted by the minute of the clock: a new one begins
	post(t, s, "/_localdev/clock", fmt.Sprintf(`{"advance":%q}`, now.Truncate(time.Minute).Add(61*time.Second).Sub(now)))
	alice, bob := dial(t, s.ws), dial(t, s.ws)
	alice.join("r3", "alice")
	var expected cost
	spend := func(event string, want cost, act func()) {
		t.Helper()
		act()
		expected = expected.plus(want)
		if got, ok := s.settles(t, expected); !ok {
			t.Fatalf("%s: the bill is %v, want %v", event, got, expected)
		}
	}
	spend("two connect, one joins", cost{4, 0, 3, 1}, func() {})
	spend("a join of one room, and of another", cost{4, 0, 2, 2}, func() {
		bob.join("r1", "bob")
		bob.join("r2", "bob")
	})
	spend("a join too many", cost{3, 0, 1, 1}, func() { // a seat, the refusal, and the seat back
		bob.fails("rate-limited", `{"action":"join","room":"r3","peer":"bob"}`)
	})
	spend("a leave, and a join in its place", cost{4, 0, 2, 3}, func() {
		bob.send(`{"action":"leave","id":"l","room":"r1"}`)
		bob.next("ok")
		bob.join("r3", "bob")
		alice.next("peer-joined")
	})
	bob.send(`{"action":"leave","id":"l","room":"r3"}`)
	bob.next("ok")
	alice.next("peer-left")
	bob.join("r3", "bob") // the fourth
	alice.next("peer-joined")
	bob.send(`{"action":"leave","id":"l","room":"r3"}`)
	bob.next("ok")
	alice.next("peer-left")
	bob.fails("rate-limited", `{"action":"join","room":"r3","peer":"bob"}`)
	alice.quiet()
	post(t, s, "/_localdev/clock", `{"advance":"1m"}`)
	bob.fails("too-large", `{"action":"join","room":"r3","peer":"bob","data":%q}`, strings.Repeat("x", 100))
	bob.fails("too-large", `{"action":"ping","id":"never read","data":%q}`, strings.Repeat("x", 1000))
	bob.join("r3", "bob")
	alice.next("peer-joined")
}

// The function that has the offer in its hands is slow to get it out, and a candidate comes to another instance meanwhile.
// That is bounded by time, so a machine that has other work may show another order now and then, and
// is asked again.
func TestACandidateDoesNotOvertakeItsDescription(t *testing.T) {
	for name, c := range map[string]struct{ held, slow, counter, want string }{
		"held":                  {"2000", "1s", "", "offer candidate"},
		"not held":              {"0", "2500ms", "", "candidate offer"},
		"numbered, so not held": {"2000", "2500ms", `,"n":7`, "candidate offer"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var got string
			for range 5 {
				if got = race(t, start(t, "HOLD_CANDIDATES="+c.held), c.slow, c.counter); got == c.want {
					return
				}
			}
			t.Errorf("alice got %s, want %s", got, c.want)
		})
	}
}

// race sends an offer whose push is slow, and then a candidate. It returns the order they come in.
func race(t *testing.T, s *stack, slow, counter string) string {
	t.Helper()
	alice, bob := dial(t, s.ws), dial(t, s.ws)
	alice.join("r", "alice")
	address := bob.join("r", "bob").Peers[0].Address
	alice.next("peer-joined")
	post(t, s, "/_localdev/weather", fmt.Sprintf(`{"fault":"push-slow","delay":%q,"times":1}`, slow))
	const signal = `{"action":"signal","room":"r","to":"alice","address":%q,"data":%s%s}`
	bob.send(signal, address, `{"type":"offer","sdp":"v=0"}`, counter)
	allMatch(t, s, func(string) bool { return true }) // it is on its way
	bob.send(signal, address, `{"candidate":"candidate:1","sdpMid":"0"}`, counter)
	var got []string
	for range 2 {
		word := "candidate"
		if strings.Contains(string(alice.next("signal").Data), "offer") {
			word = "offer"
		}
		got = append(got, word)
	}
	bob.quiet()
	return strings.Join(got, " ")
}
