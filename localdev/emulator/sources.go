package emulator

import (
	"context"
	"fmt"
	"time"

	"github.com/parley-rtc/parley/localdev/internal/streams"
	"github.com/parley-rtc/parley/localdev/internal/ttl"
)

// startTTL deletes items whose time to live is over, until background ends.
func (e *Emulator) startTTL(background context.Context) {
	var tables []ttl.Table
	for _, t := range e.stack.Tables {
		if t.TTL != "" {
			tables = append(tables, ttl.Table{Name: t.Name, Attribute: t.TTL})
		}
	}
	e.ttl = ttl.New(ttl.Options{
		Tables: tables, Delay: e.opt.TTLDelay, Clock: &e.clock, Log: e.log, Expire: e.tables.Expire,
	})
	if len(tables) == 0 {
		return
	}
	e.clock.Watch(func() { e.ttl.Sweep(background) })
	e.tasks.Go(func() { e.ttl.Run(background) })
}

// startSources delivers the streams of tables to functions, until background ends.
func (e *Emulator) startSources(ctx, background context.Context) error {
	names := map[string]string{}
	for _, t := range e.stack.Tables {
		names[t.LogicalID] = t.Name
	}
	for _, s := range e.stack.Sources {
		table, function := names[s.Table], e.callable(s.Function)
		stream, err := e.tables.OpenStream(ctx, table, s.FromStart)
		if err != nil {
			return fmt.Errorf("%s:%d: %s: %w", e.stack.Path, s.Line, s.LogicalID, err)
		}
		m, err := streams.New(streams.Options{
			Source: s, Table: table, Region: e.stack.Region, Stream: stream,
			ARN:   e.tableARN() + table + "/stream/2026-01-01T00:00:00.000",
			Ahead: func() time.Duration { return time.Until(e.clock.Now()) }, Expired: e.ttl.Took,
			Invoke: function.Invoke, Log: e.log,
		})
		if err != nil {
			return fmt.Errorf("%s:%d: %s: %w", e.stack.Path, s.Line, s.LogicalID, err)
		}
		e.tasks.Go(func() { m.Run(background) })
	}
	return nil
}
