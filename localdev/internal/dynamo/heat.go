package dynamo

import (
	"bytes"
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/parley-rtc/parley/localdev/internal/clock"
	"github.com/parley-rtc/parley/localdev/internal/rawjson"
)

// What a partition of a table takes in a second. An item is in one partition, so no item takes more.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-design.html
const (
	maxWrites = 1000 // units
	maxReads  = 3000
)

// Bounds of what is remembered and said.
const (
	maxWarm     = 10_000 // items
	maxWarnings = 100
	maxKey      = 200 // bytes of a key in the log
)

// Heat warns of items that take more units in a second of emulated time than DynamoDB gives one. It counts requests for
// one item only: a batch or a transaction does not tell what each of its items took.
type Heat struct {
	Clock *clock.Clock
	Log   *slog.Logger

	mu     sync.Mutex
	warm   map[string]*warmth // by table and key
	warned map[string]bool
}

// warmth is what an item took since a moment less than a second ago.
type warmth struct {
	since    time.Time
	wru, rru float64
}

// keyIn returns the key in a request for one item, or the item with it; nil in others.
func keyIn(operation string, body []byte) []byte {
	name := "Key"
	switch operation {
	case "PutItem":
		name = "Item"
	case "GetItem", "UpdateItem", "DeleteItem":
	default:
		return nil
	}
	key, _ := rawjson.Find(body, name)
	return bytes.TrimSpace(key)
}

// heat notes what a request took.
func (p *Proxy) heat(ctx context.Context, operation string, body []byte, wru, rru float64) {
	item := keyIn(operation, body)
	if p.Heat.Clock == nil || item == nil {
		return
	}
	table := tableOf(body)
	if key := p.Storm.keyOf(ctx, table, item); key != nil {
		p.Heat.add(table, key, wru, rru)
	}
}

func (h *Heat) add(table string, key []byte, wru, rru float64) {
	now := h.Clock.Now()
	id := table + string(key)
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.warm == nil || len(h.warm) > maxWarm {
		h.warm = map[string]*warmth{}
	}
	w := h.warm[id]
	if w == nil || now.Sub(w.since) >= time.Second {
		w = &warmth{since: now}
		h.warm[id] = w
	}
	w.wru += wru
	w.rru += rru
	if (w.wru <= maxWrites && w.rru <= maxReads) || h.warned[id] || len(h.warned) >= maxWarnings {
		return
	}
	if h.warned == nil {
		h.warned = map[string]bool{}
	}
	h.warned[id] = true
	h.Log.Warn("DynamoDB would throttle this item: in a second a partition takes 1000 write units and 3000 read units",
		"table", table, "key", string(key[:min(len(key), maxKey)]), "wru", w.wru, "rru", w.rru)
	if len(h.warned) == maxWarnings {
		h.Log.Warn("more items that DynamoDB would throttle are not named")
	}
}
