package e2e_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"
	"golang.org/x/sync/errgroup"
)

// growing is one size of what must not cost more for being larger.
type growing struct {
	loaded

	what  string
	size  int
	watch string    // the console's stream, which is read meanwhile; "" if nobody does
	idle  []float64 // of each round: how much of a core localdev takes while nobody sends
}

// watching reads the console's stream until it is told to stop, if there is one to read.
func (l *growing) watching(b *testing.B) (stop func()) {
	b.Helper()
	if l.watch == "" {
		return func() {}
	}
	ctx, cancel := context.WithCancel(b.Context())
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, l.watch, nil)
	if err != nil {
		b.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil || resp.StatusCode != http.StatusOK {
		b.Fatal(resp, err)
	}
	var reader sync.WaitGroup
	reader.Go(func() { _, _ = io.Copy(io.Discard, resp.Body); resp.Body.Close() })
	return func() { cancel(); reader.Wait() }
}

// inRounds measures all, each in every round, under load and, if so, without.
func inRounds(b *testing.B, all []*growing, idle bool) {
	b.Helper()
	const span = 400 * time.Millisecond
	for _, l := range all {
		l.turn(b, 2*span) // warm, with all the instances that it will have
	}
	order := slices.Clone(all)
	for b.Loop() {
		for _, l := range order {
			stop := l.watching(b)
			l.rounds = append(l.rounds, l.turn(b, span))
			if idle {
				<-time.After(span) // what the load left behind is over
				pid := l.server.Process.Pid
				used, began := cpu(b, pid), time.Now()
				<-time.After(5 * span)
				l.idle = append(l.idle, 100*float64(cpu(b, pid)-used)/float64(time.Since(began)))
			}
			stop()
		}
		slices.Reverse(order) // so that none always comes after the same one
	}
}

// compare prints what a relayed message takes at each size, and how often what it takes at the
// smallest.
func compare(b *testing.B, all []*growing) {
	b.Helper()
	b.ReportMetric(0, "ns/op")
	results := newTable("µs a message\t\tfunction\t÷ smallest\tlocaldev\t÷ smallest\tidle, % of a core\t")
	smallest := all[0]
	for _, l := range all {
		if l.what != smallest.what || l.name != smallest.name {
			smallest = l
		}
		idle := ""
		if len(l.idle) > 0 {
			idle = fmt.Sprintf("%.2f", middle(l.idle))
		}
		results.row("%s, %s\t%d\t%.0f\t%.2f\t%.0f\t%.2f\t%s\t", l.name, l.what, l.size,
			l.median(round.functionEach), l.against(&smallest.loaded, round.functionEach),
			l.median(round.serverEach), l.against(&smallest.loaded, round.serverEach), idle)
	}
	results.print()
}

// BenchmarkRoomSize is the processor time that a message by address takes in rooms of 2, 16 and 250 peers, in turns:
//
//	go test ./localdev/e2e -run '^$' -bench RoomSize -benchtime 10x
func BenchmarkRoomSize(b *testing.B) {
	var all []*growing
	for _, t := range trees(b) {
		server, url := t.start(b, "-env", "MESSAGE_RATE=0", "-env", "ROOM_SEATS=250") // the machine is what is measured
		for _, peers := range []int{2, 16, 250} {
			room := fmt.Sprint("of", peers)
			for i := range peers - 2 {
				socket, _ := enter(b, url, room, fmt.Sprint("other", i))
				go listen(socket)
			}
			to, _ := enter(b, url, room, "b")
			from, joined := enter(b, url, room, "a")
			readFrame(b, to) // peer-joined
			var address string
			for _, p := range joined.Peers {
				if p.Peer == "b" {
					address = p.Address
				}
			}
			ways := []way{{from, []reading{{to, `"signal"`}}, signalTo(address, room, "")}}
			all = append(all, &growing{
				loaded: loaded{name: t.name, server: server, function: "localdev-MessageFunction", ways: ways, onTheWay: loadOnTheWay},
				what:   "peers in the room", size: peers,
			})
		}
	}
	inRounds(b, all, false)
	compare(b, all)
}

// enter opens a socket and joins a room with it.
func enter(b *testing.B, url, room, peer string) (*websocket.Conn, frame) {
	b.Helper()
	socket := open(b, url)
	socket.SetReadLimit(256 << 10)
	if err := socket.Write(b.Context(), websocket.MessageText, fmt.Appendf(nil, `{"action":"join","room":%q,"peer":%q}`, room, peer)); err != nil {
		b.Fatal(err)
	}
	return socket, readFrame(b, socket)
}

// listen reads until the socket ends.
func listen(socket *websocket.Conn) {
	for {
		if _, _, err := socket.Read(context.Background()); err != nil {
			return
		}
	}
}

// BenchmarkConnections is the processor time that a message takes while 100 and while 10,000 connections are open, and
// with the console open, and what localdev takes while nobody sends:
//
//	go test ./localdev/e2e -run '^$' -bench BenchmarkConnections -benchtime 10x
func BenchmarkConnections(b *testing.B) {
	for _, t := range trees(b) {
		b.Run(t.name, func(b *testing.B) {
			var all, watched []*growing
			for _, connections := range []int{100, 10_000} {
				server, url := t.start(b, "-env", "MESSAGE_RATE=0") // the machine is what is measured
				ways, _ := parleyWays(b, url, loadPairs)
				crowd(b, url, connections-2*loadPairs)
				l := growing{
					loaded: loaded{name: t.name, server: server, function: "localdev-MessageFunction", ways: ways, onTheWay: loadOnTheWay},
					what:   "connections", size: connections,
				}
				beside := l
				beside.what += ", console open"
				beside.watch = consoleOf(b, url)
				all, watched = append(all, &l), append(watched, &beside)
			}
			all = append(all, watched...)
			inRounds(b, all, true)
			compare(b, all)
		})
	}
}

// crowd opens so many connections that say nothing.
func crowd(b *testing.B, url string, connections int) {
	b.Helper()
	var opening errgroup.Group
	opening.SetLimit(8)
	for range connections {
		opening.Go(func() error {
			socket, _, err := websocket.Dial(b.Context(), url, nil)
			if err == nil {
				b.Cleanup(func() { _ = socket.CloseNow() })
			}
			return err
		})
	}
	if err := opening.Wait(); err != nil {
		b.Fatal(err)
	}
}

// consoleOf is where the console of that localdev is streamed.
func consoleOf(b *testing.B, sockets string) string {
	b.Helper()
	at, err := url.Parse(sockets)
	if err != nil {
		b.Fatal(err)
	}
	return "http://" + at.Host + "/_localdev/events"
}
