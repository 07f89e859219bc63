package dynamo

import (
	"context"
	"encoding/json"
	"fmt"
)

// Page is a part of a table.
type Page struct {
	Items []json.RawMessage `json:"items"`
	Next  json.RawMessage   `json:"next,omitempty"` // where the next page begins; nothing after the last
}

// Page returns up to limit items of a table in DynamoDB JSON, from where the page before it said; ErrNoTable if there is
// no such table.
func (c *Client) Page(ctx context.Context, table string, limit int, from json.RawMessage) (Page, error) {
	request := map[string]any{"TableName": table, "ConsistentRead": true, "Limit": limit}
	if len(from) > 0 {
		request["ExclusiveStartKey"] = from
	}
	var answer struct {
		Items []json.RawMessage
		Last  json.RawMessage `json:"LastEvaluatedKey"`
	}
	err := c.call(ctx, "Scan", request, &answer)
	switch {
	case isType(err, "ResourceNotFoundException"):
		return Page{}, fmt.Errorf("%w: %s", ErrNoTable, table)
	case err != nil:
		return Page{}, fmt.Errorf("scan %s: %w", table, err)
	case answer.Items == nil:
		answer.Items = []json.RawMessage{}
	}
	return Page{Items: answer.Items, Next: answer.Last}, nil
}
