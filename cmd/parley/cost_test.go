package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/parley-rtc/parley/client/go/wire"
	"github.com/parley-rtc/parley/cmd/parley/internal/cost"
	"github.com/parley-rtc/parley/localdev/rates"
)

var update = flag.Bool("update", false, "rewrite the tables in docs/cost.md")

// TestTheModelOfACallIsARealCallsBill plays a call by hand and compares what localdev metered with what the model says.
func TestTheModelOfACallIsARealCallsBill(t *testing.T) {
	for _, call := range []cost.Call{
		{Peers: 2, Batches: 3, FrameBytes: 100, Acks: true},
		{Peers: 2, Batches: 1, FrameBytes: 100},
		{Peers: 4, Batches: 2, FrameBytes: 100, Acks: true},
	} {
		t.Run(fmt.Sprintf("%+v", call), func(t *testing.T) {
			url := startService(t, nil)
			play(t, url, call)
			want := call.Usage(cost.AsDeployed())
			var got struct {
				MessagesIn, MessagesOut, WRU, RRU float64
				Invocations                       map[string]float64
			}
			tick := time.NewTicker(10 * time.Millisecond)
			defer tick.Stop()
			for deadline := time.Now().Add(patience); ; <-tick.C {
				bill(t, url, &got)
				invocations := got.Invocations["connect"] + got.Invocations["disconnect"] + got.Invocations["message"]
				if invocations == want.Invocations && got.MessagesIn == want.MessagesIn && got.MessagesOut == want.MessagesOut && got.WRU == want.WRU && got.RRU == want.RRU {
					return
				}
				if time.Now().After(deadline) {
					t.Fatalf("the bill is %+v, the model says %+v", got, want)
				}
			}
		})
	}
}

// TestTheModelOfAGreetingIsARealOnesBill has a client of PeerJS be greeted. What the protocol
// itself takes comes on top.
func TestTheModelOfAGreetingIsARealOnesBill(t *testing.T) {
	url := startService(t, nil)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	socket, _, err := websocket.Dial(ctx, url+"?key=peerjs&id=alice&token=t1", nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = socket.CloseNow() })
	if _, _, err := socket.Read(ctx); err != nil {
		t.Fatal(err)
	}
	want := cost.Greetings(1, cost.AsDeployed())
	var got struct {
		MessagesIn, MessagesOut, RRU float64
		Invocations                  map[string]float64
	}
	bill(t, url, &got)
	if got.Invocations["connect"] != 1 || got.Invocations["message"] != want.Invocations || got.MessagesIn != 0 || got.MessagesOut != want.MessagesOut || got.RRU < want.RRU {
		t.Errorf("the bill is %+v, the model says %+v", got, want)
	}
}

func bill(t *testing.T, url string, into any) {
	t.Helper()
	host := strings.Split(strings.TrimPrefix(url, "ws://"), "/")[0]
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+host+"/_localdev/bill", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if err := json.NewDecoder(resp.Body).Decode(into); err != nil {
		t.Fatal(err)
	}
}

// play is the call: all join, each pair exchanges its signals by address, all leave.
func play(t *testing.T, url string, call cost.Call) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	peers := make([]*wire.Conn, call.Peers)
	address := map[[2]int]string{} // from, to
	for i := range peers {
		p, err := wire.Dial(ctx, url, wire.Options{})
		must(err)
		joined, err := p.Request(ctx, map[string]any{"action": "join", "room": "r", "peer": fmt.Sprint(i)})
		must(err)
		peers[i] = p
		for j, other := range joined.Peers {
			address[[2]int{i, j}] = other.Address
			event, err := peers[j].Wait(ctx, "peer-joined")
			must(err)
			address[[2]int{j, i}] = event.Address
		}
	}
	for way, to := range address {
		for range 1 + call.Batches { // the offer or the answer, and the candidates
			frame := map[string]any{"action": "signal", "room": "r", "to": fmt.Sprint(way[1]), "address": to, "data": strings.Repeat("x", call.FrameBytes)}
			if call.Acks {
				_, err := peers[way[0]].Request(ctx, frame)
				must(err)
			} else {
				must(peers[way[0]].Send(ctx, frame))
			}
			_, err := peers[way[1]].Wait(ctx, "signal")
			must(err)
		}
	}
	for i, p := range peers {
		goodbye := map[string]any{"action": "leave", "room": "r"}
		if call.Acks {
			_, err := p.Request(ctx, goodbye)
			must(err)
		} else {
			must(p.Send(ctx, goodbye))
		}
		for _, other := range peers[i+1:] { // who is told must be there to hear it
			_, err := other.Wait(ctx, "peer-left")
			must(err)
		}
		p.Close()
	}
}

