// Package cost says what signaling costs, from how much of it there is and the list prices of localdev/rates.
package cost

import (
	"fmt"

	"github.com/parley-rtc/parley/localdev/rates"
)

// Usage is what AWS meters of signaling.
type Usage struct {
	MessagesIn        float64 // in started 32 KB
	MessagesOut       float64 // in started 32 KB
	ConnectionMinutes float64
	Invocations       float64
	GBSeconds         float64
	WRU, RRU          float64
	LogGB             float64 // written
	OutGB             float64 // to the internet
}

// Times returns n times the usage.
func (u Usage) Times(n float64) Usage {
	return Usage{
		u.MessagesIn * n, u.MessagesOut * n, u.ConnectionMinutes * n, u.Invocations * n, u.GBSeconds * n, u.WRU * n, u.RRU * n, u.LogGB * n, u.OutGB * n,
	}
}

// Plus returns both together.
func (u Usage) Plus(v Usage) Usage {
	return Usage{
		u.MessagesIn + v.MessagesIn, u.MessagesOut + v.MessagesOut, u.ConnectionMinutes + v.ConnectionMinutes, u.Invocations + v.Invocations,
		u.GBSeconds + v.GBSeconds, u.WRU + v.WRU, u.RRU + v.RRU, u.LogGB + v.LogGB, u.OutGB + v.OutGB,
	}
}

// Free is what of a month an account does not pay for.
type Free string

// The free tiers.
const (
	FreeNone    Free = "none"     // list price
	FreeAlways  Free = "always"   // what every account has: Lambda, logs, transfer
	FreeLegacy  Free = "legacy12" // always, and API Gateway's: accounts from before 15 July 2025, in their first year
	FreeCredits Free = "credits"  // list price, less the credits of a newer account, as if none had been used before
)

// A Line is one price.
type Line struct {
	Item     string  `json:"item"`
	Quantity float64 `json:"quantity"`
	USD      float64 `json:"usd"`
}

// Month prices a month's usage.
func Month(r rates.Rates, u Usage, free Free) ([]Line, error) {
	switch free {
	case FreeNone, FreeCredits:
		r.Lambda.FreeRequests, r.Lambda.FreeGBSeconds, r.Logs.FreeGB, r.TransferOut.FreeGB = 0, 0, 0, 0
		r.WebSocket.FreeLegacyMessages, r.WebSocket.FreeLegacyMinutes = 0, 0
	case FreeAlways:
		r.WebSocket.FreeLegacyMessages, r.WebSocket.FreeLegacyMinutes = 0, 0
	case FreeLegacy:
	default:
		return nil, fmt.Errorf("free tier %q: want none, always, legacy12 or credits", free)
	}
	messages := u.MessagesIn + u.MessagesOut
	paid := max(0, messages-r.WebSocket.FreeLegacyMessages)
	lines := []Line{
		{"messages in", u.MessagesIn, 0},
		{"messages out", u.MessagesOut, 0},
		{"connection minutes", u.ConnectionMinutes, max(0, u.ConnectionMinutes-r.WebSocket.FreeLegacyMinutes) * r.WebSocket.ConnectionMinute},
		{"Lambda requests", u.Invocations, max(0, u.Invocations-r.Lambda.FreeRequests) * r.Lambda.Request},
		{"Lambda GB-seconds", u.GBSeconds, rates.Tiered(r.Lambda.GBSecond, max(0, u.GBSeconds-r.Lambda.FreeGBSeconds))},
		{"DynamoDB writes (WRU)", u.WRU, u.WRU * r.DynamoDB.WRU},
		{"DynamoDB reads (RRU)", u.RRU, u.RRU * r.DynamoDB.RRU},
		{"logs, GB", u.LogGB, rates.Tiered(r.Logs.Ingest, max(0, u.LogGB-r.Logs.FreeGB))},
		{"data out, GB", u.OutGB, rates.Tiered(r.TransferOut.Tiers, max(0, u.OutGB-r.TransferOut.FreeGB))},
	}
	if messages > 0 { // both share one row of tiers and one free tier
		usd := rates.Tiered(r.WebSocket.MessageTiers, paid)
		lines[0].USD, lines[1].USD = usd*u.MessagesIn/messages, usd*u.MessagesOut/messages
	}
	if free == FreeCredits {
		used := min(Total(lines), r.FreePlan.CreditsUSD)
		lines = append(lines, Line{"credits, USD", used, -used})
	}
	return lines, nil
}

// Total adds up.
func Total(lines []Line) float64 {
	usd := 0.0
	for _, l := range lines {
		usd += l.USD
	}
	return usd
}

// KinesisVideo is the price of signals over Kinesis Video Streams with WebRTC, each counted as it is sent and as it is
// received, with that many channels in use. It has no joins, no acknowledgements; TURN and data out are not in it.
func KinesisVideo(r rates.Rates, signals, channels float64) float64 {
	return 2*signals*r.KinesisVideo.Message + channels*r.KinesisVideo.ChannelMonth
}
