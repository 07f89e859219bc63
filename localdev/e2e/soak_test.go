package e2e_test

import (
	"fmt"
	"testing"
	"time"
)

// churn has a guest come, lose its socket with a signal on the way, come back to its seat and the signal, and leave.
func churn(b *testing.B, url, room string) {
	b.Helper()
	host, guest := dial(b, url), dial(b, url)
	host.join(room, "host")
	seat := guest.join(room, "guest").Resume
	host.next("peer-joined")
	guest.close()
	host.next("peer-lost")
	host.send(`{"action":"signal","id":"1","room":%q,"to":"guest","data":1}`, room)
	if f := host.next("ok"); !f.Queued {
		b.Fatalf("got %+v, want that it waits", f)
	}
	back := dial(b, url)
	back.send(`{"action":"join","room":%q,"resume":%q}`, room, seat)
	back.next("joined")
	back.next("signal")
	host.next("peer-back")
	for _, p := range []*peer{back, host} {
		p.send(`{"action":"leave","id":"2","room":%q}`, room)
	}
	for f := (frame{}); f.Type != "ok"; {
		f = <-back.frames
	}
	for f := (frame{}); f.Type != "ok"; {
		f = <-host.frames
	}
	back.close()
	host.close()
}

// early is how many messages a localdev has relayed when it is taken to have all that it needs.
const early = 10_000

// BenchmarkSoak relays as many messages as -benchtime says, with a guest coming, being lost, coming
// back and leaving every second, and compares what localdev and the largest instance of the function
// take at the end with what they took after ten thousand (make soak: a million).
func BenchmarkSoak(b *testing.B) {
	if b.N < early {
		return // testing tries every benchmark with one
	}
	const rooms = 120 // that guests come to, one after the other
	l := loaded{function: "localdev-MessageFunction", onTheWay: loadOnTheWay}
	var url string
	l.server, url = thisTree(b).start(b, "-env", "MESSAGE_RATE=0") // the machine is what is measured
	l.ways, _ = parleyWays(b, url, loadPairs)
	sent, rounds := 0, 0
	relay := func() {
		l.rounds = append(l.rounds, l.turn(b, time.Second))
		sent += l.rounds[len(l.rounds)-1].messages
		churn(b, url, fmt.Sprint("churn", rounds%rooms))
		rounds++
	}
	results := newTable("\tlocaldev, µs a message\tfunction\tlocaldev, resident MiB\tfunction\tinstances\t")
	for _, messages := range []int{early, b.N} {
		for sent < messages {
			relay()
		}
		at := sent
		var localdev, function float64 // the most, as memory goes up and down with the garbage in it
		var running map[int]time.Duration
		l.rounds = nil
		for range 10 {
			relay()
			localdev = max(localdev, residentKiB(b, l.server.Process.Pid)/1024)
			running = instances(b, l.server.Process.Pid, l.function)
			for pid := range running {
				function = max(function, residentKiB(b, pid)/1024)
			}
		}
		results.row("after %d messages\t%.0f\t%.0f\t%.1f\t%.1f\t%d\t", at,
			l.median(round.serverEach), l.median(round.functionEach), localdev, function, len(running))
	}
	b.ReportMetric(0, "ns/op")
	results.print()
}
