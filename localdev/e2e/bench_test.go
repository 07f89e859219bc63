package e2e_test

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
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

// goals of a message alone, and of 16 pairs.
const (
	latencyGoal         = 8   // p50, times the hub's
	echoGoal            = 1.5 // the same
	saturationGoal      = 2.5 // times before
	saturationOfHubGoal = 0.1
)

// BenchmarkRelay sends a message by address, and the same through the hub, in turns: machines are
// noisy, and only ratios say something. The goal is about the hub in the same process as the client,
// which no other process has to be woken for.
func BenchmarkRelay(b *testing.B) {
	_, apart := hubProcess(b)
	all := []*timed{
		{name: "hub", way: hubWays(b, startHub(b), "room", 1)[0]},
		{name: "hub, a process of its own", way: hubWays(b, apart, "room", 1)[0]},
	}
	for _, t := range trees(b) {
		server, url := t.start(b, "-env", "MESSAGE_RATE=0") // the machine is what is measured
		silent, _ := parleyWays(b, url, 1)
		all = append(all, &timed{name: t.name, server: server, way: silent[0]})
	}
	oneByOne(b, all)
	results := newTable("one message, µs\tp50\t÷ hub\tgoal\t÷ hub apart\t÷ before\tp99\t÷ hub\t÷ before\t")
	hub, own, before := all[0], all[1], all[2]
	for _, c := range all[:2] {
		results.row("%s\t%.0f\t\t\t\t\t%.0f\t\t\t", c.name, c.at(.5), c.at(.99))
	}
	for _, c := range all[2:] {
		p50, p99 := c.at(.5), c.at(.99)
		results.row("%s\t%.0f\t%.1f\t%d\t%.1f\t%.2f\t%.0f\t%.1f\t%.2f\t", c.name,
			p50, p50/hub.at(.5), latencyGoal, p50/own.at(.5), p50/before.at(.5), p99, p99/hub.at(.99), p99/before.at(.99))
	}
	results.print()
}

// BenchmarkEcho asks a route that API Gateway answers by itself, and an echo as bare as the hub, in turns.
func BenchmarkEcho(b *testing.B) {
	asked := func(server *exec.Cmd, name, url, answer string) *timed {
		socket := open(b, url)
		message := signalTo("address", "room", "")
		return &timed{name: name, server: server, way: way{socket, []reading{{socket, answer}}, message}}
	}
	server, url := hubProcess(b)
	all := []*timed{asked(server, "echo", url+echoPath, `"signal"`)}
	template, err := filepath.Abs("testdata/mock/template.yaml")
	if err != nil {
		b.Fatal(err)
	}
	for _, t := range trees(b) {
		server, url := t.start(b, "-template", template)
		all = append(all, asked(server, t.name, url, `"pong"`))
	}
	oneByOne(b, all)
	echo, before := all[0], all[1]
	results := newTable("a MOCK route, µs\tp50\t÷ echo\tgoal\t÷ before\tCPU\t÷ echo\tgoal\t÷ before\t")
	results.row("echo\t%.0f\t\t\t\t%.1f\t\t\t\t", echo.at(.5), echo.used)
	for _, c := range all[1:] {
		p50 := c.at(.5)
		results.row("%s\t%.0f\t%.2f\t%.1f\t%.2f\t%.1f\t%.2f\t%.1f\t%.2f\t", c.name, p50, p50/echo.at(.5), echoGoal,
			p50/before.at(.5), c.used, c.used/echo.used, echoGoal, c.used/before.used)
	}
	results.print()
}

// BenchmarkSaturation keeps 16 pairs of peers busy, each with one message on its way, and the hub, in turns.
func BenchmarkSaturation(b *testing.B) {
	const span = 500 * time.Millisecond
	server, url := hubProcess(b)
	hub := &loaded{name: "hub", server: server, onTheWay: 1}
	hub.ways = hubWays(b, url, "room", loadPairs)
	all := []*loaded{hub}
	for _, t := range trees(b) {
		server, url := t.start(b, "-env", "MESSAGE_RATE=0") // the machine is what is measured
		silent, _ := parleyWays(b, url, loadPairs)
		l := &loaded{name: t.name, server: server, function: "localdev-MessageFunction", ways: silent, onTheWay: 1}
		all = append(all, l)
	}
	takeTurns(b, all, span)
	results := newTable("16 pairs\tmessages/s\t÷ hub\tgoal\t÷ before\tgoal\tinstances\t")
	results.row("hub\t%.0f\t\t\t\t\t\t", hub.median(round.rate))
	for _, l := range all[1:] {
		results.row("%s\t%.0f\t%.3f\t%.1f\t%.2f\t%.1f\t%d\t",
			l.name, l.median(round.rate), l.against(hub, round.rate), saturationOfHubGoal,
			l.against(all[1], round.rate), saturationGoal, l.rounds[len(l.rounds)-1].instances)
	}
	results.print()
}
