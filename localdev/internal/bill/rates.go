package bill

import (
	_ "embed" // rates.json
	"encoding/json"
	"fmt"
)

//go:embed rates.json
var ratesJSON []byte

// Rates are list prices in USD, before any free tier.
type Rates struct {
	WebSocket struct {
		MessageTiers     []Tier  `json:"messageTiers"`
		MessageUnitBytes int     `json:"messageUnitBytes"`
		ConnectionMinute float64 `json:"connectionMinute"`
	} `json:"apigatewayWebSocket"`
	Lambda struct {
		Request  float64 `json:"request"`
		GBSecond []Tier  `json:"gbSecondArm64"`
	} `json:"lambda"`
	DynamoDB struct {
		WRU float64 `json:"wru"`
		RRU float64 `json:"rru"`
	} `json:"dynamodbOnDemand"`
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
	if err := json.Unmarshal(ratesJSON, &r); err != nil {
		return r, fmt.Errorf("rates.json: %w", err)
	}
	return r, nil
}

// tiered prices a quantity.
func tiered(tiers []Tier, quantity float64) float64 {
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
