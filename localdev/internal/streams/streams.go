// Package streams delivers the changes of a DynamoDB table to a function, as an event source mapping of Lambda does: in
// order, in batches, again until the function has taken them.
package streams

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"log/slog"
	"strings"
	"time"

	"github.com/parley-rtc/parley/localdev/internal/dynamo"
	"github.com/parley-rtc/parley/localdev/internal/template"
)

const (
	pollEvery  = 100 * time.Millisecond
	firstRetry = 100 * time.Millisecond
	lastRetry  = 10 * time.Second
)

// Options are what a Mapping needs.
type Options struct {
	Source template.EventSource
	Table  string // physical name
	Region string
	ARN    string // of the stream
	Stream *dynamo.Stream
	Ahead  func() time.Duration // of the emulated clock
	// Expired reports whether the item of a REMOVE was taken by time to live.
	Expired func(table string, key json.RawMessage) bool
	Invoke  func(ctx context.Context, event []byte) ([]byte, error)
	Log     *slog.Logger
}

// Mapping is one event source mapping.
type Mapping struct {
	opt     Options
	filters []pattern
}

// New returns a Mapping; it fails if a filter is none.
func New(opt Options) (*Mapping, error) {
	m := &Mapping{opt: opt}
	for _, text := range opt.Source.Filters {
		p, err := parsePattern(text)
		if err != nil {
			return nil, err
		}
		m.filters = append(m.filters, p)
	}
	return m, nil
}

// record is one element of Records.
type record struct {
	EventID      string    `json:"eventID"`
	EventName    string    `json:"eventName"`
	EventVersion string    `json:"eventVersion"`
	EventSource  string    `json:"eventSource"`
	AWSRegion    string    `json:"awsRegion"`
	DynamoDB     change    `json:"dynamodb"`
	Identity     *identity `json:"userIdentity,omitempty"`
	SourceARN    string    `json:"eventSourceARN"`
}

type change struct {
	Created        int64           `json:"ApproximateCreationDateTime"` // s
	Keys           json.RawMessage `json:"Keys"`
	NewImage       json.RawMessage `json:"NewImage,omitempty"`
	OldImage       json.RawMessage `json:"OldImage,omitempty"`
	SequenceNumber string          `json:"SequenceNumber"`
	SizeBytes      int             `json:"SizeBytes"`
	StreamViewType string          `json:"StreamViewType"`
}

type identity struct {
	Type        string `json:"type"`
	PrincipalID string `json:"principalId"`
}

// Run delivers until ctx ends.
func (m *Mapping) Run(ctx context.Context) {
	for ctx.Err() == nil {
		if batch := m.collect(ctx); len(batch) > 0 {
			m.deliver(ctx, batch, 0)
		}
	}
}

// collect returns the next batch: when it is full, or when its first record has waited for the window.
func (m *Mapping) collect(ctx context.Context) []record {
	var batch []record
	var due time.Time
	for {
		read, err := m.opt.Stream.Next(ctx, m.opt.Source.BatchSize-len(batch))
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			m.opt.Log.Warn("event source", "mapping", m.opt.Source.LogicalID, "err", err)
		}
		for _, r := range read {
			if out := m.record(r); m.wants(out) {
				batch = append(batch, out)
			}
		}
		if len(batch) > 0 && due.IsZero() {
			due = time.Now().Add(m.opt.Source.Window)
		}
		wait := pollEvery
		switch {
		case len(batch) >= m.opt.Source.BatchSize:
			return batch
		case len(batch) > 0 && !time.Now().Before(due):
			return batch
		case len(batch) > 0:
			wait = min(wait, time.Until(due))
		case len(read) > 0: // all filtered out; there may be more
			continue
		}
		if !pause(ctx, wait) {
			return nil
		}
	}
}

// pause waits, and reports whether ctx goes on.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// sequence gives a sequence number AWS's length, so that they compare as strings.
func sequence(n string) string { return "1" + strings.Repeat("0", max(0, 20-len(n))) + n }

