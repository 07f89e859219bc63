package e2e_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/golang-jwt/jwt/v5"
)

// subscribers returns how many are listed under the topics of y-webrtc, and how many topics there
// are with any.
func (s *stack) subscribers(t testing.TB) (entries, topics int) {
	t.Helper()
	var items []struct {
		Room    struct{ S string }
		Entries struct{ M map[string]any }
	}
	s.request(t, http.MethodGet, "/_localdev/tables/localdev-RoomsTable", &items)
	for _, it := range items {
		if strings.HasPrefix(it.Room.S, "y-webrtc/") && len(it.Entries.M) > 0 {
			entries += len(it.Entries.M)
			topics++
		}
	}
	return entries, topics
}

// subscribed waits until so many are listed, under so many topics.
func (s *stack) subscribed(t testing.TB, entries, topics int) {
	t.Helper()
	var gotEntries, gotTopics int
	if !eventually(func() bool {
		gotEntries, gotTopics = s.subscribers(t)
		return gotEntries == entries && gotTopics == topics
	}) {
		t.Fatalf("%d are listed under %d topics, want %d under %d", gotEntries, gotTopics, entries, topics)
	}
}

// beats fails the test if anything was said to a y-webrtc client before its heartbeat is answered.
func (p *peer) beats() {
	p.t.Helper()
	p.send(`{"type":"ping"}`)
	p.next("pong")
}

func TestBudgetOfYWebRTC(t *testing.T) {
	s := start(t)
	ada, bob, cyd := dialOffering(t, s.ws), dialOffering(t, s.ws), dialOffering(t, s.ws+"?dialect=y-webrtc")
	spend := s.spending(t)
	spend("three times $connect", cost{3, 0, 3, 0}, func() {})
	spend("subscribe", cost{2, 0, 1, 0}, func() { ada.send(`{"type":"subscribe","topics":["notes"]}`) })
	spend("publish to nobody", cost{0, 1, 1, 0}, func() { ada.send(`{"type":"publish","topic":"notes","data":1}`) })
	spend("subscribe of the second", cost{2, 0, 1, 0}, func() { bob.send(`{"type":"subscribe","topics":["notes"]}`) })
	spend("subscribe of the third", cost{2, 0, 1, 0}, func() { cyd.send(`{"type":"subscribe","topics":["notes"]}`) })
	spend("subscribe to two at once", cost{4, 0, 1, 0}, func() {
		cyd.send(`{"type":"subscribe","topics":["letters","lists"]}`)
	})
	spend("subscribe again", cost{2, 0, 1, 0}, func() { cyd.send(`{"type":"subscribe","topics":["notes"]}`) })
	spend("publish to two", cost{0, 1, 1, 2}, func() {
		bob.send(`{"type":"publish","topic":"notes","data":1}`)
		ada.next("publish")
		cyd.next("publish")
	})
	spend("heartbeat", cost{0, 0, 1, 1}, func() { cyd.beats() })
	spend("unsubscribe", cost{2, 0, 1, 0}, func() { bob.send(`{"type":"unsubscribe","topics":["notes"]}`) })
	spend("publish where one has not subscribed", cost{0, 7, 1, 0}, func() {
		bob.send(`{"type":"publish","topic":"notes","data":1}`)
	})
	spend("$disconnect after unsubscribe", cost{1, 0, 1, 0}, func() { bob.close() })
	spend("$disconnect in three topics", cost{4, 0, 1, 0}, func() { cyd.close() })
	spend("heartbeat, and nothing late", cost{0, 0, 1, 1}, func() { ada.beats() })
	spend("$disconnect in one topic", cost{2, 0, 1, 0}, func() { ada.close() })
	s.subscribed(t, 0, 0)
}

// TestPagesThatComeAtOnceMeet has two pages subscribe and announce themselves at the same instant, a
// hundred times and in every order, with what they send handled by several processes at once.
func TestPagesThatComeAtOnceMeet(t *testing.T) {
	s := start(t)
	orders := permutations([]int{0, 1, 2, 3})
	for i := range 100 {
		s.meet(t, fmt.Sprint("topic-", i), orders[i%len(orders)])
	}
	s.subscribed(t, 0, 0)
}

