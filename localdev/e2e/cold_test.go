package e2e_test

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"sync/atomic"
	"testing"

	"github.com/parley-rtc/parley/localdev/emulator"
)

// TestBudgetOfColdInstances holds events to their cost that find no process, so that the key is on its way while they run.
func TestBudgetOfColdInstances(t *testing.T) {
	for _, first := range []string{"ping", "join", "nothing"} { // the first of all makes the key
		t.Run(first+" first", func(t *testing.T) {
			s := start(t)
			post(t, s, "/_localdev/weather", `{"fault": "cold-start", "function": "message"}`)
			alice, bob := dial(t, s.ws), dial(t, s.ws)
			spend := s.spending(t)
			spend("twice $connect", cost{2, 0, 2, 0}, func() {})
			if first == "ping" {
				spend("ping", cost{0, 0, 1, 1}, alice.quiet)
			}
			if first == "nothing" {
				spend("signal from outside", cost{0, 1.5, 1, 1}, func() {
					alice.fails("not-in-room", `{"action":"signal","room":"r","to":"bob","data":1}`)
				})
			}
			spend("join of the first", cost{2, 0, 1, 1}, func() { alice.join("r", "alice") })
			var address string
			spend("join of the second", cost{2, 0, 1, 2}, func() {
				address = bob.join("r", "bob").Peers[0].Address
				alice.next("peer-joined")
			})
			const rounds = 5
			for range rounds {
				spend("ping", cost{0, 0, 1, 1}, alice.quiet)
				spend("signal by address", cost{0, 0, 1, 1}, func() {
					bob.send(`{"action":"signal","room":"r","to":"alice","address":%q,"data":1}`, address)
					alice.next("signal")
				})
				spend("signal by name", cost{0, 0.5, 1, 1}, func() {
					bob.send(`{"action":"signal","room":"r","to":"alice","data":1}`)
					alice.next("signal")
				})
				spend("roster", cost{0, 1, 1, 1}, func() {
					bob.send(`{"action":"roster","room":"r"}`)
					bob.next("roster")
				})
			}
			spend("leave", cost{2, 0, 1, 1}, func() {
				bob.send(`{"action":"leave","room":"r"}`)
				alice.next("peer-left")
			})
			spend("ping, and nothing late", cost{0, 0, 1, 1}, alice.quiet)
			var bill struct{ Init struct{ WRU, RRU float64 } }
			// An instance whose event needs no key may be gone before it asks for one; the others have read it.
			if s.request(t, http.MethodGet, "/_localdev/bill", &bill); bill.Init.WRU < 1 || bill.Init.RRU < 0.5*2*rounds {
				t.Errorf("the start of the functions used %+v: the key is made once and read each time", bill.Init)
			}
		})
	}
}

func TestAFunctionStartsWithoutItsDatabase(t *testing.T) {
	s := start(t)
	alice := dial(t, s.ws)
	post(t, s, "/_localdev/weather", `{"name": "away", "fault": "db-error", "table": "RoomsTable"}`)
	alice.quiet()
	alice.send(`{"action":"join","id":"j","room":"r","peer":"alice"}`)
	if f := alice.next("error"); f.Code != "internal" || !f.Retry || f.ID != "j" {
		t.Fatalf("got %+v", f)
	}
	s.request(t, http.MethodDelete, "/_localdev/weather/away", nil)
	alice.join("r", "alice")
}

// TestAFunctionStartsThoughItsDatabaseHangs has nobody answer the request for the key.
func TestAFunctionStartsThoughItsDatabaseHangs(t *testing.T) {
	t.Parallel() // most of the time it waits
	var hangs atomic.Bool
	hangs.Store(true)
	real, err := url.Parse(start(t).http)
	if err != nil {
		t.Fatal(err)
	}
	proxy := httputil.NewSingleHostReverseProxy(real)
	database := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		if hangs.Load() && bytes.Contains(body, []byte("address-key")) {
			<-r.Context().Done()
			return
		}
		r.Body, r.Host = io.NopCloser(bytes.NewReader(body)), real.Host
		proxy.ServeHTTP(w, r)
	}))
	defer database.Close()
	e, err := emulator.Start(context.Background(), emulator.Options{
		Template: "../../template.yaml", DynamoDB: database.URL,
		Log: slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelError})),
	})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	alice := dial(t, e.APIs[0].URL)
	alice.quiet()
	alice.send(`{"action":"join","id":"j","room":"r","peer":"alice"}`)
	// The function says so itself: it has not waited until Lambda ended it.
	if f := alice.next("error"); f.Code != "internal" || !f.Retry || f.ID != "j" {
		t.Fatalf("got %+v", f)
	}
	hangs.Store(false)
	alice.join("r", "alice")
}
