package metrics_test

import (
	"encoding/json"
	"math"
	"os"
	"testing"
	"time"

	"github.com/parley-rtc/parley/internal/metrics"
)

// ratesFile is the data that localdev's bill goes by. Nothing of internal may import localdev, so it is read.
const ratesFile = "../../localdev/rates/us-east-1.json"

func TestThePricesAreThoseOfLocaldevsBill(t *testing.T) {
	raw, err := os.ReadFile(ratesFile)
	if err != nil {
		t.Fatal(err)
	}
	var rates struct {
		WebSocket struct {
			MessageTiers     [][2]*float64 `json:"messageTiers"`
			MessageUnitBytes int           `json:"messageUnitBytes"`
			ConnectionMinute float64       `json:"connectionMinute"`
		} `json:"apigatewayWebSocket"`
		Lambda struct {
			Request  float64       `json:"request"`
			GBSecond [][2]*float64 `json:"gbSecondArm64"`
		} `json:"lambda"`
		DynamoDB struct {
			WRU float64 `json:"wru"`
			RRU float64 `json:"rru"`
		} `json:"dynamodbOnDemand"`
	}
	if err := json.Unmarshal(raw, &rates); err != nil {
		t.Fatal(err)
	}
	message, gbSecond, unit := *rates.WebSocket.MessageTiers[0][1], *rates.Lambda.GBSecond[0][1], rates.WebSocket.MessageUnitBytes
	if metrics.Units(unit) != 1 || metrics.Units(unit+1) != 2 || metrics.Units(0) != 1 {
		t.Errorf("messages are not metered by %d bytes", unit)
	}
	for name, c := range map[string]struct {
		bill  metrics.Bill
		count metrics.Count
		want  float64
	}{
		"a message in":             {metrics.Bill{MessagesIn: 1}, metrics.Count{}, message},
		"a push of two units":      {metrics.Bill{}, metrics.Count{Pushes: 1, PushUnits: 2}, 2 * message},
		"a started minute":         {metrics.Bill{Connected: time.Millisecond}, metrics.Count{}, rates.WebSocket.ConnectionMinute},
		"a clock that went back":   {metrics.Bill{Connected: -time.Hour}, metrics.Count{}, 0},
		"an invocation":            {metrics.Bill{Invocations: 1}, metrics.Count{}, rates.Lambda.Request},
		"a second of 1 GB":         {metrics.Bill{Invocations: 1, MemoryMB: 1024, Duration: time.Second}, metrics.Count{}, rates.Lambda.Request + gbSecond},
		"a started millisecond":    {metrics.Bill{Invocations: 1, MemoryMB: 1024, Duration: 1}, metrics.Count{}, rates.Lambda.Request + gbSecond/1000},
		"units written":            {metrics.Bill{}, metrics.Count{WRU: 3}, 3 * rates.DynamoDB.WRU},
		"half a unit read":         {metrics.Bill{}, metrics.Count{RRU: 0.5}, rates.DynamoDB.RRU / 2},
		"what Parley cannot meter": {metrics.Bill{}, metrics.Count{Gone: 1, Seated: 5}, 0},
	} {
		if got := metrics.USD(c.bill, c.count); math.Abs(got-c.want) > 1e-15 || c.want < 0 {
			t.Errorf("%s: got %.12f, want %.12f", name, got, c.want)
		}
	}
}
