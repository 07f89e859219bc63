package bill

import (
	"math"
	"time"
)

// Call adds up what one message, handshake or end would have cost by itself, at the rate of the first tier.
type Call struct{ sum Bill }

// Message adds a message, in or out.
func (c *Call) Message(rates Rates, bytes int) {
	c.sum.MessagesIn += max(1, (bytes+rates.WebSocket.MessageUnitBytes-1)/rates.WebSocket.MessageUnitBytes)
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
func (c *Call) USD(rates Rates) float64 { return (&Meter{rates: rates}).price(c.sum) }
