package e2e_test

import (
	"context"
	"fmt"
	"math"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"
)

// What a memory size is asked for.
const (
	shareEvents   = 50
	sharePause    = 50 * time.Millisecond // between events
	serviceDelay  = 5 * time.Millisecond  // of @connections and DynamoDB
	gbSecond      = 0.0000133334          // USD, arm64, of localdev/rates
	millionEvents = 1e6
)

// BenchmarkShare is what an event takes, as Lambda bills it, at several memory sizes: with the part
// of a processor that each gets, @connections and DynamoDB over TLS and some ms away, and each message
// acknowledged. Lambda's processors may be slower than this machine's, so the same is asked of one with
// 0.7 of its speed (the kernel gives no less than 1 ms in a period). That init has a whole processor is
// what others have seen of Lambda.
func BenchmarkShare(b *testing.B) {
	type candidate struct {
		tree
		place       *room
		binary      string
		environment []string
		megabytes   int
		speed       float64
		share       share

		first, relayed, joined []float64 // ms
		resident               float64   // MiB
	}
	var all []*candidate
	for _, t := range trees(b) {
		localdev, url := t.start(b, "-env", "MESSAGE_RATE=0", "-env", "JOINS_PER_MINUTE=0")
		place := newRoom(b, localdev, url)
		front := newSecure(b, plain(url), serviceDelay)
		binary, environment := front.function(b, t, "functions/message", place.direct())
		for _, size := range []candidate{
			{megabytes: 128, speed: .7},
			{megabytes: 256, speed: .7},
			{megabytes: 512, speed: .7},
			{megabytes: 128, speed: 1},
			{megabytes: 256, speed: 1},
			{megabytes: 512, speed: 1},
		} {
			c := &candidate{tree: t, place: place, binary: binary, megabytes: size.megabytes, speed: size.speed}
			c.environment = slices.DeleteFunc(slices.Clone(environment), func(variable string) bool {
				return strings.HasPrefix(variable, "AWS_LAMBDA_FUNCTION_MEMORY_SIZE=")
			})
			c.environment = append(c.environment, fmt.Sprint("AWS_LAMBDA_FUNCTION_MEMORY_SIZE=", c.megabytes))
			c.share = newShare(b, fmt.Sprint(t.name, c.megabytes, "-", c.speed), float64(c.megabytes)*c.speed)
			all = append(all, c)
		}
	}
	for b.Loop() {
		for _, c := range all {
			ctx, cancel := context.WithTimeout(b.Context(), patience)
			function := exec.CommandContext(ctx, c.binary)
			function.Env = c.environment
			lambda := aloneWith(b, function)
			lambda.start(ctx, b)
			c.share.add(b, function.Process.Pid)
			tick := time.NewTicker(sharePause)
			once := func(w way) float64 {
				<-tick.C
				return millis(lambda.relay(ctx, b, c.place.event(b, w), w))
			}
			c.first = append(c.first, once(c.place.acked))
			for i := range shareEvents {
				c.relayed = append(c.relayed, once(c.place.acked))
				if i%5 == 0 {
					c.joined = append(c.joined, once(c.place.join))
					once(c.place.leave)
				}
			}
			tick.Stop()
			c.resident = residentKiB(b, function.Process.Pid) / 1024
			lambda.end()
			cancel()
		}
	}
	b.ReportMetric(0, "ns/op")
	results := newTable("ms an event\tspeed\tMB\tfirst\trelay p50\tp99\tbilled\tUSD a million\tjoin of 8, p50\tp99\tresident MiB\t")
	for _, c := range all {
		paid := billed(c.relayed)
		results.row("%s\t%g\t%d\t%.1f\t%.2f\t%.2f\t%.2f\t%.2f\t%.2f\t%.2f\t%.0f\t",
			c.name, c.speed, c.megabytes, middle(c.first),
			middle(c.relayed), quantile(c.relayed, .99), paid, paid/1000*float64(c.megabytes)/1024*gbSecond*millionEvents,
			middle(c.joined), quantile(c.joined, .99), c.resident)
	}
	results.print()
}

// billed is the mean of what is paid for: each event's time, in whole ms.
func billed(took []float64) float64 {
	sum := 0.0
	for _, ms := range took {
		sum += math.Ceil(ms)
	}
	return sum / float64(len(took))
}
