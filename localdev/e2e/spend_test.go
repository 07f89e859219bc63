package e2e_test

import (
	"context"
	"encoding/json"
	"math"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/parley-rtc/parley/localdev/emulator"
	"github.com/parley-rtc/parley/localdev/rates"
)

// spendings adds up the metric Spend of what functions print.
type spendings struct {
	functionLog
	mu     sync.Mutex
	usd    float64
	ms     float64 // that the functions took, each event's rounded up
	events int
}

func (s *spendings) Write(line []byte) (int, error) {
	if _, text, ok := strings.Cut(string(line), "{"); ok {
		var event struct {
			Spend    *float64
			Duration float64
		}
		if json.Unmarshal([]byte("{"+text), &event) == nil && event.Spend != nil {
			s.mu.Lock()
			s.usd += *event.Spend
			s.ms += math.Ceil(event.Duration)
			s.events++
			s.mu.Unlock()
		}
	}
	return s.functionLog.Write(line)
}

func (s *spendings) sum() (usd, ms float64, events int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.usd, s.ms, s.events
}

// TestTheMetricsAddUpToTheBill, above all where conditions fail on a room of many KB. The functions know how long they took only
// to within a millisecond or so, which is a hundredth of what a unit costs.
func TestTheMetricsAddUpToTheBill(t *testing.T) {
	log := &spendings{functionLog: functionLog{t}}
	e, err := emulator.Start(context.Background(), emulator.Options{
		Template: "../../template.yaml", Env: variables([]string{"ROOM_SEATS=3", "ROOMS_PER_CONNECTION=1"}), Output: log,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(e.Close)
	s := &stack{ws: e.APIs[0].URL, http: "http://" + e.Addr}

	data := `"` + strings.Repeat("x", 4000) + `"`
	peers := map[string]*peer{}
	for _, name := range []string{"alice", "bob", "carol"} {
		p := dial(t, s.ws)
		p.send(`{"action":"join","room":"r","peer":%q,"data":%s}`, name, data)
		p.next("joined")
		for _, other := range peers {
			other.next("peer-joined")
		}
		peers[name] = p
	}
	dora := dial(t, s.ws)
	for range 5 { // each finds the room of 12 KB as it is, and is charged for it
		dora.fails("name-taken", `{"action":"join","room":"r","peer":"bob"}`)
		dora.fails("room-full", `{"action":"join","room":"r","peer":"dora"}`)
		dora.fails("not-in-room", `{"action":"update","room":"r","data":1}`)
		peers["bob"].fails("rate-limited", `{"action":"join","room":"other"}`)
	}
	dora.close()
	for _, p := range peers {
		p.close()
	}

	prices, err := rates.USEast1()
	if err != nil {
		t.Fatal(err)
	}
	var usd, want, slack float64
	var bill struct {
		ConnectionMinutes, MessagesIn, MessagesOut int
		Invocations                                map[string]int
		WRU, RRU                                   float64
	}
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); {
		s.request(t, http.MethodGet, "/_localdev/bill", &bill)
		invocations := 0
		for _, n := range bill.Invocations {
			invocations += n
		}
		var ms float64
		var events int
		usd, ms, events = log.sum()
		millisecond := prices.Lambda.GBSecond[0].Price * 128 / 1024 / 1000
		want = rates.Tiered(prices.WebSocket.MessageTiers, float64(bill.MessagesIn+bill.MessagesOut)) +
			float64(bill.ConnectionMinutes)*prices.WebSocket.ConnectionMinute + float64(invocations)*prices.Lambda.Request +
			bill.WRU*prices.DynamoDB.WRU + bill.RRU*prices.DynamoDB.RRU + ms*millisecond
		slack = float64(events) * millisecond
		if bill.Invocations["disconnect"] == 4 && events == invocations && math.Abs(usd-want) <= slack {
			break
		}
	}
	if math.Abs(usd-want) > slack || slack > prices.DynamoDB.WRU || bill.WRU < 100 {
		t.Errorf("the metrics add up to $%.9f, the bill to $%.9f (± $%.9f): %+v", usd, want, slack, bill)
	}
}
