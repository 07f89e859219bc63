package apigw

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// idle is a Gateway whose connections have no sockets.
func idle(connections int) *Gateway {
	g := &Gateway{conns: map[string]*conn{}}
	for i := range connections {
		g.enlist(&conn{g: g, id: fmt.Sprint(i)})
	}
	return g
}

// TestNoConnectionOutstaysItsTime compares who is overdue with a walk over all connections, while
// they come, are active, are sent something and go.
func TestNoConnectionOutstaysItsTime(t *testing.T) {
	g := idle(0)
	random := rand.New(rand.NewPCG(3, 4))
	var now int64
	met := map[string]int{}
	for i := range 20_000 {
		now += random.Int64N(20 * time.Second.Milliseconds())
		if random.IntN(500) == 0 {
			now += time.Hour.Milliseconds() // as when the clock is advanced
		}
		var known []*conn
		for c := g.opened.first; c != nil; c = c.at.behind {
			known = append(known, c)
		}
		switch {
		case len(known) < 50 || random.IntN(4) == 0:
			c := &conn{g: g, id: fmt.Sprint("c", i), connectedAt: now}
			c.lastActive.Store(now)
			if random.IntN(3) == 0 {
				c.lastSent.Store(now)
			}
			g.enlist(c)
		case random.IntN(10) == 0:
			g.delist(known[random.IntN(len(known))])
			met["gone"]++
		}
		for c := g.opened.first; c != nil; c = c.at.behind {
			switch random.IntN(60) {
			case 0:
				c.active(now)
			case 1:
				if c.lastSent.Load() != 0 {
					c.lastSent.Store(now)
				}
			}
		}
		wantOver, wantQuiet := map[*conn]bool{}, map[*conn]bool{}
		for _, c := range g.conns {
			switch last := c.lastSent.Load(); {
			case now-c.connectedAt >= lifeLimit.Milliseconds():
				wantOver[c], met["old"] = true, met["old"]+1
			case now-c.lastActive.Load() >= idleLimit.Milliseconds():
				wantOver[c], met["idle"] = true, met["idle"]+1
			case last != 0 && now-last >= edgeLimit.Milliseconds():
				wantQuiet[c], met["quiet"] = true, met["quiet"]+1
			}
		}
		over, quiet := g.overdue(now)
		for what, lists := range map[string]struct {
			got  []*conn
			want map[*conn]bool
		}{"over": {over, wantOver}, "quiet": {quiet, wantQuiet}} {
			if len(lists.got) != len(lists.want) {
				t.Fatalf("at %d ms, %s: got %d connections, want %d", now, what, len(lists.got), len(lists.want))
			}
			for _, c := range lists.got {
				if !lists.want[c] {
					t.Fatalf("at %d ms, %s: %s is not", now, what, c.id)
				}
				g.delist(c)
			}
		}
		if len(g.due) != len(g.conns) {
			t.Fatalf("%d connections are looked after, and %d are open", len(g.due), len(g.conns))
		}
	}
	if met["old"] == 0 || met["idle"] == 0 || met["quiet"] == 0 || met["gone"] == 0 {
		t.Errorf("not all ends were met: %v", met)
	}
}

func TestConnectionsAreListedInTheOrderInWhichTheyOpened(t *testing.T) {
	g := idle(6)
	for _, gone := range []string{"0", "3", "5"} { // the first, one between, the last
		g.delist(g.conns[gone])
	}
	g.enlist(&conn{g: g, id: "6"})
	for most, want := range map[int]string{0: "", 3: "124", 9: "1246"} {
		open, first := g.Connections(most)
		got := ""
		for _, info := range first {
			got += info.ConnectionID
		}
		if open != 4 || got != want {
			t.Errorf("at most %d: got %s of %d, want %s of 4", most, got, open, want)
		}
	}
	for _, c := range slices.Collect(maps.Values(g.conns)) {
		g.delist(c)
	}
	if open, first := g.Connections(9); open != 0 || len(first) != 0 || g.opened != (roll{}) {
		t.Errorf("of none: got %d and %v", open, first)
	}
}

// BenchmarkSweep is one look for connections whose time is over.
func BenchmarkSweep(b *testing.B) {
	for _, connections := range []int{100, 10_000} {
		b.Run(fmt.Sprint(connections), func(b *testing.B) {
			g := idle(connections)
			for b.Loop() {
				g.overdue(0)
			}
		})
	}
}

// BenchmarkList is the connections that the console shows.
func BenchmarkList(b *testing.B) {
	for _, connections := range []int{200, 10_000} {
		b.Run(fmt.Sprint(connections), func(b *testing.B) {
			g := idle(connections)
			for b.Loop() {
				g.Connections(200)
			}
		})
	}
}
