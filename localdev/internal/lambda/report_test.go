package lambda

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"
)

// The lines of an event's end are written by hand; this is what they have to be.
func TestReportIsAsLambdaWritesIt(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 1000 {
		r := report{
			id: RequestID(), duration: time.Duration(random.ExpFloat64() * 1e8), memoryMB: 128 << random.IntN(7),
			usedMB: random.IntN(3) * random.IntN(2000), init: time.Duration(random.IntN(2)) * time.Duration(random.Int64N(1e10)),
		}
		if random.IntN(9) == 0 {
			r.duration = r.duration.Truncate(time.Millisecond)
		}
		want := fmt.Sprintf("END RequestId: %s\nREPORT RequestId: %s\tDuration: %.2f ms\tBilled Duration: %.0f ms\tMemory Size: %d MB\t",
			r.id, r.id, ms(r.duration), math.Ceil(ms(r.duration+r.init)), r.memoryMB)
		if r.usedMB > 0 {
			want += fmt.Sprintf("Max Memory Used: %d MB\t", r.usedMB)
		}
		if r.init > 0 {
			want += fmt.Sprintf("Init Duration: %.2f ms\t", ms(r.init))
		}
		if got := string(r.appendLines(nil)); got != want+"\n" {
			t.Fatalf("got %q, want %q", got, want+"\n")
		}
	}
}
