package template

import "strconv"

// What an account gets where only one of a stage's two limits is set.
const (
	accountRate  = 10_000
	accountBurst = 5_000
)

// throttle reads the limits in a stage's settings, which may be absent. What cannot be read limits
// nothing.
func (r *resource) throttle(settings *node) Throttle {
	t, err := r.limits(settings)
	if err != nil {
		r.excuse(err, "; there is no such limit here")
		return Throttle{}
	}
	return t
}

func (r *resource) limits(settings *node) (Throttle, error) {
	v, err := r.scope.eval(settings)
	if err != nil {
		return Throttle{}, err
	}
	rate, burst := v.get("ThrottlingRateLimit"), v.get("ThrottlingBurstLimit")
	if rate == nil && burst == nil {
		return Throttle{}, nil
	}
	t := Throttle{Set: true, Rate: accountRate, Burst: accountBurst}
	if rate != nil {
		if t.Rate, err = limit("ThrottlingRateLimit", rate); err != nil {
			return t, err
		}
	}
	if burst != nil {
		n, err := limit("ThrottlingBurstLimit", burst)
		if err != nil {
			return t, err
		}
		t.Burst = int(n)
	}
	return t, nil
}

func limit(property string, n *node) (float64, error) {
	text, err := plain(n, property)
	if err != nil {
		return 0, err
	}
	const most = 1e9 // far above any account
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || !(f >= 0 && f <= most) {
		return 0, faultf(n.at, "%s is %q, not a number from 0 up", property, text)
	}
	return f, nil
}

// routeSettings gives routes the limits that the stage has for them alone.
func (r *resource) routeSettings(api *API) {
	for _, e := range r.props.get("RouteSettings").allEntries() {
		t := r.throttle(e.value)
		found := false
		for i := range api.Routes {
			if api.Routes[i].Key == e.key {
				api.Routes[i].Throttle, found = t, true
			}
		}
		if !found && t.Set {
			r.notice(e.at, "RouteSettings name route "+e.key+", which the API does not have")
		}
	}
}
