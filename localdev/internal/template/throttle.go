package template

import "strconv"

// What an account gets where only one of a stage's two limits is set.
const (
	accountRate  = 10_000
	accountBurst = 5_000
)

// throttle reads the limits in a stage's settings, which may be absent.
func (s *scope) throttle(stage *resource, settings *node) (Throttle, error) {
	var t Throttle
	v, err := s.eval(settings)
	if err != nil {
		return t, err
	}
	rate, burst := v.get("ThrottlingRateLimit"), v.get("ThrottlingBurstLimit")
	if rate == nil && burst == nil {
		return t, nil
	}
	t = Throttle{Set: true, Rate: accountRate, Burst: accountBurst}
	if rate != nil {
		if t.Rate, err = s.limit(stage, "ThrottlingRateLimit", rate); err != nil {
			return t, err
		}
	}
	if burst != nil {
		n, err := s.limit(stage, "ThrottlingBurstLimit", burst)
		if err != nil {
			return t, err
		}
		t.Burst = int(n)
	}
	return t, nil
}

func (s *scope) limit(stage *resource, property string, n *node) (float64, error) {
	text, err := plain(n, stage.id+" "+property)
	if err != nil {
		return 0, err
	}
	const most = 1e9 // far above any account
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || !(f >= 0 && f <= most) {
		return 0, faultf(n.at, "%s: %s is %q, not a number from 0 up", stage.id, property, text)
	}
	return f, nil
}

// routeSettings gives routes the limits that the stage has for them alone.
func (s *scope) routeSettings(stage *resource, api *API) error {
	if stage == nil {
		return nil
	}
	for _, e := range stage.props.get("RouteSettings").allEntries() {
		t, err := s.throttle(stage, e.value)
		if err != nil {
			return err
		}
		found := false
		for i := range api.Routes {
			if api.Routes[i].Key == e.key {
				api.Routes[i].Throttle, found = t, true
			}
		}
		if !found && t.Set {
			stage.notice(e.at, "RouteSettings name route "+e.key+", which the API does not have")
		}
	}
	return nil
}
