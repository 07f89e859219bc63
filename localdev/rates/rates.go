// Package rates has the list prices that localdev's bill and the cost calculator go by: one data file a region, with its
// date and its sources.
package rates

import (
	_ "embed" // us-east-1.json
	"encoding/json"
	"fmt"
)

//go:embed us-east-1.json
var usEast1 []byte

// Rates are list prices in USD, before any free tier, and what the free tiers are.
type Rates struct {
	Region    string   `json:"region"`
	Compiled  string   `json:"compiled"` // date
	Sources   []string `json:"sources"`
	WebSocket struct {
		MessageTiers       []Tier  `json:"messageTiers"`
		MessageUnitBytes   int     `json:"messageUnitBytes"`
		ConnectionMinute   float64 `json:"connectionMinute"`
		FreeLegacyMessages float64 `json:"freeLegacyMessages"` // a month, for accounts from before 15 July 2025, in their first year
		FreeLegacyMinutes  float64 `json:"freeLegacyMinutes"`
	} `json:"apigatewayWebSocket"`
	Lambda struct {
		Request       float64 `json:"request"`
		GBSecond      []Tier  `json:"gbSecondArm64"`
		FreeRequests  float64 `json:"freeRequests"` // a month, always
		FreeGBSeconds float64 `json:"freeGbSeconds"`
	} `json:"lambda"`
	DynamoDB struct {
		WRU float64 `json:"wru"`
		RRU float64 `json:"rru"`
	} `json:"dynamodbOnDemand"`
	Logs struct {
		Ingest []Tier  `json:"lambdaIngestGbTiers"` // by GB
		FreeGB float64 `json:"freeGb"`              // a month, always
	} `json:"cloudwatchLogs"`
	TransferOut struct {
		FreeGB float64 `json:"freeGb"` // a month, always
		Tiers  []Tier  `json:"tiers"`  // by GB
	} `json:"dataTransferOutGb"`
	FreePlan struct {
		CreditsUSD float64 `json:"creditsUsd"` // once, for accounts made since 15 July 2025
	} `json:"freePlan"`
	KinesisVideo struct {
		ChannelMonth float64 `json:"channelMonth"`
		Message      float64 `json:"message"`
		TURNMinute   float64 `json:"turnMinute"`
	} `json:"kinesisVideoWebRTC"`
}

// A Tier is a price up to a cumulative quantity; Upto 0 is without bound.
type Tier struct {
	Upto  float64
	Price float64
}

// UnmarshalJSON reads [bound or null, price].
func (t *Tier) UnmarshalJSON(b []byte) error {
	var pair [2]*float64
	if err := json.Unmarshal(b, &pair); err != nil {
		return err
	}
	if pair[1] == nil {
		return fmt.Errorf("tier %s has no price", b)
	}
	t.Price = *pair[1]
	if pair[0] != nil {
		t.Upto = *pair[0]
	}
	return nil
}

// USEast1 returns the rates of us-east-1.
func USEast1() (Rates, error) {
	var r Rates
	if err := json.Unmarshal(usEast1, &r); err != nil {
		return r, fmt.Errorf("rates of us-east-1: %w", err)
	}
	return r, nil
}

// Tiered prices a quantity.
func Tiered(tiers []Tier, quantity float64) float64 {
	usd, from := 0.0, 0.0
	for _, t := range tiers {
		if t.Upto == 0 || quantity <= t.Upto {
			return usd + (quantity-from)*t.Price
		}
		usd += (t.Upto - from) * t.Price
		from = t.Upto
	}
	return usd
}