// greetingLine is the price of what clients take that wait to be greeted.
func greetingLine(t *testing.T, r rates.Rates) string {
	t.Helper()
	lines, err := cost.Month(r, cost.Greetings(1e6, cost.AsDeployed()), cost.FreeNone)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("$%.2f for a million connections at list price.\n", cost.Total(lines))
}

// heartbeatsTable is what clients cost that are merely there.
func heartbeatsTable(t *testing.T, r rates.Rates) string {
	t.Helper()
	out := "| client | heartbeats a day | by the function, $ | `heartbeats=mock`, $ | a thousand clients for 30 days, $ |\n|---|---|---|---|---|\n"
	for _, client := range []struct {
		name string
		idle cost.Idle
	}{
		{"PeerJS, as it comes (`pingInterval` 5000)", cost.Idle{Seconds: 5}},
		{"PeerJS, `pingInterval: 240000`", cost.Idle{Seconds: 240}},
		{"y-webrtc, every 15 s", cost.Idle{Seconds: 15, Answered: true}},
		{"Socket.IO 2, every 4 minutes", cost.Idle{Seconds: 240, Answered: true}},
	} {
		price := func(mocked bool) float64 {
			client.idle.Mocked = mocked
			return cost.Total(month(t, r, client.idle.Day(cost.AsDeployed()), cost.FreeNone))
		}
		each, thousand := fmt.Sprintf("%.5f", price(true)), fmt.Sprintf("%.0f, or %.0f", 30_000*price(false), 30_000*price(true))
		if strings.HasPrefix(client.name, "Socket.IO") { // no JSON: no route can be chosen by it
			each, thousand = "–", fmt.Sprintf("%.0f", 30_000*price(false))
		}
		out += fmt.Sprintf("| %s | %.0f | %.5f | %s | %s |\n", client.name, client.idle.Day(cost.AsDeployed()).MessagesIn, price(false), each, thousand)
	}
	return out
}

const costDocument = "../../docs/cost.md"

