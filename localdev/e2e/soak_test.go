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

// BenchmarkSoak relays 200 messages a second, with a guest coming, being lost, coming back and leaving every second, for as long as -benchtime
// says, and compares the memory of the localdev process at the end with that after one minute (make soak: 30 minutes).
func BenchmarkSoak(b *testing.B) {
	const (
		pairs = 10
		rate  = 200 // messages a second
		rooms = 120 // that guests come to, one after the other
	)
	cmd, url := process(b, built(b))
	s := &stack{ws: url}
	ways := make([]relay, pairs)
	for i := range ways {
		ways[i] = parleyRelay(b, s, fmt.Sprint("room", i))
	}
	tick := time.NewTicker(time.Second / rate)
	defer tick.Stop()
	var early float64
	sent := 0
	began := time.Now()
	for b.Loop() {
		<-tick.C
		if sent%rate == 0 {
			churn(b, url, fmt.Sprint("churn", sent/rate%rooms))
		}
		ways[sent%pairs].once(b)
		sent++
		if early == 0 && time.Since(began) > time.Minute {
			early = residentKiB(b, cmd.Process.Pid)
		}
	}
	late := residentKiB(b, cmd.Process.Pid)
	end(b, cmd)
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(float64(sent), "messages")
	b.ReportMetric(early/1024, "MiB-after-1min")
	b.ReportMetric(late/1024, "MiB-at-end")
}
