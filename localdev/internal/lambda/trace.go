package lambda

import (
	"time"

	"github.com/parley-rtc/parley/localdev/internal/trace"
)

// works says what an instance works on from now on. Lines that it prints later count as that event's too.
func (in *instance) works(span *trace.Span) { in.span.Store(span) }

// traceRun records that an instance is through with an event. The caller holds the pool's lock.
func (p *Pool) traceRun(in *instance, inv *invocation, now time.Time, err error) {
	if inv.span == nil {
		return
	}
	began := inv.started
	if began.IsZero() { // init failed: there was nothing but init
		began = in.began
	}
	step := trace.Step{
		Kind: trace.Invoke, Began: began, Took: now.Sub(began), Name: p.fn.Label, RequestID: inv.id, Cold: in.unbilledInit,
		Billed: now.Sub(began) + in.unbilledInit, MemoryMB: p.fn.MemoryMB, Instance: in.key[len(in.key)-4:],
	}
	if err != nil {
		step.Failure = err.Error()
	}
	inv.span.Add(step)
}
