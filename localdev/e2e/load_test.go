package e2e_test

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coder/websocket"
)

const (
	loadPairs    = 16
	loadOnTheWay = 8   // messages of each pair
	loadPayload  = 200 // bytes
)

// way is what a message takes: it is written to a socket, and then something is read from each of others, one after the
// other.
type way struct {
	from    *websocket.Conn
	readers []reading
	message []byte
}

// reading is a frame that is to come, and what must be in it.
type reading struct {
	socket *websocket.Conn
	want   string
}

func (w way) write(ctx context.Context) error {
	if err := w.from.Write(ctx, websocket.MessageText, w.message); err != nil {
		return fmt.Errorf("write: %w", err)
	}
	return nil
}

func (w way) read(ctx context.Context) error {
	for _, r := range w.readers {
		_, got, err := r.socket.Read(ctx)
		if err != nil {
			return fmt.Errorf("read: %w", err)
		}
		if !bytes.Contains(got, []byte(r.want)) {
			return fmt.Errorf("got %s, want a frame with %s", got, r.want)
		}
	}
	return nil
}

// keepBusy keeps so many messages on each of the ways until then, waits for those that are still on theirs, and returns
// how many came through.
func keepBusy(b *testing.B, ways []way, onTheWay int, span time.Duration) int {
	b.Helper()
	ctx, cancel := context.WithTimeout(b.Context(), span+patience)
	defer cancel()
	until := time.Now().Add(span)
	var sent atomic.Int64
	var wg sync.WaitGroup
	for _, w := range ways {
		wg.Go(func() {
			for pending := 0; ; pending-- {
				for now := time.Now(); pending < onTheWay && now.Before(until); pending++ {
					if err := w.write(ctx); err != nil {
						b.Error(err)
						return
					}
					sent.Add(1)
				}
				if pending == 0 {
					return
				}
				if err := w.read(ctx); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	if b.Failed() {
		b.FailNow()
	}
	return int(sent.Load())
}

func open(b *testing.B, url string) *websocket.Conn {
	b.Helper()
	socket, _, err := websocket.Dial(b.Context(), url, nil)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = socket.CloseNow() })
	return socket
}

// hubWays are pairs on the hub, in a room each.
func hubWays(b *testing.B, url, room string, pairs int) (ways []way) {
	b.Helper()
	for i := range pairs {
		path := fmt.Sprint(url, "/", room, i)
		sockets := []*websocket.Conn{open(b, path), open(b, path)}
		for _, socket := range sockets {
			if _, _, err := socket.Read(b.Context()); err != nil { // registered
				b.Fatal(err)
			}
		}
		message := signalTo("address", fmt.Sprint("room", i), "")
		ways = append(ways, way{sockets[0], []reading{{sockets[1], `"signal"`}}, message})
	}
	return ways
}

// helloWays are sockets of testdata/hello.
func helloWays(b *testing.B, url string, sockets int) (ways []way) {
	b.Helper()
	for i := range sockets {
		socket := open(b, url)
		message := signalTo("address", fmt.Sprint("room", i), "")
		ways = append(ways, way{socket, []reading{{socket, "hello"}}, message})
	}
	return ways
}

// parleyWays are pairs in a room each, that send by address: without an acknowledgement, and with one.
func parleyWays(b *testing.B, url string, pairs int) (silent, acked []way) {
	b.Helper()
	for i := range pairs {
		room := fmt.Sprint("room", i)
		from, to := open(b, url), open(b, url)
		address := joinBoth(b, room, from, to)
		came := reading{to, `"signal"`}
		silent = append(silent, way{from, []reading{came}, signalTo(address, room, "")})
		acked = append(acked, way{from, []reading{came, {from, `"ok"`}}, signalTo(address, room, "1")})
	}
	return silent, acked
}

// signalTo is a message that is relayed, and acknowledged if it has an id.
func signalTo(address, room, id string) []byte {
	if id != "" {
		id = fmt.Sprintf(`"id":%q,`, id)
	}
	return fmt.Appendf(nil, `{"action":"signal",%s"room":%q,"to":"b","address":%q,"data":%q}`,
		id, room, address, strings.Repeat("x", loadPayload))
}