// meet lets two pages come, and go once one has heard of the other and its answer has arrived.
func (s *stack) meet(t *testing.T, topic string, order []int) {
	t.Helper()
	ada, bob := dialOffering(t, s.ws), dialOffering(t, s.ws)
	defer ada.close()
	defer bob.close()
	for _, i := range order {
		page := [...]*peer{ada, bob}[i/2]
		page.send([...]string{
			`{"type":"subscribe","topics":[%q]}`, `{"type":"publish","topic":%q,"data":{"type":"announce"}}`,
		}[i%2], topic)
	}
	var hears, other *peer
	select {
	case <-ada.frames:
		hears, other = ada, bob
	case <-bob.frames:
		hears, other = bob, ada
	case <-time.After(patience):
		t.Fatalf("%s, %v: neither hears of the other", topic, order)
	}
	hears.send(`{"type":"publish","topic":%q,"data":"answer"}`, topic)
	for string(other.next("publish").Data) != `"answer"` {
		continue // its announcement may have been heard, too
	}
}

func permutations(of []int) [][]int {
	if len(of) == 0 {
		return [][]int{nil}
	}
	var all [][]int
	for i, first := range of {
		for _, rest := range permutations(slices.Delete(slices.Clone(of), i, i+1)) {
			all = append(all, append([]int{first}, rest...))
		}
	}
	return all
}

func TestATokenSaysWhichTopicsOfYWebRTC(t *testing.T) {
	s := start(t, "AUTH=jwt", "AUTH_SECRET="+authSecret)
	if status, _ := handshake(t, s.ws, nil); status != 401 {
		t.Errorf("without a token: got %d, want 401", status)
	}
	ada := dialOffering(t, s.ws+"?token="+token(t, jwt.MapClaims{"sub": "ada", "rooms": []string{"team-*"}}))
	bob := dialOffering(t, s.ws+"?dialect=y-webrtc&token="+token(t, jwt.MapClaims{"sub": "bob", "rooms": "*"}))
	spend := s.spending(t)
	spend("$connect, refused and twice not", cost{2, 0, 3, 0}, func() {})
	spend("subscribe of the first, whose rights are read", cost{2, 0.5, 1, 0}, func() {
		ada.send(`{"type":"subscribe","topics":["letters","team-1"]}`)
	})
	spend("subscribe of the second", cost{2, 0.5, 1, 0}, func() { bob.send(`{"type":"subscribe","topics":["team-1"]}`) })
	bob.send(`{"type":"subscribe","topics":["letters"]}`) // which another process may handle, and read the rights again
	s.subscribed(t, 3, 2)
	bob.send(`{"type":"publish","topic":"letters","data":1}`)
	bob.send(`{"type":"publish","topic":"team-1","data":2}`)
	if f := ada.next("publish"); string(f.Data) != "2" {
		t.Errorf("ada heard %s of a topic that her token does not name", f.Data)
	}
}

// TestWhatOneSendsDisturbsNobodyElse has one client of y-webrtc do what no client should.
func TestWhatOneSendsDisturbsNobodyElse(t *testing.T) {
	s := start(t)
	ada, bob := dialOffering(t, s.ws), dialOffering(t, s.ws)
	ada.send(`{"type":"subscribe","topics":["notes"]}`)
	bob.send(`{"type":"subscribe","topics":["notes"]}`)
	s.subscribed(t, 2, 1)

	mallory := dialOffering(t, s.ws)
	mallory.send(`{"type":"publish","topic":"notes","data":"%s"}`, strings.Repeat("x", 40<<10))
	if code := mallory.closeCode(); code != websocket.StatusMessageTooBig {
		t.Errorf("a frame of 40 KB ends with %d, want 1009", code)
	}
	mallory = dialOffering(t, s.ws)
	topics := make([]string, 200)
	for i := range topics {
		topics[i] = fmt.Sprintf("%q", fmt.Sprint("topic-", i))
	}
	mallory.send(`{"type":"subscribe","topics":[%s]}`, strings.Join(topics, ","))
	s.subscribed(t, 102, 101)
	for _, frame := range []string{
		`{"type":"publish","topic":"notes","data":"of no subscriber"}`, `{"type":"publish","topic":"notes","data":`,
		`{"type":"subscribe","topics":"notes"}`, `{"type":"signal","topic":"notes"}`, `[]`, `0`, `notes`,
	} {
		mallory.send("%s", frame)
	}
	const flood, burst = 700, 500
	for range flood {
		mallory.send(`{"type":"ping"}`)
	}

	large := `"` + strings.Repeat("é", 15<<10) + `"` // 30 KB
	ada.send(`{"type":"publish","topic":"notes","data":%s}`, large)
	if got := string(bob.next("publish").Data); got != large {
		t.Errorf("got %d bytes, want the %d that were sent", len(got), len(large))
	}
	ada.beats()
	bob.beats()
	for range burst - 20 { // what was sent before counts, too
		mallory.next("pong")
	}
	mallory.close()
	s.subscribed(t, 2, 1)
}
