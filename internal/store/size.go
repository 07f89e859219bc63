package store

import (
	"math"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// refusedUnits is what a write is charged for whose condition failed, in write units: AWS says "depending
// on the size of the item", of the one that is there and of the one that was to be put whichever is
// larger, and the answer does not say how much it was. The item that an update would have made is not
// known, so those are priced by the one that is there, which the answer holds; localdev's bill does the
// same.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html
// (Capacity unit consumption for write operations)
func refusedUnits(there, put item) float64 {
	const unit = 1024
	return max(1, math.Ceil(float64(max(sizeOf(there), sizeOf(put)))/unit))
}

// sizeOf is the size of an item as it is charged, in bytes: names and values in UTF-8.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
func sizeOf(it item) int {
	n := 0
	for name, v := range it {
		n += len(name) + sizeOfValue(v)
	}
	return n
}

func sizeOfValue(v types.AttributeValue) int {
	const container, element = 3, 1 // beside what is in it, and beside each of that
	switch v := v.(type) {
	case *types.AttributeValueMemberS:
		return len(v.Value)
	case *types.AttributeValueMemberN:
		return sizeOfNumber(v.Value)
	case *types.AttributeValueMemberB:
		return len(v.Value)
	case *types.AttributeValueMemberSS:
		return len(strings.Join(v.Value, ""))
	case *types.AttributeValueMemberL:
		n := container
		for _, of := range v.Value {
			n += element + sizeOfValue(of)
		}
		return n
	case *types.AttributeValueMemberM:
		return container + element*len(v.Value) + sizeOf(v.Value)
	}
	return 1 // true, false and null; there are no other sets in ours
}

// sizeOfNumber is about a byte for two significant digits, and one more.
func sizeOfNumber(s string) int {
	digits, negative := strings.CutPrefix(s, "-")
	digits, _, _ = strings.Cut(strings.ToUpper(digits), "E")
	digits = strings.Trim(strings.Replace(digits, ".", "", 1), "0")
	n := 1 + (len(digits)+1)/2
	if negative {
		n++
	}
	return n
}
