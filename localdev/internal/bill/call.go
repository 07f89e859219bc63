package bill

import (
	"math"
	"time"

	"github.com/parley-rtc/parley/localdev/rates"
)

// Call adds up what one message, handshake or end would have cost by itself, at the rate of the first tier.
type Call struct{ sum Bill }

// Message adds a message, in or out.
func (c *Call) Message(r rates.Rates, bytes int) {
	c.sum.MessagesIn += max(1, (bytes+r.WebSocket.MessageUnitBytes-1)/r.WebSocket.MessageUnitBytes)
}

// Invocation adds a function's event and its billed duration.
func (c *Call) Invocation(memoryMB int, d time.Duration) {
	if c.sum.Invocations == nil {
		c.sum.Invocations = map[string]int{}
	}
	c.sum.Invocations[""]++
	c.sum.GBSeconds += float64(memoryMB) / 1024 * math.Ceil(float64(d)/float64(time.Millisecond)) / 1000
}

// Units adds DynamoDB units.
func (c *Call) Units(wru, rru float64) {
	c.sum.WRU += wru
	c.sum.RRU += rru
}

// USD is the sum.
func (c *Call) USD(r rates.Rates) float64 { return (&Meter{rates: r}).price(c.sum) }
