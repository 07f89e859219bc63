package dynamo

import (
	"math"
	"strings"

	"github.com/parley-rtc/parley/localdev/internal/rawjson"
)

// itemSize is the size of an item in DynamoDB JSON as AWS documents it for billing: the UTF-8 bytes of names and values.
func itemSize(item []byte) int {
	n := 0
	for m := range rawjson.Object(item) {
		n += len(m.Name) + valueSize(m.Value)
	}
	return n
}

// valueSize is the size of one attribute value, {"S": "…"} and so on.
func valueSize(value []byte) int {
	for m := range rawjson.Object(value) {
		switch m.Name {
		case "S":
			return len(rawjson.Text(m.Value))
		case "N":
			return numberSize(rawjson.Text(m.Value))
		case "B":
			return binarySize(rawjson.Text(m.Value))
		case "SS", "NS", "BS":
			return setSize(m.Name, m.Value)
		case "L":
			n := 3
			for v := range rawjson.Array(m.Value) {
				n += 1 + valueSize(v)
			}
			return n
		case "M":
			n := 3
			for member := range rawjson.Object(m.Value) {
				n += 1 + len(member.Name) + valueSize(member.Value)
			}
			return n
		}
	}
	return 1 // BOOL, NULL
}

func setSize(kind string, value []byte) int {
	n := 0
	for v := range rawjson.Array(value) {
		switch s := rawjson.Text(v); kind {
		case "SS":
			n += len(s)
		case "NS":
			n += numberSize(s)
		default:
			n += binarySize(s)
		}
	}
	return n
}

// numberSize is about a byte for two significant digits, one more, and one for a minus.
func numberSize(s string) int {
	digits, negative := strings.CutPrefix(s, "-")
	if i := strings.IndexAny(digits, "eE"); i >= 0 {
		digits = digits[:i]
	}
	digits = strings.Trim(strings.Replace(digits, ".", "", 1), "0")
	n := 1 + (len(digits)+1)/2
	if negative {
		n++
	}
	return n
}

// binarySize is the number of bytes that a base64 string stands for.
func binarySize(s string) int { return len(strings.TrimRight(s, "=")) * 3 / 4 }

// writeUnits is the price of writing an item of that size.
func writeUnits(bytes int) float64 { return max(1, math.Ceil(float64(bytes)/1024)) }
