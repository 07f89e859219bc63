package runner

import (
	"context"
	"time"

	"github.com/parley-rtc/parley/localdev/internal/lambda"
	"github.com/parley-rtc/parley/localdev/internal/weather"
)

// inWeather invokes the function, unless a rule has it time out or crash. There is no process here to start anew, so a
// cold start is as any other. id is the request's, for the error.
func (r *Remote) inWeather(ctx context.Context, id string, event []byte) (reply, error) {
	if !r.opt.Weather.Active() {
		return r.call(ctx, event)
	}
	rule := r.opt.Weather.Hit(lambda.WeatherEvent(r.fn.Name, event))
	if rule == nil || rule.Fault != weather.Timeout && rule.Fault != weather.Crash {
		return r.call(ctx, event)
	}
	r.opt.Log.Warn("function failed by the weather", "function", r.fn.Name, "request", id, "rule", rule.Name, "fault", rule.Fault)
	var out reply
	if rule.After {
		var err error
		if out, err = r.call(ctx, event); err != nil {
			return out, err
		}
	}
	if rule.Fault == weather.Crash {
		return out, lambda.Killed(id)
	}
	after := r.fn.Timeout
	if rule.Delay != 0 {
		after = time.Duration(rule.Delay)
	}
	late := time.NewTimer(after)
	defer late.Stop()
	select {
	case <-late.C:
		return out, lambda.TimedOut(id, r.fn.Timeout)
	case <-ctx.Done():
		return out, ctx.Err()
	}
}
