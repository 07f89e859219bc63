package lambda

import (
	"context"
	"errors"
	"time"

	"github.com/parley-rtc/parley/localdev/internal/rawjson"
	"github.com/parley-rtc/parley/localdev/internal/weather"
)

// Killed is the failure of an event whose process the weather has crashed.
func Killed(requestID string) *Error { return exitError(requestID, errors.New("signal: killed")) }

// invokeInWeather is Invoke while there are rules.
func (p *Pool) invokeInWeather(ctx context.Context, event []byte) ([]byte, error) {
	inv := newInvocation(ctx, event)
	rule := p.opt.Weather.Hit(WeatherEvent(p.fn.Name, event))
	switch {
	case rule == nil:
		return p.run(ctx, inv)
	case rule.Fault == weather.ColdStart:
		p.chill()
		return p.run(ctx, inv)
	case rule.Fault == weather.Timeout:
		return p.timeOut(ctx, inv, rule)
	case rule.Fault == weather.Crash:
		return p.crash(ctx, inv, rule)
	}
	return p.run(ctx, inv)
}

// WeatherEvent tells rules what a function's event is about; route and connection are those of an event of API Gateway.
func WeatherEvent(function string, event []byte) weather.Event {
	ev := weather.Event{Kind: weather.Invoke, Function: function}
	request, _ := rawjson.Find(event, "requestContext")
	for m := range rawjson.Object(request) {
		switch m.Name {
		case "routeKey":
			ev.Route = rawjson.Text(m.Value)
		case "connectionId":
			ev.Connection = rawjson.Text(m.Value)
		}
	}
	return ev
}

// timeOut has an event time out: the function has done nothing by then, or all but answer.
func (p *Pool) timeOut(ctx context.Context, inv *invocation, rule *weather.Rule) ([]byte, error) {
	after := p.fn.Timeout
	if rule.Delay != 0 {
		after = time.Duration(rule.Delay)
	}
	late := time.NewTimer(after)
	defer late.Stop()
	if inv.dies = rule.After; inv.dies {
		if _, err := p.run(ctx, inv); err != nil {
			return nil, err
		}
	} else {
		p.opt.Meter.Invoked(p.fn.Folder)
		p.opt.Meter.Ran(p.fn.MemoryMB, after)
		p.killOne()
	}
	select {
	case <-late.C:
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-p.quit:
		return nil, ErrClosed
	}
	p.opt.Log.Warn("function timed out by the weather", "function", p.fn.Name, "request", inv.id, "rule", rule.Name)
	return nil, TimedOut(inv.id, p.fn.Timeout)
}

// crash has the process of an event die, before it got the event or when it has done all but answer.
func (p *Pool) crash(ctx context.Context, inv *invocation, rule *weather.Rule) ([]byte, error) {
	if inv.dies = rule.After; inv.dies {
		if _, err := p.run(ctx, inv); err != nil {
			return nil, err
		}
	} else {
		p.opt.Meter.Invoked(p.fn.Folder)
		p.killOne()
	}
	p.opt.Log.Warn("function crashed by the weather", "function", p.fn.Name, "request", inv.id, "rule", rule.Name)
	return nil, Killed(inv.id)
}

// killOne ends the instance that would have run an event: the one idle last, or else the first of
// those that run now to become idle. One that starts meanwhile is another.
func (p *Pool) killOne() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if n := len(p.idle); n > 0 {
		in := p.idle[n-1]
		p.idle = p.idle[:n-1]
		p.doom(in)
	} else if p.live > p.starting {
		p.condemned++
	}
}

// condemn says whether an instance that has run an event and becomes idle is to end. The caller
// holds mu.
func (p *Pool) condemn() bool {
	if p.condemned == 0 {
		return false
	}
	p.condemned--
	return true
}

// chill has later events find no process that runs, as after a new build.
func (p *Pool) chill() {
	p.mu.Lock()
	binary := p.binary
	p.mu.Unlock()
	p.Swap(binary)
}
