package e2e_test

import (
	"os/exec"
	"slices"
	"testing"
	"time"
)

// loaded is what is put under load, in turns with others.
type loaded struct {
	name     string
	server   *exec.Cmd
	function string // whose instances count, besides the server
	ways     []way
	onTheWay int // messages on each of them

	rounds []round
}

// round is what one turn took.
type round struct {
	messages  int
	took      time.Duration
	server    time.Duration // of processor time
	function  time.Duration // the same
	instances int
}

func (r round) serverEach() float64 { return float64(r.server.Microseconds()) / float64(r.messages) }

func (r round) functionEach() float64 {
	return float64(r.function.Microseconds()) / float64(r.messages)
}
func (r round) rate() float64 { return float64(r.messages) / r.took.Seconds() }

// turn puts it under load for that long.
func (l *loaded) turn(b *testing.B, span time.Duration) round {
	b.Helper()
	pid := l.server.Process.Pid
	before := instances(b, pid, l.function)
	server, began := cpu(b, pid), time.Now()
	r := round{messages: keepBusy(b, l.ways, l.onTheWay, span)}
	r.took, r.server = time.Since(began), cpu(b, pid)-server
	after := instances(b, pid, l.function)
	for instance, used := range after {
		r.function += used - before[instance] // nothing, if it started meanwhile
	}
	r.instances = len(after)
	return r
}

// median is the middle of the rounds' figures.
func (l *loaded) median(figure func(round) float64) float64 {
	var list []float64
	for _, r := range l.rounds {
		list = append(list, figure(r))
	}
	return middle(list)
}

// against is the middle of the ratios of the rounds' figures to another's of the same round:
// machines are noisy, and only what ran at about the same time compares.
func (l *loaded) against(other *loaded, figure func(round) float64) float64 {
	var list []float64
	for i, r := range l.rounds {
		list = append(list, figure(r)/figure(other.rounds[i]))
	}
	return middle(list)
}

// takeTurns puts all of them under load, each for that long, for as many rounds as the benchmark wants.
func takeTurns(b *testing.B, all []*loaded, span time.Duration) {
	b.Helper()
	for _, l := range all {
		l.turn(b, 2*span) // warm, with all the instances that it will have
	}
	order := slices.Clone(all)
	for b.Loop() {
		for _, l := range order {
			l.rounds = append(l.rounds, l.turn(b, span))
		}
		slices.Reverse(order) // so that none always comes after the same one
	}
	b.ReportMetric(0, "ns/op")
}

func middle(list []float64) float64 { return quantile(list, .5) }
