package dynamo

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/parley-rtc/parley/localdev/internal/rawjson"
	"github.com/parley-rtc/parley/localdev/internal/weather"
)

// Storm is what the weather does to requests. The zero Storm does nothing.
type Storm struct {
	Weather *weather.Weather
	Tables  *Client // reads what an item was before a write

	mu     sync.Mutex
	keys   map[string][]string // names of a table's key attributes
	before map[string][]byte   // by table and key: the item as it was before its last write, nil if it was not there
}

// maxBefore bounds the items that are remembered.
const maxBefore = 10_000

// call is one request as the weather sees it.
type call struct {
	operation string
	body      []byte
	rule      *weather.Rule
	writes    map[string][]byte // by table and key: what was there
}

// begin asks the weather about a request. The answer is to be written if ok is false.
func (s *Storm) begin(ctx context.Context, target string, body []byte) (c *call, refusal []byte, status int) {
	if !s.Weather.Active() || !json.Valid(body) {
		return nil, nil, 0
	}
	c = &call{operation: target[strings.IndexByte(target, '.')+1:], body: body}
	consistent, _ := rawjson.Find(body, "ConsistentRead")
	c.rule = s.Weather.Hit(weather.Event{
		Kind: weather.Call, Tables: tablesOf(body), Operation: c.operation, Eventually: string(consistent) != "true",
	})
	if c.rule != nil && !c.rule.After {
		if refusal, status = c.refusal(); refusal != nil {
			return c, refusal, status
		}
	}
	c.writes = s.images(ctx, c.operation, body)
	return c, nil, 0
}

// end changes the answer to a request.
func (s *Storm) end(c *call, status int, answer []byte) ([]byte, int) {
	if c == nil {
		return answer, status
	}
	if status == http.StatusOK {
		s.remember(c.writes)
	}
	switch {
	case c.rule == nil:
	case c.rule.After:
		if refusal, status := c.refusal(); refusal != nil {
			return refusal, status
		}
	case c.rule.Fault == weather.Stale && status == http.StatusOK:
		return s.stale(c.body, answer), status
	}
	return answer, status
}

// refusal is the error that a rule answers with; nil if it does not.
func (c *call) refusal() (body []byte, status int) {
	switch c.rule.Fault {
	case weather.Throttle:
		return errorBody("ProvisionedThroughputExceededException", "The level of configured provisioned throughput for the table was "+
			"exceeded. Consider increasing your provisioning level with the UpdateTable API."), http.StatusBadRequest
	case weather.DBError:
		return errorBody("InternalServerError", "Internal server error"), http.StatusInternalServerError
	case weather.Conflict:
		if items, ok := rawjson.Find(c.body, "TransactItems"); ok {
			return cancelled(items), http.StatusBadRequest
		}
		return errorBody("TransactionConflictException", "Transaction is ongoing for the item"), http.StatusBadRequest
	}
	return nil, 0
}

func errorBody(typ, message string) []byte {
	b := rawjson.AppendString([]byte(`{"__type":`), "com.amazonaws.dynamodb.v20120810#"+typ)
	b = append(b, `,"message":`...)
	return append(rawjson.AppendString(b, message), '}')
}

// cancelled is the answer to a transaction whose first item is in conflict.
func cancelled(items []byte) []byte {
	codes, reasons := []string{}, []string{}
	for range rawjson.Array(items) {
		code, reason := "None", `{"Code":"None"}`
		if len(codes) == 0 {
			code, reason = "TransactionConflict", `{"Code":"TransactionConflict","Message":"Transaction is ongoing for the item"}`
		}
		codes, reasons = append(codes, code), append(reasons, reason)
	}
	body := errorBody("TransactionCanceledException",
		"Transaction cancelled, please refer cancellation reasons for specific reasons ["+strings.Join(codes, ", ")+"]")
	return rawjson.With(body, "CancellationReasons", "["+strings.Join(reasons, ",")+"]")
}

// tablesOf returns the tables that a request names.
func tablesOf(body []byte) []string {
	if name, ok := rawjson.Find(body, "TableName"); ok {
		return []string{rawjson.Text(name)}
	}
	var tables []string
	items, _ := rawjson.Find(body, "RequestItems")
	for m := range rawjson.Object(items) {
		tables = append(tables, m.Name)
	}
	actions, _ := rawjson.Find(body, "TransactItems")
	for action := range rawjson.Array(actions) {
		for m := range rawjson.Object(action) {
			name, _ := rawjson.Find(m.Value, "TableName")
			tables = append(tables, rawjson.Text(name))
		}
	}
	return tables
}

