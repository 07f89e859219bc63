package e2e_test

import (
	"slices"
	"testing"
	"time"
)

// goals of a relayed message: how often what an event of hello takes the function may take, and how
// often what a message through the hub takes localdev may.
const (
	functionGoal      = 1.6
	functionGoalAcked = 2.0
	localdevGoal      = 17.0
)

// BenchmarkCPU is the processor time that a relayed message takes, of the function and of localdev,
// against that of an event of a function that only answers, and that of a message through the hub.
// All take turns. BEFORE names the folder of another clone to measure as well:
//
//	BEFORE=/path go test ./localdev/e2e -run '^$' -bench 'CPU$' -benchtime 10x
//
// Under the same load the hub reads several messages at once and takes less for each; goals are about a message alone.
func BenchmarkCPU(b *testing.B) {
	const span = 400 * time.Millisecond
	server, url := hubProcess(b)
	single := &loaded{name: "hub, one message at a time", server: server, onTheWay: 1}
	single.ways = hubWays(b, url, "single", 1)
	hub := &loaded{name: "hub", server: server, onTheWay: loadOnTheWay}
	hub.ways = hubWays(b, url, "room", loadPairs)
	clones := trees(b)
	server, url = clones[len(clones)-1].start(b, "-template", "localdev/e2e/testdata/hello/template.yaml")
	hello := &loaded{name: "hello", server: server, function: "localdev-Hello", onTheWay: loadOnTheWay}
	hello.ways = helloWays(b, url, loadPairs)
	var silent, acked []*loaded
	for _, t := range clones {
		server, url := t.start(b, "-env", "MESSAGE_RATE=0") // the machine is what is measured
		l := loaded{name: t.name, server: server, function: "localdev-MessageFunction", onTheWay: loadOnTheWay}
		with := l
		with.name += ", with ack"
		l.ways, with.ways = parleyWays(b, url, loadPairs)
		silent, acked = append(silent, &l), append(acked, &with)
	}
	all := slices.Concat([]*loaded{single, hub, hello}, silent, acked)
	takeTurns(b, all, span)
	results := newTable("µs a message\tfunction\t÷ hello\tgoal\t÷ before\t" +
		"localdev\t÷ hub alone\tgoal\t÷ hub\t÷ before\tinstances\tmessages/s\t")
	for _, l := range []*loaded{single, hub} {
		results.row("%s\t\t\t\t\t%.1f\t\t\t\t\t\t%.0f\t", l.name, l.median(round.serverEach), l.median(round.rate))
	}
	results.row("hello\t%.0f\t\t\t\t%.0f\t\t\t\t\t%d\t%.0f\t",
		hello.median(round.functionEach), hello.median(round.serverEach), hello.rounds[0].instances, hello.median(round.rate))
	for _, way := range []struct {
		goal   float64
		clones []*loaded
	}{{functionGoal, silent}, {functionGoalAcked, acked}} {
		before := way.clones[0]
		for _, l := range way.clones {
			results.row("%s\t%.0f\t%.2f\t%.1f\t%.2f\t%.0f\t%.1f\t%.0f\t%.1f\t%.2f\t%d\t%.0f\t", l.name,
				l.median(round.functionEach), l.against(hello, round.functionEach), way.goal, l.against(before, round.functionEach),
				l.median(round.serverEach), l.against(single, round.serverEach), localdevGoal,
				l.against(hub, round.serverEach), l.against(before, round.serverEach),
				l.rounds[len(l.rounds)-1].instances, l.median(round.rate))
		}
	}
	results.print()
}
