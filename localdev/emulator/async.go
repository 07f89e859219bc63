package emulator

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"time"

	"github.com/parley-rtc/parley/localdev/internal/lambda"
	"github.com/parley-rtc/parley/localdev/internal/template"
	"github.com/parley-rtc/parley/localdev/internal/trace"
)

// retries are the pauses before an event whose function failed is tried again, on the emulated
// clock.
var retries = [...]time.Duration{time.Minute, 2 * time.Minute}

// The first and the longest pause before an event is tried again that there was no room for. They
// double, and count as no retry.
const (
	shortestThrottle = time.Second
	longestThrottle  = 5 * time.Minute
)

// unconfigured is what becomes of events of a function without an EventInvokeConfig.
var unconfigured = template.EventInvoke{Retries: len(retries), MaxAge: 6 * time.Hour}

// accept takes an asynchronous event, and runs it by itself. The context's span is that of who
// sends it.
func (e *Emulator) accept(ctx context.Context, by string, f *template.Function, event []byte) {
	trace.From(ctx).Add(trace.Step{
		Kind: trace.Later, Began: time.Now(), Name: e.label(*f), Status: http.StatusAccepted, Bytes: len(event),
		Text: string(event[:min(len(event), trace.MaxBody)]),
	})
	span := e.traceAsync(by, f, event)
	e.tasks.Go(func() {
		defer span.End()
		e.invokeLater(trace.With(context.WithoutCancel(ctx), span), f, event)
	})
}

// later is accept for an API.
func (e *Emulator) later(api string) func(context.Context, string, []byte) {
	return func(ctx context.Context, function string, event []byte) {
		i := slices.IndexFunc(e.stack.Functions, func(f template.Function) bool { return f.LogicalID == function })
		e.accept(ctx, api, &e.stack.Functions[i], event)
	}
}

// traceAsync begins the span of an asynchronous event. Route and connection are those of an event
// of API Gateway's form.
func (e *Emulator) traceAsync(by string, f *template.Function, event []byte) *trace.Span {
	about := lambda.WeatherEvent(f.Name, event)
	start := trace.Start{
		Kind: trace.Async, Connection: about.Connection, Route: about.Route, By: by, At: e.clock.Now(), Bytes: len(event),
	}
	if len(event) <= trace.MaxBody {
		start.Event = event
	} else {
		start.Body, start.Short = event, true
	}
	return e.trace.Begin(start)
}

// invokeLater runs an asynchronous event, again if it fails, as the function's EventInvokeConfig
// says.
func (e *Emulator) invokeLater(ctx context.Context, f *template.Function, event []byte) {
	config := unconfigured
	if f.EventInvoke != nil {
		config = *f.EventInvoke
	}
	log := e.log.With("function", f.LogicalID)
	until := e.clock.Now().Add(config.MaxAge)
	failures, throttle := 0, shortestThrottle
	for {
		_, err := e.callable(f.LogicalID).Invoke(ctx, event)
		var wait time.Duration
		switch {
		case err == nil || e.background.Err() != nil:
			return
		case errors.Is(err, lambda.ErrThrottled):
			wait, throttle = throttle, min(2*throttle, longestThrottle)
		case failures == config.Retries:
			log.Error("asynchronous event failed for good", "tries", failures+1, "err", err)
			trace.From(ctx).Fail(err)
			return
		default:
			wait = retries[failures]
			failures++
		}
		if e.clock.Now().Add(wait).After(until) {
			log.Error("asynchronous event failed for good, as it would be too old by its next try", "age", config.MaxAge, "err", err)
			trace.From(ctx).Fail(err)
			return
		}
		log.Warn("asynchronous event failed, it is tried again", "in", wait, "err", err)
		if !e.pause(wait) {
			return
		}
	}
}

// pause lets emulated time pass; false if the emulator ends first.
func (e *Emulator) pause(d time.Duration) bool {
	until := e.clock.Now().Add(d)
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for e.clock.Now().Before(until) {
		select {
		case <-tick.C:
		case <-e.background.Done():
			return false
		}
	}
	return true
}
