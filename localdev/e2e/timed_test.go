package e2e_test

import (
	"os/exec"
	"slices"
	"testing"
	"time"
)

// timed is a way that messages take one by one, in turns with others.
type timed struct {
	name   string
	server *exec.Cmd
	way    way

	took []float64 // µs
	used float64   // µs of the server's processor time, on average
}

// at is that quantile of the times.
func (t *timed) at(q float64) float64 { return quantile(t.took, q) }

func quantile(list []float64, q float64) float64 {
	slices.Sort(list)
	return list[int(q*float64(len(list)-1))]
}

func (t *timed) once(b *testing.B) float64 {
	b.Helper()
	began := time.Now()
	if err := t.way.write(b.Context()); err != nil {
		b.Fatal(err)
	}
	if err := t.way.read(b.Context()); err != nil {
		b.Fatal(err)
	}
	return float64(time.Since(began)) / 1e3
}

// oneByOne sends as many messages on each of the ways as the benchmark wants.
func oneByOne(b *testing.B, all []*timed) {
	b.Helper()
	for range 200 { // warm up all
		for _, t := range all {
			t.once(b)
		}
	}
	used := func() (list []time.Duration) {
		for _, t := range all {
			list = append(list, 0)
			if t.server != nil {
				list[len(list)-1] = cpu(b, t.server.Process.Pid)
			}
		}
		return list
	}
	before := used()
	for b.Loop() {
		for _, t := range all {
			t.took = append(t.took, t.once(b))
		}
	}
	for i, after := range used() {
		all[i].used = float64((after - before[i]).Microseconds()) / float64(b.N)
	}
	b.ReportMetric(0, "ns/op") // all together: no figure of interest
}
