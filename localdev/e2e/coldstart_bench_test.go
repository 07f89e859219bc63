package e2e_test

import (
	"context"
	"os/exec"
	"path/filepath"
	"testing"
)

const coldGoal = 1.15 // times hello

// BenchmarkColdStart is the time, and the processor time, from starting a function's process until it
// asks for its first event, against that of a function that does nothing, in turns.
func BenchmarkColdStart(b *testing.B) {
	type candidate struct {
		name, binary string
		environment  []string
		before       int         // in the list
		took, used   [][]float64 // of each round: ms and their ratio to hello's
	}
	var all []*candidate
	for i, t := range trees(b) {
		localdev, url := t.start(b)
		environment := newRoom(b, localdev, url).direct()
		dir := b.TempDir()
		if i == 0 {
			hello := filepath.Join(dir, "hello")
			build(b, ".", hello, "./testdata/hello")
			all = append(all, &candidate{name: "hello", binary: hello, environment: environment})
		}
		for j, name := range []string{"connect", "disconnect", "message"} {
			binary := filepath.Join(dir, name)
			build(b, t.dir, binary, "./functions/"+name)
			all = append(all, &candidate{name: t.name + ", " + name, binary: binary, environment: environment, before: 1 + j})
		}
	}
	once := func(c *candidate) (took, used float64) {
		ctx, cancel := context.WithTimeout(b.Context(), patience)
		defer cancel()
		function := exec.CommandContext(ctx, c.binary)
		function.Env = c.environment
		lambda := aloneWith(b, function)
		defer lambda.end()
		return millis(lambda.start(ctx, b)), millis(cpu(b, function.Process.Pid)) // it is frozen then
	}
	for b.Loop() {
		var hello, helloCPU float64
		for i, c := range all {
			took, used := once(c)
			if i == 0 {
				hello, helloCPU = took, used
			}
			c.took, c.used = append(c.took, []float64{took, took / hello}), append(c.used, []float64{used, used / helloCPU})
		}
	}
	b.ReportMetric(0, "ns/op")
	results := newTable("until the first next\tms\t÷ hello\tgoal\tCPU ms\t÷ hello\tgoal\t÷ before\t")
	results.row("hello\t%.2f\t\t\t%.2f\t\t\t\t", middle(column(all[0].took, 0)), middle(column(all[0].used, 0)))
	for _, c := range all[1:] {
		results.row("%s\t%.2f\t%.2f\t%.2f\t%.2f\t%.2f\t%.2f\t%.2f\t", c.name,
			middle(column(c.took, 0)), middle(column(c.took, 1)), coldGoal,
			middle(column(c.used, 0)), middle(column(c.used, 1)), coldGoal,
			middle(column(c.used, 0))/middle(column(all[c.before].used, 0)))
	}
	results.print()
}

func column(rows [][]float64, i int) (list []float64) {
	for _, row := range rows {
		list = append(list, row[i])
	}
	return list
}
