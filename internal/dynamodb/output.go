package dynamodb

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"
)

// Output is what an operation had to say.
type Output struct {
	Attributes     Item // of the item
	CapacityUnits  float64
	ResultMetadata middleware.Metadata
}

// decode reads the body of an answer of success. An empty one says nothing, which is no failure.
func decode(body []byte) (*Output, error) {
	out := &Output{}
	if len(bytes.TrimSpace(body)) == 0 {
		return out, nil
	}
	d := newDecoder(body)
	for d.Enter('{'); d.Next('}'); {
		switch string(d.name()) {
		case "Item", "Attributes":
			out.Attributes = d.item()
		case "ConsumedCapacity":
			out.CapacityUnits = d.capacity()
		default:
			d.Skip()
		}
	}
	if !d.end() {
		return nil, undecodable(body)
	}
	return out, nil
}

func (d *decoder) capacity() (units float64) {
	if d.null() {
		return 0
	}
	for d.Enter('{'); d.Next('}'); {
		if string(d.name()) == "CapacityUnits" {
			units = d.number()
		} else {
			d.Skip()
		}
	}
	return units
}

var errUnexpected = errors.New("unexpected JSON")

// undecodable says what is wrong with a body, and nothing that is in it.
func undecodable(body []byte) error {
	var any json.RawMessage
	err := cmp.Or(json.Unmarshal(body, &any), errUnexpected)
	return &smithy.DeserializationError{Err: fmt.Errorf("failed to decode response body, %w", err)}
}
