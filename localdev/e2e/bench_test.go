package e2e_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coder/websocket"
)

// payload is what the relayed message carries, in bytes: a batch of ICE candidates.
const payload = 1 << 10

// relay measures one way of a message between two sockets: from before it is written until it has been read.
type relay struct {
	from, to *websocket.Conn
	message  []byte
}

func (r relay) once(b *testing.B) time.Duration {
	b.Helper()
	ctx := context.Background()
	began := time.Now()
	if err := r.from.Write(ctx, websocket.MessageText, r.message); err != nil {
		b.Fatal(err)
	}
	if _, _, err := r.to.Read(ctx); err != nil {
		b.Fatal(err)
	}
	return time.Since(began)
}

func hubRelay(b *testing.B, url string) relay {
	b.Helper()
	open := func() *websocket.Conn {
		socket, _, err := websocket.Dial(b.Context(), url, nil)
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { _ = socket.CloseNow() })
		if _, _, err := socket.Read(b.Context()); err != nil { // registered
			b.Fatal(err)
		}
		return socket
	}
	return relay{open(), open(), fmt.Appendf(nil, `{"action":"signal","room":"bench","to":"b","data":%q}`, strings.Repeat("x", payload))}
}

func parleyRelay(b *testing.B, s *stack, room string) relay {
	b.Helper()
	open := func() *websocket.Conn {
		socket, _, err := websocket.Dial(b.Context(), s.ws, nil)
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { _ = socket.CloseNow() })
		return socket
	}
	a, z := open(), open()
	address := joinBoth(b, room, a, z)
	return relay{a, z, fmt.Appendf(nil, `{"action":"signal","room":%q,"to":"b","address":%q,"data":%q}`, room, address, strings.Repeat("x", payload))}
}

// joinBoth puts the two sockets into one room as a and b and returns the address of b for a.
func joinBoth(b *testing.B, room string, a, z *websocket.Conn) string {
	b.Helper()
	ctx := b.Context()
	for i, socket := range []*websocket.Conn{z, a} {
		join := fmt.Appendf(nil, `{"action":"join","room":%q,"peer":%q}`, room, []string{"b", "a"}[i])
		if err := socket.Write(ctx, websocket.MessageText, join); err != nil {
			b.Fatal(err)
		}
		if i == 0 {
			readFrame(b, z) // joined
		}
	}
	joined := readFrame(b, a)
	readFrame(b, z) // peer-joined
	return joined.Peers[0].Address
}

// BenchmarkRelay sends a message by address through the real function binary, and the same through a bare in-memory
// hub, in turns: machines are noisy, and only the ratio says something.
func BenchmarkRelay(b *testing.B) {
	s := start(b, "MESSAGE_RATE=0") // the machine is what is measured
	hubURL := startHub(b)
	ways := []relay{hubRelay(b, hubURL), parleyRelay(b, s, "bench")}
	times := make([][]time.Duration, len(ways))
	for range 200 { // warm up both
		for _, w := range ways {
			w.once(b)
		}
	}
	b.ResetTimer()
	for range b.N {
		for i, w := range ways {
			times[i] = append(times[i], w.once(b))
		}
	}
	b.StopTimer()
	at := func(i int, q float64) float64 {
		slices.Sort(times[i])
		return float64(times[i][int(q*float64(len(times[i])-1))]) / 1e3
	}
	b.ReportMetric(0, "ns/op") // both together: no figure of interest
	b.ReportMetric(at(0, .5), "hub-p50-µs")
	b.ReportMetric(at(1, .5), "relay-p50-µs")
	b.ReportMetric(at(1, .5)/at(0, .5), "p50-ratio")
	b.ReportMetric(at(0, .99), "hub-p99-µs")
	b.ReportMetric(at(1, .99), "relay-p99-µs")
	b.ReportMetric(at(1, .99)/at(0, .99), "p99-ratio")
}

// BenchmarkSaturation keeps 16 pairs of peers busy, each with one message on its way.
func BenchmarkSaturation(b *testing.B) {
	s := start(b, "MESSAGE_RATE=0") // the machine is what is measured
	ways := make([]relay, 16)
	for i := range ways {
		ways[i] = parleyRelay(b, s, fmt.Sprint("room", i))
		ways[i].once(b)
	}
	b.ResetTimer()
	var next atomic.Int64
	var wg sync.WaitGroup
	for _, w := range ways {
		wg.Go(func() {
			for next.Add(1) <= int64(b.N) {
				w.once(b)
			}
		})
	}
	wg.Wait()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "messages/s")
}
