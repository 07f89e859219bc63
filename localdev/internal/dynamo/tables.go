package dynamo

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"golang.org/x/sync/errgroup"

	"github.com/parley-rtc/parley/localdev/internal/template"
)

// ErrNoTable says that there is no table of that name.
var ErrNoTable = errors.New("no such table")

// CreateTables creates the tables that are not there yet, with their time to live.
func (c *Client) CreateTables(ctx context.Context, tables []template.Table) error {
	group, ctx := errgroup.WithContext(ctx)
	for _, t := range tables {
		group.Go(func() error {
			if err := c.create(ctx, t); err != nil {
				return fmt.Errorf("table %s: %w", t.LogicalID, err)
			}
			return nil
		})
	}
	return group.Wait()
}

func (c *Client) create(ctx context.Context, t template.Table) error {
	if err := c.call(ctx, "CreateTable", t.Create, nil); err != nil && !isType(err, "ResourceInUseException") {
		return err
	}
	if t.TTL == "" {
		return nil
	}
	var have struct {
		Description struct {
			Status    string `json:"TimeToLiveStatus"`
			Attribute string `json:"AttributeName"`
		} `json:"TimeToLiveDescription"`
	}
	name := map[string]any{"TableName": t.Name}
	if err := c.call(ctx, "DescribeTimeToLive", name, &have); err != nil {
		return err
	}
	if have.Description.Status == "ENABLED" && have.Description.Attribute == t.TTL {
		return nil
	}
	name["TimeToLiveSpecification"] = map[string]any{"AttributeName": t.TTL, "Enabled": true}
	return c.call(ctx, "UpdateTimeToLive", name, nil)
}

// Items returns all items of a table in DynamoDB JSON; ErrNoTable if there is no such table.
func (c *Client) Items(ctx context.Context, table string) ([]json.RawMessage, error) {
	items := []json.RawMessage{}
	request := map[string]any{"TableName": table, "ConsistentRead": true}
	for {
		var page struct {
			Items []json.RawMessage
			Last  json.RawMessage `json:"LastEvaluatedKey"`
		}
		err := c.call(ctx, "Scan", request, &page)
		if isType(err, "ResourceNotFoundException") || isType(err, "ValidationException") { // a name too short to be one
			return nil, fmt.Errorf("%w: %s", ErrNoTable, table)
		}
		if err != nil {
			return nil, fmt.Errorf("scan %s: %w", table, err)
		}
		items = append(items, page.Items...)
		if len(page.Last) == 0 {
			return items, nil
		}
		request["ExclusiveStartKey"] = page.Last
	}
}
