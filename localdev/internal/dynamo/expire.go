package dynamo

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"time"
)

// oldest is how long ago an item may have expired: DynamoDB leaves alone what looks like a mistake.
const oldest = 5 * 365 * 24 * time.Hour

// Expire deletes the items of a table whose time to live was over at the given time, and returns how many. Nothing of it
// is on the bill. An item that is changed meanwhile stays. deleting is called with the key of each item before it goes.
func (c *Client) Expire(ctx context.Context, table, attribute string, at time.Time, deleting func(key json.RawMessage)) (int, error) {
	var described struct {
		Table struct {
			KeySchema []struct{ AttributeName string }
		}
	}
	if err := c.call(ctx, "DescribeTable", map[string]any{"TableName": table}, &described); err != nil {
		return 0, fmt.Errorf("expire items of %s: %w", table, err)
	}
	scan := map[string]any{
		"TableName": table, "ConsistentRead": true,
		"FilterExpression":         "attribute_type(#e, :n) AND #e <= :at AND #e > :old",
		"ExpressionAttributeNames": map[string]string{"#e": attribute},
		"ExpressionAttributeValues": map[string]map[string]string{
			":n": {"S": "N"}, ":at": {"N": strconv.FormatInt(at.Unix(), 10)}, ":old": {"N": strconv.FormatInt(at.Add(-oldest).Unix(), 10)},
		},
	}
	deleted := 0
	for {
		var page struct {
			Items []map[string]json.RawMessage
			Last  json.RawMessage `json:"LastEvaluatedKey"`
		}
		if err := c.call(ctx, "Scan", scan, &page); err != nil {
			return deleted, fmt.Errorf("find expired items of %s: %w", table, err)
		}
		for _, item := range page.Items {
			key := map[string]json.RawMessage{}
			for _, k := range described.Table.KeySchema {
				key[k.AttributeName] = item[k.AttributeName]
			}
			written, err := json.Marshal(key)
			if err != nil {
				return deleted, err
			}
			deleting(written)
			err = c.call(ctx, "DeleteItem", map[string]any{
				"TableName": table, "Key": key, "ConditionExpression": "#e = :e",
				"ExpressionAttributeNames":  map[string]string{"#e": attribute},
				"ExpressionAttributeValues": map[string]json.RawMessage{":e": item[attribute]},
			}, nil)
			switch {
			case isType(err, "ConditionalCheckFailedException"):
			case err != nil:
				return deleted, fmt.Errorf("delete an expired item of %s: %w", table, err)
			default:
				deleted++
			}
		}
		if len(page.Last) == 0 {
			return deleted, nil
		}
		scan["ExclusiveStartKey"] = page.Last
	}
}