// TestTheCostTables writes, or checks, the tables of docs/cost.md.
func TestTheCostTables(t *testing.T) {
	r, err := rates.USEast1()
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(costDocument)
	if err != nil {
		t.Fatal(err)
	}
	want := string(text)
	for name, table := range map[string]string{"call": callTable(t, r), "months": monthsTable(t, r), "hours": hoursTable(t, r), "greeting": greetingLine(t, r), "socketio": socketIOTable(t, r), "return": returnLine(t, r), "phones": phonesTable(t, r), "sip": sipLine(t, r), "heartbeats": heartbeatsTable(t, r)} {
		from, to := "<!-- "+name+": written by go test ./cmd/parley -run CostTables -update -->\n", "<!-- "+name+" end -->\n"
		before, rest, found := strings.Cut(want, from)
		_, after, ends := strings.Cut(rest, to)
		if !found || !ends {
			t.Fatalf("%s has no place for the table %s", costDocument, name)
		}
		want = before + from + table + to + after
	}
	switch {
	case want == string(text):
	case !*update:
		t.Errorf("the tables in %s are not what the calculator says: go test ./cmd/parley -run CostTables -update", costDocument)
	default:
		if err := os.WriteFile(costDocument, []byte(want), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func month(t *testing.T, r rates.Rates, u cost.Usage, free cost.Free) []cost.Line {
	t.Helper()
	lines, err := cost.Month(r, u, free)
	if err != nil {
		t.Fatal(err)
	}
	return lines
}

func callTable(t *testing.T, r rates.Rates) string {
	one := cost.Usual().Usage(cost.AsDeployed())
	lines, million := month(t, r, one, cost.FreeNone), month(t, r, one.Times(1e6), cost.FreeNone)
	out := "| item | a call | USD for a million calls |\n|---|---|---|\n"
	for i, l := range lines {
		out += fmt.Sprintf("| %s | %.3g | %.2f |\n", l.Item, l.Quantity, million[i].USD)
	}
	return out + fmt.Sprintf("| **together** | **$%.6f** | **%.2f** |\n", cost.Total(lines), cost.Total(million))
}

// socketIOTable sets a call of clients of Socket.IO against one over our SDK.
func socketIOTable(t *testing.T, r rates.Rates) string {
	call := cost.Usual()
	ours := call.Usage(cost.AsDeployed())
	theirs := call.SocketIO(cost.AsDeployed())
	us, them := month(t, r, ours.Times(1e6), cost.FreeNone), month(t, r, theirs.Times(1e6), cost.FreeNone)
	out := "| item | a call of Socket.IO, over our SDK | USD for a million calls |\n|---|---|---|\n"
	for i, l := range them {
		out += fmt.Sprintf("| %s | %.3g, %.3g | %.2f, %.2f |\n", l.Item, l.Quantity/1e6, us[i].Quantity/1e6, l.USD, us[i].USD)
	}
	return out + fmt.Sprintf("| **together** | | **%.2f, %.2f** |\n", cost.Total(them), cost.Total(us))
}

// returnLine is the price of a quiet client of Socket.IO 3 or 4, whose connection ends every ten minutes.
func returnLine(t *testing.T, r rates.Rates) string {
	each := cost.Total(month(t, r, cost.Returns(1, cost.AsDeployed()), cost.FreeNone))
	day := cost.Total(month(t, r, cost.Usage{ConnectionMinutes: 24 * 60}.Plus(cost.Returns(24*6, cost.AsDeployed())), cost.FreeNone))
	return fmt.Sprintf("$%.6f, which is $%.5f a client and day, and $%.0f for a thousand clients and 30 days.\n", each, day, 30_000*day)
}

func monthsTable(t *testing.T, r rates.Rates) string {
	one := cost.Usual().Usage(cost.AsDeployed())
	out := "| calls a month | list price | `always` free | `legacy12` | the signals over Kinesis Video, one channel, ten, a thousand |\n|---|---|---|---|---|\n"
	for _, calls := range []float64{1e3, 1e5, 1e7} {
		u := one.Times(calls)
		price := func(free cost.Free) float64 { return cost.Total(month(t, r, u, free)) }
		kvs := func(channels float64) float64 { return cost.KinesisVideo(r, cost.Usual().Signals()*calls, channels) }
		out += fmt.Sprintf("| %.0f | $%.2f | $%.2f | $%.2f | $%.2f, $%.2f, $%.2f |\n", calls, price(cost.FreeNone), price(cost.FreeAlways), price(cost.FreeLegacy), kvs(1), kvs(10), kvs(1000))
	}
	return out
}

func hoursTable(t *testing.T, r rates.Rates) string {
	out := "| peers | USD |\n|---|---|\n"
	for _, peers := range []int{2, 4, 6, 10} {
		call := cost.Usual()
		call.Peers, call.Minutes = peers, 60
		out += fmt.Sprintf("| %d | %.5f |\n", peers, cost.Total(month(t, r, call.Usage(cost.AsDeployed()), cost.FreeNone)))
	}
	return out
}
