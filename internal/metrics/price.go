package metrics

import (
	"math"
	"time"
)

// The list prices of us-east-1 in USD, each of the first tier: what an event costs at most. A test compares them with the
// rates of localdev's bill.
const (
	messageUSD  = 0.000001     // of a message in or out, each started 32 KB
	minuteUSD   = 0.00000025   // of a connection
	requestUSD  = 0.0000002    // of an invocation
	gbSecondUSD = 0.0000133334 // of a function on arm64
	wruUSD      = 0.000000625
	rruUSD      = 0.000000125

	messageUnit = 32 << 10 // bytes
)

// Units returns what API Gateway meters for a message of that many bytes: each started 32 KB, and one at least.
func Units(bytes int) int { return max(1, (bytes+messageUnit-1)/messageUnit) }

// Bill is what an event is charged for beside what its Tally counted.
type Bill struct {
	MessagesIn  int // in units
	Invocations int
	MemoryMB    int
	Duration    time.Duration // of one invocation; Lambda rounds it up to whole milliseconds
	Connected   time.Duration // of a connection that ended; API Gateway counts whole minutes
}

// USD returns the list price of an event.
func USD(b Bill, c Count) float64 {
	gbSeconds := float64(b.Invocations) * float64(b.MemoryMB) / 1024 * math.Ceil(b.Duration.Seconds()*1000) / 1000
	return messageUSD*float64(b.MessagesIn+c.PushUnits) +
		minuteUSD*math.Ceil(max(0, b.Connected.Minutes())) +
		requestUSD*float64(b.Invocations) +
		gbSecondUSD*gbSeconds +
		wruUSD*c.WRU + rruUSD*c.RRU
}

// ConnectBill is what a $connect is charged for, if it took as long as what is known.
func ConnectBill(memoryMB int, like time.Duration) (Bill, Count) {
	return Bill{Invocations: 1, MemoryMB: memoryMB, Duration: like}, Count{WRU: 1}
}
