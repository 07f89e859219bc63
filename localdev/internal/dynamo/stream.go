package dynamo

import (
	"context"
	"encoding/json"
	"fmt"
)

// Record is one change of an item, as the streams API tells it.
type Record struct {
	Name     string `json:"eventName"`
	DynamoDB struct {
		Created        float64 `json:"ApproximateCreationDateTime"`
		Keys           json.RawMessage
		NewImage       json.RawMessage `json:",omitempty"`
		OldImage       json.RawMessage `json:",omitempty"`
		SequenceNumber string
		SizeBytes      int
		StreamViewType string
	} `json:"dynamodb"`
}

// Stream reads the stream of a table, from where it was opened.
type Stream struct {
	client    *Client
	iterators []string // one a shard; "" when it is over
}

// OpenStream opens the stream of a table: at its start, or behind its last record. It fails if the table has none.
func (c *Client) OpenStream(ctx context.Context, table string, fromStart bool) (*Stream, error) {
	var list struct{ Streams []struct{ StreamArn string } }
	if err := c.call(ctx, streams+"ListStreams", map[string]any{"TableName": table}, &list); err != nil {
		return nil, fmt.Errorf("stream of %s: %w", table, err)
	}
	if len(list.Streams) == 0 {
		return nil, fmt.Errorf("stream of %s: there is none", table)
	}
	arn := list.Streams[len(list.Streams)-1].StreamArn
	var described struct {
		StreamDescription struct{ Shards []struct{ ShardId string } }
	}
	if err := c.call(ctx, streams+"DescribeStream", map[string]any{"StreamArn": arn}, &described); err != nil {
		return nil, fmt.Errorf("stream of %s: %w", table, err)
	}
	position := "LATEST"
	if fromStart {
		position = "TRIM_HORIZON"
	}
	s := &Stream{client: c}
	for _, shard := range described.StreamDescription.Shards {
		var got struct{ ShardIterator string }
		request := map[string]any{"StreamArn": arn, "ShardId": shard.ShardId, "ShardIteratorType": position}
		if err := c.call(ctx, streams+"GetShardIterator", request, &got); err != nil {
			return nil, fmt.Errorf("stream of %s: %w", table, err)
		}
		s.iterators = append(s.iterators, got.ShardIterator)
	}
	return s, nil
}

// Next returns up to limit records, in order; none if there are none yet.
func (s *Stream) Next(ctx context.Context, limit int) ([]Record, error) {
	var records []Record
	for i, iterator := range s.iterators {
		if iterator == "" || len(records) >= limit {
			continue
		}
		var page struct {
			Records           []Record
			NextShardIterator string
		}
		request := map[string]any{"ShardIterator": iterator, "Limit": min(limit-len(records), 1000)}
		if err := s.client.call(ctx, streams+"GetRecords", request, &page); err != nil {
			return records, fmt.Errorf("read a stream: %w", err)
		}
		s.iterators[i] = page.NextShardIterator
		records = append(records, page.Records...)
	}
	return records, nil
}
