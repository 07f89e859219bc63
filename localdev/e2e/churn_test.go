package e2e_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// caller is one side of a call that sends numbers to the other, and whose connection is cut again and again. It does what an
// SDK does: it comes back with its string, and sends again, with the same number, what was not answered.
type caller struct {
	t          *testing.T
	s          *stack
	room       string
	name, mate string
	random     *rand.Rand
	messages   int

	resume   string
	sent     int
	unacked  map[int]bool
	received map[int]int // how often each number came
	order    []int       // as they came first
	cuts     int
}

const (
	churnMessages = 60
	churnCuts     = 10
	churnWindow   = 4 // messages on their way at once

	churnPatience = 10 * time.Minute // for all of it, on a machine that has other work too
)

func (c *caller) signal(p *peer, n int) bool {
	return p.trySend(`{"action":"signal","id":"%d","room":%q,"to":%q,"n":%d,"data":1}`, n, c.room, c.mate, n)
}

func (c *caller) more(p *peer) {
	for c.sent < c.messages && len(c.unacked) < churnWindow {
		c.sent++
		c.unacked[c.sent] = true
		c.signal(p, c.sent)
	}
}

func (c *caller) enter(p *peer) {
	if c.resume == "" {
		p.trySend(`{"action":"join","id":"join","room":%q,"peer":%q}`, c.room, c.name)
	} else {
		p.trySend(`{"action":"join","id":"join","room":%q,"resume":%q}`, c.room, c.resume)
	}
}

// run ends when all was sent and answered, and all of the mate's has come.
func (c *caller) run(started func()) {
	stop := time.After(churnPatience)
	for c.sent < c.messages || len(c.unacked) > 0 || len(c.received) < c.messages || c.cuts < churnCuts {
		p := dial(c.t, c.s.ws)
		c.enter(p)
		if !c.serve(p, started, stop) {
			c.t.Errorf("%s: sent %d of which %v are not answered, received %d, cut %d times", c.name, c.sent, c.unacked, len(c.received), c.cuts)
			return
		}
	}
}

// serve works until the connection is cut or nothing is left to do; it is false when time is up.
func (c *caller) serve(p *peer, started func(), stop <-chan time.Time) bool {
	until := c.random.IntN(16) // frames to the next cut
	cut := false
	for {
		select {
		case <-stop:
			return false
		case f, open := <-p.frames:
			if !open {
				return true
			}
			c.take(p, f, started)
		}
		through := c.sent == c.messages && len(c.unacked) == 0 && len(c.received) == c.messages
		until--
		switch {
		case through && c.cuts == churnCuts:
			return true
		case !cut && c.cuts < churnCuts && c.resume != "" && (until < 0 || through): // no frame may come any more
			c.cuts++
			cut = true
			go c.s.vanish(c.room, c.name, c.random.IntN(2) == 0)
		}
	}
}

func (c *caller) take(p *peer, f frame, started func()) {
	n, _ := strconv.Atoi(f.ID)
	switch {
	case f.Type == "joined":
		first := c.resume == ""
		c.resume = f.Resume
		if first {
			started()
		}
		for n := range c.unacked {
			c.signal(p, n)
		}
		c.more(p)
	case f.Type == "ok":
		delete(c.unacked, n)
		c.more(p)
	case f.Type == "error" && f.ID == "join":
		c.t.Errorf("%s cannot come back: %+v", c.name, f)
	// The mate may not have joined when the first were sent; the refusal of one may come after others were taken.
	case f.Type == "error" && f.Retry, f.Type == "error" && f.Code == "no-such-peer" && n <= churnWindow:
		c.signal(p, n)
	case f.Type == "error":
		c.t.Errorf("%s: %+v", c.name, f)
	case f.Type == "signal":
		if c.received[f.N]++; c.received[f.N] == 1 {
			c.order = append(c.order, f.N)
		}
	}
}

// trySend does not mind that the connection is cut.
func (p *peer) trySend(format string, args ...any) bool {
	return p.socket.Write(p.t.Context(), 1, fmt.Appendf(nil, format, args...)) == nil
}

// vanish cuts the connection of a peer; silently is without $disconnect.
func (s *stack) vanish(room, name string, silently bool) {
	resp, err := http.Get(s.http + "/_localdev/tables/localdev-RoomsTable")
	if err != nil {
		return
	}
	defer resp.Body.Close()
	var rooms []struct {
		Room  struct{ S string }
		Peers struct {
			M map[string]struct {
				M struct{ Connection struct{ S string } }
			}
		}
	}
	if json.NewDecoder(resp.Body).Decode(&rooms) != nil {
		return
	}
	for _, r := range rooms {
		if id := r.Peers.M[name].M.Connection.S; r.Room.S == room && id != "" {
			url := s.http + "/_localdev/connections/" + strings.ReplaceAll(id, "=", "%3D")
			if silently {
				url += "?silent=1"
			}
			if req, err := http.NewRequest(http.MethodDelete, url, nil); err == nil {
				if resp, err := http.DefaultClient.Do(req); err == nil {
					resp.Body.Close()
				}
			}
		}
	}
}

// TestNothingIsLostWhenConnectionsAreCut runs calls whose connections are cut ten times each, half of them without a
// $disconnect: every signal that was sent arrives.
func TestNothingIsLostWhenConnectionsAreCut(t *testing.T) {
	s := start(t, "GRACE=600")
	seed := uint64(20261124)
	var calls sync.WaitGroup
	for i := range 6 {
		room := fmt.Sprint("call-", i)
		callers := [2]*caller{}
		for j, names := range [][2]string{{"alice", "bob"}, {"bob", "alice"}} {
			callers[j] = &caller{
				t: t, s: s, room: room, name: names[0], mate: names[1], messages: churnMessages,
				random: rand.New(rand.NewPCG(seed, uint64(2*i+j))), unacked: map[int]bool{}, received: map[int]int{},
			}
		}
		calls.Go(func() {
			var both sync.WaitGroup
			ready := make(chan struct{})
			both.Go(func() { callers[0].run(sync.OnceFunc(func() { close(ready) })) })
			<-ready
			both.Go(func() { callers[1].run(func() {}) })
			both.Wait()
			for _, c := range callers {
				for n := 1; n <= churnMessages; n++ {
					if c.received[n] == 0 {
						t.Errorf("%s in %s never got %d (seed %d)", c.name, c.room, n, seed)
					}
				}
			}
		})
	}
	calls.Wait()
}
