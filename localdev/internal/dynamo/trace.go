package dynamo

import (
	"time"

	"github.com/parley-rtc/parley/localdev/internal/rawjson"
	"github.com/parley-rtc/parley/localdev/internal/trace"
)

// trace records a request with what its sender works on.
func (p *Proxy) trace(from sender, operation string, body []byte, began time.Time, status int, wru, rru float64) {
	span := from.span()
	if span == nil {
		return
	}
	span.Add(trace.Step{
		Kind: trace.Dynamo, Direct: from.direct, Began: began, Took: time.Since(began), Name: operation,
		Table: tableOf(body), Status: status, Bytes: len(body), WRU: wru, RRU: rru,
		Text: string(body[:min(len(body), trace.MaxBody)]),
	})
}

// tableOf names the table of a request, the first one of several.
func tableOf(body []byte) string {
	if name, ok := rawjson.Find(body, "TableName"); ok {
		return rawjson.Text(name)
	}
	if items, ok := rawjson.Find(body, "RequestItems"); ok {
		for m := range rawjson.Object(items) {
			return m.Name
		}
	}
	items, _ := rawjson.Find(body, "TransactItems")
	for item := range rawjson.Array(items) {
		for action := range rawjson.Object(item) {
			name, _ := rawjson.Find(action.Value, "TableName")
			return rawjson.Text(name)
		}
	}
	return ""
}
