package e2e_test

import (
	"context"
	"os/exec"
	"testing"
	"time"
)

const (
	firstEventGoal = 3 // times a warm one
	warmEvents     = 30
)

// BenchmarkFirstEvent is how long the function takes for its first event, a message that it relays
// by address, against its later ones. @connections and DynamoDB are behind TLS, as on AWS.
func BenchmarkFirstEvent(b *testing.B) {
	type candidate struct {
		tree
		place       *room
		binary      string
		environment []string

		first, warm, firstCPU, warmCPU []float64 // ms
		ratio, ratioCPU                []float64
	}
	var all []*candidate
	for _, t := range trees(b) {
		c := &candidate{tree: t}
		localdev, url := t.start(b, "-env", "MESSAGE_RATE=0")
		c.place = newRoom(b, localdev, url)
		front := newSecure(b, plain(url), 0)
		c.binary, c.environment = front.function(b, t, "functions/message", c.place.direct())
		all = append(all, c)
	}
	for b.Loop() {
		for _, c := range all {
			ctx, cancel := context.WithTimeout(b.Context(), patience)
			function := exec.CommandContext(ctx, c.binary)
			function.Env = c.environment
			lambda := aloneWith(b, function)
			lambda.start(ctx, b)
			event := c.place.event(b, c.place.silent)
			relay := func() (took, used float64) {
				before := cpu(b, function.Process.Pid)
				took = millis(lambda.relay(ctx, b, event, c.place.silent))
				return took, millis(cpu(b, function.Process.Pid) - before)
			}
			first, firstCPU := relay()
			took, used := make([]float64, warmEvents), make([]float64, warmEvents)
			for i := range took {
				took[i], used[i] = relay()
			}
			c.first, c.firstCPU = append(c.first, first), append(c.firstCPU, firstCPU)
			warm, warmCPU := middle(took), middle(used)
			c.warm, c.warmCPU = append(c.warm, warm), append(c.warmCPU, warmCPU)
			c.ratio, c.ratioCPU = append(c.ratio, first/warm), append(c.ratioCPU, firstCPU/warmCPU)
			lambda.end()
			cancel()
		}
	}
	b.ReportMetric(0, "ns/op")
	results := newTable("first event, TLS\tfirst ms\twarm ms\tratio\tgoal\tfirst CPU ms\twarm CPU ms\tratio\tgoal\t")
	for _, c := range all {
		results.row("%s\t%.2f\t%.2f\t%.1f\t%d\t%.2f\t%.2f\t%.1f\t%d\t",
			c.name, middle(c.first), middle(c.warm), middle(c.ratio), firstEventGoal,
			middle(c.firstCPU), middle(c.warmCPU), middle(c.ratioCPU), firstEventGoal)
	}
	results.print()
}

func millis(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
