package simulation_test

import (
	"context"
	"flag"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/parley-rtc/parley/localdev/emulator"
)

var actionsFlag = flag.Int("actions", 2_000/scale, "how many random actions the real functions see")

// storm has every fault that AWS may have without breaking its own promises, each with the seed's dice. Frames that are accepted
// and lost are left out: no service can know of them (the SDK can).
const storm = `
seed: %d
rules:
  - {fault: lose-disconnect, probability: 0.3}
  - {fault: gone, probability: 0.003}
  - {fault: reorder, delay: 50ms, probability: 0.02}
  - {fault: push-slow, delay: 30ms, probability: 0.01}
  - {fault: push-410, probability: 0.003}
  - {fault: push-429, probability: 0.02}
  - {fault: push-500, probability: 0.01}
  - {fault: throttle, probability: 0.02}
  - {fault: conflict, probability: 0.01}
  - {fault: db-error, probability: 0.01}
  - {name: unanswered, fault: db-error, after: true, probability: 0.02}
  - {fault: stale, probability: 0.1}
  - {fault: crash, function: message, probability: 0.003}
  - {name: crash-after, fault: crash, function: message, after: true, probability: 0.003}
  - {name: crash-disconnect, fault: crash, function: disconnect, probability: 0.05}
  - {fault: timeout, function: message, delay: 300ms, probability: 0.002}
  - {fault: cold-start, probability: 0.002}
`

// TestRealFunctionsInAStorm lets the same clients play with the functions as they are deployed, on the engine, in rooms beside
// each other.
func TestRealFunctionsInAStorm(t *testing.T) {
	seed := uint64(1)
	if *seedFlag != 0 {
		seed = *seedFlag
	}
	e, err := emulator.Start(context.Background(), emulator.Options{
		Template: "../../template.yaml", Env: map[string]string{"HOST": "first", "ROOM_SEATS": "4", "GRACE": "30"},
		Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(e.Close)
	host := "http://" + e.Addr
	const perRoom = 100
	rooms := make([]*live, max(1, *actionsFlag/perRoom))
	for i := range rooms {
		rooms[i] = newLive(host, e.APIs[0].URL, fmt.Sprint("room-", i), seed<<32+uint64(i))
	}
	ask(t, http.MethodPost, host+"/_localdev/weather", fmt.Sprintf(storm, seed), nil)
	together(rooms, func(l *live) { l.play(perRoom) })
	ask(t, http.MethodDelete, host+"/_localdev/weather", "", nil)
	together(rooms, func(l *live) { l.gather(6 * time.Second) })
	for range 3 {
		ask(t, http.MethodPost, host+"/_localdev/clock", `{"advance":"31s"}`, nil)
		together(rooms, (*live).home)
		together(rooms, (*live).speak)
	}
	together(rooms, func(l *live) {
		for _, c := range l.clients {
			c.refresh()
		}
		l.home()
	})
	together(rooms, (*live).settle)
	held := hold(t, host)
	for _, l := range rooms {
		l.compareLive(held)
	}
	for _, l := range rooms {
		for _, wrong := range l.wrong {
			t.Errorf("seed %d: %s\nplay it again: go test ./internal/simulation -run %s -seed %d -actions %d", seed, wrong, t.Name(), seed, *actionsFlag)
		}
	}
}

// together does something with all rooms, fifty at a time: most of the time they wait.
func together(rooms []*live, do func(*live)) {
	var wg sync.WaitGroup
	slots := make(chan struct{}, 50)
	for _, l := range rooms {
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			do(l)
		})
	}
	wg.Wait()
}

func ask(t *testing.T, method, url, body string, into any) {
	t.Helper()
	if err := curl(method, url, body, into); err != nil {
		t.Error(err)
	}
}

// settle waits for what is on its way to a socket: it is late, not lost.
func (l *live) settle() {
	for {
		missing := slices.ContainsFunc(l.clients, func(c *client) bool {
			return c.phase == seated && slices.ContainsFunc(l.clients, func(sender *client) bool { return len(c.missing(sender)) > 0 })
		})
		if !missing || !l.serve(30*time.Second) {
			break
		}
	}
}

// holding is the table of rooms and the open connections.
type holding struct {
	items []struct {
		Room, Item struct{ S string }
		Peers      struct {
			M map[string]struct {
				M struct{ Connection, Lost struct{ S, N string } }
			}
		}
	}
	open map[string]string // user agents by connection
}

func hold(t *testing.T, host string) holding {
	t.Helper()
	var list []struct{ ConnectionID, UserAgent string }
	h := holding{open: map[string]string{}}
	ask(t, http.MethodGet, host+"/_localdev/tables/localdev-RoomsTable", "", &h.items)
	ask(t, http.MethodGet, host+"/_localdev/connections", "", &list)
	for _, c := range list {
		h.open[c.ConnectionID] = c.UserAgent
	}
	return h
}

// compareLive holds what the clients of a room know against the table and the open connections.
func (l *live) compareLive(h holding) {
	if !slices.ContainsFunc(l.clients, func(c *client) bool { return c.phase == seated }) {
		return
	}
	holders := map[string]string{}
	for _, it := range h.items {
		if it.Room.S != l.room || it.Item.S != "room" {
			continue
		}
		for name, p := range it.Peers.M {
			agent, open := h.open[p.M.Connection.S]
			if !open || p.M.Lost.N != "" {
				l.fail("%s has a seat and no socket", name)
				continue
			}
			holders[name] = agent
		}
	}
	for _, c := range l.clients {
		if holders[c.name] != "" && holders[c.name] != string(c.conn) || c.phase == seated && holders[c.name] == "" {
			l.fail("%s is on %q in phase %d, its seat on %q", c.name, c.conn, c.phase, holders[c.name])
		}
		if c.phase != seated {
			continue
		}
		others := maps.Clone(holders)
		delete(others, c.name)
		if want := strings.Join(slices.Sorted(maps.Keys(others)), " "); c.sees() != want || len(c.lost) > 0 {
			l.fail("%s sees %q and lost %v, there are %q", c.name, c.sees(), c.lost, want)
		}
		for _, sender := range l.clients {
			for _, n := range c.missing(sender) {
				l.fail("%s never got message %d of %s, which was accepted", c.name, n, sender.name)
			}
		}
	}
}
