package emulator_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/parley-rtc/parley/localdev/emulator"
)

// BenchmarkMockEcho measures a MOCK route with a response against the least that a Go server can do, in turns.
func BenchmarkMockEcho(b *testing.B) {
	bare := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		socket, err := websocket.Accept(w, r, nil)
		if err != nil {
			return
		}
		defer socket.CloseNow()
		for {
			kind, frame, err := socket.Read(r.Context())
			if err != nil || socket.Write(r.Context(), kind, frame) != nil {
				return
			}
		}
	}))
	b.Cleanup(bare.Close)
	e, err := emulator.Start(b.Context(), emulator.Options{Template: "testdata/facts.yaml"})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(e.Close)
	urls := []string{"ws" + strings.TrimPrefix(bare.URL, "http"), ""}
	for _, api := range e.APIs {
		if api.Name == "mapped" {
			urls[1] = api.URL
		}
	}
	sockets := make([]*websocket.Conn, len(urls))
	for i, url := range urls {
		if sockets[i], _, err = websocket.Dial(b.Context(), url, nil); err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { _ = sockets[i].CloseNow() })
	}
	message := []byte(`{"action":"ping","data":"` + strings.Repeat("x", 100) + `"}`)
	once := func(i int) time.Duration {
		began := time.Now()
		if err := sockets[i].Write(b.Context(), websocket.MessageText, message); err != nil {
			b.Fatal(err)
		}
		if _, _, err := sockets[i].Read(b.Context()); err != nil {
			b.Fatal(err)
		}
		return time.Since(began)
	}
	times := make([][]time.Duration, len(urls))
	for n := range b.N + 200 {
		for i := range urls {
			if d := once(i); n >= 200 { // warm by now
				times[i] = append(times[i], d)
			}
		}
	}
	p50 := func(i int) float64 {
		slices.Sort(times[i])
		return float64(times[i][len(times[i])/2]) / 1e3
	}
	b.ReportMetric(0, "ns/op") // both together: no figure of interest
	b.ReportMetric(p50(0), "bare-p50-µs")
	b.ReportMetric(p50(1), "mock-p50-µs")
	b.ReportMetric(p50(1)/p50(0), "p50-ratio")
}
