package e2e_test

import (
	"fmt"
	"strings"
	"testing"
)

const dot = `"points":[[0.5,0.25]],"color":"#1f5f56","width":4`

// drawn asks for the board, and returns the number of its last change and how many strokes are on it.
func (p *peer) drawn(room string) (n, strokes int) {
	p.t.Helper()
	p.send(`{"action":"board","id":"b","room":%q}`, room)
	answer := p.next("ok")
	return answer.N, len(answer.Strokes)
}

func (p *peer) draws(room string, want int) {
	p.t.Helper()
	p.send(`{"action":"stroke","id":"s","room":%q,%s}`, room, dot)
	if got := p.next("ok"); got.N != want {
		p.t.Fatalf("got change %d, want %d", got.N, want)
	}
}

func (p *peer) sees(kind, from string, n int) {
	p.t.Helper()
	if f := p.next(kind); f.From != from || f.N != n || f.Room != "r" {
		p.t.Fatalf("got %+v, want change %d from %s", f, n, from)
	}
}

// TestWhiteboard draws with the real functions: what is drawn is seen by who is there, by who comes later, and by who was away.
func TestWhiteboard(t *testing.T) {
	s := start(t, "HOST=first")
	alice, bob := dial(t, s.ws), dial(t, s.ws)
	alice.join("r", "alice")
	joined := bob.join("r", "bob")
	alice.next("peer-joined")
	alice.draws("r", 1)
	bob.sees("stroke", "alice", 1)
	bob.draws("r", 2)
	alice.sees("stroke", "bob", 2)

	carol := dial(t, s.ws)
	carol.join("r", "carol")
	alice.next("peer-joined")
	bob.next("peer-joined")
	if n, strokes := carol.drawn("r"); n != 2 || strokes != 2 {
		t.Fatalf("who comes later sees %d strokes at change %d, want 2 at 2", strokes, n)
	}

	s.cut(t, "r", "bob")
	alice.draws("r", 3) // which finds that bob is gone
	carol.sees("stroke", "alice", 3)
	alice.next("peer-lost")
	carol.next("peer-lost")
	bob = dial(t, s.ws)
	bob.send(`{"action":"join","room":"r","resume":%q}`, joined.Resume)
	bob.next("joined")
	alice.next("peer-back")
	carol.next("peer-back")
	if n, strokes := bob.drawn("r"); n != 3 || strokes != 3 {
		t.Fatalf("who was away sees %d strokes at change %d, want 3 at 3", strokes, n)
	}

	bob.fails("forbidden", `{"action":"wipe","room":"r"}`)
	alice.send(`{"action":"wipe","room":"r"}`)
	bob.sees("wipe", "alice", 4)
	carol.sees("wipe", "alice", 4)
	bob.draws("r", 5)
	alice.sees("stroke", "bob", 5)
	carol.sees("stroke", "bob", 5)

	eve := dial(t, s.ws)
	for _, action := range []string{`"stroke",` + dot, `"board"`, `"wipe"`} {
		eve.fails("not-in-room", `{"action":%s,"room":"r"}`, action)
		eve.fails("bad-request", `{"action":%s}`, action)
	}
	bob.fails("bad-request", `{"action":"stroke","room":"r","points":[[0,2]],"color":"#1f5f56","width":4}`)
	bob.fails("unknown-action", `{"action":"erase","room":"r"}`)
	if n, strokes := carol.drawn("r"); n != 5 || strokes != 1 {
		t.Fatalf("carol sees %d strokes at change %d, want 1 at 5", strokes, n)
	}
	for _, p := range []*peer{alice, bob, carol, eve} {
		p.quiet()
	}
}

// TestTenDrawAtOnce holds that no stroke is lost when functions run at the same time.
func TestTenDrawAtOnce(t *testing.T) {
	s := start(t)
	artists := make([]*peer, 10)
	for i := range artists {
		artists[i] = dial(t, s.ws)
		artists[i].join("r", fmt.Sprint("artist", i))
		for _, other := range artists[:i] {
			other.next("peer-joined")
		}
	}
	for _, p := range artists {
		p.send(`{"action":"stroke","room":"r",%s}`, dot)
	}
	for _, p := range artists {
		seen := map[int]bool{}
		for range len(artists) - 1 {
			seen[p.next("stroke").N] = true
		}
		if len(seen) != len(artists)-1 {
			t.Fatalf("saw the changes %v", seen)
		}
	}
	if n, strokes := artists[0].drawn("r"); n != 10 || strokes != 10 {
		t.Fatalf("%d strokes at change %d, want 10 at 10", strokes, n)
	}
}

// TestBudgetOfActions holds the whiteboard to its cost per event, as docs/actions.md has it.
func TestBudgetOfActions(t *testing.T) {
	s := start(t)
	alice, bob, carol := dial(t, s.ws), dial(t, s.ws), dial(t, s.ws)
	alice.join("r", "alice")
	bob.join("r", "bob")
	alice.next("peer-joined")
	carol.join("r", "carol")
	alice.next("peer-joined")
	bob.next("peer-joined")
	spend := s.spending(t)
	others := func(kind string) {
		bob.next(kind)
		carol.next(kind)
	}
	spend("all that comes before", cost{9, 0, 6, 6}, func() {})
	spend("the first stroke", cost{1, 1, 1, 2}, func() {
		alice.send(`{"action":"stroke","room":"r",%s}`, dot)
		others("stroke")
	})
	spend("a stroke with an ack", cost{1, 1, 1, 3}, func() {
		alice.draws("r", 2)
		others("stroke")
	})
	spend("the board", cost{0, 2, 1, 1}, func() { alice.drawn("r") })
	spend("a stroke that is refused", cost{0, 1, 1, 1}, func() {
		alice.fails("bad-request", `{"action":"stroke","room":"r"}`)
	})
	spend("wipe", cost{1, 1, 1, 2}, func() {
		alice.send(`{"action":"wipe","room":"r"}`)
		others("wipe")
	})
	spend("the empty board", cost{0, 2, 1, 1}, func() { alice.drawn("r") })
	// A stroke of 256 points has 3.6 KB, and is written with all that is on the board: a unit for each started KB.
	points := strings.TrimSuffix(strings.Repeat("[0.123,0.456],", 256), ",")
	for i, units := range []float64{4, 8, 11, 15, 18} {
		spend(fmt.Sprint("long stroke ", i+1), cost{units, 1, 1, 2}, func() {
			alice.send(`{"action":"stroke","room":"r","points":[%s],"color":"#1f5f56","width":4}`, points)
			others("stroke")
		})
	}
	spend("a board of 18 KB", cost{0, 6, 1, 1}, func() { alice.drawn("r") })
}

// TestExpiredBoard has two hours and more go by: nobody is shown what others drew long ago.
func TestExpiredBoard(t *testing.T) {
	s := start(t)
	alice := dial(t, s.ws)
	alice.join("r", "alice")
	alice.draws("r", 1)
	post(t, s, "/_localdev/clock", `{"advance":"3h"}`)
	alice.closeCode()
	alice = dial(t, s.ws)
	alice.join("r", "alice")
	if _, strokes := alice.drawn("r"); strokes != 0 {
		t.Fatalf("%d strokes are still there", strokes)
	}
	alice.send(`{"action":"stroke","id":"s","room":"r",%s}`, dot)
	alice.next("ok")
	if _, strokes := alice.drawn("r"); strokes != 1 {
		t.Fatalf("%d strokes, want the new one", strokes)
	}
}