// record writes a change as Lambda does.
func (m *Mapping) record(r dynamo.Record) record {
	h := fnv.New128a()
	_, _ = fmt.Fprintf(h, "%s %s", m.opt.ARN, r.DynamoDB.SequenceNumber) // never fails
	out := record{
		EventID: hex.EncodeToString(h.Sum(nil)), EventName: r.Name, EventVersion: "1.1", EventSource: "aws:dynamodb",
		AWSRegion: m.opt.Region, SourceARN: m.opt.ARN,
		DynamoDB: change{
			Created: int64(r.DynamoDB.Created + m.opt.Ahead().Seconds()), Keys: r.DynamoDB.Keys,
			NewImage: r.DynamoDB.NewImage, OldImage: r.DynamoDB.OldImage,
			SequenceNumber: sequence(r.DynamoDB.SequenceNumber),
			SizeBytes:      r.DynamoDB.SizeBytes, StreamViewType: r.DynamoDB.StreamViewType,
		},
	}
	if r.Name == "REMOVE" && m.opt.Expired(m.opt.Table, r.DynamoDB.Keys) {
		out.Identity = &identity{"Service", "dynamodb.amazonaws.com"}
	}
	return out
}

func (m *Mapping) wants(r record) bool {
	if len(m.filters) == 0 {
		return true
	}
	text, err := json.Marshal(r)
	if err != nil {
		return false
	}
	var event map[string]any
	if decode(text, &event) != nil {
		return false
	}
	for _, p := range m.filters {
		if p.matches(event) {
			return true
		}
	}
	return false
}

// deliver has the function take a batch, again and again until it does or Retries are used up; tried are those that were.
func (m *Mapping) deliver(ctx context.Context, batch []record, tried int) {
	for wait := firstRetry; len(batch) > 0; wait = min(2*wait, lastRetry) {
		event, err := json.Marshal(map[string][]record{"Records": batch})
		if err != nil {
			m.opt.Log.Error("event source", "mapping", m.opt.Source.LogicalID, "err", err)
			return
		}
		answer, err := m.opt.Invoke(ctx, event)
		if ctx.Err() != nil {
			return
		}
		done := len(batch)
		if err != nil {
			done = 0
		} else if m.opt.Source.ReportFailures {
			done = taken(answer, batch)
		}
		if done > 0 {
			tried = 0
		}
		if batch = batch[done:]; len(batch) == 0 {
			return
		}
		m.opt.Log.Warn("batch failed", "mapping", m.opt.Source.LogicalID, "function", m.opt.Source.Function, "records", len(batch), "err", err)
		if m.opt.Source.Retries >= 0 && tried >= m.opt.Source.Retries {
			m.opt.Log.Error("records discarded after the last retry", "mapping", m.opt.Source.LogicalID, "records", len(batch))
			return
		}
		tried++
		if !pause(ctx, wait) {
			return
		}
		if half := len(batch) / 2; m.opt.Source.BisectOnError && half > 0 {
			m.deliver(ctx, batch[:half], tried)
			m.deliver(ctx, batch[half:], tried)
			return
		}
	}
}

// taken returns how many records of a batch come before the first that the function says it failed at; none if what it
// says makes no sense, as on AWS.
func taken(answer []byte, batch []record) int {
	var said struct {
		Failures []struct {
			Item *string `json:"itemIdentifier"`
		} `json:"batchItemFailures"`
	}
	if len(answer) == 0 || string(answer) == "null" {
		return len(batch)
	}
	if json.Unmarshal(answer, &said) != nil {
		return 0
	}
	first := len(batch)
	for _, f := range said.Failures {
		at := 0 // an unknown one fails all
		for i, r := range batch {
			if f.Item != nil && *f.Item == r.DynamoDB.SequenceNumber {
				at = i
			}
		}
		first = min(first, at)
	}
	return first
}