// images reads what a request that writes is about to overwrite, as far as a rule for stale reads may want it.
func (s *Storm) images(ctx context.Context, operation string, body []byte) map[string][]byte {
	var writes [][]byte
	switch operation {
	case "PutItem", "UpdateItem", "DeleteItem":
		writes = [][]byte{body}
	case "TransactWriteItems":
		actions, _ := rawjson.Find(body, "TransactItems")
		for action := range rawjson.Array(actions) {
			for m := range rawjson.Object(action) {
				if m.Name != "ConditionCheck" {
					writes = append(writes, m.Value)
				}
			}
		}
	}
	images := map[string][]byte{}
	for _, write := range writes {
		name, _ := rawjson.Find(write, "TableName")
		table := rawjson.Text(name)
		if !s.Weather.Watches(weather.Stale, table) {
			continue
		}
		key, ok := rawjson.Find(write, "Key")
		if !ok {
			key, _ = rawjson.Find(write, "Item")
		}
		key = s.keyOf(ctx, table, key)
		var now struct{ Item json.RawMessage }
		request := map[string]any{"TableName": table, "Key": json.RawMessage(key), "ConsistentRead": true}
		if key == nil || s.Tables.call(ctx, "GetItem", request, &now) != nil {
			continue // the write will fail for the same reason
		}
		images[table+string(key)] = now.Item
	}
	return images
}

func (s *Storm) remember(images map[string][]byte) {
	if len(images) == 0 {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.before == nil || len(s.before) > maxBefore {
		s.before = map[string][]byte{}
	}
	for k, item := range images {
		s.before[k] = item
	}
}

// keyOf returns the key of an item in one way of writing it, nil if the table or the key is not there.
func (s *Storm) keyOf(ctx context.Context, table string, item []byte) []byte {
	s.mu.Lock()
	names := s.keys[table]
	s.mu.Unlock()
	if names == nil {
		var got struct {
			Table struct {
				KeySchema []struct{ AttributeName string }
			}
		}
		if s.Tables.call(ctx, "DescribeTable", map[string]any{"TableName": table}, &got) != nil {
			return nil
		}
		for _, k := range got.Table.KeySchema {
			names = append(names, k.AttributeName)
		}
		slices.Sort(names)
		s.mu.Lock()
		if s.keys == nil {
			s.keys = map[string][]string{}
		}
		s.keys[table] = names
		s.mu.Unlock()
	}
	key := []byte{'{'}
	for i, name := range names {
		value, ok := rawjson.Find(item, name)
		if !ok {
			return nil
		}
		if i > 0 {
			key = append(key, ',')
		}
		key = append(rawjson.AppendString(key, name), ':')
		var compact bytes.Buffer
		if json.Compact(&compact, value) != nil {
			return nil
		}
		key = append(key, compact.Bytes()...)
	}
	return append(key, '}')
}

// stale puts the item as it was before its last write into the answer to a GetItem.
func (s *Storm) stale(body, answer []byte) []byte {
	name, _ := rawjson.Find(body, "TableName")
	key, _ := rawjson.Find(body, "Key")
	table := rawjson.Text(name)
	s.mu.Lock()
	_, known := s.keys[table]
	s.mu.Unlock()
	if !known {
		return answer // nothing was written since there is a rule
	}
	id := table + string(s.keyOf(context.Background(), table, key)) // the names are known: nothing is asked
	s.mu.Lock()
	item, ok := s.before[id]
	s.mu.Unlock()
	if !ok {
		return answer
	}
	answer, _ = rawjson.Without(answer, "Item")
	if item = project(body, item); len(item) == 0 {
		return answer
	}
	return rawjson.With(answer, "Item", string(item))
}

// project keeps what a GetItem asked for: whole top-level attributes, even where it asked for a part of one.
func project(body, item []byte) []byte {
	expression, _ := rawjson.Find(body, "ProjectionExpression")
	if len(item) == 0 || len(expression) == 0 {
		return item
	}
	aliases, _ := rawjson.Find(body, "ExpressionAttributeNames")
	wanted := map[string]bool{}
	for path := range strings.SplitSeq(rawjson.Text(expression), ",") {
		path = strings.TrimSpace(path)
		if i := strings.IndexAny(path, ".["); i >= 0 {
			path = path[:i]
		}
		if full, ok := rawjson.Find(aliases, path); ok {
			path = rawjson.Text(full)
		}
		wanted[path] = true
	}
	for m := range rawjson.Object(item) {
		if !wanted[m.Name] {
			item, _ = rawjson.Without(item, m.Name)
		}
	}
	return item
}
